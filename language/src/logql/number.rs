//! Numbers as the text writes them: Go's literals, `5`, `.5`, `1e3`, `0x1p4`.
//!
//! Invariant: what is cut out here is what Go's scanner cuts out; what it means is read as by `strconv.ParseFloat`,
//! which knows no `0x10` and no `1_000`.

use model::number::quoted;

/// Bytes of the number that a text begins with; the error is the scanner's.
pub(super) fn scan(text: &str) -> Result<usize, String> {
    let bytes = text.as_bytes();
    let lower = |at: usize| bytes.get(at).map(u8::to_ascii_lowercase);
    let (radix, name, begin) = match (lower(0), lower(1)) {
        (Some(b'0'), Some(b'x')) => (16, "hexadecimal", 2),
        (Some(b'0'), Some(b'o')) => (8, "octal", 2),
        (Some(b'0'), Some(b'b')) => (2, "binary", 2),
        _ => (10, "decimal", 0),
    };
    let digits_from = |from: usize| {
        let belongs = |byte: &u8| byte.is_ascii_digit() || *byte == b'_' || (radix == 16 && byte.is_ascii_hexdigit());
        bytes.iter().skip(from).take_while(|byte| belongs(byte)).count()
    };
    let mut digits = digits_from(begin);
    let mut at = begin + digits;
    let mut float = bytes.get(at) == Some(&b'.');
    if float {
        let fraction = digits_from(at + 1);
        digits += fraction;
        at += 1 + fraction;
    }
    if digits == 0 {
        return Err(format!("{name} literal has no digits"));
    }
    let mark = if radix == 16 { b'p' } else { b'e' };
    if lower(at) == Some(mark) {
        float = true;
        at += 1 + usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let exponent = bytes.iter().skip(at).take_while(|byte| byte.is_ascii_digit() || **byte == b'_').count();
        if exponent == 0 {
            return Err("exponent has no digits".to_owned());
        }
        at += exponent;
    } else if float && radix == 16 {
        return Err("hexadecimal mantissa requires a 'p' exponent".to_owned());
    }
    if !float && radix == 10 && bytes.first() == Some(&b'0') {
        let literal = text.get(..at).unwrap_or_default();
        if let Some(digit) = literal.chars().find(|c| matches!(c, '8' | '9')) {
            return Err(format!("invalid digit '{digit}' in octal literal"));
        }
    }
    Ok(at)
}

/// What a number token means.
pub(super) fn parse(text: &str) -> Result<f64, String> {
    let refused = |reason: &str| format!("strconv.ParseFloat: parsing {}: {reason}", quoted(text));
    let lower = text.to_ascii_lowercase();
    let value = match lower.strip_prefix("0x") {
        Some(hex) => parse_hex(hex),
        None => lower.parse::<f64>().ok(),
    };
    match value {
        None => Err(refused("invalid syntax")),
        Some(value) if value.is_infinite() => Err(refused("value out of range")),
        Some(value) => Ok(value),
    }
}

/// `1.8p3`, after `0x`.
fn parse_hex(text: &str) -> Option<f64> {
    let (mantissa, exponent) = text.split_once('p')?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut value = 0_f64;
    for digit in whole.chars().chain(fraction.chars()) {
        value = value * 16.0 + f64::from(digit.to_digit(16)?);
    }
    let fraction_bits = i32::try_from(fraction.len()).ok()?.checked_mul(4)?;
    let exponent = exponent.parse::<i32>().ok()?.checked_sub(fraction_bits)?;
    Some(value * 2_f64.powi(exponent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_gos() {
        let check = |text: &str, length: usize, value: f64| {
            assert_eq!(scan(text), Ok(length), "{text}");
            assert_eq!(parse(&text[..length]).map(f64::to_bits), Ok(value.to_bits()), "{text}");
        };
        check("5)", 1, 5.0);
        check("5.", 2, 5.0);
        check(".5", 2, 0.5);
        check("1e3x", 3, 1000.0);
        check("1.5E-1", 6, 0.15);
        check("017", 3, 17.0);
        check("0x1.8p4", 7, 24.0);
    }

    #[test]
    fn refusals_are_gos() {
        let check = |text: &str, expected: &str| {
            let refused = scan(text).and_then(|length| parse(&text[..length]).map(|_| length));
            assert_eq!(refused, Err(expected.to_owned()), "{text}");
        };
        check("5e", "exponent has no digits");
        check("0x", "hexadecimal literal has no digits");
        check("0x1.8", "hexadecimal mantissa requires a 'p' exponent");
        check("08", "invalid digit '8' in octal literal");
        check("0x10", r#"strconv.ParseFloat: parsing "0x10": invalid syntax"#);
        check("1_000", r#"strconv.ParseFloat: parsing "1_000": invalid syntax"#);
        check("1e999", r#"strconv.ParseFloat: parsing "1e999": value out of range"#);
    }
}
