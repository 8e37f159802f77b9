//! The functions of Alertmanager's notification templates: `{{ .CommonLabels.SortedPairs.Values | join " " }}`.
//!
//! Invariant: now is what the caller says; what is safe in HTML is only marked, and told apart when HTML is rendered.

use super::logql::TWO_TEXTS;
use super::{humanize, regex, text};
use crate::template::function::{Bounded, Call, Function, Functions, Kind};
use crate::template::time::{Time, Zone, methods};
use crate::template::value::{Contents, Value};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use model::number::quoted;
use model::time::Nanos;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

/// All of them; `now` is asked when a template calls `since`.
pub fn functions(now: Arc<dyn Fn() -> Nanos + Send + Sync>) -> Functions {
    let mut functions = Functions::new();
    let clock = Arc::clone(&now);
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
        .add("title", Function::new(&[Kind::Text], |call| text::made(call, &title(call.text(0)))))
        .add("now", Function::new(&[], move |_| Ok(Value::Time(Time::utc(clock())))))
        .add(
            "since",
            Function::new(&[Kind::Time], move |call| Ok(Value::Duration(now().0.saturating_sub(call.time(0).nanos())))),
        );
    add_collections(&mut functions);
    add_texts(&mut functions);
    functions
}

/// Lists and maps that templates make.
fn add_collections(functions: &mut Functions) {
    functions
        .add("list", Function::new(&[], |call| Ok(Value::list(call.rest(0).to_vec()))).with_further(Kind::Any))
        .add("append", Function::new(&[Kind::List], appended).with_further(Kind::Any))
        .add("dict", Function::new(&[], dictionary).with_further(Kind::Any));
}

/// Texts that become something else.
fn add_texts(functions: &mut Functions) {
    let date = |call: &Call<'_, '_>| Time::parse(call.text(0), call.text(1), &Zone::UTC);
    functions
        .add("toDate", Function::new(TWO_TEXTS, move |call| Ok(Value::Time(date(call).unwrap_or_default()))))
        .add(
            "mustToDate",
            Function::new(TWO_TEXTS, move |call| match date(call) {
                Some(time) => Ok(Value::Time(time)),
                None => Err(format!("cannot parse {} as {}", quoted(call.text(1)), quoted(call.text(0)))),
            }),
        )
        .add("base64encode", Function::new(&[Kind::Text], |call| text::made(call, &URL_SAFE.encode(call.text(0)))))
        .add(
            "base64decode",
            Function::new(&[Kind::Text], |call| match URL_SAFE.decode(call.text(0)) {
                Ok(bytes) => text::made(call, &String::from_utf8_lossy(&bytes)),
                Err(error) => Err(error.to_string()),
            }),
        );
}

fn appended<'d>(call: &Call<'_, 'd>) -> Result<Value<'d>, String> {
    let earlier = if let Value::List(elements) = call.value(0) { elements.to_vec() } else { Vec::new() };
    Ok(Value::list(earlier.into_iter().chain(call.rest(1).iter().cloned())))
}

fn dictionary<'d>(call: &Call<'_, 'd>) -> Result<Value<'d>, String> {
    let mut map = BTreeMap::new();
    for pair in call.rest(0).chunks(2) {
        let [Value::Text(key), value] = pair else {
            let what = if pair.len() == 2 { "keys must be strings" } else { "requires an even number of arguments" };
            return Err(format!("dict {what}"));
        };
        map.insert(key.clone(), value.clone());
    }
    Ok(Value::Map(Rc::new(map)))
}

/// The first letter of each word large and all others small, as `cases.Title` of Go's x/text does: an apostrophe or
/// an underscore within a word does not end it.
fn title(text: &str) -> String {
    let mut in_word = false;
    let mut characters = text.chars().peekable();
    let mut into = String::with_capacity(text.len());
    while let Some(character) = characters.next() {
        let letter = character.is_alphanumeric() || character == '_';
        let joins = matches!(character, '\'' | '\u{2019}' | '.' | ':')
            && characters.peek().is_some_and(|next| next.is_alphanumeric());
        if character.is_alphabetic() && !in_word {
            into.extend(character.to_uppercase());
        } else {
            into.extend(character.to_lowercase());
        }
        in_word = letter || (in_word && joins);
    }
    into
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
