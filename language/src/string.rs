//! Strings as the text writes them: `"a\n"`, `'a'`, and `` `raw` ``, with Go's escapes.
//!
//! Invariant: what [`scan`] accepts, [`unquote`] reads. Escapes can write any byte; a string that is not UTF-8 in the
//! end is refused, because no label value in the store can equal it.

use model::number::quoted;
use std::fmt::{self, Write as _};

/// Why a string token does not end where it should. The texts are Prometheus's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mistake {
    /// A character that the language refuses in strings.
    Refused,
    /// A line or the whole text ends before the quote.
    Unterminated {
        raw: bool,
    },
    /// The text ends inside an escape.
    UnterminatedEscape,
    UnknownEscape(char),
    BadDigit(char),
    BadCodePoint,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused => f.write_str("invalid UTF-8 rune"),
            Self::Unterminated { raw: true } => f.write_str("unterminated raw string"),
            Self::Unterminated { raw: false } => f.write_str("unterminated quoted string"),
            Self::UnterminatedEscape => f.write_str("escape sequence not terminated"),
            Self::UnknownEscape(found) => write!(f, "unknown escape sequence {}", named_char(*found)),
            Self::BadDigit(found) => write!(f, "illegal character {} in escape sequence", named_char(*found)),
            Self::BadCodePoint => f.write_str("escape sequence is an invalid Unicode code point"),
        }
    }
}

/// Finds the end of the string that a text begins with: its length with both quotes, or what is wrong with it.
pub(crate) fn scan(text: &str, quote: u8, refused: Option<char>) -> Result<usize, Mistake> {
    let raw = quote == b'`';
    let mut characters = text.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        match character {
            _ if refused == Some(character) => return Err(Mistake::Refused),
            '\n' if !raw => break,
            '\\' if !raw => scan_escape(&mut characters, quote)?,
            _ if character == char::from(quote) => return Ok(at + 1),
            _ => {}
        }
    }
    Err(Mistake::Unterminated { raw })
}

fn scan_escape(characters: &mut impl Iterator<Item = (usize, char)>, quote: u8) -> Result<(), Mistake> {
    let mut next = || characters.next().map(|(_, character)| character).ok_or(Mistake::UnterminatedEscape);
    let kind = next()?;
    let (mut value, digits, radix, max) = match kind {
        'a' | 'b' | 'f' | 'n' | 'r' | 't' | 'v' | '\\' => return Ok(()),
        _ if kind == char::from(quote) => return Ok(()),
        '0'..='7' => (kind.to_digit(8).unwrap_or(0), 2, 8, 255),
        'x' => (0, 2, 16, 255),
        'u' => (0, 4, 16, 0x10_ffff),
        'U' => (0, 8, 16, 0x10_ffff),
        other => return Err(Mistake::UnknownEscape(other)),
    };
    for _ in 0..digits {
        let digit = next()?;
        let amount = digit.to_digit(radix).ok_or(Mistake::BadDigit(digit))?;
        value = value.wrapping_mul(radix).wrapping_add(amount);
    }
    if value > max || (0xd800..0xe000).contains(&value) { Err(Mistake::BadCodePoint) } else { Ok(()) }
}

/// The text that a string token stands for; the error is for a token that [`scan`] has accepted but is not UTF-8.
pub(crate) fn unquote(token: &str) -> Result<String, String> {
    let inner = token.get(1..token.len().saturating_sub(1)).unwrap_or_default();
    if token.starts_with('`') || !inner.contains('\\') {
        return Ok(inner.to_owned());
    }
    let mut bytes = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while let Some((plain, escaped)) = rest.split_once('\\') {
        bytes.extend_from_slice(plain.as_bytes());
        rest = unescape(escaped, &mut bytes).unwrap_or_default();
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8(bytes).map_err(|_| format!("error unquoting string {}: invalid UTF-8", quoted(token)))
}

/// Reads one escape, after its backslash; what follows it.
fn unescape<'a>(escaped: &'a str, into: &mut Vec<u8>) -> Option<&'a str> {
    let kind = escaped.chars().next()?;
    let after = escaped.get(kind.len_utf8()..)?;
    let simple = match kind {
        'a' => 0x7,
        'b' => 0x8,
        'f' => 0xc,
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        'v' => 0xb,
        'x' => u8::from_str_radix(after.get(..2)?, 16).ok()?,
        '0'..='7' => u8::from_str_radix(escaped.get(..3)?, 8).ok()?,
        'u' | 'U' => {
            let (digits, after) = after.split_at_checked(if kind == 'u' { 4 } else { 8 })?;
            let character = char::from_u32(u32::from_str_radix(digits, 16).ok()?)?;
            into.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            return Some(after);
        }
        other => u8::try_from(other).ok()?,
    };
    into.push(simple);
    match kind {
        'x' | '0'..='7' => after.get(2..),
        _ => Some(after),
    }
}

/// At most the first ten characters of a token in quotes, with `...` when it is longer than ten bytes: Go's `%.10q`.
pub(crate) fn quoted_prefix(text: &str) -> String {
    const SHOWN: usize = 10;
    if text.len() <= SHOWN {
        return quoted(text);
    }
    let prefix: String = text.chars().take(SHOWN).collect();
    format!("{}...", quoted(&prefix))
}

/// A character in single quotes as Go's `%q` writes it; the end of the text is the replacement character there.
pub(crate) fn quoted_char(character: Option<char>) -> String {
    let character = character.unwrap_or('\u{fffd}');
    match character {
        '\'' => "'\\''".to_owned(),
        '"' | '\u{fffd}' => format!("'{character}'"),
        other => {
            let text = quoted(other.encode_utf8(&mut [0; 4]));
            format!("'{}'", text.trim_start_matches('"').trim_end_matches('"'))
        }
    }
}

/// A character as Go's `%#U` writes it: `U+0071 'q'`.
pub(crate) fn named_char(character: char) -> String {
    let mut text = String::new();
    // A String never refuses text.
    let _ = write!(text, "U+{:04X}", u32::from(character));
    if !character.is_control() {
        let _ = write!(text, " '{character}'");
    }
    text
}
