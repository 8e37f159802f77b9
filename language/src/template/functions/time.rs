//! Times in templates.
//!
//! Invariant: the machine's zone is UTC, and now is what the caller says.

use super::logql::{NOW, ONE_TEXT, TWO_TEXTS, ask};
use crate::template::function::{Call, Function, Functions, Kind};
use crate::template::time::{Time, Zone, methods};
use crate::template::value::Value;
use model::number::quoted;

pub(super) fn add(functions: &mut Functions) {
    const ONE_TIME: &[Kind] = &[Kind::Time];
    let epoch =
        |unit: fn(&Time) -> i64| Function::new(ONE_TIME, move |call| Ok(Value::text(unit(&call.time(0)).to_string())));
    functions
        .add("date", Function::new(&[Kind::Text, Kind::Any], date))
        .add("toDate", Function::new(TWO_TEXTS, |call| Ok(parsed([call.text(0), call.text(1)], &Zone::UTC))))
        .add(
            "toDateInZone",
            Function::new(&[Kind::Text, Kind::Text, Kind::Text], |call| {
                let zone = Zone::named(call.text(1)).unwrap_or(Zone::UTC);
                Ok(parsed([call.text(0), call.text(2)], &zone))
            }),
        )
        .add("unixToTime", Function::new(ONE_TEXT, |call| unix_to_time(call.text(0))))
        .add("unixEpoch", epoch(Time::seconds))
        .add("unixEpochMillis", epoch(Time::millis))
        .add("unixEpochNanos", epoch(Time::nanos));
}

/// A time, or seconds since the epoch, in a layout; anything else is now.
fn date<'d>(call: &Call<'_, 'd>) -> Result<Value<'d>, String> {
    let time = match call.value(1) {
        Value::Time(time) => time.clone(),
        Value::Int(seconds) => Time::at(*seconds, 0),
        _ => match ask(NOW, call)? {
            Value::Time(now) => now,
            _ => Time::default(),
        },
    };
    methods::formatted(&time.within(Zone::UTC), call.text(0), call)
}

/// The year 1 for what is no time, as in Loki.
fn parsed<'d>([layout, text]: [&str; 2], zone: &Zone) -> Value<'d> {
    Value::Time(Time::parse(layout, text, zone).unwrap_or_default())
}

/// Days, seconds, milliseconds, microseconds or nanoseconds, as the number of digits says.
fn unix_to_time<'d>(text: &str) -> Result<Value<'d>, String> {
    let refused = |reason: &str| Err(format!("unable to parse time '{text}': {reason}"));
    let Ok(number) = text.parse::<i64>() else {
        return refused(&format!("strconv.ParseInt: parsing {}: invalid syntax", quoted(text)));
    };
    let (per_second, seconds_each) = match text.len() {
        5 => (1, 86_400),
        10 => (1, 1),
        13 => (1_000, 1),
        16 => (1_000_000, 1),
        19 => (1_000_000_000, 1),
        digits => return refused(&format!("{digits} digits, expected 5, 10, 13, 16 or 19")),
    };
    let nanos = number.rem_euclid(per_second) * (1_000_000_000 / per_second);
    let seconds = number.div_euclid(per_second).saturating_mul(seconds_each);
    Ok(Value::Time(Time::at(seconds, i32::try_from(nanos).unwrap_or(0))))
}
