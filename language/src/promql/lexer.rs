//! Cuts a query text into tokens, one at a time.
//!
//! Invariant: the lexer reads each byte a bounded number of times and never allocates but for an error. What a
//! character means depends on whether it stands inside braces or brackets, as in Prometheus; its error texts are
//! Prometheus's. It skips spaces and comments.

use super::ast::{BinaryOp, Span};
use super::error::Fault;
use super::number;
use super::token::{Kind, Token};
use crate::string::{self, quoted_char};
use model::number::quoted;

/// The state of reading a text.
#[derive(Debug)]
pub(super) struct Lexer<'a> {
    input: &'a str,
    at: usize,
    paren_depth: usize,
    brace_open: bool,
    bracket_open: bool,
    /// Right after `[` or an operator inside the brackets: only arithmetic of durations is read.
    in_duration: bool,
    got_colon: bool,
    got_duration: bool,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(input: &'a str) -> Self {
        Self {
            input,
            at: 0,
            paren_depth: 0,
            brace_open: false,
            bracket_open: false,
            in_duration: false,
            got_colon: false,
            got_duration: false,
        }
    }

    /// The next token; [`Kind::Eof`] for ever after the last.
    pub(super) fn next(&mut self) -> Result<Token, Fault> {
        self.skip_spaces();
        if self.in_duration {
            return self.inside_brackets();
        }
        while self.peek() == Some(b'#') {
            let rest = self.rest().as_bytes();
            self.at += rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(rest.len());
            self.skip_spaces();
        }
        if self.brace_open { self.inside_braces() } else { self.statement() }
    }

    fn statement(&mut self) -> Result<Token, Fault> {
        let start = self.at;
        let Some(byte) = self.peek() else { return self.end_of_input() };
        match byte {
            b',' => self.emit(Kind::Comma, 1),
            b'*' => self.emit(Kind::Op(BinaryOp::Mul), 1),
            b'/' => self.emit(Kind::Op(BinaryOp::Div), 1),
            b'%' => self.emit(Kind::Op(BinaryOp::Mod), 1),
            b'+' => self.emit(Kind::Op(BinaryOp::Add), 1),
            b'-' => self.emit(Kind::Op(BinaryOp::Sub), 1),
            b'^' => self.emit(Kind::Op(BinaryOp::Pow), 1),
            b'@' => self.emit(Kind::At, 1),
            b'=' | b'!' | b'<' | b'>' => self.comparison(byte),
            b'0'..=b'9' => self.number(),
            b'.' if self.peek_at(1).is_some_and(|next| next.is_ascii_digit()) => self.number(),
            b'"' | b'\'' | b'`' => self.string(byte),
            b':' if self.bracket_open => self.colon_after_duration(start),
            b':' | b'_' | b'a'..=b'z' | b'A'..=b'Z' if !self.bracket_open => self.word(),
            b'_' | b'a'..=b'z' | b'A'..=b'Z' => match self.duration_keyword() {
                Some(token) => Ok(token),
                None => self.fault(start, format!("unexpected character: {}, expected ':'", quoted_char(self.char()))),
            },
            b'(' | b')' => self.paren(byte),
            b'{' => {
                self.brace_open = true;
                self.emit(Kind::LeftBrace, 1)
            }
            b'[' if self.bracket_open => self.fault(start, "unexpected left bracket '['"),
            b'[' => {
                self.bracket_open = true;
                self.in_duration = true;
                self.got_colon = false;
                self.emit(Kind::LeftBracket, 1)
            }
            b']' if !self.bracket_open => self.fault(start, "unexpected right bracket ']'"),
            b']' => {
                self.bracket_open = false;
                self.emit(Kind::RightBracket, 1)
            }
            _ => self.fault(start, format!("unexpected character: {}", quoted_char(self.char()))),
        }
    }

    fn end_of_input(&self) -> Result<Token, Fault> {
        if self.paren_depth != 0 {
            return self.fault(self.at, "unclosed left parenthesis");
        }
        if self.bracket_open {
            return self.fault(self.at, "unclosed left bracket");
        }
        Ok(Token { kind: Kind::Eof, span: Span { start: self.at, end: self.at } })
    }

    fn comparison(&mut self, byte: u8) -> Result<Token, Fault> {
        match (byte, self.peek_at(1)) {
            (b'=', Some(b'=')) => self.emit(Kind::Op(BinaryOp::Eq), 2),
            (b'=', Some(b'~')) => self.fault(self.at, "unexpected character after '=': '~'"),
            (b'=', _) => self.emit(Kind::Equal, 1),
            (b'!', Some(b'=')) => self.emit(Kind::Op(BinaryOp::Ne), 2),
            (b'<', Some(b'=')) => self.emit(Kind::Op(BinaryOp::Le), 2),
            (b'<', Some(b'/')) => self.emit(Kind::Op(BinaryOp::TrimUpper), 2),
            (b'<', _) => self.emit(Kind::Op(BinaryOp::Lt), 1),
            (b'>', Some(b'=')) => self.emit(Kind::Op(BinaryOp::Ge), 2),
            (b'>', Some(b'/')) => self.emit(Kind::Op(BinaryOp::TrimLower), 2),
            (b'>', _) => self.emit(Kind::Op(BinaryOp::Gt), 1),
            _ => {
                let found = quoted_char(self.rest().chars().nth(1));
                self.fault(self.at, format!("unexpected character after '!': {found}"))
            }
        }
    }

    fn paren(&mut self, byte: u8) -> Result<Token, Fault> {
        if byte == b'(' {
            self.paren_depth += 1;
            return self.emit(Kind::LeftParen, 1);
        }
        let token = self.emit(Kind::RightParen, 1);
        match self.paren_depth.checked_sub(1) {
            Some(depth) => {
                self.paren_depth = depth;
                token
            }
            None => self.fault(self.at, "unexpected right parenthesis ')'"),
        }
    }

    fn inside_braces(&mut self) -> Result<Token, Fault> {
        let start = self.at;
        let Some(byte) = self.peek() else { return self.fault(start, "unexpected end of input inside braces") };
        match byte {
            b'_' | b'a'..=b'z' | b'A'..=b'Z' => {
                let length = self.word_length(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
                self.emit(Kind::Identifier, length)
            }
            b',' => self.emit(Kind::Comma, 1),
            b'"' | b'\'' | b'`' => self.string(byte),
            b'=' if self.peek_at(1) == Some(b'~') => self.emit(Kind::EqualRegex, 2),
            b'=' => self.emit(Kind::Equal, 1),
            b'!' if self.peek_at(1) == Some(b'~') => self.emit(Kind::NotEqualRegex, 2),
            b'!' if self.peek_at(1) == Some(b'=') => self.emit(Kind::Op(BinaryOp::Ne), 2),
            b'!' => {
                let found = quoted_char(self.rest().chars().nth(1));
                self.fault(start, format!("unexpected character after '!' inside braces: {found}"))
            }
            b'{' => self.fault(start, "unexpected left brace '{'"),
            b'}' => {
                self.brace_open = false;
                self.emit(Kind::RightBrace, 1)
            }
            _ => self.fault(start, format!("unexpected character inside braces: {}", quoted_char(self.char()))),
        }
    }

    fn inside_brackets(&mut self) -> Result<Token, Fault> {
        let start = self.at;
        let Some(byte) = self.peek() else {
            return self.fault(start, "unexpected end of input in duration expression");
        };
        match byte {
            b']' => {
                self.bracket_open = false;
                self.in_duration = false;
                self.got_colon = false;
                self.emit(Kind::RightBracket, 1)
            }
            b':' => self.colon_before_duration(),
            b'(' | b')' => self.paren(byte),
            b'+' => self.emit(Kind::Op(BinaryOp::Add), 1),
            b'-' => self.emit(Kind::Op(BinaryOp::Sub), 1),
            b'*' => self.emit(Kind::Op(BinaryOp::Mul), 1),
            b'/' => self.emit(Kind::Op(BinaryOp::Div), 1),
            b'%' => self.emit(Kind::Op(BinaryOp::Mod), 1),
            b'^' => self.emit(Kind::Op(BinaryOp::Pow), 1),
            b',' => self.emit(Kind::Comma, 1),
            b'.' if !self.peek_at(1).is_some_and(|next| next.is_ascii_digit()) => self.not_a_duration(),
            b'0'..=b'9' | b'.' => {
                self.got_duration = true;
                self.in_duration = false;
                self.number()
            }
            _ => self.duration_keyword().map_or_else(|| self.not_a_duration(), Ok),
        }
    }

    fn not_a_duration(&self) -> Result<Token, Fault> {
        let found = quoted_char(self.char());
        self.fault(self.at, format!("unexpected character in duration expression: {found}"))
    }

    fn colon_after_duration(&mut self, start: usize) -> Result<Token, Fault> {
        if self.got_colon {
            return self.fault(start, "unexpected colon ':'");
        }
        self.got_colon = true;
        self.emit(Kind::Colon, 1)
    }

    fn colon_before_duration(&mut self) -> Result<Token, Fault> {
        let token = self.emit(Kind::Colon, 1);
        if !self.got_duration {
            return self.fault(self.at, "unexpected colon before duration in duration expression");
        }
        if self.got_colon {
            return self.fault(self.at, "unexpected repeated colon in duration expression");
        }
        self.got_colon = true;
        token
    }

    /// `step`, `range`, `max_of`, `min_of`: the only words inside brackets.
    fn duration_keyword(&mut self) -> Option<Token> {
        let length = self.word_length(|byte| byte.is_ascii_alphabetic() || byte == b'_');
        let kind = Kind::keyword(self.rest().get(..length)?)?;
        let token = Token { kind, span: Span { start: self.at, end: self.at + length } };
        if !matches!(kind, Kind::Step | Kind::Range | Kind::MaxOf | Kind::MinOf) {
            return None;
        }
        self.at += length;
        Some(token)
    }

    fn word(&mut self) -> Result<Token, Fault> {
        let length = self.word_length(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':'));
        let word = self.rest().get(..length).unwrap_or_default();
        let kind = match Kind::keyword(word) {
            Some(Kind::Fill | Kind::FillLeft | Kind::FillRight) if !self.paren_follows(length) => Kind::Identifier,
            Some(keyword) => keyword,
            None if word.contains(':') => Kind::MetricIdentifier,
            None => Kind::Identifier,
        };
        self.emit(kind, length)
    }

    fn paren_follows(&self, skip: usize) -> bool {
        let rest = self.rest().as_bytes().get(skip..).unwrap_or_default();
        rest.iter().find(|byte| !is_space(**byte)) == Some(&b'(')
    }

    fn number(&mut self) -> Result<Token, Fault> {
        let (kind, length) = number::scan(self.rest());
        match kind {
            Some(kind) => self.emit(kind, length),
            None => {
                let found = quoted(self.rest().get(..length).unwrap_or_default());
                self.fault(self.at, format!("bad number or duration syntax: {found}"))
            }
        }
    }

    fn string(&mut self, quote: u8) -> Result<Token, Fault> {
        match string::scan(self.rest(), quote, Some('\u{fffd}')) {
            Ok(length) => self.emit(Kind::String, length),
            Err(mistake) => self.fault(self.at, mistake.to_string()),
        }
    }

    fn emit(&mut self, kind: Kind, length: usize) -> Result<Token, Fault> {
        let start = self.at;
        self.at += length;
        Ok(Token { kind, span: Span { start, end: self.at } })
    }

    fn fault(&self, start: usize, message: impl Into<String>) -> Result<Token, Fault> {
        Err(Fault::new(Span { start, end: self.input.len() }, message))
    }

    fn word_length(&self, belongs: impl Fn(u8) -> bool) -> usize {
        let rest = self.rest().as_bytes();
        rest.iter().position(|byte| !belongs(*byte)).unwrap_or(rest.len())
    }

    fn skip_spaces(&mut self) {
        self.at += self.word_length(is_space);
    }

    fn rest(&self) -> &'a str {
        self.input.get(self.at..).unwrap_or_default()
    }

    fn char(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn peek(&self) -> Option<u8> {
        self.peek_at(0)
    }

    fn peek_at(&self, ahead: usize) -> Option<u8> {
        self.input.as_bytes().get(self.at + ahead).copied()
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}
