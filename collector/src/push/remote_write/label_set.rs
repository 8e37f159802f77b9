//! From the label fields of a pushed series to the raw form of its labels.
//!
//! Invariant: what is appended to the buffer is a valid raw form, or nothing is.

use super::message;
use model::labels::{METRIC_NAME, push_raw_pair};
use model::number::quoted;

/// Appends the raw form to `into`, sorting where the sender did not. Empty values are left out.
///
/// # Errors
/// A phrase that names the label: no metric name, a name told twice, an empty name, text that is not UTF-8.
pub(super) fn append_raw(fields: &[u8], into: &mut String) -> Result<(), String> {
    let mut pairs = Vec::with_capacity(16);
    message::labels(fields, |name, value| pairs.push((name, value))).map_err(|error| error.what.to_owned())?;
    if !pairs.is_sorted_by(|(left, _), (right, _)| left < right) {
        pairs.sort_unstable();
    }
    check(&pairs)?;
    for (name, value) in pairs {
        push_raw_pair(into, name, value);
    }
    Ok(())
}

fn check(pairs: &[(&str, &str)]) -> Result<(), String> {
    let mut named = false;
    let mut previous = None;
    for (name, value) in pairs {
        if name.is_empty() {
            return Err(format!("label with value {} has no name", quoted(value)));
        }
        if previous == Some(name) {
            return Err(format!("label name {} is not unique", quoted(name)));
        }
        named |= *name == METRIC_NAME && !value.is_empty();
        previous = Some(name);
    }
    if named { Ok(()) } else { Err("metric name is missing".to_owned()) }
}

/// The labels for an error text, whatever state they are in.
pub(super) fn show(fields: &[u8]) -> String {
    let mut shown = String::from("{");
    let read = message::labels(fields, |name, value| {
        let comma = if shown.len() > 1 { ", " } else { "" };
        shown.push_str(comma);
        shown.push_str(name);
        shown.push('=');
        shown.push_str(&quoted(value));
    });
    shown.push_str(if read.is_ok() { "}" } else { "..." });
    shown
}
