//! PromQL in the syntax of Prometheus 3: text to a checked tree, and back.
//!
//! Invariant: every text within [`limits`] yields a tree or the error that Prometheus gives; nothing panics, and no
//! stack of 2 MiB overflows. What a query selects or computes is decided elsewhere.

pub mod ast;
mod error;
pub mod function;
mod lexer;
pub mod limits;
mod number;
mod parser;
mod printer;
mod token;

pub use ast::Expr;
pub use error::ParseError;
pub use printer::{pretty, print};

use model::matcher::Matcher;

/// How a text is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ParseOptions {
    /// Syntax beyond the stable one; all off by default, as in Prometheus.
    pub features: Features,
}

/// Syntax that Prometheus keeps behind a feature flag. What is off is refused by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Features {
    /// `promql-experimental-functions`: `mad_over_time`, `sort_by_label`, `limitk`, ...
    pub experimental_functions: bool,
    /// `promql-duration-expr`: `foo[5m * 2]`, `foo offset (1h - step())`.
    pub duration_expressions: bool,
    /// `promql-extended-range-selectors`: `foo[5m] anchored`, `foo smoothed`.
    pub extended_range_selectors: bool,
    /// `promql-binop-fill-modifiers`: `a + fill(0) b`.
    pub binop_fill_modifiers: bool,
}

impl Features {
    /// Everything on.
    pub const ALL: Self = Self {
        experimental_functions: true,
        duration_expressions: true,
        extended_range_selectors: true,
        binop_fill_modifiers: true,
    };
}

/// Reads and type-checks an expression.
///
/// # Errors
/// The first mistake, with its place, in Prometheus's words; also when a bound of [`limits`] is passed.
pub fn parse(text: &str, options: &ParseOptions) -> Result<Expr, ParseError> {
    parser::Parser::new(text, options.features)
        .and_then(parser::Parser::expression)
        .map_err(|fault| ParseError::locate(fault, text))
}

/// Reads a selector such as `up{job="x"}` without time modifiers, as in `match[]`: its conditions, the metric name's
/// first. All of them may match the empty value; whether that is wanted is for the caller to say.
///
/// # Errors
/// As [`parse`].
pub fn parse_selector(text: &str) -> Result<Vec<Matcher>, ParseError> {
    parser::Parser::new(text, Features::default())
        .and_then(parser::Parser::metric_selector)
        .map_err(|fault| ParseError::locate(fault, text))
}

#[cfg(test)]
mod tests;
