//! The text forms of times, durations and limits.

use model::number::quoted;
use model::time::Millis;
use model::{duration, rfc3339};

/// Prometheus's earliest time, which its clients write as [`MIN_TIME_TEXT`].
pub(crate) const MIN_TIME: Millis = Millis((i64::MIN / 1_000 + 62_135_596_801) * 1_000);
/// Prometheus's latest time, which its clients write as [`MAX_TIME_TEXT`].
pub(crate) const MAX_TIME: Millis = Millis((i64::MAX / 1_000 - 62_135_596_801) * 1_000 + 999);

const MIN_TIME_TEXT: &str = "-292273086-05-16T16:47:06Z";
const MAX_TIME_TEXT: &str = "292277025-08-18T07:12:54.999999999Z";

/// Seconds as a float, or RFC 3339.
pub(super) fn time(text: &str) -> Result<Millis, String> {
    if let Some(seconds) = finite(text) {
        #[expect(clippy::cast_possible_truncation, reason = "`as` saturates, and the far ends of time are all alike")]
        let millis =
            (seconds.trunc() as i64).saturating_mul(1_000).saturating_add((seconds.fract() * 1_000.0).round() as i64);
        return Ok(Millis(millis.clamp(MIN_TIME.0, MAX_TIME.0)));
    }
    match text {
        MIN_TIME_TEXT => Ok(MIN_TIME),
        MAX_TIME_TEXT => Ok(MAX_TIME),
        _ => match rfc3339::parse(text) {
            Some(instant) => Ok(instant.millis()),
            None => Err(format!("cannot parse {} to a valid timestamp", quoted(text))),
        },
    }
}

/// Seconds as a float, or `1h30m`; in milliseconds.
pub(super) fn duration_millis(text: &str) -> Result<i64, String> {
    if let Some(seconds) = finite(text) {
        let nanos = seconds * 1e9;
        if nanos.abs() > i64::MAX as f64 {
            return Err(format!("cannot parse {} to a valid duration. It overflows int64", quoted(text)));
        }
        #[expect(clippy::cast_possible_truncation, reason = "checked to be far inside")]
        return Ok((seconds * 1_000.0) as i64);
    }
    duration::parse(text)
        .map(model::time::duration_millis)
        .map_err(|_| format!("cannot parse {} to a valid duration", quoted(text)))
}

/// A count; empty is 0, which means no limit.
pub(super) fn limit(text: &str) -> Result<usize, String> {
    if text.is_empty() {
        return Ok(0);
    }
    let limit: i64 = text.parse().map_err(|_| format!("strconv.Atoi: parsing {}: invalid syntax", quoted(text)))?;
    usize::try_from(limit).map_err(|_| "limit must be non-negative".to_owned())
}

fn finite(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_as_prometheus_reads_them() {
        let check = |text: &str, expected: Option<i64>| assert_eq!(time(text).ok(), expected.map(Millis), "{text}");
        check("4", Some(4_000));
        check("1543578564.705", Some(1_543_578_564_705));
        check("123.1239", Some(123_124));
        check("-1.5", Some(-1_500));
        check("1e3", Some(1_000_000));
        check("2015-06-03T13:21:58.555Z", Some(1_433_337_718_555));
        check("2015-06-03T14:21:58.555+01:00", Some(1_433_337_718_555));
        check(MIN_TIME_TEXT, Some(MIN_TIME.0));
        check(MAX_TIME_TEXT, Some(MAX_TIME.0));
        check("1732300000000", Some(1_732_300_000_000_000));
        check("1e300", Some(MAX_TIME.0));
        check("", None);
        check("NaN", None);
        check("Inf", None);
        check("foo", None);
        check("30s", None);
    }

    #[test]
    fn durations_read_as_prometheus_reads_them() {
        let check = |text: &str, expected: Option<i64>| assert_eq!(duration_millis(text).ok(), expected, "{text}");
        check("15", Some(15_000));
        check("0.25", Some(250));
        check("-1", Some(-1_000));
        check("1m0s", Some(60_000));
        check("1h30m", Some(5_400_000));
        check("90ms", Some(90));
        check("1e300", None);
        check("", None);
        check("abc", None);
        check("NaN", None);
    }

    #[test]
    fn limits_are_whole_numbers() {
        let check = |text: &str, expected: Result<usize, &str>| {
            assert_eq!(limit(text), expected.map_err(str::to_owned), "{text}");
        };
        check("", Ok(0));
        check("0", Ok(0));
        check("40000", Ok(40_000));
        check("-1", Err("limit must be non-negative"));
        check("x", Err("strconv.Atoi: parsing \"x\": invalid syntax"));
    }
}
