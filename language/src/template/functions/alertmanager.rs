//! The functions of Alertmanager's notification templates: `{{ .CommonLabels.SortedPairs.Values | join " " }}`.
//!
//! Invariant: now is what the caller says; texts for HTML are plain, since messages are escaped by who sends them.

use super::{humanize, regex, text};
use crate::template::function::{Bounded, Call, Function, Functions, Kind};
use crate::template::time::{Zone, methods};
use crate::template::value::{Contents, Value};
use model::time::Nanos;
use std::sync::Arc;

/// All of them; `now` is asked when a template calls `since`.
pub fn functions(now: Arc<dyn Fn() -> Nanos + Send + Sync>) -> Functions {
    let mut functions = Functions::new();
    text::add_messages(&mut functions);
    regex::add_messages(&mut functions);
    humanize::add_duration(&mut functions);
    functions
        .add("join", Function::new(&[Kind::Text, Kind::Any], joined))
        .add("stringSlice", Function::new(&[], |call| Ok(Value::list(call.rest(0).to_vec()))).with_further(Kind::Text))
        .add("toJson", Function::new(&[Kind::Any], json))
        .add(
            "date",
            Function::new(&[Kind::Text, Kind::Time], |call| methods::formatted(&call.time(1), call.text(0), call)),
        )
        .add("tz", Function::new(&[Kind::Text, Kind::Time], within))
        .add(
            "since",
            Function::new(&[Kind::Time], move |call| Ok(Value::Duration(now().0.saturating_sub(call.time(0).nanos())))),
        );
    functions
}

fn joined<'d>(call: &Call<'_, 'd>) -> Result<Value<'d>, String> {
    let Contents::List(texts) = call.value(1).contents() else {
        return Err(format!("can't join {}", call.value(1).type_name()));
    };
    let mut into = call.bounded();
    for (at, text) in texts.iter().enumerate() {
        into.push(if at > 0 { call.text(0) } else { "" })?;
        into.push(text.as_text().unwrap_or_default())?;
    }
    Ok(into.into_value())
}

fn within<'d>(call: &Call<'_, 'd>) -> Result<Value<'d>, String> {
    match Zone::named(call.text(0)) {
        Some(zone) => Ok(Value::Time(call.time(1).within(zone))),
        None => Err(format!("unknown time zone {}", call.text(0))),
    }
}

fn json<'d>(call: &Call<'_, 'd>) -> Result<Value<'d>, String> {
    let mut into = call.bounded();
    push_json(call.value(0), &mut into)?;
    Ok(into.into_value())
}

/// Appends a value as JSON; nesting is bounded by what functions may make.
fn push_json(value: &Value<'_>, into: &mut Bounded) -> Result<(), String> {
    match value {
        Value::Missing | Value::Nil | Value::Function(_) => into.push("null"),
        Value::Bool(truth) => into.push(if *truth { "true" } else { "false" }),
        Value::Int(number) | Value::Duration(number) => into.push(&number.to_string()),
        Value::Float(number) => into.push(&serde_json::Value::from(*number).to_string()),
        Value::Text(text) => push_json_text(text, into),
        Value::Time(time) => push_json_text(&time.format("2006-01-02T15:04:05.999999999Z07:00"), into),
        value => match value.contents() {
            Contents::List(elements) => {
                into.push("[")?;
                for (at, element) in elements.iter().enumerate() {
                    into.push(if at > 0 { "," } else { "" })?;
                    push_json(element, into)?;
                }
                into.push("]")
            }
            Contents::Map(pairs) => {
                into.push("{")?;
                for (at, (name, element)) in pairs.iter().enumerate() {
                    into.push(if at > 0 { "," } else { "" })?;
                    push_json_text(name, into)?;
                    into.push(":")?;
                    push_json(element, into)?;
                }
                into.push("}")
            }
            Contents::None => into.push("{}"),
        },
    }
}

fn push_json_text(text: &str, into: &mut Bounded) -> Result<(), String> {
    into.push(&serde_json::Value::from(text).to_string())
}
