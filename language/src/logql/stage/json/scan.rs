//! JSON read in place: keys and values as slices of the line.
//!
//! Invariant: every byte is looked at a bounded number of times, nesting costs no stack, and only what is asked for is
//! checked: values that are skipped need balanced brackets and closed strings, no more.

use memchr::memchr2;
use std::borrow::Cow;
use std::fmt;

/// Why a line is no JSON, in the words that Loki's answers show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::logql::stage) enum Malformed {
    Object,
    Array,
    String,
    Value,
    Syntax,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Object => "Value looks like object, but can't find closing '}' symbol",
            Self::Array => "Value looks like array, but can't find closing ']' symbol",
            Self::String => "Value is string, but can't find closing '\"' symbol",
            Self::Value => "Unknown value type",
            Self::Syntax => "Malformed JSON error",
        })
    }
}

/// A value as a slice of the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::logql::stage) enum Value<'l> {
    /// What stands between the quotes, escapes and all.
    String(&'l str),
    /// A number, `true` or `false`.
    Scalar(&'l str),
    Null,
    /// With its braces.
    Object(&'l str),
    /// With its brackets.
    Array(&'l str),
}

/// A place in a line.
#[derive(Debug)]
pub(in crate::logql::stage) struct Scanner<'l> {
    text: &'l str,
    at: usize,
}

impl<'l> Scanner<'l> {
    pub(in crate::logql::stage) fn new(text: &'l str) -> Self {
        Self { text, at: 0 }
    }

    /// Enters the object that comes next.
    pub(in crate::logql::stage) fn begin_object(&mut self) -> Result<(), Malformed> {
        self.take(b'{').then_some(()).ok_or(Malformed::Object)
    }

    /// Enters the array that comes next.
    pub(super) fn begin_array(&mut self) -> Result<(), Malformed> {
        self.take(b'[').then_some(()).ok_or(Malformed::Array)
    }

    /// The next key of the object that has been entered, its escapes unread; `None` after the last, outside of it.
    pub(in crate::logql::stage) fn next_key(&mut self) -> Result<Option<&'l str>, Malformed> {
        self.take(b',');
        if self.take(b'}') {
            return Ok(None);
        }
        match self.peek() {
            Some(b'"') => {}
            Some(_) => return Err(Malformed::Syntax),
            None => return Err(Malformed::Object),
        }
        let key = self.string()?;
        if self.take(b':') { Ok(Some(key)) } else { Err(Malformed::Syntax) }
    }

    /// Whether another element of the array follows; the array is left after the last.
    pub(super) fn next_element(&mut self) -> Result<bool, Malformed> {
        self.take(b',');
        if self.take(b']') {
            return Ok(false);
        }
        if self.peek().is_none() { Err(Malformed::Array) } else { Ok(true) }
    }

    /// Whether an object comes next.
    pub(super) fn at_object(&mut self) -> bool {
        self.peek() == Some(b'{')
    }

    /// Whether an array comes next.
    pub(super) fn at_array(&mut self) -> bool {
        self.peek() == Some(b'[')
    }

    /// The value that comes next.
    pub(in crate::logql::stage) fn value(&mut self) -> Result<Value<'l>, Malformed> {
        match self.peek() {
            Some(b'"') => self.string().map(Value::String),
            Some(b'{') => self.nested(Malformed::Object).map(Value::Object),
            Some(b'[') => self.nested(Malformed::Array).map(Value::Array),
            Some(_) => self.scalar(),
            None => Err(Malformed::Syntax),
        }
    }

    fn scalar(&mut self) -> Result<Value<'l>, Malformed> {
        let rest = self.rest();
        let ends = |byte: u8| matches!(byte, b',' | b'}' | b']' | b' ' | b'\t' | b'\r' | b'\n');
        let token = rest.split_at(rest.bytes().position(ends).unwrap_or(rest.len())).0;
        self.at += token.len();
        match token {
            "null" => Ok(Value::Null),
            "true" | "false" => Ok(Value::Scalar(token)),
            _ if token.starts_with(|character: char| character == '-' || character.is_ascii_digit()) => {
                Ok(Value::Scalar(token))
            }
            _ => Err(Malformed::Value),
        }
    }

    /// What stands between the quotes.
    fn string(&mut self) -> Result<&'l str, Malformed> {
        let begin = self.at + 1;
        let bytes = self.text.as_bytes();
        let mut at = begin;
        loop {
            let rest = bytes.get(at..).unwrap_or_default();
            at += memchr2(b'"', b'\\', rest).ok_or(Malformed::String)?;
            if bytes.get(at) == Some(&b'"') {
                self.at = at + 1;
                return self.text.get(begin..at).ok_or(Malformed::String);
            }
            at += 2;
        }
    }

    /// An object or array to its end.
    fn nested(&mut self, otherwise: Malformed) -> Result<&'l str, Malformed> {
        let begin = self.at;
        let mut depth = 0_usize;
        loop {
            match self.text.as_bytes().get(self.at).ok_or(otherwise)? {
                b'"' => {
                    self.string()?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return self.text.get(begin..self.at).ok_or(otherwise);
            }
        }
    }

    /// Takes a byte that comes next.
    fn take(&mut self, byte: u8) -> bool {
        let comes = self.peek() == Some(byte);
        self.at += usize::from(comes);
        comes
    }

    /// The next byte that is no space.
    fn peek(&mut self) -> Option<u8> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let spaces = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).count();
        self.at += spaces;
        rest.get(spaces).copied()
    }

    fn rest(&self) -> &'l str {
        self.text.get(self.at..).unwrap_or_default()
    }
}

/// The text that the inside of a string stands for; empty when an escape is malformed.
pub(in crate::logql::stage) fn unescaped(raw: &str) -> Cow<'_, str> {
    if raw.contains('\\') { Cow::Owned(unescape(raw).unwrap_or_default()) } else { Cow::Borrowed(raw) }
}

fn unescape(raw: &str) -> Option<String> {
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((plain, escaped)) = rest.split_once('\\') {
        text.push_str(plain);
        let mut characters = escaped.chars();
        text.push(match characters.next()? {
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let (character, after) = code_point(characters.as_str())?;
                text.push(character);
                rest = after;
                continue;
            }
            same @ ('"' | '\\' | '/') => same,
            _ => return None,
        });
        rest = characters.as_str();
    }
    text.push_str(rest);
    Some(text)
}

/// Four digits, or two times four for what lies beyond them; half of a pair alone is no character.
fn code_point(text: &str) -> Option<(char, &str)> {
    let hex = |text: &str| u32::from_str_radix(text, 16).ok();
    let (digits, rest) = text.split_at_checked(4)?;
    let first = hex(digits)?;
    if !(0xd800..0xe000).contains(&first) {
        return Some((char::from_u32(first)?, rest));
    }
    let second = rest.strip_prefix("\\u").and_then(|rest| rest.split_at_checked(4));
    let pair = second.and_then(|(digits, rest)| {
        let low = hex(digits).filter(|low| (0xdc00..0xe000).contains(low))?;
        let high = first.checked_sub(0xd800).filter(|high| *high < 0x400)?;
        Some((char::from_u32(0x1_0000 + (high << 10) + (low - 0xdc00))?, rest))
    });
    Some(pair.unwrap_or((char::REPLACEMENT_CHARACTER, rest)))
}
