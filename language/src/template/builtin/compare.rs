//! `eq`, `ne`, `lt`, `le`, `gt`, `ge`.
//!
//! Invariant: only values of one kind are compared; an integer and a float are two kinds.

use crate::template::format;
use crate::template::function::{Function, Functions, Kind};
use crate::template::value::Value;
use std::cmp::Ordering;

const BAD_TYPE: &str = "invalid type for comparison";

pub(super) fn add(functions: &mut Functions) {
    const TWO: &[Kind] = &[Kind::Any, Kind::Any];
    functions
        .add(
            "eq",
            Function::new(&[Kind::Any], |call| is_any(call.value(0), call.rest(1), call.room)).with_further(Kind::Any),
        )
        .add(
            "ne",
            Function::new(TWO, |call| equal(call.value(0), call.value(1), call.room).map(|equal| Value::Bool(!equal))),
        )
        .add("lt", Function::new(TWO, |call| less(call.value(0), call.value(1)).map(Value::Bool)))
        .add("le", Function::new(TWO, |call| less_or_equal(call.value(0), call.value(1)).map(Value::Bool)))
        .add(
            "gt",
            Function::new(TWO, |call| less_or_equal(call.value(0), call.value(1)).map(|less| Value::Bool(!less))),
        )
        .add("ge", Function::new(TWO, |call| less(call.value(0), call.value(1)).map(|less| Value::Bool(!less))));
}

/// What can be compared.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Basic {
    None,
    Bool,
    Int,
    Float,
    Text,
}

fn basic(value: &Value<'_>) -> Basic {
    match value {
        Value::Bool(_) => Basic::Bool,
        Value::Int(_) | Value::Duration(_) => Basic::Int,
        Value::Float(_) => Basic::Float,
        Value::Text(_) => Basic::Text,
        _ => Basic::None,
    }
}

fn is_any<'d>(value: &Value<'_>, others: &[Value<'_>], room: usize) -> Result<Value<'d>, String> {
    if others.is_empty() {
        return Err("missing argument for comparison".to_owned());
    }
    for other in others {
        if equal(value, other, room)? {
            return Ok(Value::Bool(true));
        }
    }
    Ok(Value::Bool(false))
}

fn equal(left: &Value<'_>, right: &Value<'_>, room: usize) -> Result<bool, String> {
    if basic(left) != basic(right) {
        return if left.is_nil() || right.is_nil() { Ok(false) } else { Err(incompatible(left, right)) };
    }
    match (left, right) {
        (Value::Bool(left), Value::Bool(right)) => Ok(left == right),
        (Value::Time(left), Value::Time(right)) => Ok(left == right),
        _ if left.is_nil() || right.is_nil() => Ok(left.is_nil() == right.is_nil()),
        _ if basic(left) != Basic::None => Ok(order(left, right) == Some(Ordering::Equal)),
        _ if left.type_name() != right.type_name() => Err(format!(
            "non-comparable types {}: {}, {}: {}",
            format::display(left, room)?,
            left.type_name(),
            right.type_name(),
            format::display(right, room)?
        )),
        _ => {
            let shown = format::sprintf("%s", std::slice::from_ref(right), room)?;
            Err(format!("non-comparable type {}: {}", shown.as_str(), right.type_name()))
        }
    }
}

fn less(left: &Value<'_>, right: &Value<'_>) -> Result<bool, String> {
    match (basic(left), basic(right)) {
        (Basic::None, _) | (_, Basic::None) => Err(BAD_TYPE.to_owned()),
        (left_kind, right_kind) if left_kind != right_kind => Err(incompatible(left, right)),
        (Basic::Bool, _) => Err(BAD_TYPE.to_owned()),
        _ => Ok(order(left, right) == Some(Ordering::Less)),
    }
}

fn less_or_equal(left: &Value<'_>, right: &Value<'_>) -> Result<bool, String> {
    Ok(less(left, right)? || order(left, right) == Some(Ordering::Equal))
}

/// How two values of one kind stand; `None` also when one is not a number.
fn order(left: &Value<'_>, right: &Value<'_>) -> Option<Ordering> {
    match (left, right) {
        (Value::Int(left) | Value::Duration(left), Value::Int(right) | Value::Duration(right)) => Some(left.cmp(right)),
        (Value::Float(left), Value::Float(right)) => left.partial_cmp(right),
        (Value::Text(left), Value::Text(right)) => Some(left.cmp(right)),
        _ => None,
    }
}

fn incompatible(left: &Value<'_>, right: &Value<'_>) -> String {
    format!("incompatible types for comparison: {} and {}", left.type_name(), right.type_name())
}
