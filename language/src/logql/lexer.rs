//! Cuts a query text into tokens, one at a time.
//!
//! Invariant: the lexer reads each byte a bounded number of times and never allocates but for an error. It skips
//! spaces, `# comments` and Go's comments. A character that means nothing is an identifier, as in Loki, so that the
//! parser refuses it in its own words.

use super::ast::LineFilterOp;
use super::error::Fault;
use super::number;
use super::token::{Kind, Token};
use crate::operator::BinaryOp;
use crate::span::Span;
use crate::string::{self, Mistake};
use crate::{byte_size, go_duration};

/// The state of reading a text.
#[derive(Debug)]
pub(super) struct Lexer<'a> {
    input: &'a str,
    at: usize,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(input: &'a str) -> Self {
        Self { input, at: 0 }
    }

    /// The next token; [`Kind::Eof`] for ever after the last.
    pub(super) fn next(&mut self) -> Result<Token, Fault> {
        self.skip_blank()?;
        let Some(character) = self.rest().chars().next() else { return Ok(self.emit(Kind::Eof, 0)) };
        match character {
            '0'..='9' => self.number(),
            '.' if self.peek_at(1).is_some_and(|next| next.is_ascii_digit()) => self.number(),
            '"' | '`' => self.string(character),
            '\'' => self.character(),
            '[' => self.range(),
            '-' => Ok(self.minus()),
            '\0' => self.fault("invalid character NUL"),
            _ if character == '_' || character.is_alphabetic() => Ok(self.word()),
            _ => Ok(self.punctuation(character)),
        }
    }

    fn punctuation(&mut self, first: char) -> Token {
        let (kind, length) = match (first, self.peek_at(1)) {
            ('=', Some(b'~')) => (Kind::EqualRegex, 2),
            ('=', Some(b'=')) => (Kind::Op(BinaryOp::Eq), 2),
            ('=', _) => (Kind::Equal, 1),
            ('!', Some(b'=')) => (Kind::Op(BinaryOp::Ne), 2),
            ('!', Some(b'~')) => (Kind::Filter(LineFilterOp::NotMatches), 2),
            ('!', Some(b'>')) => (Kind::Filter(LineFilterOp::NotPattern), 2),
            ('|', Some(b'=')) => (Kind::Filter(LineFilterOp::Contains), 2),
            ('|', Some(b'~')) => (Kind::Filter(LineFilterOp::Matches), 2),
            ('|', Some(b'>')) => (Kind::Filter(LineFilterOp::Pattern), 2),
            ('|', _) => (Kind::Pipe, 1),
            ('>', Some(b'=')) => (Kind::Op(BinaryOp::Ge), 2),
            ('>', _) => (Kind::Op(BinaryOp::Gt), 1),
            ('<', Some(b'=')) => (Kind::Op(BinaryOp::Le), 2),
            ('<', _) => (Kind::Op(BinaryOp::Lt), 1),
            ('{', _) => (Kind::LeftBrace, 1),
            ('}', _) => (Kind::RightBrace, 1),
            ('(', _) => (Kind::LeftParen, 1),
            (')', _) => (Kind::RightParen, 1),
            (']', _) => (Kind::RightBracket, 1),
            (',', _) => (Kind::Comma, 1),
            ('.', _) => (Kind::Dot, 1),
            ('+', _) => (Kind::Op(BinaryOp::Add), 1),
            ('*', _) => (Kind::Op(BinaryOp::Mul), 1),
            ('/', _) => (Kind::Op(BinaryOp::Div), 1),
            ('%', _) => (Kind::Op(BinaryOp::Mod), 1),
            ('^', _) => (Kind::Op(BinaryOp::Pow), 1),
            _ => (Kind::Identifier, first.len_utf8()),
        };
        self.emit(kind, length)
    }

    fn word(&mut self) -> Token {
        let rest = self.rest();
        let length = rest.find(|c: char| c != '_' && !c.is_alphanumeric()).unwrap_or(rest.len());
        let (word, after) = rest.split_at(length);
        let kind = match Kind::function(word) {
            Some(function) if calls(after) => function,
            Some(_) => Kind::Identifier,
            None => Kind::keyword(word).unwrap_or(Kind::Identifier),
        };
        self.emit(kind, length)
    }

    fn number(&mut self) -> Result<Token, Fault> {
        let number = number::scan(self.rest()).or_else(|message| self.fault(message))?;
        let (kind, length) = match self.duration(number) {
            Some((nanos, length)) => (Kind::Duration(nanos), length),
            None => match self.size(number) {
                Some((bytes, length)) => (Kind::Bytes(bytes), length),
                None => (Kind::Number, number),
            },
        };
        Ok(self.emit(kind, length))
    }

    /// A duration that goes on for at least one character after the first `begun` bytes.
    fn duration(&self, begun: usize) -> Option<(i64, usize)> {
        let text = self.continued(begun, |c| c.is_numeric() || ".nuµmshdwy".contains(c))?;
        let nanos = match model::duration::parse(text) {
            Ok(duration) => i64::try_from(duration.as_nanos()).ok()?,
            Err(_) => go_duration::parse(text)?,
        };
        Some((nanos, text.len()))
    }

    fn size(&self, begun: usize) -> Option<(u64, usize)> {
        let text = self.continued(begun, |c| c.is_numeric() || ".BikKMGTP".contains(c))?;
        Some((byte_size::parse(text).ok()?, text.len()))
    }

    /// The first `begun` bytes with the characters that belong to them; `None` when none follow.
    fn continued(&self, begun: usize, belongs: impl Fn(char) -> bool) -> Option<&'a str> {
        let rest = self.rest();
        let more = rest.get(begun..)?;
        let length = begun + more.find(|c| !belongs(c)).unwrap_or(more.len());
        if length > begun { rest.get(..length) } else { None }
    }

    /// A flag, a negative duration or the operator.
    fn minus(&mut self) -> Token {
        let rest = self.rest();
        let flag = rest.find(|c: char| c != '-' && !c.is_alphabetic()).unwrap_or(rest.len());
        if matches!(rest.get(..flag), Some("--strict" | "--keep-empty")) {
            return self.emit(Kind::Flag, flag);
        }
        match self.duration(1) {
            Some((nanos, length)) => self.emit(Kind::Duration(nanos), length),
            None => self.emit(Kind::Op(BinaryOp::Sub), 1),
        }
    }

    fn string(&mut self, quote: char) -> Result<Token, Fault> {
        let quote = if quote == '`' { b'`' } else { b'"' };
        match string::scan(self.rest(), quote, None) {
            Ok(length) => Ok(self.emit(Kind::String, length)),
            Err(Mistake::Unterminated { .. }) => self.fault("literal not terminated"),
            Err(Mistake::BadCodePoint) => self.fault("invalid syntax"),
            Err(_) => self.fault("invalid char escape"),
        }
    }

    /// A character in single quotes, which means nothing in LogQL.
    fn character(&mut self) -> Result<Token, Fault> {
        match string::scan(self.rest(), b'\'', None) {
            Ok(length) if self.rest().chars().nth(2) == Some('\'') => Ok(self.emit(Kind::Identifier, length)),
            Ok(_) => self.fault("invalid char literal"),
            Err(_) => self.fault("literal not terminated"),
        }
    }

    /// `[5m]`
    fn range(&mut self) -> Result<Token, Fault> {
        let Some(end) = self.rest().find(']') else { return self.fault("missing closing ']' in duration") };
        let inner = self.rest().get(1..end).unwrap_or_default();
        match model::duration::parse(inner) {
            Ok(range) => Ok(self.emit(Kind::Range(range), end + 1)),
            Err(error) => self.fault(error.to_string()),
        }
    }

    fn skip_blank(&mut self) -> Result<(), Fault> {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start_matches([' ', '\t', '\n', '\r']);
            self.at += rest.len() - trimmed.len();
            let comment = if trimmed.starts_with('#') || trimmed.starts_with("//") {
                trimmed.find('\n').unwrap_or(trimmed.len())
            } else if trimmed.starts_with("/*") {
                match trimmed.find("*/") {
                    Some(end) => end + 2,
                    None => return self.fault("comment not terminated"),
                }
            } else {
                return Ok(());
            };
            self.at += comment;
        }
    }

    fn emit(&mut self, kind: Kind, length: usize) -> Token {
        let start = self.at;
        self.at += length;
        Token { kind, span: Span { start, end: self.at } }
    }

    fn fault<T>(&self, message: impl Into<String>) -> Result<T, Fault> {
        Err(Fault::at(Span { start: self.at, end: self.input.len() }, message))
    }

    fn rest(&self) -> &'a str {
        self.input.get(self.at..).unwrap_or_default()
    }

    fn peek_at(&self, ahead: usize) -> Option<u8> {
        self.input.as_bytes().get(self.at + ahead).copied()
    }
}

/// Whether a parenthesis or a grouping follows a function's name.
fn calls(after: &str) -> bool {
    let after = after.trim_start();
    let grouping = ["by", "without"].iter().find_map(|word| {
        let (head, rest) = after.split_at_checked(word.len())?;
        head.eq_ignore_ascii_case(word).then_some(rest)
    });
    grouping.map_or(after, str::trim_start).starts_with('(')
}
