//! Times as text, `2026-11-22T18:00:00.5Z`: RFC 3339 as Go's `time.RFC3339Nano` reads and writes it.
//!
//! Invariant: years have four digits; a leap second does not exist, as in Go. No time zones but numeric offsets.

use crate::time::{Millis, Nanos};
use std::fmt::Write as _;

const DAY_SECONDS: i64 = 86_400;

/// Seconds since the epoch and nanoseconds within the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instant {
    /// Whole seconds, rounded down.
    pub seconds: i64,
    /// 0 to 999,999,999.
    pub nanos: u32,
}

impl Instant {
    /// In milliseconds, what is finer cut off. Never overflows: years have four digits.
    pub fn millis(self) -> Millis {
        Millis(self.seconds.saturating_mul(1_000).saturating_add(i64::from(self.nanos / 1_000_000)))
    }

    /// In nanoseconds, saturating before 1677 and after 2262.
    pub fn as_nanos(self) -> Nanos {
        Nanos(self.seconds.saturating_mul(1_000_000_000).saturating_add(i64::from(self.nanos)))
    }
}

/// Reads a time; `None` when the text is not one.
pub fn parse(text: &str) -> Option<Instant> {
    let (date, clock) = text.split_once('T')?;
    let (year, rest) = number(date, 4)?;
    let (month, rest) = number(rest.strip_prefix('-')?, 2)?;
    let (day, rest) = number(rest.strip_prefix('-')?, 2)?;
    let (hour, clock) = number(clock, 2)?;
    let (minute, clock) = number(clock.strip_prefix(':')?, 2)?;
    let (second, clock) = number(clock.strip_prefix(':')?, 2)?;
    let (nanos, zone) = fraction(clock)?;
    let is_real =
        rest.is_empty() && day >= 1 && day <= month_days(year, month)? && hour < 24 && minute < 60 && second < 60;
    let seconds = days_since_epoch(year, month, day) * DAY_SECONDS + hour * 3_600 + minute * 60 + second;
    is_real.then_some(())?;
    Some(Instant { seconds: seconds - offset(zone)?, nanos })
}

/// Writes a time in UTC; the fraction has as many digits as it needs, none for a whole second.
pub fn format(time: Nanos) -> String {
    let (seconds, nanos) = (time.0.div_euclid(1_000_000_000), time.0.rem_euclid(1_000_000_000));
    write(seconds, u32::try_from(nanos).unwrap_or(0))
}

/// As [`format()`].
pub fn format_millis(time: Millis) -> String {
    let (seconds, millis) = (time.0.div_euclid(1_000), time.0.rem_euclid(1_000));
    write(seconds, u32::try_from(millis * 1_000_000).unwrap_or(0))
}

fn write(seconds: i64, nanos: u32) -> String {
    let (year, month, day) = civil(seconds.div_euclid(DAY_SECONDS));
    let clock = seconds.rem_euclid(DAY_SECONDS);
    let (hour, minute, second) = (clock / 3_600, clock / 60 % 60, clock % 60);
    let mut text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
    if nanos > 0 {
        // A String never refuses text.
        let _ = write!(text, ".{nanos:09}");
        text.truncate(text.trim_end_matches('0').len());
    }
    text.push('Z');
    text
}

fn number(text: &str, digits: usize) -> Option<(i64, &str)> {
    let (number, rest) = text.split_at_checked(digits)?;
    let all_digits = number.bytes().all(|byte| byte.is_ascii_digit());
    all_digits.then(|| number.parse().ok().map(|number| (number, rest)))?
}

fn fraction(text: &str) -> Option<(u32, &str)> {
    let Some(rest) = text.strip_prefix(['.', ',']) else { return Some((0, text)) };
    let length = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (digits, zone) = rest.split_at(length);
    let nanos = digits.bytes().chain(std::iter::repeat(b'0')).take(9);
    (length > 0).then(|| (nanos.fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0')), zone))
}

/// Seconds that the zone is ahead of UTC.
fn offset(zone: &str) -> Option<i64> {
    if zone == "Z" {
        return Some(0);
    }
    let (sign, rest) = match zone.strip_prefix('+') {
        Some(rest) => (1, rest),
        None => (-1, zone.strip_prefix('-')?),
    };
    let (hours, rest) = number(rest, 2)?;
    let (minutes, rest) = number(rest.strip_prefix(':')?, 2)?;
    (rest.is_empty() && hours < 24 && minutes < 60).then_some(sign * (hours * 3_600 + minutes * 60))
}

fn month_days(year: i64, month: i64) -> Option<i64> {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => Some(31),
        4 | 6 | 9 | 11 => Some(30),
        2 => Some(if is_leap { 29 } else { 28 }),
        _ => None,
    }
}

/// Days from 1970-01-01. Years are counted from March, so that the leap day is a year's last; 400 years repeat.
fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// Year, month and day of a day since 1970-01-01; the inverse of [`days_since_epoch`].
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_and_write() {
        let check = |text: &str, seconds: i64, nanos: u32, written: &str| {
            assert_eq!(parse(text), Some(Instant { seconds, nanos }), "{text}");
            assert_eq!(write(seconds, nanos), written);
        };
        check("1970-01-01T00:00:00Z", 0, 0, "1970-01-01T00:00:00Z");
        check("2015-06-03T13:21:58.555Z", 1_433_337_718, 555_000_000, "2015-06-03T13:21:58.555Z");
        check("2015-06-03T14:21:58.5550+01:00", 1_433_337_718, 555_000_000, "2015-06-03T13:21:58.555Z");
        check("2024-02-29T23:59:59.123456789Z", 1_709_251_199, 123_456_789, "2024-02-29T23:59:59.123456789Z");
        check("1969-12-31T23:59:59.5Z", -1, 500_000_000, "1969-12-31T23:59:59.5Z");
        check("0001-01-01T00:00:00Z", -62_135_596_800, 0, "0001-01-01T00:00:00Z");
        check("2000-03-01T00:00:00-00:30", 951_870_600, 0, "2000-03-01T00:30:00Z");
    }

    #[test]
    fn what_is_not_a_time_is_refused() {
        for text in [
            "",
            "T",
            "2015-06-03",
            "2015-06-03 13:21:58Z",
            "2015-06-03T13:21:58",
            "2015-6-03T13:21:58Z",
            "2015-13-03T13:21:58Z",
            "2015-02-29T13:21:58Z",
            "2015-06-03T24:00:00Z",
            "2015-06-03T13:21:60Z",
            "2015-06-03T13:21:58.Z",
            "2015-06-03T13:21:58+1:00",
            "2015-06-03T13:21:58Zx",
            "é015-06-03T13:21:58Z",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn both_units_are_the_same_instant() {
        let instant = parse("2015-06-03T13:21:58.555Z").expect("a time");
        assert_eq!(format_millis(instant.millis()), "2015-06-03T13:21:58.555Z");
        assert_eq!(format(instant.as_nanos()), "2015-06-03T13:21:58.555Z");
    }
}
