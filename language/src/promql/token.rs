//! The words of PromQL: what the lexer cuts a text into, and how an error message calls each.
//!
//! Invariant: a token is its kind and its bytes in the text; it owns nothing. Keywords are recognized in any case,
//! and remain usable as metric and label names where Prometheus allows it.

use super::ast::{AggregateOp, BinaryOp, Span};
use crate::string::quoted_prefix;
use model::number::quoted;

/// A piece of the text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) span: Span,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Eof,
    Comma,
    Colon,
    LeftParen,
    RightParen,
    LeftBrace,
    RightBrace,
    LeftBracket,
    RightBracket,
    /// `=`
    Equal,
    /// `=~`
    EqualRegex,
    /// `!~`
    NotEqualRegex,
    At,
    String,
    Number,
    Duration,
    Identifier,
    /// A name with a colon in it, which only metrics may have.
    MetricIdentifier,
    Op(BinaryOp),
    Aggregate(AggregateOp),
    Bool,
    By,
    Without,
    On,
    Ignoring,
    GroupLeft,
    GroupRight,
    Fill,
    FillLeft,
    FillRight,
    Offset,
    Smoothed,
    Anchored,
    Start,
    End,
    Step,
    Range,
    MaxOf,
    MinOf,
}

/// Bytes of the longest keyword, `count_values`.
const KEYWORD_BYTES_MAX: usize = 12;

impl Kind {
    /// The keyword that a word is, in any case.
    pub(super) fn keyword(word: &str) -> Option<Self> {
        let mut buffer = [0_u8; KEYWORD_BYTES_MAX];
        let lower = buffer.get_mut(..word.len())?;
        lower.copy_from_slice(word.as_bytes());
        lower.make_ascii_lowercase();
        Some(match &*lower {
            b"and" => Self::Op(BinaryOp::And),
            b"or" => Self::Op(BinaryOp::Or),
            b"unless" => Self::Op(BinaryOp::Unless),
            b"atan2" => Self::Op(BinaryOp::Atan2),
            b"offset" => Self::Offset,
            b"smoothed" => Self::Smoothed,
            b"anchored" => Self::Anchored,
            b"by" => Self::By,
            b"without" => Self::Without,
            b"on" => Self::On,
            b"ignoring" => Self::Ignoring,
            b"group_left" => Self::GroupLeft,
            b"group_right" => Self::GroupRight,
            b"fill" => Self::Fill,
            b"fill_left" => Self::FillLeft,
            b"fill_right" => Self::FillRight,
            b"bool" => Self::Bool,
            b"start" => Self::Start,
            b"end" => Self::End,
            b"step" => Self::Step,
            b"range" => Self::Range,
            b"max_of" => Self::MaxOf,
            b"min_of" => Self::MinOf,
            b"inf" | b"nan" => Self::Number,
            other => {
                return AggregateOp::ALL.iter().find(|op| op.name().as_bytes() == other).map(|op| Self::Aggregate(*op));
            }
        })
    }

    /// Whether the word may stand as a metric's name.
    pub(super) fn names_metric(self) -> bool {
        matches!(
            self,
            Self::Identifier
                | Self::MetricIdentifier
                | Self::Aggregate(_)
                | Self::By
                | Self::Without
                | Self::Fill
                | Self::FillLeft
                | Self::FillRight
                | Self::Op(BinaryOp::And | BinaryOp::Or | BinaryOp::Unless)
                | Self::Offset
                | Self::Smoothed
                | Self::Anchored
        ) || self.names_function()
    }

    /// Whether the word may stand before the parentheses of a call.
    pub(super) fn names_function(self) -> bool {
        matches!(
            self,
            Self::Identifier | Self::Start | Self::End | Self::Step | Self::Range | Self::MaxOf | Self::MinOf
        )
    }

    /// Whether the word may stand as a label's name in `by (...)`, `on (...)` and the like.
    pub(super) fn names_label(self) -> bool {
        match self {
            Self::Without => false,
            Self::Bool | Self::On | Self::Ignoring | Self::GroupLeft | Self::GroupRight => true,
            Self::Op(op) => matches!(op, BinaryOp::And | BinaryOp::Or | BinaryOp::Unless | BinaryOp::Atan2),
            other => other.names_metric(),
        }
    }

    /// Whether it is `fill`, `fill_left` or `fill_right` before a parenthesis.
    pub(super) fn begins_fill(self) -> bool {
        matches!(self, Self::Fill | Self::FillLeft | Self::FillRight)
    }

    /// Whether an expression may begin with it.
    pub(super) fn begins_expression(self) -> bool {
        matches!(
            self,
            Self::LeftParen
                | Self::LeftBrace
                | Self::String
                | Self::Number
                | Self::Duration
                | Self::Op(BinaryOp::Add | BinaryOp::Sub)
        ) || self.names_metric()
    }
}

impl Token {
    /// Its text.
    pub(super) fn text(self, input: &str) -> &str {
        input.get(self.span.start..self.span.end).unwrap_or_default()
    }

    /// What an error message calls it.
    pub(super) fn describe(self, input: &str) -> String {
        let text = self.text(input);
        match self.kind {
            Kind::Eof => "end of input".to_owned(),
            Kind::Identifier => format!("identifier {}", quoted(text)),
            Kind::MetricIdentifier => format!("metric identifier {}", quoted(text)),
            Kind::String => format!("string {}", quoted_prefix(text)),
            Kind::Number => format!("number {}", quoted_prefix(text)),
            Kind::Duration => format!("duration {}", quoted_prefix(text)),
            Kind::Op(_) | Kind::EqualRegex | Kind::NotEqualRegex | Kind::At => format!("<op:{text}>"),
            Kind::Aggregate(_) => format!("<aggr:{text}>"),
            Kind::Bool
            | Kind::By
            | Kind::Without
            | Kind::On
            | Kind::Ignoring
            | Kind::GroupLeft
            | Kind::GroupRight
            | Kind::Fill
            | Kind::FillLeft
            | Kind::FillRight
            | Kind::Offset
            | Kind::Smoothed
            | Kind::Anchored => format!("<{text}>"),
            _ => quoted(text),
        }
    }
}
