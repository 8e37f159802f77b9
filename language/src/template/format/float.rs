//! Floats as Go's `strconv.FormatFloat` writes them.
//!
//! Invariant: correctly rounded digits; the first character is the sign, always.

/// Digits behind the point that a float can have; further ones are zeros.
const DIGITS_MAX: usize = 1_100;

/// A float with sign in a form: `e`, `f`, `g`, `x`, `b` or their capitals; without precision as many digits as read back
/// the same.
pub(super) fn signed(value: f64, form: char, precision: Option<usize>) -> String {
    let sign = if value.is_sign_negative() && !value.is_nan() { '-' } else { '+' };
    let magnitude = value.abs();
    let digits = match form {
        _ if value.is_nan() => "NaN".to_owned(),
        _ if value.is_infinite() => "Inf".to_owned(),
        'e' | 'E' => exponential(magnitude, precision),
        'g' | 'G' => general(magnitude, precision),
        'x' | 'X' => hex(magnitude, precision),
        'b' => binary(magnitude),
        _ => decimal(magnitude, precision),
    };
    let digits = if form.is_ascii_uppercase() && value.is_finite() { digits.to_ascii_uppercase() } else { digits };
    format!("{sign}{digits}")
}

fn decimal(magnitude: f64, precision: Option<usize>) -> String {
    match precision {
        None => format!("{magnitude}"),
        Some(precision) => {
            let shown = precision.min(DIGITS_MAX);
            let mut text = format!("{magnitude:.shown$}");
            text.extend(std::iter::repeat_n('0', precision - shown));
            text
        }
    }
}

/// Digits with the point after the first, and the exponent.
fn parts(magnitude: f64, precision: Option<usize>) -> (String, i32) {
    let text = match precision {
        None => format!("{magnitude:e}"),
        Some(precision) => {
            let shown = precision.min(DIGITS_MAX);
            format!("{magnitude:.shown$e}")
        }
    };
    match text.split_once('e') {
        Some((mantissa, exponent)) => (mantissa.to_owned(), exponent.parse().unwrap_or(0)),
        None => (text, 0),
    }
}

fn exponential(magnitude: f64, precision: Option<usize>) -> String {
    let (mut mantissa, exponent) = parts(magnitude, precision);
    mantissa.extend(std::iter::repeat_n('0', precision.unwrap_or(0).saturating_sub(DIGITS_MAX)));
    with_exponent(&mantissa, exponent)
}

fn with_exponent(mantissa: &str, exponent: i32) -> String {
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

/// The shorter of both forms, as Go chooses.
fn general(magnitude: f64, precision: Option<usize>) -> String {
    let Some(precision) = precision else {
        let text = model::number::format_general(magnitude);
        return text.trim_start_matches('+').to_owned();
    };
    let significant = precision.max(1);
    let (mantissa, exponent) = parts(magnitude, Some(significant - 1));
    let mantissa =
        if mantissa.contains('.') { mantissa.trim_end_matches('0').trim_end_matches('.') } else { &mantissa };
    let count = mantissa.bytes().filter(u8::is_ascii_digit).count();
    let count = if magnitude == 0.0 { 0 } else { count };
    // Digits before the point.
    let point = if magnitude == 0.0 { 0 } else { exponent + 1 };
    let whole = usize::try_from(point).unwrap_or(0);
    let threshold =
        if significant > count && i32::try_from(count).is_ok_and(|count| count >= point) { count } else { significant };
    if point - 1 < -4 || i32::try_from(threshold).is_ok_and(|threshold| point > threshold) {
        return with_exponent(mantissa, exponent);
    }
    decimal_of(mantissa, point, whole)
}

/// Digits with the point moved to its place.
fn decimal_of(mantissa: &str, point: i32, whole: usize) -> String {
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    if point <= 0 {
        let zeros = usize::try_from(-point).unwrap_or(0);
        return if digits == "0" { digits } else { format!("0.{}{digits}", "0".repeat(zeros)) };
    }
    match digits.split_at_checked(whole) {
        Some((before, "")) => before.to_owned(),
        Some((before, after)) => format!("{before}.{after}"),
        None => format!("{digits}{}", "0".repeat(whole - digits.len())),
    }
}

/// `0x1.8p+01`
fn hex(magnitude: f64, precision: Option<usize>) -> String {
    const FRACTION_BITS: u64 = 52;
    let bits = magnitude.to_bits();
    let mut exponent = i64::try_from(bits >> FRACTION_BITS).unwrap_or(0) - 1023;
    let mut mantissa = bits & ((1 << FRACTION_BITS) - 1);
    if magnitude == 0.0 {
        exponent = 0;
    } else if exponent == -1023 {
        // A small one without its leading 1.
        exponent = -1022;
        while mantissa >> FRACTION_BITS == 0 {
            mantissa <<= 1;
            exponent -= 1;
        }
    } else {
        mantissa |= 1 << FRACTION_BITS;
    }
    if let Some(shift) = precision.filter(|precision| *precision < 13).map(|precision| 52 - 4 * precision) {
        let (kept, cut) = (mantissa >> shift, mantissa & ((1 << shift) - 1));
        let half = 1_u64 << (shift - 1);
        let up = cut > half || (cut == half && kept & 1 == 1);
        mantissa = (kept + u64::from(up)) << shift;
        if mantissa >> (FRACTION_BITS + 1) > 0 {
            mantissa >>= 1;
            exponent += 1;
        }
    }
    let fraction = format!("{:013x}", mantissa & ((1 << FRACTION_BITS) - 1));
    let fraction = match precision {
        None => fraction.trim_end_matches('0').to_owned(),
        Some(precision) => fraction.chars().chain(std::iter::repeat('0')).take(precision).collect(),
    };
    let point = if fraction.is_empty() { "" } else { "." };
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("0x{}{point}{fraction}p{sign}{:02}", mantissa >> FRACTION_BITS, exponent.abs())
}

/// `4503599627370496p-52`
fn binary(magnitude: f64) -> String {
    let bits = magnitude.to_bits();
    let (exponent, fraction) = (i64::try_from(bits >> 52).unwrap_or(0), bits & ((1 << 52) - 1));
    let (mantissa, exponent) = if exponent == 0 { (fraction, 1) } else { (fraction | 1 << 52, exponent) };
    format!("{mantissa}p{:+}", exponent - 1075)
}

/// With `#`: a point, always, and for `g` the zeros that were cut.
pub(super) fn with_point(text: &str, form: char, precision: Option<usize>) -> String {
    let is_general = matches!(form, 'g' | 'G');
    let tail = text.find(|character: char| match form {
        'x' | 'X' => matches!(character, 'p' | 'P'),
        _ => matches!(character, 'e' | 'E'),
    });
    let (number, tail) = text.split_at_checked(tail.unwrap_or(text.len())).unwrap_or((text, ""));
    let mut number = number.to_owned();
    let mut missing = if is_general { precision.unwrap_or(6) } else { 0 };
    if is_general {
        let significant = number.trim_start_matches(['+', '-', ' ', '0', '.']);
        missing = missing.saturating_sub(significant.bytes().filter(u8::is_ascii_digit).count());
    }
    if !number.contains('.') {
        if number.len() == 2 && number.ends_with('0') {
            missing = missing.saturating_sub(1);
        }
        number.push('.');
    }
    number.extend(std::iter::repeat_n('0', missing));
    number + tail
}
