//! Why a query text was refused, in Prometheus's words.
//!
//! Invariant: `Display` is `line:column: parse error: message`, as Prometheus answers and Grafana shows it.
//! Only the first mistake of a text is reported.

use super::ast::Span;
use std::fmt;

/// The first mistake in a query text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// The bytes that it is about.
    pub span: Span,
    /// Line of the first byte, from 1; 0 when the text is empty and has no lines.
    pub line: usize,
    /// Column of the first byte in bytes, from 1; 0 when the text is empty.
    pub column: usize,
    /// What is wrong, without the position.
    pub message: String,
}

impl ParseError {
    pub(super) fn locate(fault: Fault, text: &str) -> Self {
        let Fault { span, message } = fault;
        if text.is_empty() {
            return Self { span, line: 0, column: 0, message };
        }
        let before = text.as_bytes().get(..span.start).unwrap_or(text.as_bytes());
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
        Self { span, line, column, message }
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 0 {
            return write!(f, "unknown position: parse error: {}", self.message);
        }
        write!(f, "{}:{}: parse error: {}", self.line, self.column, self.message)
    }
}

impl std::error::Error for ParseError {}

/// A mistake whose line and column have not been computed.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) span: Span,
    pub(super) message: String,
}

impl Fault {
    pub(super) fn new(span: Span, message: impl Into<String>) -> Self {
        Self { span, message: message.into() }
    }
}
