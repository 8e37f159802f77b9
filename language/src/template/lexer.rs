//! The words of a template.
//!
//! Invariant: the words of Go's `text/template`, so that its parser's errors name the same things: spaces between
//! operands are words too, and the first mistake ends the text. Comments and trimmed spaces are gone.

use crate::string::quoted_prefix;
use std::fmt;

const OPEN: &str = "{{";
const CLOSE: &str = "}}";
const SPACES: [char; 4] = [' ', '\t', '\r', '\n'];

/// What a word is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Open,
    Close,
    Space,
    Assign,
    Declare,
    Pipe,
    LeftParen,
    RightParen,
    Character,
    Number,
    Complex,
    Quoted,
    Raw,
    Variable,
    Field,
    Dot,
    Nil,
    Bool,
    Identifier,
    /// A character that belongs to nothing else, as the comma.
    Other,
    Block,
    Break,
    Continue,
    Define,
    Else,
    End,
    If,
    Range,
    Template,
    With,
    Eof,
    /// A mistake, which is the last word.
    Error,
}

/// A word.
#[derive(Clone, Debug)]
pub(super) struct Token<'t> {
    pub(super) kind: Kind,
    pub(super) text: &'t str,
    /// First byte.
    pub(super) start: usize,
    /// Line of the first byte, from 1.
    pub(super) line: usize,
    /// What is wrong; empty but for a mistake.
    pub(super) mistake: String,
}

impl fmt::Display for Token<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::Eof => f.write_str("EOF"),
            Kind::Error => f.write_str(&self.mistake),
            _ if is_keyword(self.kind) => write!(f, "<{}>", self.text),
            _ => f.write_str(&quoted_prefix(self.text)),
        }
    }
}

const fn is_keyword(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Block
            | Kind::Break
            | Kind::Continue
            | Kind::Define
            | Kind::Else
            | Kind::End
            | Kind::If
            | Kind::Range
            | Kind::Template
            | Kind::With
            | Kind::Dot
            | Kind::Nil
    )
}

/// The words of a text; the last is [`Kind::Eof`] or [`Kind::Error`].
pub(super) fn words(text: &str) -> Vec<Token<'_>> {
    let mut lexer = Lexer { text, at: 0, start: 0, line: 1, parens: 0, tokens: Vec::new() };
    if let Err(mistake) = lexer.run() {
        let (start, line) = (lexer.start, lexer.line);
        lexer.tokens.push(Token { kind: Kind::Error, text: "", start, line, mistake });
    }
    lexer.tokens
}

struct Lexer<'t> {
    text: &'t str,
    /// The next byte.
    at: usize,
    /// First byte of the word that is being read.
    start: usize,
    /// Line of that byte.
    line: usize,
    parens: usize,
    tokens: Vec<Token<'t>>,
}

impl<'t> Lexer<'t> {
    fn run(&mut self) -> Result<(), String> {
        while let Some(text) = self.rest().find(OPEN) {
            self.at += text;
            let opened = self.rest().get(OPEN.len()..).unwrap_or_default();
            let trims = starts_trim(opened);
            let whole = self.read();
            let kept = if trims { whole.trim_end_matches(SPACES) } else { whole };
            self.emit_text(kept, whole);
            let marker = if trims { 2 } else { 0 };
            if opened.get(marker..).is_some_and(|inside| inside.starts_with("/*")) {
                self.comment(OPEN.len() + marker)?;
                continue;
            }
            self.at += OPEN.len();
            self.emit(Kind::Open);
            self.at += marker;
            self.ignore();
            self.parens = 0;
            self.action()?;
        }
        self.at = self.text.len();
        let whole = self.read();
        self.emit_text(whole, whole);
        self.emit(Kind::Eof);
        Ok(())
    }

    fn emit_text(&mut self, kept: &'t str, whole: &'t str) {
        if !kept.is_empty() {
            let (start, line) = (self.start, self.line);
            self.tokens.push(Token { kind: Kind::Text, text: kept, start, line, mistake: String::new() });
        }
        self.line += whole.matches('\n').count();
        self.start = self.at;
    }

