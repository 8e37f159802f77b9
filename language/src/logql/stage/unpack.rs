//! `unpack`: the string fields of a packed line become labels, and its field `_entry` the line.
//!
//! Invariant: without `_entry` nothing changes.

use super::entry::Entry;
use super::json::FAILED;
use super::json::scan::{Malformed, Scanner, Value, unescaped};
use super::{label_name, label_value};
use crate::logql::limits::LABELS_MAX;

/// The field that holds the line.
const PACKED_LINE: &str = "_entry";

/// Unpacks an entry.
pub fn apply(entry: &mut Entry<'_>) {
    let line = entry.take_line();
    let unpacked = match line.chars().next() {
        None => Ok(None),
        Some('{') => unpack(&line).map_err(|malformed| malformed.to_string()),
        Some(_) => Err("expecting json object(6), but it is not".to_owned()),
    };
    match unpacked {
        Ok(Some((packed, labels))) => {
            entry.set_line(packed);
            for (name, value) in labels {
                if entry.wants(&name) {
                    entry.extract(&name, &value);
                }
            }
            return;
        }
        Ok(None) => {}
        Err(reason) => entry.fail(FAILED, reason),
    }
    entry.set_line(line);
}

type Unpacked = (String, Vec<(String, String)>);

/// The packed line with its labels; `None` when none is packed.
fn unpack(line: &str) -> Result<Option<Unpacked>, Malformed> {
    let mut scanner = Scanner::new(line);
    let (mut packed, mut labels) = (None, Vec::new());
    scanner.begin_object()?;
    while let Some(key) = scanner.next_key()? {
        let Value::String(raw) = scanner.value()? else { continue };
        let (key, value) = (unescaped(key), unescaped(raw));
        if key == PACKED_LINE {
            packed = Some(value.into_owned());
        } else if labels.len() < LABELS_MAX {
            labels.push((label_name(&key).into_owned(), label_value(&value).into_owned()));
        }
    }
    Ok(packed.map(|packed| (packed, labels)))
}
