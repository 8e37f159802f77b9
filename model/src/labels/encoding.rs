//! The raw form of a label set: one string of `len name len value ...`.
//!
//! Invariant: a length is ASCII, so the whole is UTF-8 and slicing it needs no second UTF-8 check.
//! A length below 96 is one byte; a longer one is a byte `96 + top 5 bits` and three bytes of 7 bits each
//! (26 bits in all). The shortest form is the only valid one, so equal sets are equal bytes.

use crate::limits::LABEL_TEXT_BYTES_MAX;
use std::fmt;

const SHORT_MAX: usize = 95;
const LONG_MARK: u8 = 96;

/// Why bytes are not the raw form of a label set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelBytesError {
    /// The bytes are not UTF-8 from this offset on.
    NotUtf8(usize),
    /// The text that begins at this offset ends before its length says.
    Truncated(usize),
    /// The name that begins at this offset is empty, or not greater than the one before it.
    Order(usize),
    /// The value that begins at this offset is empty.
    EmptyValue(usize),
}

impl fmt::Display for LabelBytesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotUtf8(at) => write!(f, "label bytes are not UTF-8 at {at}"),
            Self::Truncated(at) => write!(f, "label bytes end inside the text at {at}"),
            Self::Order(at) => write!(f, "label name at {at} is empty or out of order"),
            Self::EmptyValue(at) => write!(f, "label value at {at} is empty"),
        }
    }
}

impl std::error::Error for LabelBytesError {}

/// Appends one pair. The caller keeps the order of the names.
pub(super) fn push_pair(into: &mut String, name: &str, value: &str) {
    push_text(into, name);
    push_text(into, value);
}

fn push_text(into: &mut String, text: &str) {
    let text = cut(text);
    let len = text.len();
    if len <= SHORT_MAX {
        into.push(ascii(len));
    } else {
        into.push(ascii(usize::from(LONG_MARK) + (len >> 21)));
        into.push(ascii((len >> 14) & 0x7f));
        into.push(ascii((len >> 7) & 0x7f));
        into.push(ascii(len & 0x7f));
    }
    into.push_str(text);
}

fn cut(text: &str) -> &str {
    let mut end = text.len().min(LABEL_TEXT_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or("")
}

#[expect(clippy::cast_possible_truncation, reason = "callers pass values below 128")]
fn ascii(value: usize) -> char {
    char::from(value as u8)
}

/// Splits the first text off, or `None` at the end (or where a length does not fit).
pub(super) fn take_text(raw: &str) -> Option<(&str, &str)> {
    let bytes = raw.as_bytes();
    let first = usize::from(*bytes.first()?);
    let (head, len) = if first <= SHORT_MAX {
        (1, first)
    } else {
        let more = bytes.get(1..4)?;
        let len = more.iter().fold(first - usize::from(LONG_MARK), |len, byte| (len << 7) | usize::from(*byte));
        (4, len)
    };
    let text = raw.get(head..head + len)?;
    Some((text, raw.get(head + len..)?))
}

/// Checks a whole raw form.
pub(super) fn validate(raw: &[u8]) -> Result<&str, LabelBytesError> {
    let text = std::str::from_utf8(raw).map_err(|error| LabelBytesError::NotUtf8(error.valid_up_to()))?;
    let mut rest = text;
    let mut previous = "";
    while !rest.is_empty() {
        let at = text.len() - rest.len();
        let (name, after) = take_canonical(rest).ok_or(LabelBytesError::Truncated(at))?;
        if name <= previous {
            return Err(LabelBytesError::Order(at));
        }
        let at = text.len() - after.len();
        let (value, after) = take_canonical(after).ok_or(LabelBytesError::Truncated(at))?;
        if value.is_empty() {
            return Err(LabelBytesError::EmptyValue(at));
        }
        previous = name;
        rest = after;
    }
    Ok(text)
}

/// Like [`take_text`], but refuses a long form of a short length: it would give one set two raw forms.
fn take_canonical(raw: &str) -> Option<(&str, &str)> {
    let (text, rest) = take_text(raw)?;
    let head = raw.len() - rest.len() - text.len();
    (head == 1 || text.len() > SHORT_MAX).then_some((text, rest))
}
