//! Why a query text was refused, in Loki's words.
//!
//! Invariant: `Display` is `parse error at line L, col C: message`, or `parse error : message` for what concerns the
//! query as a whole, as Loki answers and Grafana shows it. Only the first mistake of a text is reported. Columns count
//! characters. Loki says line 0 of some tokens; the line here is always the true one.

use crate::span::Span;
use std::fmt;

/// The first mistake in a query text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// The bytes that it is about.
    pub span: Span,
    /// Line of the first byte, from 1; 0 when the mistake concerns a part as a whole.
    pub line: usize,
    /// Column of the first byte in characters, from 1; 0 when the mistake concerns a part as a whole.
    pub column: usize,
    /// What is wrong, without the position.
    pub message: String,
}

impl ParseError {
    pub(super) fn locate(fault: Fault, text: &str) -> Self {
        let Fault { span, message, at_token } = fault;
        if !at_token {
            return Self { span, line: 0, column: 0, message };
        }
        let before = text.get(..span.start).unwrap_or(text);
        let line = 1 + before.matches('\n').count();
        let column = 1 + before.chars().rev().take_while(|character| *character != '\n').count();
        Self { span, line, column, message }
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 0 {
            return write!(f, "parse error : {}", self.message);
        }
        write!(f, "parse error at line {}, col {}: {}", self.line, self.column, self.message)
    }
}

impl std::error::Error for ParseError {}

/// A mistake whose line and column have not been computed.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) span: Span,
    pub(super) message: String,
    /// Whether the text of the error names line and column.
    at_token: bool,
}

impl Fault {
    /// A mistake at a token.
    pub(super) fn at(span: Span, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), at_token: true }
    }

    /// A mistake in the meaning of a part of the text.
    pub(super) fn about(span: Span, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), at_token: false }
    }
}
