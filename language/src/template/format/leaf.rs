//! Integers, floats and text with a verb.
//!
//! Invariant: a verb that is none for the value is noted, and the value is shown.

use super::{Printer, float};
use crate::string::quoted_char;
use crate::template::value::Value;
use model::number::quoted;
use std::fmt::Write as _;

impl Printer {
    pub(super) fn int(&mut self, value: &Value<'_>, int: i64, verb: char) -> Result<(), String> {
        let magnitude = int.unsigned_abs();
        match verb {
            'v' | 'd' => self.digits(int < 0, magnitude.to_string(), ""),
            'b' => self.digits(int < 0, format!("{magnitude:b}"), "0b"),
            'o' => {
                let digits = format!("{magnitude:o}");
                let prefix = if digits.starts_with('0') { "" } else { "0" };
                self.digits(int < 0, digits, prefix)
            }
            'O' => {
                let sharp = std::mem::replace(&mut self.flags.sharp, true);
                let result = self.digits(int < 0, format!("{magnitude:o}"), "0o");
                self.flags.sharp = sharp;
                result
            }
            'x' => self.digits(int < 0, format!("{magnitude:x}"), "0x"),
            'X' => self.digits(int < 0, format!("{magnitude:X}"), "0X"),
            'c' => self.pad(character(int).encode_utf8(&mut [0; 4])),
            'q' => {
                let plain = character(int);
                let quoted = if self.flags.plus { ascii(&quoted_char(Some(plain))) } else { quoted_char(Some(plain)) };
                self.pad(&quoted)
            }
            'U' => self.code_point(int),
            _ => self.bad_verb(value, verb),
        }
    }

    /// Digits with sign, prefix and leading zeros.
    fn digits(&mut self, negative: bool, mut digits: String, prefix: &str) -> Result<(), String> {
        let flags = self.flags;
        let zeros = match flags.precision {
            Some(0) if digits == "0" => {
                return self.pad_with_spaces("");
            }
            Some(precision) => precision,
            None if flags.zero && !flags.minus => {
                let signed = usize::from(negative || flags.plus || flags.space);
                flags.width.unwrap_or(0).saturating_sub(signed)
            }
            None => 0,
        };
        let mut text = crate::template::function::Bounded::new(self.out.room_left());
        text.push(match () {
            () if negative => "-",
            () if flags.plus => "+",
            () if flags.space => " ",
            () => "",
        })?;
        if flags.sharp {
            text.push(prefix)?;
        }
        text.push_times("0", zeros.saturating_sub(digits.len()))?;
        text.push(&std::mem::take(&mut digits))?;
        self.pad_with_spaces(text.as_str())
    }

    fn code_point(&mut self, int: i64) -> Result<(), String> {
        let zeros = self.flags.precision.unwrap_or(0).max(4);
        let digits = format!("{:X}", int.cast_unsigned());
        let mut text = crate::template::function::Bounded::new(self.out.room_left());
        text.push("U+")?;
        text.push_times("0", zeros.saturating_sub(digits.len()))?;
        text.push(&digits)?;
        let shown = u32::try_from(int).ok().and_then(char::from_u32);
        if let Some(shown) = shown.filter(|shown| self.flags.sharp && !shown.is_control()) {
            text.push(&format!(" '{shown}'"))?;
        }
        self.pad_with_spaces(text.as_str())
    }

    pub(super) fn float(&mut self, value: &Value<'_>, float: f64, verb: char) -> Result<(), String> {
        let (form, precision) = match verb {
            'v' => ('g', None),
            'b' | 'g' | 'G' | 'x' | 'X' => (verb, None),
            'f' | 'e' | 'E' => (verb, Some(6)),
            'F' => ('f', Some(6)),
            _ => return self.bad_verb(value, verb),
        };
        let precision = self.flags.precision.or(precision);
        if precision.is_some_and(|precision| precision > self.out.room_left()) {
            return self.out.push_times("0", usize::MAX);
        }
        let mut text = float::signed(float, form, precision);
        let flags = self.flags;
        if flags.space && !flags.plus && text.starts_with('+') {
            text.replace_range(..1, " ");
        }
        if !float.is_finite() {
            // Infinity keeps its sign without any flag, as in Go.
            let hidden = float.is_nan() && !flags.space && !flags.plus;
            return self.pad_with_spaces(text.get(usize::from(hidden)..).unwrap_or_default());
        }
        if flags.sharp && form != 'b' {
            text = float::with_point(&text, form, precision);
        }
        let (sign, digits) = text.split_at_checked(1).unwrap_or(("", &text));
        if !flags.plus && sign == "+" {
            return self.pad(digits);
        }
        match self.missing_width(&text) {
            Some(missing) if flags.zero && !flags.minus => {
                self.out.push(sign)?;
                self.out.push_times("0", missing)?;
                self.out.push(digits)
            }
            _ => self.pad(&text),
        }
    }

    pub(super) fn string(&mut self, value: &Value<'_>, text: &str, verb: char) -> Result<(), String> {
        match verb {
            'v' if self.flags.go_syntax => self.quoted(text),
            'v' | 's' => self.text(text),
            'q' => self.quoted(text),
            'x' => self.hex(text, |byte| format!("{byte:02x}"), "0x"),
            'X' => self.hex(text, |byte| format!("{byte:02X}"), "0X"),
            _ => self.bad_verb(value, verb),
        }
    }

    pub(super) fn text(&mut self, text: &str) -> Result<(), String> {
        self.pad(self.truncated(text))
    }

    fn quoted(&mut self, text: &str) -> Result<(), String> {
        let text = self.truncated(text);
        let backquotes = |character: char| character == '`' || (character.is_control() && character != '\t');
        if self.flags.sharp && !text.contains(backquotes) && !text.contains('\u{feff}') {
            return self.pad(&format!("`{text}`"));
        }
        let quoted = quoted(text);
        self.pad(&if self.flags.plus { ascii(&quoted) } else { quoted })
    }

    /// As many characters as the precision allows.
    fn truncated<'t>(&self, text: &'t str) -> &'t str {
        let end = self.flags.precision.and_then(|precision| text.char_indices().nth(precision));
        end.and_then(|(end, _)| text.get(..end)).unwrap_or(text)
    }

    fn hex(&mut self, text: &str, digits: fn(u8) -> String, prefix: &str) -> Result<(), String> {
        let flags = self.flags;
        let count = flags.precision.unwrap_or(usize::MAX);
        let mut hex = crate::template::function::Bounded::new(self.out.room_left());
        for (at, byte) in text.bytes().take(count).enumerate() {
            if flags.space && at > 0 {
                hex.push(" ")?;
            }
            if flags.sharp && (flags.space || at == 0) {
                hex.push(prefix)?;
            }
            hex.push(&digits(byte))?;
        }
        self.pad(hex.as_str())
    }
}

/// The character of a code point; the replacement for what is none.
fn character(code: i64) -> char {
    u32::try_from(code).ok().and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// Quoted text in ASCII only.
fn ascii(quoted: &str) -> String {
    let mut text = String::with_capacity(quoted.len());
    for character in quoted.chars() {
        let code = u32::from(character);
        // A String never refuses text.
        let _ = match code {
            _ if character.is_ascii() => text.write_char(character),
            ..=0xffff => write!(text, "\\u{code:04x}"),
            _ => write!(text, "\\U{code:08x}"),
        };
    }
    text
}
