//! The functions of LogQL's `line_format` and `label_format`, as Loki 3 documents them.
//!
//! Invariant: they see the line, its time and the query's through the object that is rendered, never a clock.

use super::{arithmetic, json, regex, text, time};
use crate::template::function::{Call, Function, Functions, Kind};
use crate::template::value::Value;
use std::sync::LazyLock;

/// What the rendered object answers for `__line__`.
pub const LINE: &str = "__line__";
/// What the rendered object answers for `__timestamp__`.
pub const TIMESTAMP: &str = "__timestamp__";
/// What the rendered object answers for `now`.
pub const NOW: &str = "now";

static FUNCTIONS: LazyLock<Functions> = LazyLock::new(|| {
    let mut functions = Functions::new();
    for name in [LINE, TIMESTAMP, NOW] {
        functions.add(name, Function::new(&[], move |call| ask(name, call)));
    }
    text::add(&mut functions);
    regex::add(&mut functions);
    arithmetic::add(&mut functions);
    time::add(&mut functions);
    json::add(&mut functions);
    functions
});

/// All of them.
pub fn functions() -> &'static Functions {
    &FUNCTIONS
}

/// Asks the object that is rendered.
pub(super) fn ask<'d>(name: &str, call: &Call<'_, 'd>) -> Result<Value<'d>, String> {
    match call.top() {
        Value::Object(object) => object.call(name, call),
        other => Err(format!("{} has no {name}", other.type_name())),
    }
}

pub(super) const ONE_TEXT: &[Kind] = &[Kind::Text];
pub(super) const TWO_TEXTS: &[Kind] = &[Kind::Text, Kind::Text];
