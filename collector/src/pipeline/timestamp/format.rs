//! How times are written: by the names of Go's layouts, as a count since the epoch, or in a layout of its own.
//!
//! Invariant: a layout without a year means the year in which the line is read, or the one beside it around New Year.

use language::template::time::{Time, Zone};
use model::rfc3339;
use model::time::Nanos;

/// Go's layouts with a name.
const NAMED: [(&str, &str); 8] = [
    ("ANSIC", "Mon Jan _2 15:04:05 2006"),
    ("UnixDate", "Mon Jan _2 15:04:05 MST 2006"),
    ("RubyDate", "Mon Jan 02 15:04:05 -0700 2006"),
    ("RFC822", "02 Jan 06 15:04 MST"),
    ("RFC822Z", "02 Jan 06 15:04 -0700"),
    ("RFC850", "Monday, 02-Jan-06 15:04:05 MST"),
    ("RFC1123", "Mon, 02 Jan 2006 15:04:05 MST"),
    ("RFC1123Z", "Mon, 02 Jan 2006 15:04:05 -0700"),
];

/// See the module.
#[derive(Clone, Debug)]
pub(super) enum Format {
    Rfc3339,
    /// Seconds since the epoch, perhaps with a fraction.
    Seconds,
    /// A whole count since the epoch, each so many nanoseconds.
    Count(i64),
    Layout(String, Zone),
    /// A layout in front of which the year is put.
    WithoutYear(String, Zone),
}

impl Format {
    pub(super) fn new(text: &str, zone: &Zone) -> Self {
        match text {
            "RFC3339" | "RFC3339Nano" => Self::Rfc3339,
            "Unix" => Self::Seconds,
            "UnixMs" => Self::Count(1_000_000),
            "UnixUs" => Self::Count(1_000),
            "UnixNs" => Self::Count(1),
            _ => match NAMED.iter().find(|(name, _)| *name == text) {
                Some((_, layout)) => Self::Layout((*layout).to_owned(), Zone::UTC),
                None if text.contains("06") => Self::Layout(text.to_owned(), zone.clone()),
                None => Self::WithoutYear(format!("2006 {text}"), zone.clone()),
            },
        }
    }

    /// The time that a text tells; `None` when it tells none.
    pub(super) fn read(&self, text: &str, now: Nanos) -> Option<Nanos> {
        match self {
            Self::Rfc3339 => rfc3339::parse(text).map(rfc3339::Instant::as_nanos),
            Self::Seconds => seconds(text),
            Self::Count(unit) => text.parse::<i64>().ok()?.checked_mul(*unit).map(Nanos),
            Self::Layout(layout, zone) => Time::parse(layout, text, zone).map(|time| Nanos(time.nanos())),
            Self::WithoutYear(layout, zone) => without_year(layout, text, zone, now),
        }
    }
}

fn seconds(text: &str) -> Option<Nanos> {
    const NANOS_PER_SECOND: i64 = 1_000_000_000;
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, fraction),
        None => (text, "0"),
    };
    let whole = whole.parse::<i64>().ok()?.checked_mul(NANOS_PER_SECOND)?;
    let is_fraction = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let digits: String = fraction.chars().chain("000000000".chars()).take(9).collect();
    let nanos = digits.parse::<i64>().ok().filter(|_| is_fraction)?;
    whole.checked_add(nanos).map(Nanos)
}

fn without_year(layout: &str, text: &str, zone: &Zone, now: Nanos) -> Option<Nanos> {
    let today = Time::utc(now).within(zone.clone());
    let year: i64 = today.format("2006").parse().ok()?;
    let within = |year: i64| Time::parse(layout, &format!("{year:04} {text}"), zone);
    // The 29th of February is no day of most years: whichever of the two years has it decides.
    let time = within(year).or_else(|| within(year - 1))?;
    let time = match (time.format("01").as_str(), today.format("01").as_str()) {
        ("12", "01") => within(year - 1)?,
        ("01", "12") => within(year + 1)?,
        _ => time,
    };
    Some(Nanos(time.nanos()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_their_format() {
        // 2026-01-01T00:00:05Z
        let now = Nanos(1_767_225_605_000_000_000);
        let check = |format: &str, zone: &str, text: &str, expected: Option<&str>| {
            let zone = Zone::named(zone).expect("a zone");
            let read = Format::new(format, &zone).read(text, now).map(rfc3339::format);
            assert_eq!(read.as_deref(), expected, "{format} {text}");
        };
        check("RFC3339", "UTC", "2026-01-02T03:04:05.5+09:00", Some("2026-01-01T18:04:05.5Z"));
        check("RFC3339Nano", "Asia/Seoul", "2026-01-02T03:04:05Z", Some("2026-01-02T03:04:05Z"));
        check("Unix", "UTC", "1562708916", Some("2019-07-09T21:48:36Z"));
        check("Unix", "UTC", "1562708916.414123", Some("2019-07-09T21:48:36.414123Z"));
        check("Unix", "UTC", "1562708916.", None);
        check("Unix", "UTC", "1.2.3", None);
        check("UnixMs", "UTC", "1562708916414", Some("2019-07-09T21:48:36.414Z"));
        check("UnixUs", "UTC", "1562708916414123", Some("2019-07-09T21:48:36.414123Z"));
        check("UnixNs", "UTC", "1562708916000000123", Some("2019-07-09T21:48:36.000000123Z"));
        check("UnixNs", "UTC", "99999999999999999999", None);
        check("ANSIC", "UTC", "Mon Jan  5 15:04:05 2026", Some("2026-01-05T15:04:05Z"));
        check("RFC1123Z", "UTC", "Mon, 05 Jan 2026 15:04:05 +0900", Some("2026-01-05T06:04:05Z"));
        check("RFC822", "UTC", "05 Jan 26 15:04 UTC", Some("2026-01-05T15:04:00Z"));
        check("2006-01-02 15:04:05.000", "Asia/Seoul", "2026-07-01 12:00:00.250", Some("2026-07-01T03:00:00.25Z"));
        check("02/Jan/2006:15:04:05 -0700", "UTC", "05/Jan/2026:15:04:05 +0000", Some("2026-01-05T15:04:05Z"));
        check("2006-01-02", "UTC", "yesterday", None);
        // Without a year: the one in which it is read, or the one that has just ended.
        check("Jan _2 15:04:05", "UTC", "Jan  1 00:00:01", Some("2026-01-01T00:00:01Z"));
        check("Jan _2 15:04:05", "UTC", "Dec 31 23:59:59", Some("2025-12-31T23:59:59Z"));
        check("Jan _2 15:04:05", "UTC", "Feb 30 00:00:00", None);
    }
}
