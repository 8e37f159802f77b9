//! Numbers and durations as the text writes them: `1e3`, `0x1F`, `017`, `1_000`, `.5`, `Inf`, `1h30m`.
//!
//! Invariant: what is cut out here is what Prometheus's lexer cuts out; a number it accepts is read as Go's
//! `strconv` reads it (a leading 0 is octal where the digits allow it).

use super::token::Kind;
use model::number::quoted;
use std::time::Duration;

/// Cuts a number or duration off the front of a text: what it is (`None` when it is neither) and how many bytes
/// belong to it, or to the part that an error quotes.
pub(super) fn scan(text: &str) -> (Option<Kind>, usize) {
    let mut scan = Scan { text: text.as_bytes(), at: 0 };
    if scan.number() {
        return (Some(Kind::Number), scan.at);
    }
    let is_duration = scan.duration();
    // The error text of Prometheus includes the character that ended the scan.
    let length = if is_duration { scan.at } else { text.ceil_char_boundary(scan.at) };
    (is_duration.then_some(Kind::Duration), length)
}

struct Scan<'a> {
    text: &'a [u8],
    at: usize,
}

impl Scan<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn is(&self, belongs: impl Fn(u8) -> bool) -> bool {
        self.peek().is_some_and(belongs)
    }

    fn accept(&mut self, belongs: impl Fn(u8) -> bool) -> bool {
        let accepted = self.is(belongs);
        self.at += usize::from(accepted);
        accepted
    }

    fn number(&mut self) -> bool {
        let mut hex = false;
        if self.accept(|byte| byte == b'0') && self.accept(|byte| matches!(byte, b'x' | b'X')) {
            self.accept(|byte| byte == b'_');
            hex = true;
        }
        let digit = |byte: u8| if hex { byte.is_ascii_hexdigit() } else { byte.is_ascii_digit() };
        let exponent = |byte: u8| matches!(byte, b'e' | b'E');
        self.accept(|byte| byte == b'.');
        self.accept(digit);
        let (mut dots, mut exponents) = (0, 0);
        while self.is(|byte| digit(byte) || exponent(byte) || matches!(byte, b'.' | b'_')) {
            if self.accept(|byte| byte == b'.') {
                dots += 1;
                if dots > 1 || self.accept(|byte| matches!(byte, b'_' | b'.')) || hex {
                    return false;
                }
            } else if self.accept(exponent) {
                exponents += 1;
                if exponents > 1 {
                    return false;
                }
                self.accept(|byte| matches!(byte, b'+' | b'-'));
                if self.accept(|byte| exponent(byte) || matches!(byte, b'.' | b'_')) || self.peek().is_none() {
                    return false;
                }
            } else if self.accept(|byte| byte == b'_') {
                if self.accept(|byte| exponent(byte) || matches!(byte, b'.' | b'_')) || self.peek().is_none() {
                    return false;
                }
            } else {
                while self.accept(digit) {}
            }
        }
        self.at > 0 && !self.is(is_word)
    }

    /// What is left of a duration after its first number; bad units are found when it is read.
    fn duration(&mut self) -> bool {
        if !self.accept(|byte| b"smhdwy".contains(&byte)) {
            return false;
        }
        self.accept(|byte| byte == b's');
        while self.accept(|byte| byte.is_ascii_digit()) {
            while self.accept(|byte| byte.is_ascii_digit()) {}
            if !self.accept(|byte| b"smhdw".contains(&byte)) {
                return false;
            }
            self.accept(|byte| byte == b's');
        }
        !self.accept(is_word)
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Reads a number token.
pub(super) fn parse(text: &str) -> Result<f64, String> {
    if let Some(value) = parse_integer(text) {
        return Ok(value);
    }
    let invalid = || format!("error parsing number: strconv.ParseFloat: parsing {}: invalid syntax", quoted(text));
    if !underscores_separate_digits(text) || text.starts_with("0x") || text.starts_with("0X") {
        return Err(invalid());
    }
    let value = text.replace('_', "").parse::<f64>().map_err(|_| invalid())?;
    if value.is_infinite() && !text.starts_with(['i', 'I']) {
        return Err(format!("error parsing number: strconv.ParseFloat: parsing {}: value out of range", quoted(text)));
    }
    Ok(value)
}

/// Go's integers: decimal, octal after `0`, hexadecimal after `0x`; `None` where it is none or beyond 64 bits.
#[expect(clippy::cast_precision_loss, reason = "PromQL numbers are floats")]
fn parse_integer(text: &str) -> Option<f64> {
    let (digits, radix) = match text.as_bytes() {
        [b'0', b'x' | b'X', ..] => (text.get(2..)?, 16),
        [b'0', _, ..] => (text.get(1..)?, 8),
        _ => (text, 10),
    };
    if digits.contains('_') {
        if !underscores_separate_digits(text) {
            return None;
        }
        return i64::from_str_radix(&digits.replace('_', ""), radix).ok().map(|value| value as f64);
    }
    i64::from_str_radix(digits, radix).ok().map(|value| value as f64)
}

fn underscores_separate_digits(text: &str) -> bool {
    let hex = text.starts_with("0x") || text.starts_with("0X");
    let (mut last, digits) = if hex { (b'0', text.get(2..).unwrap_or_default()) } else { (b'^', text) };
    for byte in digits.bytes() {
        let class = if byte.is_ascii_digit() || (hex && byte.is_ascii_hexdigit()) { b'0' } else { byte };
        if (class == b'_' && last != b'0') || (class != b'_' && class != b'0' && last == b'_') {
            return false;
        }
        last = class;
    }
    last != b'_'
}

/// Reads a duration token; the error is Prometheus's.
pub(super) fn parse_duration(text: &str) -> Result<Duration, String> {
    model::duration::parse(text).map_err(|error| error.to_string())
}
