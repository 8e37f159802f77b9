//! Numbers and strings as Go writes them: the wire forms of Prometheus are Go's `strconv`.

use std::fmt::{self, Write as _};

/// A float as Prometheus's API writes it (Go `FormatFloat(f, 'f', -1, 64)`): `1`, `0.1`, `+Inf`, `-Inf`, `NaN`,
/// and always digits, never an exponent.
pub fn format_decimal(value: f64) -> String {
    let mut text = String::new();
    write_decimal(&mut text, value);
    text
}

/// Appends [`format_decimal`] to `into`.
pub fn write_decimal(into: &mut String, value: f64) {
    if push_special(into, value) {
        return;
    }
    // Rust's Display for f64 is the shortest digits that read back, without an exponent: Go's 'f', -1.
    let _ = write!(into, "{value}");
}

/// A float as Go's `%g` and `FormatFloat(f, 'g', -1, 64)` write it: shortest digits, an exponent of at least two
/// digits when it is below -4 or at least 6 (Go decides the shortest form as if its precision were 6).
pub fn format_general(value: f64) -> String {
    let mut text = String::new();
    if push_special(&mut text, value) {
        return text;
    }
    if value == 0.0 {
        return if value.is_sign_negative() { "-0".to_owned() } else { "0".to_owned() };
    }
    let scientific = format!("{value:e}");
    let exponent = scientific.split_once('e').and_then(|(_, exponent)| exponent.parse::<i32>().ok()).unwrap_or(0);
    if (-4..6).contains(&exponent) {
        let _ = write!(text, "{value}");
    } else {
        push_exponent(&mut text, &scientific, exponent);
    }
    text
}

/// A float as Go's `FormatFloat(f, 'e', -1, 64)` writes it: `1e+00`.
pub fn format_exponent(value: f64) -> String {
    let mut text = String::new();
    if push_special(&mut text, value) {
        return text;
    }
    let scientific = format!("{value:e}");
    let exponent = scientific.split_once('e').and_then(|(_, exponent)| exponent.parse::<i32>().ok()).unwrap_or(0);
    push_exponent(&mut text, &scientific, exponent);
    text
}

fn push_exponent(text: &mut String, scientific: &str, exponent: i32) {
    let mantissa = scientific.split_once('e').map_or(scientific, |(mantissa, _)| mantissa);
    let sign = if exponent < 0 { '-' } else { '+' };
    let _ = write!(text, "{mantissa}e{sign}{:02}", exponent.abs());
}

fn push_special(text: &mut String, value: f64) -> bool {
    let special = if value.is_nan() {
        "NaN"
    } else if value == f64::INFINITY {
        "+Inf"
    } else if value == f64::NEG_INFINITY {
        "-Inf"
    } else {
        return false;
    };
    text.push_str(special);
    true
}

/// Writes text in double quotes as Go's `strconv.Quote` does.
///
/// # Errors
/// Only when `into` refuses the text.
pub fn write_quoted(into: &mut impl fmt::Write, text: &str) -> fmt::Result {
    into.write_char('"')?;
    for character in text.chars() {
        match character {
            '"' => into.write_str("\\\"")?,
            '\\' => into.write_str("\\\\")?,
            '\n' => into.write_str("\\n")?,
            '\r' => into.write_str("\\r")?,
            '\t' => into.write_str("\\t")?,
            '\u{7}' => into.write_str("\\a")?,
            '\u{8}' => into.write_str("\\b")?,
            '\u{b}' => into.write_str("\\v")?,
            '\u{c}' => into.write_str("\\f")?,
            other if (other as u32) < 0x20 || other as u32 == 0x7f => write!(into, "\\x{:02x}", other as u32)?,
            other if other.is_ascii() || is_printable(other) => into.write_char(other)?,
            other if (other as u32) < 0x1_0000 => write!(into, "\\u{:04x}", other as u32)?,
            other => write!(into, "\\U{:08x}", other as u32)?,
        }
    }
    into.write_char('"')
}

/// Whether Go's `unicode.IsPrint` holds: letters, marks, numbers, punctuation and symbols, but no space but the
/// ASCII one. The replacement character is written as an escape too, because PromQL takes it for broken UTF-8.
fn is_printable(character: char) -> bool {
    let mut buffer = [0_u8; 5];
    // Combining marks are printable after another character, and Rust's Debug form escapes them only at the start.
    let [first, rest @ ..] = &mut buffer;
    *first = b'a';
    let length = 1 + character.encode_utf8(rest).len();
    let text = buffer.get(..length).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default();
    character != '\u{fffd}' && text.escape_debug().count() == 2
}

/// The text in double quotes, as [`write_quoted`].
pub fn quoted(text: &str) -> String {
    let mut into = String::with_capacity(text.len() + 2);
    // A String never refuses text.
    let _ = write_quoted(&mut into, text);
    into
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_read_as_go_writes_them() {
        let check = |value: f64, decimal: &str, general: &str, exponent: &str| {
            assert_eq!(format_decimal(value), decimal);
            assert_eq!(format_general(value), general);
            assert_eq!(format_exponent(value), exponent);
        };
        check(0.0, "0", "0", "0e+00");
        check(-0.0, "-0", "-0", "-0e+00");
        check(1.0, "1", "1", "1e+00");
        check(0.1, "0.1", "0.1", "1e-01");
        check(1e21, "1000000000000000000000", "1e+21", "1e+21");
        check(123_456_789.0, "123456789", "1.23456789e+08", "1.23456789e+08");
        check(999_999.0, "999999", "999999", "9.99999e+05");
        check(1e6, "1000000", "1e+06", "1e+06");
        check(0.000_01, "0.00001", "1e-05", "1e-05");
        check(0.000_1, "0.0001", "0.0001", "1e-04");
        check(f64::NAN, "NaN", "NaN", "NaN");
        check(f64::INFINITY, "+Inf", "+Inf", "+Inf");
        check(f64::NEG_INFINITY, "-Inf", "-Inf", "-Inf");
    }

    #[test]
    fn quotes_are_escaped_as_go_does() {
        assert_eq!(quoted("日本 é\u{200b}\u{a0}\u{fffd}\u{e0001}"), r#""日本 é\u200b\u00a0\ufffd\U000e0001""#);
        assert_eq!(quoted("e\u{301}"), "\"e\u{301}\"");
        assert_eq!(quoted("a\"b\\c\nd\te\u{1}é"), r#""a\"b\\c\nd\te\x01é""#);
    }
}
