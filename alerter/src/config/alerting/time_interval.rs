//! `time_intervals` and `mute_time_intervals`: named times of the week and year, in a time zone.
//!
//! Invariant: ranges lie within what they count, begin before they end, and a name is unique over both keys.

use jiff::tz::TimeZone;
use model::number::quoted;
use serde::{Deserialize, Serialize, Serializer};
use serde_saphyr::{Location, Spanned};
use settings::report::{Key, Report};
use std::collections::BTreeSet;

const WEEKDAYS: [&str; 7] = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// One of the lists as written.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawNamedInterval {
    name: Option<Spanned<String>>,
    time_intervals: Option<Vec<Spanned<RawInterval>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawInterval {
    times: Option<Vec<Spanned<RawTimes>>>,
    weekdays: Option<Vec<Spanned<String>>>,
    days_of_month: Option<Vec<Spanned<String>>>,
    months: Option<Vec<Spanned<String>>>,
    years: Option<Vec<Spanned<String>>>,
    location: Option<Spanned<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawTimes {
    start_time: Option<Spanned<String>>,
    end_time: Option<Spanned<String>>,
}

/// Times with a name; a time is inside when it is inside one of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct NamedInterval {
    /// As routes name it.
    pub name: String,
    /// The times.
    pub time_intervals: Vec<Interval>,
}

/// Times: inside is what every list that is written holds. `None` asks nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Interval {
    /// Minutes of the day, the end excluded.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "times")]
    pub times: Option<Vec<Span>>,
    /// Days of the week, Sunday is 0.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "weekdays")]
    pub weekdays: Option<Vec<Span>>,
    /// Days of the month from 1; negative ones count from its end.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "numbers")]
    pub days_of_month: Option<Vec<Span>>,
    /// Months from 1.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "numbers")]
    pub months: Option<Vec<Span>>,
    /// Years.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "numbers")]
    pub years: Option<Vec<Span>>,
    /// Where the clock hangs; `None` is UTC.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "zone")]
    pub location: Option<TimeZone>,
}

/// From one number to another, both inside (the end of [`Interval::times`] is not).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first.
    pub begin: i32,
    /// The last.
    pub end: i32,
}

pub(super) fn read_all(lists: [(Key, Vec<Spanned<RawNamedInterval>>); 2], report: &mut Report) -> Vec<NamedInterval> {
    let mut names = BTreeSet::new();
    let mut intervals = Vec::new();
    for (key, raw) in lists {
        for (index, raw) in raw.into_iter().enumerate() {
            let key = key.index(index);
            let name = raw.value.name;
            let place = settings::report::place_of(name.as_ref(), raw.referenced);
            let name = name.map(|name| name.value).unwrap_or_default();
            if name.is_empty() {
                report.add(&key.field("name"), place, "missing name in time interval");
            } else if !names.insert(name.clone()) {
                report.add(&key.field("name"), place, format!("time interval {} is not unique", quoted(&name)));
            }
            let times = raw.value.time_intervals.into_iter().flatten().enumerate();
            let key = key.field("time_intervals");
            let time_intervals = times.map(|(index, raw)| read(raw.value, &key.index(index), report)).collect();
            intervals.push(NamedInterval { name, time_intervals });
        }
    }
    intervals
}

fn read(raw: RawInterval, key: &Key, report: &mut Report) -> Interval {
    let times = raw.times.map(|times| {
        let times = times.into_iter().enumerate();
        times.filter_map(|(index, raw)| read_times(raw, &key.field("times").index(index), report)).collect()
    });
    let mut list = |name: &str, raw: Option<Vec<Spanned<String>>>, read: fn(&str) -> Result<Span, String>| {
        raw.map(|raw| {
            let key = key.field(name);
            let each = raw.into_iter().enumerate();
            each.filter_map(|(index, text)| {
                report.read(&key.index(index), Some(text), |text| read(&text.to_lowercase()))
            })
            .collect::<Vec<_>>()
        })
    };
    let weekdays = list("weekdays", raw.weekdays, read_weekdays);
    let days_of_month = list("days_of_month", raw.days_of_month, read_days);
    let months = list("months", raw.months, read_months);
    let years = list("years", raw.years, read_years);
    let location = report.read(&key.field("location"), raw.location, |name| read_zone(&name));
    Interval { times, weekdays, days_of_month, months, years, location }
}

fn read_zone(name: &str) -> Result<TimeZone, String> {
    match name {
        "" | "UTC" => Ok(TimeZone::UTC),
        "Local" => Ok(TimeZone::system()),
        name => TimeZone::get(name).map_err(|_| format!("unknown time zone, got {}", quoted(name))),
    }
}

