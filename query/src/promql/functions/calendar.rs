//! The civil calendar in UTC, for the time functions of PromQL and the times in annotations.
//!
//! Invariant: proleptic Gregorian, as Go's `time` package; no time zone but UTC and no leap seconds.

const DAY_SECONDS: i64 = 86_400;
/// Days from 0000-03-01 to 1970-01-01.
const EPOCH_SHIFT_DAYS: i64 = 719_468;
/// Days of 400 years, after which the calendar repeats.
const ERA_DAYS: i64 = 146_097;

/// A point in time, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Civil {
    pub(crate) year: i64,
    /// 1 to 12.
    pub(crate) month: i64,
    /// 1 to 31.
    pub(crate) day: i64,
    /// 0 (Sunday) to 6.
    pub(crate) weekday: i64,
    /// 1 to 366.
    pub(crate) day_of_year: i64,
    /// 0 to 23.
    pub(crate) hour: i64,
    /// 0 to 59.
    pub(crate) minute: i64,
    /// 0 to 59.
    pub(crate) second: i64,
}

impl Civil {
    /// From seconds since the epoch.
    pub(crate) fn from_seconds(seconds: i64) -> Self {
        let days = seconds.div_euclid(DAY_SECONDS);
        let second_of_day = seconds.rem_euclid(DAY_SECONDS);
        // Years begin in March here, so that the leap day is the last of its year.
        let shifted = days + EPOCH_SHIFT_DAYS;
        let era = shifted.div_euclid(ERA_DAYS);
        let day_of_era = shifted.rem_euclid(ERA_DAYS);
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_march_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_march_year + 2) / 153;
        let day = day_of_march_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        let before_march = if is_leap(year) { 60 } else { 59 };
        let day_of_year = if month <= 2 { day_of_march_year - 306 + 1 } else { day_of_march_year + before_march + 1 };
        Self {
            year,
            month,
            day,
            weekday: (days + 4).rem_euclid(7),
            day_of_year,
            hour: second_of_day / 3_600,
            minute: second_of_day / 60 % 60,
            second: second_of_day % 60,
        }
    }

    /// How many days the month has.
    pub(crate) fn days_in_month(self) -> i64 {
        match self.month {
            2 if is_leap(self.year) => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        }
    }
}

fn is_leap(year: i64) -> bool {
    (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
}

/// Milliseconds since the epoch as `1970-01-01T00:00:00Z`.
pub(crate) fn rfc3339(millis: i64) -> String {
    let Civil { year, month, day, hour, minute, second, .. } = Civil::from_seconds(millis.div_euclid(1_000));
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        let check = |seconds: i64, text: &str, weekday: i64, day_of_year: i64, days_in_month: i64| {
            let civil = Civil::from_seconds(seconds);
            assert_eq!(rfc3339(seconds * 1_000), text);
            assert_eq!(
                (civil.weekday, civil.day_of_year, civil.days_in_month()),
                (weekday, day_of_year, days_in_month)
            );
        };
        check(0, "1970-01-01T00:00:00Z", 4, 1, 31);
        check(951_782_400, "2000-02-29T00:00:00Z", 2, 60, 29);
        check(951_868_800, "2000-03-01T00:00:00Z", 3, 61, 31);
        check(1_456_790_399, "2016-02-29T23:59:59Z", 1, 60, 29);
        check(1_136_239_445, "2006-01-02T22:04:05Z", 1, 2, 31);
        check(4_107_542_400, "2100-03-01T00:00:00Z", 1, 60, 31);
        check(1_703_980_800, "2023-12-31T00:00:00Z", 0, 365, 31);
        check(-1, "1969-12-31T23:59:59Z", 3, 365, 31);
    }
}
