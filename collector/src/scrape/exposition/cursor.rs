//! A position on one line, moved byte by byte.
//!
//! Invariant: it never leaves the line, and it stops only at character boundaries: every byte it is moved over by is
//! ASCII or belongs to a quoted text that is skipped whole.

use super::error::Fault;
use memchr::memchr2;

/// Which bytes a name without quotes may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NameKind {
    /// `[a-zA-Z_:][a-zA-Z0-9_:]*`.
    Metric,
    /// `[a-zA-Z_][a-zA-Z0-9_]*`.
    Label,
}

impl NameKind {
    fn begins_with(self, byte: u8) -> bool {
        byte.is_ascii_alphabetic() || byte == b'_' || (byte == b':' && self == Self::Metric)
    }

    fn holds(self, byte: u8) -> bool {
        self.begins_with(byte) || byte.is_ascii_digit()
    }
}

/// See the module.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'a> {
    line: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(line: &'a str) -> Self {
        Self { line, at: 0 }
    }

    /// Bytes from the start of the line.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.line.as_bytes().get(self.at).copied()
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at >= self.line.len()
    }

    /// The line from a position up to here.
    pub(super) fn since(&self, start: usize) -> &'a str {
        self.line.get(start..self.at).unwrap_or_default()
    }

    /// What is left of the line.
    pub(super) fn rest(&self) -> &'a str {
        self.line.get(self.at..).unwrap_or_default()
    }

    /// Moves behind the byte if it is next.
    pub(super) fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    /// Moves behind the text if it is next.
    pub(super) fn take_text(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        if found {
            self.at += text.len();
        }
        found
    }

    /// Moves behind spaces and tabs; answers whether there was any.
    pub(super) fn skip_blanks(&mut self) -> bool {
        let start = self.at;
        while matches!(self.peek(), Some(b' ' | b'\t')) {
            self.at += 1;
        }
        self.at > start
    }

    /// A name without quotes, or `None` when none begins here.
    pub(super) fn take_name(&mut self, kind: NameKind) -> Option<&'a str> {
        let rest = self.line.as_bytes().get(self.at..)?;
        let (first, others) = rest.split_first()?;
        if !kind.begins_with(*first) {
            return None;
        }
        let start = self.at;
        self.at += 1 + others.iter().position(|byte| !kind.holds(*byte)).unwrap_or(others.len());
        Some(self.since(start))
    }

    /// The text between quotes, still escaped.
    pub(super) fn take_quoted(&mut self, expected: &'static str) -> Result<&'a str, Fault> {
        let opening = self.at;
        if !self.take(b'"') {
            return Err(self.fault(expected));
        }
        let start = self.at;
        loop {
            let rest = self.rest().as_bytes();
            match memchr2(b'"', b'\\', rest).map(|found| (found, rest.get(found))) {
                Some((found, Some(b'"'))) => {
                    self.at += found;
                    let inside = self.since(start);
                    self.at += 1;
                    return Ok(inside);
                }
                // What a backslash escapes may be a character of many bytes; none of them is a quote or a backslash.
                Some((found, _)) if found + 1 < rest.len() => self.at += found + 1 + self.width_at(self.at + found + 1),
                _ => return Err(Fault::because(opening, format!("{expected} is not closed on its line"))),
            }
        }
    }

    fn width_at(&self, at: usize) -> usize {
        self.line.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8)
    }

    /// Everything up to the next blank or the end; empty when a blank is next.
    pub(super) fn take_token(&mut self) -> &'a str {
        let start = self.at;
        let rest = self.line.as_bytes().get(start..).unwrap_or_default();
        self.at += rest.iter().position(|byte| matches!(byte, b' ' | b'\t')).unwrap_or(rest.len());
        self.since(start)
    }

    /// That something else stands here.
    pub(super) fn fault(&self, expected: &'static str) -> Fault {
        Fault::expected(self.at, expected)
    }
}
