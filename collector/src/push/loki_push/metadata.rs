//! Structured metadata of pushed lines.
//!
//! Invariant: what comes out is within the limits; names are what label names may be, as Loki normalises them.

use super::plan::MetadataText;
use crate::json::Cursor;
use crate::limits::{LINE_METADATA_BYTES_MAX, LINE_METADATA_MAX};
use crate::push::protobuf::{Reader, WireError};
use model::labels::{Labels, is_legacy_label_name};
use std::borrow::Cow;

/// Pairs as they were sent, no more of them than a line may have.
#[derive(Debug, Default)]
struct Pairs<'a> {
    kept: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    count: usize,
    bytes: usize,
}

impl<'a> Pairs<'a> {
    fn add(&mut self, name: Cow<'a, str>, value: Cow<'a, str>) {
        self.count += 1;
        self.bytes += name.len() + value.len();
        if self.count <= LINE_METADATA_MAX && self.bytes <= LINE_METADATA_BYTES_MAX {
            self.kept.push((name, value));
        }
    }
}

/// Reads the pairs of a line.
///
/// # Errors
/// What is wrong with them, to be said behind `stream '...'`.
pub(super) fn read(text: MetadataText<'_>) -> Result<Labels, String> {
    let mut pairs = Pairs::default();
    let read = match text {
        MetadataText::None => Ok(()),
        MetadataText::Fields(fields) => read_fields(fields, &mut pairs).map_err(|error| error.to_string()),
        MetadataText::Object(object) => {
            Cursor::new(object).pairs(|name, value| pairs.add(name, value)).map_err(|error| error.to_string())
        }
        MetadataText::Pairs(list) => {
            Cursor::new(list).named_pairs(|name, value| pairs.add(name, value)).map_err(|error| error.to_string())
        }
    };
    read.map_err(|error| format!("has structured metadata that cannot be read: {error}"))?;
    if pairs.bytes > LINE_METADATA_BYTES_MAX {
        let bytes = pairs.bytes;
        return Err(format!(
            "has structured metadata too large: '{bytes}' bytes, limit: '{LINE_METADATA_BYTES_MAX}' bytes"
        ));
    }
    if pairs.count > LINE_METADATA_MAX {
        let count = pairs.count;
        return Err(format!("has too many structured metadata labels: '{count}', limit: '{LINE_METADATA_MAX}'"));
    }
    finish(pairs.kept)
}

fn finish(mut pairs: Vec<(Cow<'_, str>, Cow<'_, str>)>) -> Result<Labels, String> {
    for (name, value) in &mut pairs {
        if name.is_empty() {
            return Err("has structured metadata without a name".to_owned());
        }
        if !is_normal(name) {
            *name = Cow::Owned(normalized(name));
        }
        if value.contains('\u{fffd}') {
            *value = Cow::Owned(value.replace('\u{fffd}', " "));
        }
    }
    // Of equal names the last one that was sent counts: the sort is stable.
    pairs.sort_by(|(left, _), (right, _)| left.cmp(right));
    let last = pairs.windows(2).map(|pair| matches!(pair, [(left, _), (right, _)] if left != right)).chain([true]);
    let kept = pairs.iter().zip(last).filter(|(_, is_last)| *is_last);
    Ok(Labels::from_ascending(kept.map(|((name, value), _)| (name.as_ref(), value.as_ref()))))
}

fn read_fields<'a>(fields: &'a [u8], pairs: &mut Pairs<'a>) -> Result<(), WireError> {
    let mut fields = Reader::new(fields);
    while let Some(field) = fields.next_field()? {
        if field.number != 3 {
            continue;
        }
        let (mut name, mut value): (&[u8], &[u8]) = (b"", b"");
        let mut pair = field.bytes()?;
        while let Some(field) = pair.next_field()? {
            match field.number {
                1 => name = field.bytes()?.rest(),
                2 => value = field.bytes()?.rest(),
                _ => {}
            }
        }
        pairs.add(String::from_utf8_lossy(name), String::from_utf8_lossy(value));
    }
    Ok(())
}

fn is_reserved(name: &str) -> bool {
    name.len() >= 4 && name.starts_with("__") && name.ends_with("__")
}

fn is_normal(name: &str) -> bool {
    is_legacy_label_name(name) && (!name.contains("__") || is_reserved(name))
}

/// The name with one underscore for every run of what names cannot hold.
fn normalized(name: &str) -> String {
    if is_reserved(name)
        && let Some(inner) = name.get(2..name.len() - 2)
    {
        return format!("__{}__", with_single_underscores(inner));
    }
    let name = with_single_underscores(name);
    let starts_with_digit = name.starts_with(|character: char| character.is_ascii_digit());
    if starts_with_digit { format!("key_{name}") } else { name }
}

fn with_single_underscores(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for character in name.chars() {
        if character.is_ascii_alphanumeric() {
            out.push(character);
        } else if !out.ends_with('_') {
            out.push('_');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_label_names() {
        let check = |name: &str, expected: &str| {
            let object = format!("{{\"{name}\":\"x\"}}");
            let labels = read(MetadataText::Object(&object)).expect("readable");
            assert_eq!(labels, Labels::from_pairs([(expected, "x")]), "{name}");
        };
        check("trace_id", "trace_id");
        check("http.status-code", "http_status_code");
        check("a..b", "a_b");
        check("a__b", "a_b");
        check("__a__", "__a__");
        check("__a.b__", "__a_b__");
        check("1st", "key_1st");
        check("é", "_");
    }

    #[test]
    fn odd_pairs_are_told() {
        let check = |object: &str, expected: Result<&[(&str, &str)], &str>| {
            let read = read(MetadataText::Object(object));
            let expected = expected.map(|pairs| Labels::from_pairs(pairs.iter().copied())).map_err(str::to_owned);
            assert_eq!(read, expected, "{object}");
        };
        check(r#"{"b":"1","a":2,"b":"3","c":""}"#, Ok(&[("a", "2"), ("b", "3")]));
        check(r#"{"a.b":"1","a_b":"2"}"#, Ok(&[("a_b", "2")]));
        check(r#"{"a":"x\ufffdy\n"}"#, Ok(&[("a", "x y\n")]));
        check(r#"{"":"x"}"#, Err("has structured metadata without a name"));
        let large = format!(r#"{{"a":"{}"}}"#, "x".repeat(LINE_METADATA_BYTES_MAX));
        check(&large, Err("has structured metadata too large: '65537' bytes, limit: '65536' bytes"));
        let many: Vec<String> = (0..129).map(|number| format!(r#""a{number}":"x""#)).collect();
        let many = format!("{{{}}}", many.join(","));
        check(&many, Err("has too many structured metadata labels: '129', limit: '128'"));
    }
}