    fn comment(&mut self, opening: usize) -> Result<(), String> {
        self.at += opening;
        self.ignore();
        self.at += "/*".len();
        let inside = self.rest().find("*/").ok_or("unclosed comment")?;
        self.at += inside + "*/".len();
        let trims = ends_trim(self.rest());
        self.at += if trims { 2 } else { 0 };
        if !self.rest().starts_with(CLOSE) {
            return Err("comment ends before closing delimiter".to_owned());
        }
        self.close(trims);
        Ok(())
    }

    /// Goes past the closing delimiter, and past the spaces that it trims.
    fn close(&mut self, trims: bool) {
        self.at += CLOSE.len();
        if trims {
            self.at += self.rest().len() - self.rest().trim_start_matches(SPACES).len();
        }
        self.ignore();
    }

    /// The words up to the closing delimiter.
    fn action(&mut self) -> Result<(), String> {
        loop {
            let trims = ends_trim(self.rest());
            if trims || self.rest().starts_with(CLOSE) {
                if self.parens > 0 {
                    return Err("unclosed left paren".to_owned());
                }
                self.at += if trims { 2 } else { 0 };
                self.ignore();
                let (start, line) = (self.start, self.line);
                self.tokens.push(Token { kind: Kind::Close, text: CLOSE, start, line, mistake: String::new() });
                self.close(trims);
                return Ok(());
            }
            self.word()?;
        }
    }

    fn word(&mut self) -> Result<(), String> {
        let Some(first) = self.next() else { return Err("unclosed action".to_owned()) };
        match first {
            _ if SPACES.contains(&first) => {
                // A closing delimiter that trims begins with a space of its own.
                while self.peek().is_some_and(|next| SPACES.contains(&next)) && !ends_trim(self.rest()) {
                    self.next();
                }
                self.emit(Kind::Space);
            }
            '=' => self.emit(Kind::Assign),
            ':' if self.accept(|next| next == '=') => self.emit(Kind::Declare),
            ':' => return Err("expected :=".to_owned()),
            '|' => self.emit(Kind::Pipe),
            '"' => self.quoted(Kind::Quoted, '"', "unterminated quoted string")?,
            '\'' => self.quoted(Kind::Character, '\'', "unterminated character constant")?,
            '`' => {
                let inside = self.rest().find('`').ok_or("unterminated raw quoted string")?;
                self.at += inside + 1;
                self.emit(Kind::Raw);
            }
            '$' => self.name(Kind::Variable)?,
            '.' if !self.peek().is_some_and(|next| next.is_ascii_digit()) && self.peek().is_some() => {
                self.name(Kind::Field)?;
            }
            '.' | '+' | '-' | '0'..='9' => self.number()?,
            _ if is_alphanumeric(first) => self.identifier()?,
            '(' => {
                self.parens += 1;
                self.emit(Kind::LeftParen);
            }
            ')' => {
                self.parens = self.parens.checked_sub(1).ok_or("unexpected right paren")?;
                self.emit(Kind::RightParen);
            }
            _ if first.is_ascii() && !first.is_ascii_control() => self.emit(Kind::Other),
            _ => return Err(format!("unrecognized character in action: {}", crate::string::named_char(first))),
        }
        Ok(())
    }

    fn quoted(&mut self, kind: Kind, quote: char, unterminated: &str) -> Result<(), String> {
        loop {
            match self.next() {
                Some('\\') if self.accept(|next| next != '\n') => {}
                Some('\\' | '\n') | None => return Err(unterminated.to_owned()),
                Some(next) if next == quote => break,
                Some(_) => {}
            }
        }
        self.emit(kind);
        Ok(())
    }

    /// A field or variable; its first character has been read.
    fn name(&mut self, kind: Kind) -> Result<(), String> {
        self.accept_run(is_alphanumeric);
        self.check_terminator()?;
        let is_dot = kind == Kind::Field && self.read() == ".";
        self.emit(if is_dot { Kind::Dot } else { kind });
        Ok(())
    }

