//! The words of LogQL: what the lexer cuts a text into, and how an error message calls each.
//!
//! Invariant: a token is its kind and its bytes in the text; it owns nothing. Keywords are recognized in any case and
//! are never names; the names of functions are names wherever no parenthesis follows.

use super::ast::{Conversion, LineFilterOp, RangeOp, VectorOp};
use crate::operator::BinaryOp;
use crate::span::Span;
use std::borrow::Cow;
use std::time::Duration;

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
    Identifier,
    String,
    Number,
    /// A duration in nanoseconds.
    Duration(i64),
    /// A size.
    Bytes(u64),
    /// `[5m]`
    Range(Duration),
    /// `--strict`, `--keep-empty`
    Flag,
    LeftBrace,
    RightBrace,
    RightBracket,
    LeftParen,
    RightParen,
    Comma,
    Dot,
    /// `=`
    Equal,
    /// `=~`
    EqualRegex,
    /// `|`
    Pipe,
    /// The line filter operators but `!=`, which is [`BinaryOp::Ne`].
    Filter(LineFilterOp),
    Op(BinaryOp),
    RangeOp(RangeOp),
    VectorOp(VectorOp),
    Conversion(Conversion),
    Vector,
    LabelReplace,
    Ip,
    By,
    Without,
    Bool,
    On,
    Ignoring,
    GroupLeft,
    GroupRight,
    Offset,
    Unwrap,
    Json,
    Logfmt,
    Regexp,
    Pattern,
    Unpack,
    LineFormat,
    LabelFormat,
    Decolorize,
    Drop,
    Keep,
}

/// Words that are keywords wherever they stand.
const KEYWORDS: [(&str, Kind); 22] = [
    ("and", Kind::Op(BinaryOp::And)),
    ("bool", Kind::Bool),
    ("by", Kind::By),
    ("decolorize", Kind::Decolorize),
    ("drop", Kind::Drop),
    ("group_left", Kind::GroupLeft),
    ("group_right", Kind::GroupRight),
    ("ignoring", Kind::Ignoring),
    ("json", Kind::Json),
    ("keep", Kind::Keep),
    ("label_format", Kind::LabelFormat),
    ("line_format", Kind::LineFormat),
    ("logfmt", Kind::Logfmt),
    ("offset", Kind::Offset),
    ("on", Kind::On),
    ("or", Kind::Op(BinaryOp::Or)),
    ("pattern", Kind::Pattern),
    ("regexp", Kind::Regexp),
    ("unless", Kind::Op(BinaryOp::Unless)),
    ("unpack", Kind::Unpack),
    ("unwrap", Kind::Unwrap),
    ("without", Kind::Without),
];

/// Words that are functions only where a parenthesis or a grouping follows.
const FUNCTIONS: [(&str, Kind); 6] = [
    ("bytes", Kind::Conversion(Conversion::Bytes)),
    ("duration", Kind::Conversion(Conversion::Duration)),
    ("duration_seconds", Kind::Conversion(Conversion::DurationSeconds)),
    ("ip", Kind::Ip),
    ("label_replace", Kind::LabelReplace),
    ("vector", Kind::Vector),
];

impl Kind {
    /// The keyword that a word is, in any case.
    pub(super) fn keyword(word: &str) -> Option<Self> {
        KEYWORDS.iter().find(|(name, _)| name.eq_ignore_ascii_case(word)).map(|(_, kind)| *kind)
    }

    /// The function that a word names, in any case.
    pub(super) fn function(word: &str) -> Option<Self> {
        let is = |name: &str| name.eq_ignore_ascii_case(word);
        let other = FUNCTIONS.iter().find(|(name, _)| is(name)).map(|(_, kind)| *kind);
        let range = || RangeOp::ALL.iter().find(|op| is(op.name())).map(|op| Self::RangeOp(*op));
        let vector = || VectorOp::ALL.iter().find(|op| is(op.name())).map(|op| Self::VectorOp(*op));
        other.or_else(range).or_else(vector)
    }

    /// The line filter operator that it is.
    pub(super) fn line_filter(self) -> Option<LineFilterOp> {
        match self {
            Self::Filter(op) => Some(op),
            Self::Op(BinaryOp::Ne) => Some(LineFilterOp::NotContains),
            _ => None,
        }
    }

    /// What an error message calls it: its text for what is always written the same, otherwise a name.
    pub(super) fn name(self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Eof => "$end",
            Self::Identifier => "IDENTIFIER",
            Self::String => "STRING",
            Self::Number => "NUMBER",
            Self::Duration(_) => "DURATION",
            Self::Bytes(_) => "BYTES",
            Self::Range(_) => "RANGE",
            Self::Flag => "FUNCTION_FLAG",
            Self::LeftBrace => "{",
            Self::RightBrace => "}",
            Self::RightBracket => "]",
            Self::LeftParen => "(",
            Self::RightParen => ")",
            Self::Comma => ",",
            Self::Dot => ".",
            Self::Equal => "=",
            Self::EqualRegex => "=~",
            Self::Pipe => "|",
            Self::Filter(op) => op.as_str(),
            Self::Op(op) => op.as_str(),
            Self::RangeOp(op) => return Cow::Owned(op.name().to_ascii_uppercase()),
            Self::VectorOp(op) => return Cow::Owned(op.name().to_ascii_uppercase()),
            Self::Conversion(conversion) => {
                return Cow::Owned(format!("{}_CONV", conversion.name().to_ascii_uppercase()));
            }
            Self::Vector => "VECTOR",
            Self::LabelReplace => "label_replace",
            Self::Ip => "ip",
            Self::By => "by",
            Self::Without => "without",
            Self::Bool => "bool",
            Self::On => "on",
            Self::Ignoring => "ignoring",
            Self::GroupLeft => "group_left",
            Self::GroupRight => "group_right",
            Self::Offset => "offset",
            Self::Unwrap => "unwrap",
            Self::Json => "json",
            Self::Logfmt => "logfmt",
            Self::Regexp => "regexp",
            Self::Pattern => "pattern",
            Self::Unpack => "unpack",
            Self::LineFormat => "line_format",
            Self::LabelFormat => "label_format",
            Self::Decolorize => "decolorize",
            Self::Drop => "drop",
            Self::Keep => "keep",
        })
    }
}

impl Token {
    /// Its text.
    pub(super) fn text(self, input: &str) -> &str {
        input.get(self.span.start..self.span.end).unwrap_or_default()
    }
}
