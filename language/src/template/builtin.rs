//! The functions that every template knows.
//!
//! Invariant: they do what those of Go's `text/template` do. Text is indexed and cut in bytes.

mod compare;
mod escape;
mod index;

pub(super) use escape::push_url_query;

use super::format;
use super::function::{Call, Function, Functions, Kind};
use super::tree::Callee;
use super::value::Value;
use std::sync::LazyLock;

static FUNCTIONS: LazyLock<Functions> = LazyLock::new(functions);

/// What a name calls; `None` for a name that Go's templates do not know.
pub(super) fn callee(name: &str) -> Option<Callee> {
    match name {
        "and" => Some(Callee::And),
        "or" => Some(Callee::Or),
        _ => FUNCTIONS.get(name).map(|function| Callee::Function(function.clone())),
    }
}

fn functions() -> Functions {
    let mut functions = Functions::new();
    functions
        .add("not", Function::new(&[Kind::Any], |call| Ok(Value::Bool(!call.value(0).is_true()))))
        .add("len", Function::new(&[Kind::Any], |call| index::length(call.value(0))))
        .add("index", Function::new(&[Kind::Any], index::index).with_further(Kind::Any))
        .add("slice", Function::new(&[Kind::Any], index::slice).with_further(Kind::Any))
        .add("call", Function::new(&[Kind::Any], call_value).with_further(Kind::Any))
        .add(
            "print",
            Function::new(&[], |call| Ok(format::sprint(call.rest(0), call.room)?.into_value()))
                .with_further(Kind::Any),
        )
        .add(
            "println",
            Function::new(&[], |call| Ok(format::sprintln(call.rest(0), call.room)?.into_value()))
                .with_further(Kind::Any),
        )
        .add(
            "printf",
            Function::new(&[Kind::Text], |call| {
                Ok(format::sprintf(call.text(0), call.rest(1), call.room)?.into_value())
            })
            .with_further(Kind::Any),
        )
        .add("html", Function::new(&[], escape::html).with_further(Kind::Any))
        .add("js", Function::new(&[], escape::js).with_further(Kind::Any))
        .add("urlquery", Function::new(&[], escape::url_query).with_further(Kind::Any));
    compare::add(&mut functions);
    functions
}

/// Calls a function that is a value.
fn call_value<'d>(call: &Call<'_, 'd>) -> Result<Value<'d>, String> {
    let (callee, arguments) = (call.value(0), call.rest(1));
    let function = match callee {
        Value::Function(function) => function,
        Value::Missing | Value::Nil => return Err("call of nil".to_owned()),
        other => return Err(format!("non-function of type {}", other.type_name())),
    };
    let (wanted, given) = (function.fixed.len(), arguments.len());
    if given < wanted || (function.further.is_none() && given > wanted) {
        let least = if function.further.is_some() { "at least " } else { "" };
        return Err(format!("wrong number of args: got {given} want {least}{wanted}"));
    }
    let kinds = function.fixed.iter().copied().chain(std::iter::repeat(function.further.unwrap_or(Kind::Any)));
    for (at, (argument, kind)) in arguments.iter().zip(kinds).enumerate() {
        if !kind.takes(argument) {
            return Err(format!("arg {at}: value has type {}; should be {}", argument.type_name(), kind.name()));
        }
    }
    (function.run)(&Call { arguments, top: call.top, room: call.room, steps: call.steps.clone() })
}
