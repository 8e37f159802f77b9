//! `logfmt`: `key=value` and `key="quoted value"` become labels.
//!
//! Invariant: the line is read once, left to right. A malformed pair is skipped up to the next space; with `--strict`
//! it ends the parsing, is noted in `__error__`, and what was found before it stays.

use super::entry::Entry;
use super::json::scan::unescaped;
use super::{label_name, label_value};
use crate::logql::ast;
use std::borrow::Cow;

/// What `__error__` says with `--strict`.
const FAILED: &str = "LogfmtParserErr";

/// The stage `logfmt`.
#[derive(Clone, Debug)]
pub struct Logfmt {
    strict: bool,
    keep_empty: bool,
    /// Labels with the keys that they take; empty for all keys.
    extractions: Vec<(String, String)>,
}

impl Logfmt {
    /// Reads the keys of the extractions.
    ///
    /// # Errors
    /// One is neither a name nor a quoted text, in Loki's words.
    pub fn new(logfmt: &ast::Logfmt) -> Result<Self, String> {
        let read = |extraction: &ast::Extraction| match key(&extraction.path) {
            Ok(key) => Ok((extraction.label.clone(), key)),
            Err(reason) => Err(format!("cannot parse expression [{}]: {reason}", extraction.path)),
        };
        let extractions = logfmt.extractions.iter().map(read).collect::<Result<_, _>>()?;
        Ok(Self { strict: logfmt.strict, keep_empty: logfmt.keep_empty, extractions })
    }

    /// Puts the values on an entry.
    pub fn apply(&self, entry: &mut Entry<'_>) {
        if entry.is_satisfied() {
            return;
        }
        let line = entry.take_line();
        for (label, _) in &self.extractions {
            if !entry.came_with(label) {
                entry.set(label, "");
            }
        }
        for pair in (Pairs { line: &line, at: 0 }) {
            match pair {
                Ok((key, value)) => {
                    if self.take(&label_name(key), &value, entry) && entry.is_satisfied() {
                        break;
                    }
                }
                Err(reason) if self.strict => {
                    entry.fail(FAILED, reason);
                    break;
                }
                Err(_) => {}
            }
        }
        entry.set_line(line);
    }

    /// Takes a pair, and tells whether it was wanted.
    fn take(&self, key: &str, value: &str, entry: &mut Entry<'_>) -> bool {
        if !self.extractions.is_empty() {
            for (label, _) in self.extractions.iter().filter(|(_, wanted)| wanted == key) {
                entry.assign(label, &label_value(value));
            }
            return false;
        }
        let wanted = !key.is_empty() && (self.keep_empty || !value.is_empty()) && entry.wants(key);
        if wanted {
            entry.extract(key, &label_value(value));
        }
        wanted
    }
}

/// The key that an extraction names.
fn key(path: &str) -> Result<String, String> {
    let path = path.trim_matches([' ', '\t', '\n']);
    if let Some(quoted) = path.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        return Ok(quoted.to_owned());
    }
    let belongs = |character: char| character == '_' || character.is_ascii_alphanumeric();
    match path.chars().find(|character| !belongs(*character)) {
        _ if path.is_empty() => Err("syntax error: unexpected $end, expecting STRING or KEY".to_owned()),
        Some(' ' | '\t' | '\n') => Err("syntax error: unexpected KEY".to_owned()),
        Some(other) => Err(format!("unexpected char {other}")),
        None => match path.chars().next().filter(char::is_ascii_digit) {
            Some(digit) => Err(format!("unexpected char {digit}")),
            None => Ok(path.to_owned()),
        },
    }
}

/// The pairs of a line; an error does not end them.
struct Pairs<'l> {
    line: &'l str,
    at: usize,
}

impl<'l> Iterator for Pairs<'l> {
    type Item = Result<(&'l str, Cow<'l, str>), String>;

    fn next(&mut self) -> Option<Self::Item> {
        self.at += self.span_of(|byte| byte <= b' ');
        self.peek()?;
        let start = self.at;
        self.at += self.span_of(|byte| byte > b' ' && byte != b'=' && byte != b'"');
        let key = self.line.get(start..self.at).unwrap_or_default();
        Some(match self.peek() {
            Some(b'=') if key.is_empty() => self.unexpected('='),
            Some(b'=') if key.contains('\u{fffd}') => {
                let reason = self.error("invalid key");
                self.skip();
                reason
            }
            Some(b'=') => self.value().map(|value| (key, value)),
            Some(b'"') => self.unexpected('"'),
            _ if key.contains('\u{fffd}') => self.error("invalid key"),
            _ => Ok((key, Cow::Borrowed(""))),
        })
    }
}

impl<'l> Pairs<'l> {
    /// What follows the equal sign.
    fn value(&mut self) -> Result<Cow<'l, str>, String> {
        self.at += 1;
        if self.peek() == Some(b'"') {
            return self.quoted();
        }
        let start = self.at;
        self.at += self.span_of(|byte| byte > b' ' && byte != b'=' && byte != b'"');
        match self.peek() {
            Some(b'=') => self.unexpected('='),
            Some(b'"') => self.unexpected('"'),
            _ => Ok(Cow::Borrowed(self.line.get(start..self.at).unwrap_or_default())),
        }
    }

    fn quoted(&mut self) -> Result<Cow<'l, str>, String> {
        let start = self.at + 1;
        let bytes = self.line.as_bytes();
        let mut at = start;
        loop {
            match bytes.get(at) {
                Some(b'\\') => at += 2,
                Some(b'"') => break,
                Some(_) => at += 1,
                None => {
                    self.at = bytes.len();
                    return self.error("unterminated quoted value");
                }
            }
        }
        self.at = at + 1;
        let raw = self.line.get(start..at).unwrap_or_default();
        let value = unescaped(raw);
        if value.is_empty() && !raw.is_empty() { self.error("invalid quoted value") } else { Ok(value) }
    }

    fn unexpected<T>(&mut self, found: char) -> Result<T, String> {
        let reason = self.error(&format!("unexpected '{found}'"));
        self.skip();
        reason
    }

    fn error<T>(&self, reason: &str) -> Result<T, String> {
        Err(format!("logfmt syntax error at pos {} : {reason}", self.at + 1))
    }

    /// Goes to the next space.
    fn skip(&mut self) {
        self.at += self.span_of(|byte| byte > b' ');
    }

    fn span_of(&self, belongs: impl Fn(u8) -> bool) -> usize {
        let rest = self.line.as_bytes().get(self.at..).unwrap_or_default();
        rest.iter().take_while(|byte| belongs(**byte)).count()
    }

    fn peek(&self) -> Option<u8> {
        self.line.as_bytes().get(self.at).copied()
    }
}
