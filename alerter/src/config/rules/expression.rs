//! The expression of a rule, in the language of its file.

use super::Dialect;
use crate::blind::{self, Watching};
use language::promql::ast::ValueType;
use language::{logql, promql};

/// The language of expressions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// Metrics.
    PromQl,
    /// Logs.
    LogQl,
}

impl Language {
    /// Its name in our own API and state.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PromQl => "promql",
            Self::LogQl => "logql",
        }
    }
}

/// An expression that can be a rule's.
#[derive(Debug)]
pub(super) struct Expression {
    /// Its canonical text.
    pub(super) query: String,
    /// What it selects.
    pub(super) watching: Watching,
}

/// Why an expression cannot be a rule's.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// Line in its text, from 1; 0 when all of it is meant.
    pub(super) line: usize,
    /// Column in the line, in characters from 1; 0 when all of it is meant.
    pub(super) column: usize,
    /// What is wrong, with the place in the text where there is one.
    pub(super) what: String,
}

impl Expression {
    /// Reads a text.
    pub(super) fn read(text: &str, dialect: Dialect) -> Result<Self, Refusal> {
        match dialect.language {
            Language::PromQl => read_promql(text, dialect),
            Language::LogQl => read_logql(text),
        }
    }
}

fn read_promql(text: &str, dialect: Dialect) -> Result<Expression, Refusal> {
    let options = promql::ParseOptions { features: dialect.features };
    let expr = promql::parse(text, &options).map_err(|error| {
        let characters = characters_before(text, error.line, error.column);
        Refusal { line: error.line, column: characters, what: format!("could not parse expression: {error}") }
    })?;
    match expr.value_type() {
        ValueType::Scalar | ValueType::Vector => {
            Ok(Expression { query: promql::print(&expr), watching: blind::promql::watched(&expr) })
        }
        other => Err(of_type(other.documented())),
    }
}

fn read_logql(text: &str) -> Result<Expression, Refusal> {
    let expr = logql::parse(text).map_err(|error| Refusal {
        line: error.line,
        column: error.column,
        what: format!("could not parse expression: {error}"),
    })?;
    match &expr {
        logql::Expr::Log(_) => Err(of_type("log lines")),
        logql::Expr::Metric(metric) => {
            Ok(Expression { query: logql::print(&expr), watching: blind::logql::watched(metric) })
        }
    }
}

fn of_type(name: &str) -> Refusal {
    let what = format!("an expression of a rule must yield an instant vector or a scalar, not {name}");
    Refusal { line: 0, column: 0, what }
}

/// A column of PromQL counts bytes; findings count characters.
fn characters_before(text: &str, line: usize, column: usize) -> usize {
    let line = line.checked_sub(1).and_then(|line| text.lines().nth(line)).unwrap_or_default();
    line.get(..column.saturating_sub(1)).map_or(column, |before| before.chars().count() + 1)
}