    fn identifier(&mut self) -> Result<(), String> {
        self.accept_run(is_alphanumeric);
        self.check_terminator()?;
        self.emit(match self.read() {
            "block" => Kind::Block,
            "break" => Kind::Break,
            "continue" => Kind::Continue,
            "define" => Kind::Define,
            "else" => Kind::Else,
            "end" => Kind::End,
            "if" => Kind::If,
            "nil" => Kind::Nil,
            "range" => Kind::Range,
            "template" => Kind::Template,
            "with" => Kind::With,
            "true" | "false" => Kind::Bool,
            _ => Kind::Identifier,
        });
        Ok(())
    }

    /// Whether what follows may follow a name.
    fn check_terminator(&self) -> Result<(), String> {
        match self.peek() {
            None | Some(' ' | '\t' | '\r' | '\n' | '.' | ',' | '|' | ':' | ')' | '(') => Ok(()),
            _ if self.rest().starts_with(CLOSE) => Ok(()),
            Some(other) => Err(format!("bad character {}", crate::string::named_char(other))),
        }
    }

    fn number(&mut self) -> Result<(), String> {
        self.at = self.start;
        let is_number = self.scan_number();
        let bad = |lexer: &Self| format!("bad number syntax: {}", model::number::quoted(lexer.read()));
        if !is_number {
            return Err(bad(self));
        }
        if !matches!(self.peek(), Some('+' | '-')) {
            self.emit(Kind::Number);
            return Ok(());
        }
        if !self.scan_number() || !self.read().ends_with('i') {
            return Err(bad(self));
        }
        self.emit(Kind::Complex);
        Ok(())
    }

    fn scan_number(&mut self) -> bool {
        self.accept(|next| matches!(next, '+' | '-'));
        let mut digits: fn(char) -> bool = |next| next == '_' || next.is_ascii_digit();
        let (mut decimal, mut hex) = (true, false);
        if self.accept(|next| next == '0') {
            if self.accept(|next| matches!(next, 'x' | 'X')) {
                (decimal, hex) = (false, true);
                digits = |next| next == '_' || next.is_ascii_hexdigit();
            } else if self.accept(|next| matches!(next, 'o' | 'O')) {
                decimal = false;
                digits = |next| matches!(next, '_' | '0'..='7');
            } else if self.accept(|next| matches!(next, 'b' | 'B')) {
                decimal = false;
                digits = |next| matches!(next, '_' | '0' | '1');
            }
        }
        self.accept_run(digits);
        if self.accept(|next| next == '.') {
            self.accept_run(digits);
        }
        let exponent = |next: char| (decimal && matches!(next, 'e' | 'E')) || (hex && matches!(next, 'p' | 'P'));
        if self.accept(exponent) {
            self.accept(|next| matches!(next, '+' | '-'));
            self.accept_run(|next| next == '_' || next.is_ascii_digit());
        }
        self.accept(|next| next == 'i');
        if self.peek().is_some_and(is_alphanumeric) {
            self.next();
            return false;
        }
        true
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The word so far.
    fn read(&self) -> &'t str {
        self.text.get(self.start..self.at).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    fn accept(&mut self, belongs: impl Fn(char) -> bool) -> bool {
        let accepted = self.peek().is_some_and(belongs);
        if accepted {
            self.next();
        }
        accepted
    }

    fn accept_run(&mut self, belongs: impl Fn(char) -> bool) {
        while self.accept(&belongs) {}
    }

    fn emit(&mut self, kind: Kind) {
        let token = Token { kind, text: self.read(), start: self.start, line: self.line, mistake: String::new() };
        self.tokens.push(token);
        self.ignore();
    }

    /// Begins the next word here.
    fn ignore(&mut self) {
        self.line += self.read().matches('\n').count();
        self.start = self.at;
    }
}

/// Whether the text after `{{` begins with a marker that trims.
fn starts_trim(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next() == Some('-') && characters.next().is_some_and(|next| SPACES.contains(&next))
}

/// Whether a closing delimiter that trims comes next.
fn ends_trim(text: &str) -> bool {
    text.strip_prefix(SPACES).and_then(|rest| rest.strip_prefix('-')).is_some_and(|rest| rest.starts_with(CLOSE))
}

/// Go's `unicode.IsLetter`, `unicode.IsDigit`, or the underscore.
fn is_alphanumeric(character: char) -> bool {
    character == '_' || character.is_alphanumeric()
}
