//! Arithmetic over whatever looks like a number: labels are text.
//!
//! Invariant: what is no number counts as 0, as in Loki. Floats are added and multiplied in decimal, so that 0.1 and
//! 0.2 give 0.3; where that would need too many digits, in binary.

use crate::template::function::{Call, Function, Functions, Kind};
use crate::template::number;
use crate::template::value::Value;

const ANY: &[Kind] = &[Kind::Any];
const TWO: &[Kind] = &[Kind::Any, Kind::Any];
const BY_ZERO: &str = "runtime error: integer divide by zero";

/// Digits behind the point that a quotient has.
const QUOTIENT_DIGITS: u32 = 16;

pub(super) fn add(functions: &mut Functions) {
    add_whole(functions);
    add_decimal(functions);
}

fn add_whole(functions: &mut Functions) {
    let fold = |start: Option<i64>, step: fn(i64, i64) -> i64| {
        let fixed = if start.is_some() { &[] } else { ANY };
        let run = move |call: &Call<'_, '_>| {
            let mut values = call.rest(0).iter().map(whole);
            let first = start.or_else(|| values.next()).unwrap_or(0);
            values.fold(first, step)
        };
        Function::new(fixed, move |call| Ok(Value::Int(run(call)))).with_further(Kind::Any)
    };
    functions
        .add("int", Function::new(ANY, |call| Ok(Value::Int(whole(call.value(0))))))
        .add("add", fold(Some(0), i64::wrapping_add))
        .add("mul", fold(None, i64::wrapping_mul))
        .add("max", fold(None, i64::max))
        .add("min", fold(None, i64::min))
        .add("sub", Function::new(TWO, |call| Ok(Value::Int(whole(call.value(0)).wrapping_sub(whole(call.value(1)))))))
        .add(
            "div",
            Function::new(TWO, |call| match whole(call.value(1)) {
                0 => Err(BY_ZERO.to_owned()),
                divisor => Ok(Value::Int(whole(call.value(0)).wrapping_div(divisor))),
            }),
        )
        .add(
            "mod",
            Function::new(TWO, |call| match whole(call.value(1)) {
                0 => Err(BY_ZERO.to_owned()),
                divisor => Ok(Value::Int(whole(call.value(0)).wrapping_rem(divisor))),
            }),
        );
}

fn add_decimal(functions: &mut Functions) {
    let fold = |start: Option<f64>, operation: Operation| {
        let fixed = if start.is_some() { &[] } else { ANY };
        let run = move |call: &Call<'_, '_>| {
            let mut values = call.rest(0).iter().map(float);
            let first = start.or_else(|| values.next()).unwrap_or(0.0);
            calculate(first, values, operation)
        };
        Function::new(fixed, move |call| run(call).map(Value::Float)).with_further(Kind::Any)
    };
    let extreme = |choose: fn(f64, f64) -> f64| {
        let run = move |call: &Call<'_, '_>| call.rest(0).iter().map(float).reduce(choose).unwrap_or(0.0);
        Function::new(ANY, move |call| Ok(Value::Float(run(call)))).with_further(Kind::Any)
    };
    functions
        .add("float64", Function::new(ANY, |call| Ok(Value::Float(float(call.value(0))))))
        .add("addf", fold(Some(0.0), Operation::Add))
        .add("subf", fold(None, Operation::Subtract))
        .add("mulf", fold(None, Operation::Multiply))
        .add("divf", fold(None, Operation::Divide))
        .add("maxf", extreme(|left, right| if left.is_nan() || right.is_nan() { f64::NAN } else { left.max(right) }))
        .add("minf", extreme(|left, right| if left.is_nan() || right.is_nan() { f64::NAN } else { left.min(right) }))
        .add("ceil", Function::new(ANY, |call| Ok(Value::Float(float(call.value(0)).ceil()))))
        .add("floor", Function::new(ANY, |call| Ok(Value::Float(float(call.value(0)).floor()))))
        .add("round", Function::new(&[Kind::Any, Kind::Int], |call| Ok(rounded(call))).with_further(Kind::Float));
}

/// A value as a whole number: a float without its fraction, text read as Go reads literals, what is none as 0.
#[expect(clippy::cast_possible_truncation, reason = "a float that is too large is the largest number")]
pub(super) fn whole(value: &Value<'_>) -> i64 {
    match value {
        Value::Int(value) | Value::Duration(value) => *value,
        Value::Float(value) => *value as i64,
        Value::Bool(value) => i64::from(*value),
        Value::Text(text) => number::parse_whole(without_fraction(text)).unwrap_or(0),
        _ => 0,
    }
}

