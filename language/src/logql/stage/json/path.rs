//! Paths into JSON: `a.b[0]["c d"]`.
//!
//! Invariant: following a path scans only what stands before its end, and needs no memory.

use super::scan::{Malformed, Scanner, Value, unescaped};

/// A step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Segment {
    Key(String),
    Index(usize),
}

/// A word of a path.
#[derive(Debug)]
enum Word {
    Dot,
    Open,
    Close,
    Text(String),
    Field(String),
    Index(usize),
    End,
}

impl Word {
    fn name(&self) -> &'static str {
        match self {
            Self::Dot => "DOT",
            Self::Open => "LSB",
            Self::Close => "RSB",
            Self::Text(_) => "STRING",
            Self::Field(_) => "FIELD",
            Self::Index(_) => "INDEX",
            Self::End => "$end",
        }
    }

    fn unexpected(&self, expecting: &str) -> String {
        format!("syntax error: unexpected {}{expecting}", self.name())
    }
}

/// Reads a path; the error is in Loki's words.
pub(super) fn parse(text: &str) -> Result<Vec<Segment>, String> {
    let mut path = Vec::new();
    let mut rest = text;
    loop {
        let (word, after) = word(rest)?;
        rest = after;
        match word {
            Word::Field(name) if path.is_empty() => path.push(Segment::Key(name)),
            Word::Open => {
                let (inner, after) = self::word(rest)?;
                path.push(match inner {
                    Word::Text(key) => Segment::Key(key),
                    Word::Index(index) => Segment::Index(index),
                    other => return Err(other.unexpected(", expecting STRING or INDEX")),
                });
                let (close, after) = self::word(after)?;
                if !matches!(close, Word::Close) {
                    return Err(close.unexpected(", expecting RSB"));
                }
                rest = after;
            }
            other if path.is_empty() => return Err(other.unexpected(", expecting LSB or FIELD")),
            Word::Dot => {
                let (field, after) = self::word(rest)?;
                let Word::Field(name) = field else { return Err(field.unexpected(", expecting FIELD")) };
                path.push(Segment::Key(name));
                rest = after;
            }
            Word::End => return Ok(path),
            other => return Err(other.unexpected("")),
        }
    }
}

/// Cuts a word off a path.
fn word(text: &str) -> Result<(Word, &str), String> {
    let text = text.trim_start_matches([' ', '\t', '\n']);
    let Some(first) = text.chars().next() else { return Ok((Word::End, text)) };
    let span = |belongs: fn(char) -> bool| text.find(|c| !belongs(c)).unwrap_or(text.len());
    let after = text.get(first.len_utf8()..).unwrap_or_default();
    match first {
        '.' => Ok((Word::Dot, after)),
        '[' => Ok((Word::Open, after)),
        ']' => Ok((Word::Close, after)),
        '"' => {
            let (inner, rest) = after.split_once('"').unwrap_or((after, ""));
            Ok((Word::Text(inner.to_owned()), rest))
        }
        '0'..='9' => {
            let (digits, rest) = text.split_at(span(|c| c.is_ascii_digit()));
            match rest.chars().next() {
                Some('.') => return Err("cannot use float as array index".to_owned()),
                Some(other) if !matches!(other, ' ' | '\t' | '\n' | ']') => {
                    return Err(format!("non-integer value: {other}"));
                }
                _ => {}
            }
            let index = digits.parse().map_err(|_| format!("array index {digits} is out of range"))?;
            Ok((Word::Index(index), rest))
        }
        '_' | 'a'..='z' | 'A'..='Z' => {
            let (name, rest) = text.split_at(span(|c| c == '_' || c.is_ascii_alphanumeric()));
            Ok((Word::Field(name.to_owned()), rest))
        }
        other => Err(format!("unexpected char {other}")),
    }
}

/// The value at a path from where the scanner stands; `None` when there is none.
pub(super) fn find<'l>(scanner: &mut Scanner<'l>, path: &[Segment]) -> Result<Option<Value<'l>>, Malformed> {
    for segment in path {
        let found = match segment {
            Segment::Key(key) if scanner.at_object() => enter_key(scanner, key)?,
            Segment::Index(index) if scanner.at_array() => enter_index(scanner, *index)?,
            _ => false,
        };
        if !found {
            return Ok(None);
        }
    }
    scanner.value().map(Some)
}

fn enter_key(scanner: &mut Scanner<'_>, wanted: &str) -> Result<bool, Malformed> {
    scanner.begin_object()?;
    while let Some(key) = scanner.next_key()? {
        if unescaped(key) == wanted {
            return Ok(true);
        }
        scanner.value()?;
    }
    Ok(false)
}

fn enter_index(scanner: &mut Scanner<'_>, wanted: usize) -> Result<bool, Malformed> {
    scanner.begin_array()?;
    let mut index = 0;
    while scanner.next_element()? {
        if index == wanted {
            return Ok(true);
        }
        scanner.value()?;
        index += 1;
    }
    Ok(false)
}
