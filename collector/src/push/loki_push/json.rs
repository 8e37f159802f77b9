//! A push in JSON, read in one pass without building a tree.
//!
//! Invariant: texts are copied only where escapes make them another text. Keys that nobody knows are skipped, their
//! nesting bounded; errors tell their offset. What stands behind the document is not looked at, as in Loki.

use super::outcome::Rejection;
use super::plan::{LabelText, MetadataText, Plan, PlannedEntry};
use crate::json::{Cursor, Malformed, Text};
use model::rfc3339;
use model::time::Nanos;

/// What an entry takes at least in usual pushes, for a first guess of how many there are.
const USUAL_ENTRY_BYTES: usize = 200;

/// Reads a whole push.
///
/// # Errors
/// When it is malformed or holds more than one push may.
pub(super) fn read(text: &str) -> Result<Plan<'_>, Rejection> {
    let mut plan = Plan { entries: Vec::with_capacity(text.len() / USUAL_ENTRY_BYTES), ..Plan::default() };
    let mut cursor = Cursor::new(text);
    let mut keys = cursor.object()?;
    while let Some(key) = keys.next_key(&mut cursor)? {
        if key != "streams" {
            cursor.skip()?;
        } else if !cursor.null() {
            let mut streams = cursor.array()?;
            while streams.next_element(&mut cursor)? {
                stream(&mut cursor, &mut plan)?;
            }
        }
    }
    Ok(plan)
}

fn stream<'a>(cursor: &mut Cursor<'a>, plan: &mut Plan<'a>) -> Result<(), Rejection> {
    let first = plan.entries.len();
    let mut labels = LabelText::Object("{}");
    let mut keys = cursor.object()?;
    while let Some(key) = keys.next_key(cursor)? {
        match key {
            "stream" if !cursor.null() => labels = LabelText::Object(cursor.raw_object()?),
            "labels" => labels = LabelText::Escaped(cursor.raw_string()?),
            "values" | "entries" if !cursor.null() => {
                let mut entries = cursor.array()?;
                while entries.next_element(cursor)? {
                    let entry = if key == "values" { value(cursor, plan)? } else { entry(cursor, plan)? };
                    plan.push_entry(entry)?;
                }
            }
            "stream" | "values" | "entries" => {}
            _ => cursor.skip()?,
        }
    }
    plan.push_stream(labels, first)
}

/// `["1700000000000000000", "line", {"name": "value"}]`
fn value<'a>(cursor: &mut Cursor<'a>, plan: &mut Plan<'a>) -> Result<PlannedEntry<'a>, Rejection> {
    let mut entry = PlannedEntry { timestamp: Nanos(0), line: Text::Body(""), metadata: MetadataText::None };
    let mut parts = cursor.array()?;
    let mut part = 0;
    while parts.next_element(cursor)? {
        match part {
            0 => {
                let at = cursor.offset();
                let nanos = cursor.raw_string()?.parse();
                entry.timestamp = Nanos(nanos.map_err(|_| malformed(at, "nanoseconds since the epoch as a string"))?);
            }
            1 => entry.line = cursor.text(&mut plan.texts)?,
            2 => entry.metadata = object_metadata(cursor)?,
            _ => return Err(cursor.expected("an entry of 2 or 3 values").into()),
        }
        part += 1;
    }
    if part < 2 {
        return Err(cursor.expected("an entry of 2 or 3 values").into());
    }
    Ok(entry)
}

fn malformed(offset: usize, expected: &'static str) -> Rejection {
    Rejection::Json(Malformed { offset, expected })
}

fn object_metadata<'a>(cursor: &mut Cursor<'a>) -> Result<MetadataText<'a>, Rejection> {
    let object = cursor.raw_object()?;
    // Answers of queries put the metadata one level deeper, and may be pushed again as they are.
    let mut inner = Cursor::new(object);
    let mut keys = inner.object()?;
    while let Some(key) = keys.next_key(&mut inner)? {
        if key == "structuredMetadata" && inner.at_object() {
            return Ok(MetadataText::Object(inner.raw_object()?));
        }
        inner.skip()?;
    }
    Ok(if object.len() <= "{}".len() { MetadataText::None } else { MetadataText::Object(object) })
}

/// `{"ts": "2026-01-01T00:00:00Z", "line": "line"}`, the older form.
fn entry<'a>(cursor: &mut Cursor<'a>, plan: &mut Plan<'a>) -> Result<PlannedEntry<'a>, Rejection> {
    let mut entry = PlannedEntry { timestamp: Nanos(0), line: Text::Body(""), metadata: MetadataText::None };
    let mut keys = cursor.object()?;
    while let Some(key) = keys.next_key(cursor)? {
        match key {
            "ts" | "timestamp" => {
                let at = cursor.offset();
                let instant = rfc3339::parse(cursor.raw_string()?);
                entry.timestamp = instant.ok_or(malformed(at, "a time as RFC 3339 writes it"))?.as_nanos();
            }
            "line" => entry.line = cursor.text(&mut plan.texts)?,
            "structuredMetadata" if !cursor.null() => entry.metadata = MetadataText::Pairs(cursor.raw_array()?),
            "structuredMetadata" => {}
            _ => cursor.skip()?,
        }
    }
    Ok(entry)
}