fn read_times(raw: Spanned<RawTimes>, key: &Key, report: &mut Report) -> Option<Span> {
    let place: Location = raw.referenced;
    let (Some(start), Some(end)) = (raw.value.start_time, raw.value.end_time) else {
        report.add(key, place, "both start and end times must be provided");
        return None;
    };
    let begin = report.read(&key.field("start_time"), Some(start), |text| read_clock(&text))?;
    let end = report.read(&key.field("end_time"), Some(end), |text| read_clock(&text))?;
    if begin >= end {
        report.add(key, place, "start time cannot be equal or greater than end time");
        return None;
    }
    Some(Span { begin, end })
}

/// Minutes since midnight of `HH:MM`; `24:00` is the end of the day.
fn read_clock(text: &str) -> Result<i32, String> {
    let minutes = || -> Option<i32> {
        let (hours, minutes) = text.split_once(':')?;
        let two_digits = |part: &str| (part.len() == 2).then(|| number(part).ok())?;
        let (hours, minutes) = (two_digits(hours)?, two_digits(minutes)?);
        let is_time = (hours < 24 && minutes < 60) || (hours == 24 && minutes == 0);
        is_time.then_some(hours * 60 + minutes)
    };
    minutes().ok_or_else(|| format!("couldn't parse timestamp {text}, invalid format"))
}

fn number(text: &str) -> Result<i32, String> {
    text.parse().map_err(|_| format!("not a number, got {}", quoted(text)))
}

fn range(text: &str, read: impl Fn(&str) -> Result<i32, String>) -> Result<Span, String> {
    let mut parts = text.split(':');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(one), None, _) => read(one).map(|one| Span { begin: one, end: one }),
        (Some(begin), Some(end), None) => Ok(Span { begin: read(begin)?, end: read(end)? }),
        _ => Err(format!("couldn't parse range {text}, invalid format")),
    }
}

fn position(names: &[&str], name: &str) -> Option<i32> {
    names.iter().position(|candidate| *candidate == name).and_then(|position| i32::try_from(position).ok())
}

fn read_weekdays(text: &str) -> Result<Span, String> {
    let day = |name: &str| position(&WEEKDAYS, name).ok_or_else(|| format!("{name} is not a valid weekday"));
    let span = range(text, day)?;
    if span.begin > span.end { Err(format!("start day cannot be before end day, got {text}")) } else { Ok(span) }
}

fn read_days(text: &str) -> Result<Span, String> {
    let span = range(text, number)?;
    for day in [span.begin, span.end] {
        if day == 0 || !(-31..=31).contains(&day) {
            return Err(format!("{day} is not a valid day of the month: out of range"));
        }
    }
    if span.begin < 0 && span.end > 0 {
        return Err(format!("end day must be negative if start day is negative, got {text}"));
    }
    // The shortest month decides what can never be.
    let earliest = |day: i32| if day < 0 { 28 + day } else { day };
    if earliest(span.begin) > earliest(span.end) {
        return Err(format!("end day {} is always before start day {}", span.end, span.begin));
    }
    Ok(span)
}

fn read_months(text: &str) -> Result<Span, String> {
    let month = |name: &str| match position(&MONTHS, name) {
        Some(position) => Ok(position + 1),
        None => match number(name) {
            Ok(month) if (1..=12).contains(&month) => Ok(month),
            _ => Err(format!("{name} is not a valid month")),
        },
    };
    let span = range(text, month)?;
    if span.begin > span.end { Err(format!("end month is before start month, got {text}")) } else { Ok(span) }
}

fn read_years(text: &str) -> Result<Span, String> {
    let span = range(text, number)?;
    if span.begin > span.end {
        Err(format!("end year {} is before start year {}", span.end, span.begin))
    } else {
        Ok(span)
    }
}

fn times<S: Serializer>(spans: &Option<Vec<Span>>, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Times {
        start_time: String,
        end_time: String,
    }
    let clock = |minutes: i32| format!("{:02}:{:02}", minutes / 60, minutes % 60);
    let each = spans.iter().flatten();
    serializer.collect_seq(each.map(|span| Times { start_time: clock(span.begin), end_time: clock(span.end) }))
}

fn weekdays<S: Serializer>(spans: &Option<Vec<Span>>, serializer: S) -> Result<S::Ok, S::Error> {
    let name = |day: i32| usize::try_from(day).ok().and_then(|day| WEEKDAYS.get(day)).copied().unwrap_or_default();
    serializer.collect_seq(spans.iter().flatten().map(|span| match span.begin == span.end {
        true => name(span.begin).to_owned(),
        false => format!("{}:{}", name(span.begin), name(span.end)),
    }))
}

fn numbers<S: Serializer>(spans: &Option<Vec<Span>>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(spans.iter().flatten().map(|span| match span.begin == span.end {
        true => span.begin.to_string(),
        false => format!("{}:{}", span.begin, span.end),
    }))
}

fn zone<S: Serializer>(zone: &Option<TimeZone>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(zone.as_ref().and_then(TimeZone::iana_name).unwrap_or("UTC"))
}
