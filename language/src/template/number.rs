//! Numbers as templates write them: `42`, `0x2A`, `0b101`, `1_000`, `1.5e3`, `0x1p-2`, `'a'`.
//!
//! Invariant: a literal is, as Go's constants are, all the types at once that can hold its value. Complex ones are
//! refused by name.

use crate::string;
use model::number::quoted;

/// A literal.
#[derive(Clone, Debug)]
pub(super) struct Number {
    /// As written.
    pub(super) text: String,
    /// Its value as a whole number within 64 bits with sign.
    pub(super) int: Option<i64>,
    /// Its value as a float.
    pub(super) float: Option<f64>,
}

impl Number {
    /// Reads a number; the error is Go's but for complex ones.
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "compared afterwards")]
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if text.ends_with('i') {
            return Err(format!("complex number {text} is not supported"));
        }
        let number = |int, float| Ok(Self { text: text.to_owned(), int, float });
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        match whole(digits) {
            // Go reads what only fits without sign as well, but can do nothing with it.
            Some(value) if negative && value <= 1 << 63 => {
                let value = 0_i64.checked_sub_unsigned(value);
                return number(value, value.map(|value| value as f64));
            }
            Some(value) if !negative && !text.starts_with('+') => {
                return number(i64::try_from(value).ok(), Some(value as f64));
            }
            Some(value) if !negative && i64::try_from(value).is_ok() => {
                return number(i64::try_from(value).ok(), Some(value as f64));
            }
            _ => {}
        }
        let Some(float) = float(text) else { return Err(format!("illegal number syntax: {}", quoted(text))) };
        if !text.contains(['.', 'e', 'E', 'p', 'P']) {
            return Err(format!("integer overflow: {}", quoted(text)));
        }
        let int = float as i64;
        number((int as f64 == float && float < 9.3e18).then_some(int), Some(float))
    }

    /// Reads a character in single quotes, which is the number of its code point.
    pub(super) fn parse_character(text: &str) -> Result<Self, String> {
        let malformed = || format!("malformed character constant: {text}");
        let end = string::scan(text, b'\'', None).map_err(|_| "invalid syntax".to_owned())?;
        if end != text.len() {
            return Err(malformed());
        }
        let unquoted = string::unquote(text).map_err(|_| "invalid syntax".to_owned())?;
        let mut characters = unquoted.chars();
        let Some(character) = characters.next() else { return Err("invalid syntax".to_owned()) };
        if characters.next().is_some() {
            return Err(malformed());
        }
        let value = u32::from(character);
        Ok(Self { text: text.to_owned(), int: Some(i64::from(value)), float: Some(f64::from(value)) })
    }

    /// Whether it is a float where nothing says what it should be.
    pub(super) fn is_written_as_float(&self) -> bool {
        let hex = self.text.starts_with("0x") || self.text.starts_with("0X");
        let is_hex_whole = hex && self.text.len() > 2 && !self.text.contains(['p', 'P']);
        !is_hex_whole && !self.text.starts_with('\'') && self.text.contains(['.', 'e', 'E', 'p', 'P'])
    }
}

/// A whole number without sign, in the base that its prefix says.
fn whole(text: &str) -> Option<u64> {
    if !underscores_are_well_placed(text) {
        return None;
    }
    let digits = text.replace('_', "");
    let lower = digits.to_ascii_lowercase();
    let (digits, radix) = match lower.as_str() {
        "0" => ("0", 10),
        other => [("0x", 16), ("0o", 8), ("0b", 2), ("0", 8)]
            .into_iter()
            .find_map(|(prefix, radix)| Some((other.strip_prefix(prefix)?, radix)))
            .unwrap_or((other, 10)),
    };
    if digits.starts_with(['+', '-']) {
        return None;
    }
    u64::from_str_radix(digits, radix).ok()
}

/// Whether underscores stand between digits, or after the prefix of a base, only.
fn underscores_are_well_placed(text: &str) -> bool {
    if !text.contains('_') {
        return true;
    }
    let unsigned = text.trim_start_matches(['+', '-']);
    let bytes = unsigned.as_bytes();
    let hex = matches!(bytes, [b'0', b'x' | b'X', ..]);
    let prefixed = matches!(bytes, [b'0', b'x' | b'X' | b'o' | b'O' | b'b' | b'B', ..]);
    let mut before = if prefixed { b'0' } else { b'^' };
    for byte in bytes.iter().skip(if prefixed { 2 } else { 0 }) {
        let kind = match byte {
            b'_' => b'_',
            byte if byte.is_ascii_digit() || (hex && byte.is_ascii_hexdigit()) => b'0',
            _ => b'!',
        };
        if (kind == b'_' && before != b'0') || (before == b'_' && kind != b'0') {
            return false;
        }
        before = kind;
    }
    before != b'_'
}

/// A float as Go's `strconv.ParseFloat` reads it; `None` also when it is too large.
fn float(text: &str) -> Option<f64> {
    if !underscores_are_well_placed(text) {
        return None;
    }
    let plain = text.replace('_', "");
    let lower = plain.to_ascii_lowercase();
    let (negative, unsigned) = match lower.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, lower.strip_prefix('+').unwrap_or(&lower)),
    };
    let value = match unsigned.strip_prefix("0x") {
        Some(hex) => hex_float(hex)?,
        None if unsigned.starts_with(|first: char| first == '.' || first.is_ascii_digit()) => {
            unsigned.parse::<f64>().ok()?
        }
        None => return None,
    };
    value.is_finite().then_some(if negative { -value } else { value })
}

/// `1.8p3`; the exponent may not be left out.
#[expect(clippy::cast_precision_loss, reason = "what is longer than a float is rounded")]
fn hex_float(text: &str) -> Option<f64> {
    let (mantissa, exponent) = text.split_once('p')?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    if digits.is_empty() || digits.len() > 13 {
        return None;
    }
    let value = u64::from_str_radix(&digits, 16).ok()? as f64;
    let shift = i32::try_from(fraction.len()).ok()?.checked_mul(-4)?.checked_add(exponent.parse::<i32>().ok()?)?;
    Some(value * 2_f64.powi(shift))
}

/// A whole number as Go's `strconv.ParseInt` reads it with the base that its prefix says.
pub(super) fn parse_whole(text: &str) -> Option<i64> {
    match text.strip_prefix('-') {
        Some(digits) => {
            whole(digits).filter(|value| *value <= 1 << 63).and_then(|value| 0_i64.checked_sub_unsigned(value))
        }
        None => whole(text.strip_prefix('+').unwrap_or(text)).and_then(|value| i64::try_from(value).ok()),
    }
}

/// A float as Go's `strconv.ParseFloat` reads it, infinities and what is not a number too.
pub(crate) fn parse_float(text: &str) -> Option<f64> {
    let named = text.trim_start_matches(['+', '-']).to_ascii_lowercase();
    match named.as_str() {
        "inf" | "infinity" | "nan" => text.parse().ok(),
        _ => float(text),
    }
}
