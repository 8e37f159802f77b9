//! What templates can ask a time or a duration: `.StartsAt.Format "15:04"`.
//!
//! Invariant: the methods of Go's types that take and give what templates have. Months and weekdays are their names.

use super::{Time, Zone, format};
use crate::go_duration;
use crate::template::function::{Call, Kind};
use crate::template::value::Value;
use jiff::Span;

/// What a method of a time takes; `None` when there is none of that name.
pub(in crate::template) fn of_time(name: &str) -> Option<&'static [Kind]> {
    match name {
        "Day" | "Hour" | "IsZero" | "Local" | "Minute" | "Month" | "Nanosecond" | "Second" | "String" | "UTC"
        | "Unix" | "UnixMicro" | "UnixMilli" | "UnixNano" | "Weekday" | "Year" | "YearDay" => Some(&[]),
        "Format" => Some(&[Kind::Text]),
        "Add" => Some(&[Kind::Duration]),
        "AddDate" => Some(&[Kind::Int, Kind::Int, Kind::Int]),
        "After" | "Before" | "Compare" | "Equal" | "Sub" => Some(&[Kind::Time]),
        _ => None,
    }
}

/// What a method of a duration takes; `None` when there is none of that name.
pub(in crate::template) fn of_duration(name: &str) -> Option<&'static [Kind]> {
    match name {
        "Abs" | "Hours" | "Microseconds" | "Milliseconds" | "Minutes" | "Nanoseconds" | "Seconds" | "String" => {
            Some(&[])
        }
        _ => None,
    }
}

/// Calls a method of a time.
pub(in crate::template) fn call_time<'d>(time: &Time, name: &str, call: &Call<'_, 'd>) -> Result<Value<'d>, String> {
    let shown = time.shown();
    let civil = shown.civil;
    let int = |value: i64| Value::Int(value);
    Ok(match name {
        "Year" => int(i64::from(civil.year())),
        "Month" => Value::borrowed(format::month(&shown)),
        "Day" => int(i64::from(civil.day())),
        "YearDay" => int(i64::from(civil.day_of_year())),
        "Weekday" => Value::borrowed(format::weekday(&shown)),
        "Hour" => int(i64::from(civil.hour())),
        "Minute" => int(i64::from(civil.minute())),
        "Second" => int(i64::from(civil.second())),
        "Nanosecond" => int(time.nanosecond()),
        "Unix" => int(time.seconds()),
        "UnixMilli" => int(time.millis()),
        "UnixMicro" => int(time.seconds().saturating_mul(1_000_000).saturating_add(time.nanosecond() / 1_000)),
        "UnixNano" => int(time.nanos()),
        "IsZero" => Value::Bool(*time == Time::default()),
        "UTC" | "Local" => Value::Time(time.clone().within(Zone::UTC)),
        "String" => Value::text(time.to_string()),
        "Format" => formatted(time, call.text(0), call)?,
        "Add" => Value::Time(time.plus(call.duration(0))),
        "AddDate" => Value::Time(add_date(time, [call.int(0), call.int(1), call.int(2)])?),
        "Sub" => Value::Duration(time.since(&call.time(0))),
        "Before" => Value::Bool(time.instant < call.time(0).instant),
        "After" => Value::Bool(time.instant > call.time(0).instant),
        "Equal" => Value::Bool(*time == call.time(0)),
        "Compare" => int(time.instant.cmp(&call.time(0).instant) as i64),
        other => return Err(format!("{other} is no method of time.Time")),
    })
}

/// A time in a layout. A layout can grow by less than a word's longest text for each of its bytes.
pub(in crate::template) fn formatted<'d>(time: &Time, layout: &str, call: &Call<'_, 'd>) -> Result<Value<'d>, String> {
    let mut text = call.bounded();
    text.push(&time.format(layout))?;
    Ok(text.into_value())
}

/// Calls a method of a duration.
#[expect(clippy::cast_precision_loss, reason = "as in Go")]
pub(in crate::template) fn call_duration<'d>(nanos: i64, name: &str) -> Value<'d> {
    match name {
        "Abs" => Value::Duration(nanos.saturating_abs()),
        "Hours" => Value::Float(nanos as f64 / 3.6e12),
        "Minutes" => Value::Float(nanos as f64 / 6e10),
        "Seconds" => Value::Float(nanos as f64 / 1e9),
        "Milliseconds" => Value::Int(nanos / 1_000_000),
        "Microseconds" => Value::Int(nanos / 1_000),
        "Nanoseconds" => Value::Int(nanos),
        _ => Value::text(go_duration::format(nanos)),
    }
}

fn add_date(time: &Time, [years, months, days]: [i64; 3]) -> Result<Time, String> {
    let add = || {
        let span = Span::new().try_years(years).ok()?.try_months(months).ok()?.try_days(days).ok()?;
        time.shown().civil.checked_add(span).ok()
    };
    let Some(civil) = add() else { return Err("the time is out of range".to_owned()) };
    Ok(Time::from_civil(civil, time.zone.clone()))
}
