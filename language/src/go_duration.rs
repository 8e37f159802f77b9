//! Durations as Go's `time.Duration` reads and writes them: `1.5h`, `1h0m0s`, `250ms`, `-2µs`.
//!
//! Invariant: whole nanoseconds, within 64 bits with sign. Prometheus's durations (`1d`, `5m`) are `model::duration`.

use std::fmt::Write as _;

const SECOND: u64 = 1_000_000_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;

/// Reads a duration in nanoseconds; `None` where Go refuses it.
pub fn parse(text: &str) -> Option<i64> {
    let (negative, mut rest) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text),
    };
    if rest == "0" {
        return Some(0);
    }
    let mut total = 0_u64;
    loop {
        let (part, after) = parse_part(rest)?;
        total = total.checked_add(part).filter(|sum| *sum <= 1 << 63)?;
        if after.is_empty() {
            break;
        }
        rest = after;
    }
    if negative { 0_i64.checked_sub_unsigned(total) } else { i64::try_from(total).ok() }
}

/// Reads one number with its unit: its nanoseconds, and what follows.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "the fraction is below one unit"
)]
fn parse_part(text: &str) -> Option<(u64, &str)> {
    let (whole, rest) = split_digits(text);
    let (fraction, rest) = match rest.strip_prefix('.') {
        Some(rest) => split_digits(rest),
        None => ("", rest),
    };
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let unit_bytes = rest.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(rest.len());
    let (unit, rest) = rest.split_at_checked(unit_bytes)?;
    let unit = match unit {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => SECOND,
        "m" => MINUTE,
        "h" => HOUR,
        _ => return None,
    };
    let whole = if whole.is_empty() { 0 } else { whole.parse::<u64>().ok()? };
    let fraction = if fraction.is_empty() { 0.0 } else { format!("0.{fraction}").parse::<f64>().ok()? };
    Some((whole.checked_mul(unit)?.checked_add((fraction * unit as f64) as u64)?, rest))
}

fn split_digits(text: &str) -> (&str, &str) {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text.split_at(digits)
}

/// Writes nanoseconds as Go does: `0s`, `1.5s`, `5m0s`, `1h0m0.25s`.
pub fn format(nanos: i64) -> String {
    let sign = if nanos < 0 { "-" } else { "" };
    let total = nanos.unsigned_abs();
    let mut text = sign.to_owned();
    let (unit, suffix) = match total {
        0 => return "0s".to_owned(),
        1..1_000 => (1, "ns"),
        1_000..1_000_000 => (1_000, "µs"),
        1_000_000..SECOND => (1_000_000, "ms"),
        _ => (SECOND, "s"),
    };
    // A String never refuses text.
    if total >= HOUR {
        let _ = write!(text, "{}h", total / HOUR);
    }
    if total >= MINUTE {
        let _ = write!(text, "{}m", total % HOUR / MINUTE);
    }
    let below = if unit == SECOND { total % MINUTE } else { total };
    let _ = write!(text, "{}", below / unit);
    if below % unit > 0 {
        let width = unit.ilog10() as usize;
        let fraction = format!("{:0width$}", below % unit);
        let _ = write!(text, ".{}", fraction.trim_end_matches('0'));
    }
    text.push_str(suffix);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_and_write_as_in_go() {
        let check = |text: &str, nanos: i64, written: &str| {
            assert_eq!(parse(text), Some(nanos), "{text}");
            assert_eq!(format(nanos), written);
            assert_eq!(parse(written), Some(nanos), "{written}");
        };
        check("0", 0, "0s");
        check("-0", 0, "0s");
        check("5m", 300_000_000_000, "5m0s");
        check("1.5h", 5_400_000_000_000, "1h30m0s");
        check("1h0.25s", 3_600_250_000_000, "1h0m0.25s");
        check("1500ms", 1_500_000_000, "1.5s");
        check("20.05ms", 20_050_000, "20.05ms");
        check("1.5us", 1_500, "1.5µs");
        check("-7ns", -7, "-7ns");
        check("+.5s", 500_000_000, "500ms");
        check("-9223372036854775808ns", i64::MIN, "-2562047h47m16.854775808s");
    }

    #[test]
    fn what_go_refuses_is_refused() {
        for text in ["", "-", "5", "1d", "1", "s", ".s", "1h ", " 1h", "1.2.3s", "9223372036854775808ns", "3000000h"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
