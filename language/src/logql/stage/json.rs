//! `json`: the fields of an object become labels, nested ones joined by `_`; `json a="b.c[0]"` takes single values.
//!
//! Invariant: the line is scanned once, left to right, and never built into a tree. What has been found before a mistake
//! stays; the mistake is noted in `__error__`. Arrays and nulls become no labels unless asked for.

mod path;
pub(super) mod scan;

use super::entry::Entry;
use super::{label_value, push_name};
use crate::logql::ast::Extraction;
use crate::logql::limits::JSON_DEPTH_MAX;
use path::Segment;
use scan::{Malformed, Scanner, Value, unescaped};
use std::borrow::Cow;

/// What `__error__` says of a line that is no JSON.
pub(super) const FAILED: &str = "JSONParserErr";

/// The stage `json`.
#[derive(Clone, Debug)]
pub struct Json {
    extractions: Vec<(String, Vec<Segment>)>,
}

impl Json {
    /// Reads the paths of the extractions; without any, every field is taken.
    ///
    /// # Errors
    /// A path is malformed, in Loki's words.
    pub fn new(extractions: &[Extraction]) -> Result<Self, String> {
        let read = |extraction: &Extraction| match path::parse(&extraction.path) {
            Ok(path) => Ok((extraction.label.clone(), path)),
            Err(reason) => Err(format!("cannot parse expression [{}]: {reason}", extraction.path)),
        };
        Ok(Self { extractions: extractions.iter().map(read).collect::<Result<_, _>>()? })
    }

    /// Puts the values on an entry.
    pub fn apply(&self, entry: &mut Entry<'_>) {
        if entry.is_satisfied() {
            return;
        }
        let line = entry.take_line();
        if self.extractions.is_empty() {
            let mut scanner = Scanner::new(&line);
            if let Err(malformed) = flatten(&mut scanner, &mut String::new(), 0, entry) {
                entry.fail(FAILED, malformed.to_string());
            }
        } else {
            self.extract(&line, entry);
        }
        entry.set_line(line);
    }

    fn extract(&self, line: &str, entry: &mut Entry<'_>) {
        if line.is_empty() {
            return;
        }
        if !line.starts_with(['"', '{', '[']) {
            entry.fail(FAILED, "");
            return;
        }
        for (label, path) in &self.extractions {
            match path::find(&mut Scanner::new(line), path) {
                Ok(Some(value)) => entry.assign(label, &text(&value)),
                Ok(None) if entry.get(label).is_none() => entry.set(label, ""),
                Ok(None) => {}
                Err(malformed) => entry.fail(FAILED, malformed.to_string()),
            }
        }
    }
}

/// A value as a label's; nested ones as they are written.
fn text<'l>(value: &Value<'l>) -> Cow<'l, str> {
    match value {
        Value::String(raw) => owned_value(unescaped(raw)),
        Value::Scalar(text) | Value::Object(text) | Value::Array(text) => Cow::Borrowed(text),
        Value::Null => Cow::Borrowed(""),
    }
}

fn owned_value(value: Cow<'_, str>) -> Cow<'_, str> {
    match label_value(&value) {
        Cow::Borrowed(_) => value,
        Cow::Owned(replaced) => Cow::Owned(replaced),
    }
}

/// Takes every field of the object that comes next, until the entry has what is wanted of it, and tells whether that was
/// so; `prefix` holds the names around it.
fn flatten(
    scanner: &mut Scanner<'_>,
    prefix: &mut String,
    depth: usize,
    entry: &mut Entry<'_>,
) -> Result<bool, Malformed> {
    scanner.begin_object()?;
    while let Some(key) = scanner.next_key()? {
        let outer = prefix.len();
        push_key(prefix, &unescaped(key));
        let satisfied = if scanner.at_object() && depth < JSON_DEPTH_MAX && entry.wants_within(prefix) {
            flatten(scanner, prefix, depth + 1, entry)?
        } else {
            let value = scanner.value()?;
            entry.wants(prefix) && take(prefix, &value, entry)
        };
        if satisfied {
            return Ok(true);
        }
        prefix.truncate(outer);
    }
    Ok(false)
}

/// Takes a field that is wanted, and tells whether nothing else is.
fn take(name: &str, value: &Value<'_>, entry: &mut Entry<'_>) -> bool {
    match value {
        _ if name.is_empty() => return false,
        Value::String(raw) => entry.extract(name, &owned_value(unescaped(raw))),
        Value::Scalar(text) => entry.extract(name, text),
        Value::Null | Value::Object(_) | Value::Array(_) => return false,
    }
    entry.is_satisfied()
}

/// Adds a key to the names around it. One of spaces only adds nothing.
fn push_key(prefix: &mut String, key: &str) {
    let key = key.trim();
    if key.is_empty() {
        return;
    }
    if !prefix.is_empty() || key.starts_with(|character: char| character.is_ascii_digit()) {
        prefix.push('_');
    }
    push_name(prefix, key);
}
