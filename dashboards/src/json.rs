//! JSON written by hand into one buffer: our answers are large and their keys stand in Prometheus's order.
//!
//! Invariant: every text is escaped on its way in; only literals of this crate go through [`Json::raw`]. Whether
//! brackets and commas balance is the caller's affair (tests parse every answer).

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use model::labels::Labels;
use model::number;
use model::time::{Millis, Nanos};

/// A JSON text that is being written.
#[derive(Debug, Default)]
pub(crate) struct Json {
    text: String,
}

impl Json {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self { text: String::with_capacity(bytes) }
    }

    /// Appends JSON as it is.
    pub(crate) fn raw(&mut self, json: &str) -> &mut Self {
        self.text.push_str(json);
        self
    }

    /// Appends a text in quotes, escaped.
    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        self.text.push('"');
        let mut rest = text;
        while let Some(at) = rest.bytes().position(needs_escape) {
            let (plain, special) = rest.split_at(at);
            self.text.push_str(plain);
            let mut characters = special.chars();
            if let Some(character) = characters.next() {
                self.push_escaped(character);
            }
            rest = characters.as_str();
        }
        self.text.push_str(rest);
        self.text.push('"');
        self
    }

    fn push_escaped(&mut self, character: char) {
        match character {
            '"' => self.text.push_str("\\\""),
            '\\' => self.text.push_str("\\\\"),
            '\n' => self.text.push_str("\\n"),
            '\r' => self.text.push_str("\\r"),
            '\t' => self.text.push_str("\\t"),
            other => {
                const HEX: [char; 16] =
                    ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
                let code = other as usize;
                self.text.push_str("\\u00");
                self.text.extend([code >> 4, code & 15].iter().filter_map(|digit| HEX.get(*digit)));
            }
        }
    }

    /// Appends an integer.
    pub(crate) fn integer(&mut self, value: i64) -> &mut Self {
        if value < 0 {
            self.text.push('-');
        }
        self.digits(value.unsigned_abs())
    }

    /// Appends the digits of an integer.
    pub(crate) fn digits(&mut self, mut value: u64) -> &mut Self {
        let mut digits = [b'0'; 20];
        let mut length = 0;
        for slot in digits.iter_mut().rev() {
            *slot = b'0' + (value % 10) as u8;
            length += 1;
            value /= 10;
            if value == 0 {
                break;
            }
        }
        let written = digits.get(digits.len() - length..).unwrap_or_default();
        self.text.push_str(std::str::from_utf8(written).unwrap_or_default());
        self
    }

    /// Appends `true` or `false`.
    pub(crate) fn boolean(&mut self, value: bool) -> &mut Self {
        self.raw(if value { "true" } else { "false" })
    }

    /// Appends a finite number as JSON; what JSON cannot say becomes 0.
    pub(crate) fn number(&mut self, value: f64) -> &mut Self {
        if value.is_finite() {
            number::write_decimal(&mut self.text, value);
        } else {
            self.text.push('0');
        }
        self
    }

    /// Appends a time in seconds; milliseconds take three digits when there are any, as Prometheus writes them.
    pub(crate) fn seconds(&mut self, time: Millis) -> &mut Self {
        if time.0 < 0 {
            self.text.push('-');
        }
        let millis = time.0.unsigned_abs();
        self.digits(millis / 1_000);
        let fraction = millis % 1_000;
        if fraction > 0 {
            self.text.push('.');
            for scale in [100, 10, 1] {
                self.text.push(char::from(b'0' + (fraction / scale % 10) as u8));
            }
        }
        self
    }

    /// Appends a sample's value: in quotes, with an exponent below 1e-6 and from 1e21 on, as Prometheus writes it.
    pub(crate) fn value(&mut self, value: f64) -> &mut Self {
        self.text.push('"');
        let size = value.abs();
        // Integers that a float holds exactly are most of what there is, and much faster to write than floats.
        if size < 1e15 && value.trunc() == value && (size > 0.0 || value.is_sign_positive()) {
            #[expect(clippy::cast_possible_truncation, reason = "below 1e15 and integral")]
            self.integer(value as i64);
        } else if value != 0.0 && size.is_finite() && !(1e-6..1e21).contains(&size) {
            self.text.push_str(&number::format_exponent(value));
        } else {
            number::write_decimal(&mut self.text, value);
        }
        self.text.push('"');
        self
    }

    /// Appends a sample's value as Loki writes it: in quotes, never with an exponent.
    pub(crate) fn plain_value(&mut self, value: f64) -> &mut Self {
        if value == 0.0 || !value.is_finite() || (1e-6..1e21).contains(&value.abs()) {
            return self.value(value);
        }
        self.text.push('"');
        number::write_decimal(&mut self.text, value);
        self.text.push('"');
        self
    }

    /// Appends a time in nanoseconds, in quotes.
    pub(crate) fn nanos(&mut self, time: Nanos) -> &mut Self {
        self.raw("\"").integer(time.0).raw("\"")
    }

    /// Appends a label set as an object of texts.
    pub(crate) fn labels(&mut self, labels: &Labels) -> &mut Self {
        self.list('{', '}', labels.iter(), |json, (name, value)| {
            json.text(name).raw(":").text(value);
        })
    }

    /// Appends an array of texts.
    pub(crate) fn texts<T: AsRef<str>>(&mut self, texts: impl IntoIterator<Item = T>) -> &mut Self {
        self.array(texts, |json, text| {
            json.text(text.as_ref());
        })
    }

    /// Appends an array; `write` appends one element.
    pub(crate) fn array<T>(
        &mut self,
        elements: impl IntoIterator<Item = T>,
        write: impl FnMut(&mut Self, T),
    ) -> &mut Self {
        self.list('[', ']', elements, write)
    }

    /// Appends an object; `write` appends one `key:value`.
    pub(crate) fn object<T>(
        &mut self,
        members: impl IntoIterator<Item = T>,
        write: impl FnMut(&mut Self, T),
    ) -> &mut Self {
        self.list('{', '}', members, write)
    }

    fn list<T>(
        &mut self,
        open: char,
        close: char,
        elements: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut Self, T),
    ) -> &mut Self {
        self.text.push(open);
        for (position, element) in elements.into_iter().enumerate() {
            if position > 0 {
                self.text.push(',');
            }
            write(self, element);
        }
        self.text.push(close);
        self
    }

    /// The finished text.
    pub(crate) fn into_string(self) -> String {
        self.text
    }
}

