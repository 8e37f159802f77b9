//! `len`, `index`, `slice`.
//!
//! Invariant: a place that does not exist is an error; a key that does not exist gives nothing.

use crate::template::function::{Bounded, Call};
use crate::template::value::{Contents, Value};
use std::rc::Rc;

pub(super) fn length<'d>(value: &Value<'d>) -> Result<Value<'d>, String> {
    let length = match value {
        Value::Text(text) => text.len(),
        Value::Missing | Value::Nil => return Err("len of nil pointer".to_owned()),
        value => match value.contents() {
            Contents::List(elements) => elements.len(),
            Contents::Map(pairs) => pairs.len(),
            Contents::None => return Err(format!("len of type {}", value.type_name())),
        },
    };
    i64::try_from(length).map(Value::Int).map_err(|_| format!("length {length} is out of range"))
}

pub(super) fn index<'d>(call: &Call<'_, 'd>) -> Result<Value<'d>, String> {
    let mut value = call.value(0).clone();
    if value.is_nil() {
        return Err("index of untyped nil".to_owned());
    }
    for key in call.rest(1) {
        value = element(&value, key)?;
    }
    Ok(value)
}

fn element<'d>(value: &Value<'d>, key: &Value<'d>) -> Result<Value<'d>, String> {
    if let Value::Text(text) = value {
        let byte = text.as_bytes().get(place(key, text.len())?);
        return byte.map(|byte| Value::Int(i64::from(*byte))).ok_or_else(|| beyond("string"));
    }
    match value {
        Value::Map(map) => return Ok(map.get(text_key(key)?).cloned().unwrap_or(Value::Nil)),
        Value::Object(object) if object.is_map() => {
            return Ok(object.field(text_key(key)?).unwrap_or(Value::borrowed("")));
        }
        _ => {}
    }
    match value.contents() {
        Contents::List(elements) => elements.get(place(key, elements.len())?).cloned().ok_or_else(|| beyond("slice")),
        _ if value.is_nil() => Err("index of nil pointer".to_owned()),
        _ => Err(format!("can't index item of type {}", value.type_name())),
    }
}

/// The key of a map.
fn text_key<'k>(key: &'k Value<'_>) -> Result<&'k str, String> {
    match key.as_text() {
        Some(text) => Ok(text),
        None if key.is_nil() => Err("value is nil; should be of type string".to_owned()),
        None => Err(format!("value has type {}; should be string", key.type_name())),
    }
}

fn beyond(what: &str) -> String {
    format!("reflect: {what} index out of range")
}

/// A place in what has so many elements; it may be the one behind the last.
fn place(key: &Value<'_>, count: usize) -> Result<usize, String> {
    match key {
        Value::Int(at) | Value::Duration(at) => match usize::try_from(*at) {
            Ok(at) if at <= count => Ok(at),
            _ => Err(format!("index out of range: {at}")),
        },
        Value::Missing | Value::Nil => Err("cannot index slice/array with nil".to_owned()),
        other => Err(format!("cannot index slice/array with type {}", other.type_name())),
    }
}

pub(super) fn slice<'d>(call: &Call<'_, 'd>) -> Result<Value<'d>, String> {
    let (value, keys) = (call.value(0), call.rest(1));
    if value.is_nil() {
        return Err("slice of untyped nil".to_owned());
    }
    if keys.len() > 3 {
        return Err(format!("too many slice indexes: {}", keys.len()));
    }
    let contents = value.contents();
    let count = match (value, &contents) {
        (Value::Text(_), _) if keys.len() == 3 => return Err("cannot 3-index slice a string".to_owned()),
        (Value::Text(text), _) => text.len(),
        (_, Contents::List(elements)) => elements.len(),
        _ => return Err(format!("can't slice item of type {}", value.type_name())),
    };
    let mut places = [0, count, count];
    for (place, key) in places.iter_mut().zip(keys) {
        *place = self::place(key, count)?;
    }
    let [from, to, most] = places;
    for (from, to) in [(from, to), (to, most)] {
        if from > to {
            return Err(format!("invalid slice index: {from} > {to}"));
        }
    }
    match (value, contents) {
        (Value::Text(text), _) => {
            let bytes = text.as_bytes().get(from..to).unwrap_or_default();
            let mut cut = Bounded::new(call.room);
            cut.push(&String::from_utf8_lossy(bytes))?;
            Ok(cut.into_value())
        }
        (_, Contents::List(elements)) => {
            let cut: Rc<[Value<'d>]> = elements.get(from..to).unwrap_or_default().into();
            Ok(Value::List(cut))
        }
        _ => Err(format!("can't slice item of type {}", value.type_name())),
    }
}
