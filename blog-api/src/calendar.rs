//! Milliseconds since the epoch as a date and time of day in UTC.
//!
//! Invariant: three digits of fraction always, so that texts of the same form sort by time.

const DAY_MILLIS: i64 = 24 * 60 * 60 * 1_000;

/// `2026-01-20T12:34:56.789`: a Java `LocalDateTime`, which names no zone; ours is UTC.
pub(crate) fn local(millis: i64) -> String {
    let (year, month, day) = date(millis.div_euclid(DAY_MILLIS));
    let rest = millis.rem_euclid(DAY_MILLIS);
    let (hour, minute, second) = (rest / 3_600_000, rest / 60_000 % 60, rest / 1_000 % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}", rest % 1_000)
}

/// `2026-01-20T12:34:56.789Z`: RFC 3339.
pub(crate) fn zoned(millis: i64) -> String {
    local(millis) + "Z"
}

/// Year, month and day of the Gregorian calendar, `days` after 1970-01-01.
fn date(days: i64) -> (i64, i64, i64) {
    // Counted from 0000-03-01, so that the leap day is the last of its year and months have a regular pattern:
    // 153 days in five of them.
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_java_and_rfc_3339_do() {
        let check = |millis: i64, expected: &str| {
            assert_eq!(local(millis), expected);
            assert_eq!(zoned(millis), format!("{expected}Z"));
        };
        check(0, "1970-01-01T00:00:00.000");
        check(1_768_912_496_789, "2026-01-20T12:34:56.789");
        check(951_782_400_000, "2000-02-29T00:00:00.000");
        check(951_868_799_999, "2000-02-29T23:59:59.999");
        check(951_868_800_000, "2000-03-01T00:00:00.000");
        check(-1, "1969-12-31T23:59:59.999");
        check(4_107_542_400_000, "2100-03-01T00:00:00.000");
        check(4_107_456_000_000, "2100-02-28T00:00:00.000");
    }
}
