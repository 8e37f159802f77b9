//! Numbers as exposition pages write them, which is as Go reads and writes them.

use model::number;
use model::time::Millis;

/// The NaN that pages mean (Prometheus `model/value`: NormalNaN); the stale marker cannot be written on a page.
const NORMAL_NAN_BITS: u64 = 0x7ff8_0000_0000_0001;

/// Reads a value: decimal digits with an exponent, `Inf`, `Infinity`, `NaN` in any case. `None` for anything else,
/// and for a number too large for a float.
pub(super) fn read(token: &str) -> Option<f64> {
    let value: f64 = fast_float2::parse(token).ok()?;
    if value.is_finite() {
        return Some(value);
    }
    if value.is_nan() {
        // Go knows no signed NaN.
        return (token.len() == 3).then_some(f64::from_bits(NORMAL_NAN_BITS));
    }
    let spelled = token.bytes().any(|byte| byte.eq_ignore_ascii_case(&b'i'));
    spelled.then_some(value)
}

/// Reads the timestamp of the text format: whole milliseconds, digits only.
pub(super) fn read_millis(token: &str) -> Option<Millis> {
    let digits = token.bytes().all(|byte| byte.is_ascii_digit());
    if digits { token.parse().ok().map(Millis) } else { None }
}

/// Reads the timestamp of OpenMetrics: seconds with a fraction, cut to milliseconds.
#[expect(clippy::cast_possible_truncation, reason = "a float-to-integer cast saturates, which the store then refuses")]
pub(super) fn read_seconds(token: &str) -> Option<Millis> {
    read(token).filter(|seconds| seconds.is_finite()).map(|seconds| Millis((seconds * 1000.0) as i64))
}

/// A bucket bound or a quantile as Prometheus 3 stores it: `1` and `1e0` become `1.0`. `None` when it is no number.
pub(super) fn canonical(text: &str) -> Option<String> {
    let mut canonical = number::format_general(read(text)?);
    let whole = canonical.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    if whole {
        canonical.push_str(".0");
    }
    Some(canonical)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_go_reads_them() {
        let check = |text: &str, expected: Option<f64>| assert_eq!(read(text), expected, "{text}");
        check("1", Some(1.0));
        check("+1", Some(1.0));
        check("-1.5e-3", Some(-0.0015));
        check(".5", Some(0.5));
        check("5.", Some(5.0));
        check("1E+09", Some(1e9));
        check("+Inf", Some(f64::INFINITY));
        check("-inf", Some(f64::NEG_INFINITY));
        check("Infinity", Some(f64::INFINITY));
        check("1e400", None);
        check("-1e400", None);
        check("1e-400", Some(0.0));
        for wrong in ["", ".", "-", "e", "1e", "in", "0x10", "0x1p4", "1_0", "+NaN", "-nan", "1,5", "١", "1\r"] {
            check(wrong, None);
        }
        assert_eq!(read("NaN").map(f64::to_bits), Some(NORMAL_NAN_BITS));
        assert_eq!(read("nan").map(f64::to_bits), Some(NORMAL_NAN_BITS));
    }

    #[test]
    fn timestamps_are_whole_milliseconds_or_float_seconds() {
        assert_eq!(read_millis("1700000000123"), Some(Millis(1_700_000_000_123)));
        assert_eq!(read_millis("99999999999999999999"), None);
        assert_eq!(read_millis("-1"), None);
        assert_eq!(read_millis("1.5"), None);
        assert_eq!(read_millis(""), None);
        assert_eq!(read_seconds("1700000000.123"), Some(Millis(1_700_000_000_123)));
        assert_eq!(read_seconds("-1.5"), Some(Millis(-1500)));
        assert_eq!(read_seconds("NaN"), None);
        assert_eq!(read_seconds("+Inf"), None);
    }

    #[test]
    fn bounds_have_one_spelling() {
        let check = |text: &str, expected: &str| assert_eq!(canonical(text).as_deref(), Some(expected));
        check("1", "1.0");
        check("0", "0.0");
        check("-1", "-1.0");
        check("+Inf", "+Inf");
        check("inf", "+Inf");
        check("0.5", "0.5");
        check("2.50", "2.5");
        check("1000000", "1e+06");
        check("100000", "100000.0");
        check("1e-05", "1e-05");
        assert_eq!(canonical("abc"), None);
    }
}
