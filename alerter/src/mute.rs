//! Times at which nobody is told: whether a time is inside named intervals.
//!
//! Invariant: pure; a name that is not known holds no time (the config refuses such names).

use crate::config::alerting::{Interval, NamedInterval};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use model::time::Millis;
use std::collections::BTreeMap;

/// The intervals of a config, by name.
#[derive(Clone, Debug, Default)]
pub struct Intervals {
    by_name: BTreeMap<String, Vec<Interval>>,
}

impl Intervals {
    /// Of these definitions.
    pub fn new(named: &[NamedInterval]) -> Self {
        let by_name = named.iter().map(|named| (named.name.clone(), named.time_intervals.clone())).collect();
        Self { by_name }
    }

    /// Which of the names hold this time.
    pub fn holding<'a>(&self, names: &'a [String], at: Millis) -> Vec<&'a str> {
        let holds = |name: &&String| {
            self.by_name.get(*name).is_some_and(|intervals| intervals.iter().any(|interval| contains(interval, at)))
        };
        names.iter().filter(holds).map(String::as_str).collect()
    }
}

/// Whether the time is inside, as Alertmanager's `timeinterval` decides.
pub fn contains(interval: &Interval, at: Millis) -> bool {
    let Ok(timestamp) = Timestamp::from_millisecond(at.0) else { return false };
    let zone = interval.location.clone().unwrap_or(TimeZone::UTC);
    let civil = zone.to_datetime(timestamp);
    let within = |spans: &Option<Vec<crate::config::alerting::Span>>, value: i32| {
        spans.as_ref().is_none_or(|spans| spans.iter().any(|span| span.begin <= value && value <= span.end))
    };
    let minute = i32::from(civil.hour()) * 60 + i32::from(civil.minute());
    let in_times =
        interval.times.as_ref().is_none_or(|times| times.iter().any(|time| time.begin <= minute && minute < time.end));
    in_times
        && in_days(interval, civil)
        && within(&interval.months, i32::from(civil.month()))
        && within(&interval.weekdays, i32::from(civil.weekday().to_sunday_zero_offset()))
        && within(&interval.years, i32::from(civil.year()))
}

fn in_days(interval: &Interval, civil: DateTime) -> bool {
    let days = i32::from(civil.date().days_in_month());
    let day = i32::from(civil.day());
    let from_start = |day: i32| if day < 0 { days + day + 1 } else { day };
    interval.days_of_month.as_ref().is_none_or(|spans| {
        spans.iter().any(|span| {
            let (begin, end) = (from_start(span.begin), from_start(span.end));
            // A range that begins behind the month's last day holds none of its days.
            begin <= days && begin <= day && day <= end
        })
    })
}

#[cfg(test)]
mod tests;
