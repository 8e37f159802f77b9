//! `fromJson`: a document as a value.
//!
//! Invariant: numbers are floats, as Go reads them; what is no document is nothing.

use crate::template::function::{Function, Functions};
use crate::template::value::{Text, Value};

pub(super) fn add(functions: &mut Functions) {
    let read = Function::new(super::logql::ONE_TEXT, |call| {
        Ok(serde_json::from_str(call.text(0)).map_or(Value::Missing, value))
    });
    functions.add("fromJson", read);
}

/// Nesting is bounded by the reader.
fn value<'d>(json: serde_json::Value) -> Value<'d> {
    match json {
        serde_json::Value::Null => Value::Nil,
        serde_json::Value::Bool(truth) => Value::Bool(truth),
        serde_json::Value::Number(number) => Value::Float(number.as_f64().unwrap_or(0.0)),
        serde_json::Value::String(text) => Value::text(text),
        serde_json::Value::Array(elements) => Value::list(elements.into_iter().map(value)),
        serde_json::Value::Object(fields) => {
            Value::map(fields.into_iter().map(|(name, json)| (Text::from(name), value(json))))
        }
    }
}
