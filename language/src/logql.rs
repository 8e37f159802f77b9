//! LogQL in the syntax of Loki 3: text to a checked tree, and back; and what a query does to one line: filters,
//! parsers, label filters.
//!
//! Invariant: every text within [`limits`] yields a tree or the error that Loki gives; nothing panics, and no stack of
//! 2 MiB overflows. Which streams a query reads and what it computes over time is decided elsewhere.

pub mod ast;
mod error;
pub mod label_filter;
mod lexer;
pub mod limits;
pub mod line_filter;
mod number;
mod parser;
mod printer;
pub mod stage;
mod token;

pub use ast::Expr;
pub use error::ParseError;
pub use printer::{pretty, print};

use ast::LogExpr;
use model::matcher::Matcher;

/// Reads and checks an expression.
///
/// # Errors
/// The first mistake, with its place, in Loki's words; also when a bound of [`limits`] is passed.
pub fn parse(text: &str) -> Result<Expr, ParseError> {
    parser::Parser::new(text).and_then(parser::Parser::expression).map_err(|fault| ParseError::locate(fault, text))
}

/// Reads a selector such as `{app="x"}`, as in `match[]` and label lookups. It may select everything; whether that is
/// wanted is for the caller to say.
///
/// # Errors
/// As [`parse`]; also when it has stages.
pub fn parse_selector(text: &str) -> Result<Vec<Matcher>, ParseError> {
    parser::Parser::new(text)
        .and_then(parser::Parser::only_selector)
        .map(|LogExpr { selector, .. }| selector.matchers)
        .map_err(|fault| ParseError::locate(fault, text))
}

/// Reads a selector with its stages, such as `{app!="x"} |= "y"`. It may select everything, as promtail's `match` may.
///
/// # Errors
/// As [`parse`]; also for an expression that yields samples.
pub fn parse_log(text: &str) -> Result<LogExpr, ParseError> {
    parser::Parser::new(text).and_then(parser::Parser::only_log).map_err(|fault| ParseError::locate(fault, text))
}

#[cfg(test)]
mod tests;
