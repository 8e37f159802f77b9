//! Numbers for people: `1.234k`, `1h 2m 3s`, `12.5%`.
//!
//! Invariant: four significant digits, as Prometheus writes them.

use super::arithmetic;
use crate::template::format;
use crate::template::function::{Call, Function, Functions, Kind};
use crate::template::time::Time;
use crate::template::value::Value;
use model::number::{format_decimal, quoted};

const ANY: &[Kind] = &[Kind::Any];
const LARGE: [&str; 8] = ["k", "M", "G", "T", "P", "E", "Z", "Y"];
const SMALL: [&str; 8] = ["m", "u", "n", "p", "f", "a", "z", "y"];
const BINARY: [&str; 8] = ["ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"];

pub(super) fn add(functions: &mut Functions) {
    add_duration(functions);
    let of = |write: fn(f64) -> String| {
        Function::new(ANY, move |call| number(call.value(0)).map(|value| Value::text(write(value))))
    };
    functions
        .add("humanize", of(humanize))
        .add("humanize1024", of(humanize_1024))
        .add("humanizePercentage", of(|value| format!("{}%", short(value * 100.0))))
        .add("humanizeTimestamp", Function::new(ANY, humanize_timestamp))
        .add("toTime", Function::new(ANY, |call| time(number(call.value(0))?).map(Value::Time)));
}

pub(super) fn add_duration(functions: &mut Functions) {
    let write = |call: &Call<'_, '_>| match call.value(0) {
        Value::Duration(nanos) => Ok(humanize_duration(arithmetic::float(&Value::Int(*nanos)) / 1e9)),
        value => number(value).map(humanize_duration),
    };
    functions.add("humanizeDuration", Function::new(ANY, move |call| write(call).map(Value::text)));
}

/// A value as a number; text must be one.
pub(super) fn number(value: &Value<'_>) -> Result<f64, String> {
    match value {
        Value::Int(_) | Value::Float(_) | Value::Duration(_) => Ok(arithmetic::float(value)),
        Value::Text(text) => crate::template::number::parse_float(text)
            .ok_or_else(|| format!("strconv.ParseFloat: parsing {}: invalid syntax", quoted(text))),
        other => Err(format!("can't convert {} to float", other.type_name())),
    }
}

/// Go's `%.4g`.
fn short(value: f64) -> String {
    const ROOM: usize = 64;
    format::sprintf("%.4g", &[Value::Float(value)], ROOM).map(|text| text.into_string()).unwrap_or_default()
}

fn humanize(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return short(value);
    }
    let (mut value, mut unit) = (value, "");
    if value.abs() >= 1.0 {
        for larger in LARGE {
            if value.abs() < 1_000.0 {
                break;
            }
            (value, unit) = (value / 1_000.0, larger);
        }
    } else {
        (value, unit) = smaller(value);
    }
    format!("{}{unit}", short(value))
}

/// A value below 1 in the unit in which it is not.
fn smaller(value: f64) -> (f64, &'static str) {
    let (mut value, mut unit) = (value, "");
    for smaller in SMALL {
        if value.abs() >= 1.0 {
            break;
        }
        (value, unit) = (value * 1_000.0, smaller);
    }
    (value, unit)
}

fn humanize_1024(value: f64) -> String {
    if value.abs() <= 1.0 || !value.is_finite() {
        return short(value);
    }
    let (mut value, mut unit) = (value, "");
    for larger in BINARY {
        if value.abs() < 1_024.0 {
            break;
        }
        (value, unit) = (value / 1_024.0, larger);
    }
    format!("{}{unit}", short(value))
}

#[expect(clippy::cast_possible_truncation, reason = "a duration that is too long is the longest")]
fn humanize_duration(seconds: f64) -> String {
    if !seconds.is_finite() {
        return short(seconds);
    }
    if seconds == 0.0 {
        return format!("{}s", short(seconds));
    }
    if seconds.abs() < 1.0 {
        let (value, unit) = smaller(seconds);
        return format!("{}{unit}s", short(value));
    }
    let (sign, seconds) = if seconds < 0.0 { ("-", -seconds) } else { ("", seconds) };
    let whole = seconds as i64;
    let (days, hours, minutes, rest) = (whole / 86_400, whole / 3_600 % 24, whole / 60 % 60, whole % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{sign}{}s", short(seconds)),
        (0, 0, minutes) => format!("{sign}{minutes}m {rest}s"),
        (0, hours, minutes) => format!("{sign}{hours}h {minutes}m {rest}s"),
        (days, hours, minutes) => format!("{sign}{days}d {hours}h {minutes}m {rest}s"),
    }
}

fn humanize_timestamp<'d>(call: &Call<'_, 'd>) -> Result<Value<'d>, String> {
    let seconds = number(call.value(0))?;
    if !seconds.is_finite() {
        return Ok(Value::text(short(seconds)));
    }
    time(seconds).map(|time| Value::text(time.to_string()))
}

/// Seconds since the epoch as a time of milliseconds.
#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "the range is checked before")]
fn time(seconds: f64) -> Result<Time, String> {
    let nanos = seconds * 1e9;
    if !(i64::MIN as f64..i64::MAX as f64).contains(&nanos) {
        let shown = format_decimal(seconds);
        return Err(format!("{shown} cannot be represented as a nanoseconds timestamp since it overflows int64"));
    }
    let millis = (nanos as i64).div_euclid(1_000_000);
    Ok(Time::at(millis.div_euclid(1_000), i32::try_from(millis.rem_euclid(1_000) * 1_000_000).unwrap_or(0)))
}