fn needs_escape(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

impl IntoResponse for Json {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.text));
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped() {
        let check = |text: &str, expected: &str| {
            let mut json = Json::new();
            json.text(text);
            assert_eq!(json.text, expected);
            assert_eq!(serde_json::from_str::<String>(&json.text).expect("is JSON"), text);
        };
        check("", "\"\"");
        check("plain é", "\"plain é\"");
        check("a\"b\\c\nd\r\t\u{1}\u{1f}\u{7f}", "\"a\\\"b\\\\c\\nd\\r\\t\\u0001\\u001f\u{7f}\"");
    }

    #[test]
    fn values_read_as_prometheus_writes_them() {
        let check = |value: f64, expected: &str| assert_eq!(Json::new().value(value).text, format!("\"{expected}\""));
        check(0.0, "0");
        check(-0.0, "-0");
        check(1.0, "1");
        check(-17.0, "-17");
        check(0.1, "0.1");
        check(123_456.75, "123456.75");
        check(1e15, "1000000000000000");
        check(123_456_789_012_345_680_000.0, "123456789012345680000");
        check(1e21, "1e+21");
        check(-1e-7, "-1e-07");
        check(0.000_001, "0.000001");
        check(f64::NAN, "NaN");
        check(f64::INFINITY, "+Inf");
        check(f64::NEG_INFINITY, "-Inf");
        check(f64::MAX, "1.7976931348623157e+308");
    }

    #[test]
    fn values_read_as_loki_writes_them() {
        let check =
            |value: f64, expected: &str| assert_eq!(Json::new().plain_value(value).text, format!("\"{expected}\""));
        check(0.0, "0");
        check(2.0, "2");
        check(0.1, "0.1");
        check(1e21, "1000000000000000000000");
        check(-1e-7, "-0.0000001");
        check(f64::NAN, "NaN");
        check(f64::INFINITY, "+Inf");
    }

    #[test]
    fn times_of_lines_are_texts() {
        let check = |time: i64, expected: &str| assert_eq!(Json::new().nanos(Nanos(time)).text, expected);
        check(0, "\"0\"");
        check(1_700_000_000_123_456_789, "\"1700000000123456789\"");
        check(i64::MIN, "\"-9223372036854775808\"");
    }

    #[test]
    fn times_are_seconds() {
        let check = |millis: i64, expected: &str| assert_eq!(Json::new().seconds(Millis(millis)).text, expected);
        check(0, "0");
        check(4_000, "4");
        check(1_500, "1.500");
        check(1_005, "1.005");
        check(-1_500, "-1.500");
        check(1_732_300_000_123, "1732300000.123");
        check(i64::MIN, "-9223372036854775.808");
    }
}
