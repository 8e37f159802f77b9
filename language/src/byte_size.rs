//! Sizes in bytes as Loki reads and writes them: `20MB` is 20,000,000, `20MiB` is 20,971,520.
//!
//! Invariant: reading knows decimal and binary units in any case; writing uses decimal ones and keeps two digits.
//! Configuration files read sizes by `model::bytes`, where `MB` is binary.

/// Reads a size.
///
/// # Errors
/// What is wrong, in Loki's words.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "the range is checked before"
)]
pub fn parse(text: &str) -> Result<u64, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ',').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number = number.replace(',', "");
    let quoted = model::number::quoted(&number);
    let number = number.parse::<f64>().map_err(|_| format!("strconv.ParseFloat: parsing {quoted}: invalid syntax"))?;
    let unit = unit.trim().to_lowercase();
    let (base, power) = match unit.as_str() {
        "" | "b" => (1000_f64, 0),
        "k" | "kb" => (1000.0, 1),
        "m" | "mb" => (1000.0, 2),
        "g" | "gb" => (1000.0, 3),
        "t" | "tb" => (1000.0, 4),
        "p" | "pb" => (1000.0, 5),
        "e" | "eb" => (1000.0, 6),
        "ki" | "kib" => (1024.0, 1),
        "mi" | "mib" => (1024.0, 2),
        "gi" | "gib" => (1024.0, 3),
        "ti" | "tib" => (1024.0, 4),
        "pi" | "pib" => (1024.0, 5),
        "ei" | "eib" => (1024.0, 6),
        _ => return Err(format!("unhandled size name: {unit}")),
    };
    let bytes = number * base.powi(power);
    if bytes < u64::MAX as f64 { Ok(bytes as u64) } else { Err(format!("too large: {text}")) }
}

/// Writes a size with two digits at most: `20MB`, `1.5kB`, `7B`.
#[expect(clippy::cast_precision_loss, reason = "two digits are kept")]
pub fn format(bytes: u64) -> String {
    let mut value = bytes as f64;
    let mut unit = "B";
    for next in ["kB", "MB", "GB", "TB", "PB", "EB"] {
        if value < 1000.0 {
            break;
        }
        value /= 1000.0;
        unit = next;
    }
    let value = (value * 10.0 + 0.5).floor() / 10.0;
    if value < 10.0 && unit != "B" { format!("{value:.1}{unit}") } else { format!("{value:.0}{unit}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_and_write() {
        let check = |text: &str, bytes: u64, written: &str| {
            assert_eq!(parse(text), Ok(bytes), "{text}");
            assert_eq!(format(bytes), written);
        };
        check("0", 0, "0B");
        check("7B", 7, "7B");
        check("1.5KB", 1_500, "1.5kB");
        check("20MB", 20_000_000, "20MB");
        check("20MiB", 20_971_520, "21MB");
        check("1 gib", 1 << 30, "1.1GB");
        check("1,000", 1_000, "1.0kB");
        check("1EB", 1_000_000_000_000_000_000, "1.0EB");
    }

    #[test]
    fn refusals_name_the_reason() {
        let check = |text: &str, expected: &str| assert_eq!(parse(text), Err(expected.to_owned()));
        check("", r#"strconv.ParseFloat: parsing "": invalid syntax"#);
        check("foo", r#"strconv.ParseFloat: parsing "": invalid syntax"#);
        check("5 parsecs", "unhandled size name: parsecs");
        check("100EB", "too large: 100EB");
    }
}
