//! Regular expressions in templates.
//!
//! Invariant: an expression is compiled once per thread as long as it is remembered; the memory for them is bounded.

use crate::template::function::{Bounded, Call, Function, Functions, Kind};
use crate::template::limits::{REGEX_STEPS, REGEXES_KEPT};
use crate::template::value::Value;
use regex::{Captures, Regex};
use std::cell::RefCell;
use std::collections::HashMap;

thread_local! {
    static COMPILED: RefCell<HashMap<String, Regex>> = RefCell::new(HashMap::new());
}

pub(super) fn add(functions: &mut Functions) {
    const THREE_TEXTS: &[Kind] = &[Kind::Text, Kind::Text, Kind::Text];
    functions
        .add("regexReplaceAll", Function::new(THREE_TEXTS, |call| replaced(call, Replacement::Expanded)))
        .add("regexReplaceAllLiteral", Function::new(THREE_TEXTS, |call| replaced(call, Replacement::Literal)))
        .add("count", Function::new(&[Kind::Text, Kind::Text], count));
}

/// What messages need, under the names of Prometheus and Alertmanager; `match` looks anywhere in the text.
pub(super) fn add_messages(functions: &mut Functions) {
    functions
        .add(
            "match",
            Function::new(&[Kind::Text, Kind::Text], |call| {
                Ok(Value::Bool(compiled(call, call.text(0))?.is_match(call.text(1))))
            }),
        )
        .add(
            "reReplaceAll",
            Function::new(&[Kind::Text, Kind::Text, Kind::Text], |call| {
                replaced_in(call, (call.text(0), call.text(2), call.text(1)), Replacement::Expanded)
            }),
        );
}

/// A compiled expression.
fn compiled(call: &Call<'_, '_>, pattern: &str) -> Result<Regex, String> {
    COMPILED.with_borrow_mut(|known| {
        if let Some(regex) = known.get(pattern) {
            return Ok(regex.clone());
        }
        call.cost(REGEX_STEPS);
        let regex = model::regexp::compile(pattern)?;
        if known.len() >= REGEXES_KEPT {
            known.clear();
        }
        known.insert(pattern.to_owned(), regex.clone());
        Ok(regex)
    })
}

#[derive(Clone, Copy)]
enum Replacement {
    /// `$1` and `${name}` stand for groups.
    Expanded,
    Literal,
}

fn replaced<'d>(call: &Call<'_, 'd>, kind: Replacement) -> Result<Value<'d>, String> {
    replaced_in(call, (call.text(0), call.text(1), call.text(2)), kind)
}

fn replaced_in<'d>(
    call: &Call<'_, 'd>,
    (pattern, text, replacement): (&str, &str, &str),
    kind: Replacement,
) -> Result<Value<'d>, String> {
    let regex = compiled(call, pattern)?;
    let mut into = call.bounded();
    let mut kept = 0;
    for captures in regex.captures_iter(text) {
        let Some(found) = captures.get(0) else { continue };
        into.push(text.get(kept..found.start()).unwrap_or_default())?;
        match kind {
            Replacement::Literal => into.push(replacement)?,
            Replacement::Expanded => expand(&captures, replacement, &mut into)?,
        }
        kept = found.end();
    }
    into.push(text.get(kept..).unwrap_or_default())?;
    Ok(into.into_value())
}

/// Appends a replacement with its groups, one after the other, so that none is written for which there is no room.
fn expand(captures: &Captures<'_>, replacement: &str, into: &mut Bounded) -> Result<(), String> {
    let mut rest = replacement;
    let mut group = String::new();
    while let Some((before, reference)) = rest.find('$').and_then(|at| rest.split_at_checked(at)) {
        into.push(before)?;
        let length = match reference.get(1..) {
            Some(after) if after.starts_with('$') => 2,
            Some(after) => 1 + after.find('$').unwrap_or(after.len()),
            None => reference.len(),
        };
        let (reference, after) = reference.split_at_checked(length).unwrap_or((reference, ""));
        group.clear();
        captures.expand(reference, &mut group);
        into.push(&group)?;
        rest = after;
    }
    into.push(rest)
}

fn count<'d>(call: &Call<'_, 'd>) -> Result<Value<'d>, String> {
    let found = compiled(call, call.text(0))?.find_iter(call.text(1)).count();
    Ok(Value::Int(i64::try_from(found).unwrap_or(i64::MAX)))
}
