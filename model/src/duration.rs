//! Durations as Prometheus writes them: `1h30m`, `15s`, `500ms`, `1y`, and Go's `1m0s`.

use std::fmt;
use std::time::Duration;

const UNITS: [(&str, u64); 7] = [
    ("y", 31_536_000_000),
    ("w", 604_800_000),
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// Why a text is not a duration. Its `Display` is Prometheus's wording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DurationError {
    /// The empty text.
    Empty,
    /// Not of the form `1h30m` with units in descending order.
    Malformed(String),
    /// A unit that does not exist, and the whole text.
    UnknownUnit(String, String),
    /// Beyond 2^63 nanoseconds.
    Overflow,
}

impl fmt::Display for DurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("empty duration string"),
            Self::Malformed(text) => write!(f, "not a valid duration string: {}", crate::number::quoted(text)),
            Self::UnknownUnit(unit, text) => {
                let (unit, text) = (crate::number::quoted(unit), crate::number::quoted(text));
                write!(f, "unknown unit {unit} in duration {text}")
            }
            Self::Overflow => f.write_str("duration out of range"),
        }
    }
}

impl std::error::Error for DurationError {}

/// Reads `1y2w3d4h5m6s7ms`: every unit at most once, descending; `0` alone needs no unit.
///
/// # Errors
/// See [`DurationError`].
pub fn parse(text: &str) -> Result<Duration, DurationError> {
    match text {
        "" => return Err(DurationError::Empty),
        "0" => return Ok(Duration::ZERO),
        _ => {}
    }
    let malformed = || DurationError::Malformed(text.to_owned());
    let mut units = UNITS.iter();
    let mut rest = text;
    let mut millis = 0_u64;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(malformed)?;
        let (number, after) = rest.split_at(digits);
        let letters = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at(letters);
        let number = number.parse::<u64>().map_err(|_| malformed())?;
        if !UNITS.iter().any(|(name, _)| *name == unit) {
            return Err(DurationError::UnknownUnit(unit.to_owned(), text.to_owned()));
        }
        let (_, scale) = units.find(|(name, _)| *name == unit).ok_or_else(malformed)?;
        millis = number.checked_mul(*scale).and_then(|part| millis.checked_add(part)).ok_or(DurationError::Overflow)?;
        if millis > i64::MAX as u64 / 1_000_000 {
            return Err(DurationError::Overflow);
        }
        rest = after;
    }
    Ok(Duration::from_millis(millis))
}

/// Writes as Prometheus's `model.Duration` does: the largest units that divide, `0s` for zero.
pub fn format(duration: Duration) -> String {
    let mut millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    if millis == 0 {
        return "0s".to_owned();
    }
    let mut text = String::new();
    for (unit, scale) in UNITS {
        // Years, weeks and days are used only where they leave nothing over, so that 25h stays 1d1h but 8d is not 1w1d.
        let exact_only = matches!(unit, "y" | "w");
        if exact_only && !millis.is_multiple_of(scale) {
            continue;
        }
        let count = millis / scale;
        if count > 0 {
            text.push_str(&count.to_string());
            text.push_str(unit);
            millis -= count * scale;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_and_write() {
        let check = |text: &str, millis: u64, written: &str| {
            let duration = parse(text).expect(text);
            assert_eq!(duration, Duration::from_millis(millis), "{text}");
            assert_eq!(format(duration), written);
        };
        check("0", 0, "0s");
        check("0s", 0, "0s");
        check("324ms", 324, "324ms");
        check("3s", 3_000, "3s");
        check("5m", 300_000, "5m");
        check("1m0s", 60_000, "1m");
        check("1h0m0s", 3_600_000, "1h");
        check("4d1h", 349_200_000, "4d1h");
        check("14d", 1_209_600_000, "2w");
        check("8d", 691_200_000, "8d");
        check("1y", 31_536_000_000, "1y");
        check("3w2d1h", 1_990_800_000, "23d1h");
    }

    #[test]
    fn refusals_are_in_prometheus_words() {
        let check = |text: &str, expected: &str| assert_eq!(parse(text).expect_err(text).to_string(), expected);
        check("", "empty duration string");
        check("5", r#"not a valid duration string: "5""#);
        check("m", r#"not a valid duration string: "m""#);
        check("1s1h", r#"not a valid duration string: "1s1h""#);
        check("1.5h", r#"unknown unit "." in duration "1.5h""#);
        check("5hs", r#"unknown unit "hs" in duration "5hs""#);
        check("300y", "duration out of range");
        check("11362394451m5h", "duration out of range");
    }

    #[test]
    fn malformed_durations_are_refused() {
        for text in
            ["", "1", "1z", "s", "1s1h", "1s1s", "-1s", "1.5h", " 1s", "1 s", "999999999999999999999y", "9999999y"]
        {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