/// `12.7` without the point and what follows it, when it is such a number.
fn without_fraction(text: &str) -> &str {
    let Some((whole, fraction)) = text.split_once('.') else { return text };
    let digits = whole.strip_prefix(['-', '+']).unwrap_or(whole);
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    match whole {
        _ if !all_digits(digits) || !all_digits(fraction) => text,
        "" | "-" | "+" => "0",
        whole => whole,
    }
}

/// A value as a float; what is no number as 0.
#[expect(clippy::cast_precision_loss, reason = "as in Loki")]
pub(super) fn float(value: &Value<'_>) -> f64 {
    match value {
        Value::Int(value) | Value::Duration(value) => *value as f64,
        Value::Float(value) => *value,
        Value::Bool(value) => f64::from(u8::from(*value)),
        Value::Text(text) => number::parse_float(text).unwrap_or(0.0),
        _ => 0.0,
    }
}

#[derive(Clone, Copy, Debug)]
enum Operation {
    Add,
    Subtract,
    Multiply,
    Divide,
}

/// A number as digits and how many of them stand behind the point.
#[derive(Clone, Copy, Debug)]
struct Decimal {
    digits: i128,
    scale: u32,
}

fn calculate(first: f64, others: impl Iterator<Item = f64> + Clone, operation: Operation) -> Result<f64, String> {
    if matches!(operation, Operation::Divide) && others.clone().any(|other| other == 0.0) {
        return Err("decimal division by 0".to_owned());
    }
    let exact = others
        .clone()
        .map(Decimal::of)
        .try_fold(Decimal::of(first), |left, right| Some(left?.calculate(right?, operation)));
    if let Some(Some(exact)) = exact {
        return Ok(exact.to_float());
    }
    Ok(others.fold(first, |left, right| match operation {
        Operation::Add => left + right,
        Operation::Subtract => left - right,
        Operation::Multiply => left * right,
        Operation::Divide => left / right,
    }))
}

impl Decimal {
    /// The shortest decimal that reads back as the float; `None` when it has too many digits.
    fn of(float: f64) -> Option<Self> {
        let text = format!("{float}");
        if text.len() > 36 {
            return None;
        }
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let digits = format!("{whole}{fraction}").parse().ok()?;
        Some(Self { digits, scale: u32::try_from(fraction.len()).ok()? })
    }

    fn calculate(self, right: Self, operation: Operation) -> Option<Self> {
        match operation {
            Operation::Add | Operation::Subtract => {
                let scale = self.scale.max(right.scale);
                let (left, right) = (self.scaled(scale)?, right.scaled(scale)?);
                let digits = match operation {
                    Operation::Add => left.checked_add(right),
                    _ => left.checked_sub(right),
                };
                digits.map(|digits| Self { digits, scale })
            }
            Operation::Multiply => {
                let digits = self.digits.checked_mul(right.digits)?;
                Some(Self { digits, scale: self.scale + right.scale })
            }
            Operation::Divide => {
                let dividend = self.scaled(QUOTIENT_DIGITS + self.scale.max(right.scale))?;
                let divisor = right.scaled(self.scale.max(right.scale))?;
                let (quotient, rest) = (dividend.checked_div(divisor)?, dividend.checked_rem(divisor)?);
                let up = rest.unsigned_abs() >= divisor.unsigned_abs() - rest.unsigned_abs();
                let away = if (dividend < 0) == (divisor < 0) { 1 } else { -1 };
                Some(Self { digits: quotient + if up { away } else { 0 }, scale: QUOTIENT_DIGITS })
            }
        }
    }

    /// The digits with so many behind the point.
    fn scaled(self, scale: u32) -> Option<i128> {
        self.digits.checked_mul(10_i128.checked_pow(scale.checked_sub(self.scale)?)?)
    }

    fn to_float(self) -> f64 {
        // Reading text rounds correctly.
        format!("{}e-{}", self.digits, self.scale).parse().unwrap_or(0.0)
    }
}

/// A number with so many digits behind the point; a third argument says from which fraction on it goes up.
fn rounded<'d>(call: &Call<'_, 'd>) -> Value<'d> {
    let value = float(call.value(0));
    let up_from = if let Value::Float(fraction) = call.value(2) { *fraction } else { 0.5 };
    let places = i32::try_from(call.int(1).clamp(-400, 400)).unwrap_or(0);
    let power = 10_f64.powi(places);
    let shifted = power * value;
    let whole = if shifted.fract() >= up_from { shifted.ceil() } else { shifted.floor() };
    Value::Float(whole / power)
}
