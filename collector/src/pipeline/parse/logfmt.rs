//! `logfmt`: values of `key=value` pairs become values.
//!
//! Invariant: the text is read once, left to right, up to the first malformed pair; what was found before it stays.

use super::read_source;
use crate::json::unescaped;
use crate::pipeline::{Entry, Value};
use serde::{Deserialize, Serialize};
use serde_saphyr::Spanned;
use settings::report::{Report, Spot};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// As written.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RawLogfmt {
    mapping: BTreeMap<String, Option<Spanned<String>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<Spanned<String>>,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Logfmt {
    /// Keys of the text, and the names that their values get.
    mapping: Vec<(String, String)>,
    source: Option<String>,
}

impl Logfmt {
    pub(crate) fn read(raw: RawLogfmt, spot: &Spot, report: &mut Report) -> Option<Self> {
        let source = read_source(raw.source, spot, report).ok()?;
        if raw.mapping.is_empty() {
            return spot.refuse(report, "mapping is required");
        }
        let key = |name: &String, written: Option<Spanned<String>>| {
            written.map(|written| written.value).filter(|key| !key.is_empty()).unwrap_or_else(|| name.clone())
        };
        let mapping = raw.mapping.into_iter().map(|(name, written)| (key(&name, written), name)).collect();
        Some(Self { mapping, source })
    }

    pub(crate) fn apply(&self, entry: &mut Entry<'_>) {
        let Some(input) = entry.input(self.source.as_deref()) else { return };
        let mut found = Vec::new();
        let mut rest = input.as_ref();
        while let Some((key, value, after)) = next_pair(rest) {
            if let Some((_, name)) = self.mapping.iter().find(|(wanted, _)| wanted == key) {
                found.push((name, value.into_owned()));
            }
            rest = after;
        }
        for (name, value) in found {
            entry.extracted.set(name, Value::Text(value));
        }
    }
}

/// The next pair and what follows it; `None` at the end and where the text is malformed.
fn next_pair(text: &str) -> Option<(&str, Cow<'_, str>, &str)> {
    let text = text.trim_start_matches(|character: char| character <= ' ');
    let end = text.find(|character: char| character <= ' ' || character == '=' || character == '"');
    let (key, rest) = text.split_at(end.unwrap_or(text.len()));
    if key.is_empty() || rest.starts_with('"') {
        return None;
    }
    let Some(value) = rest.strip_prefix('=') else { return Some((key, Cow::Borrowed(""), rest)) };
    let Some(quoted) = value.strip_prefix('"') else {
        let end = value.find(|character: char| character <= ' ' || character == '=' || character == '"');
        let (value, rest) = value.split_at(end.unwrap_or(value.len()));
        return (!rest.starts_with(['=', '"'])).then_some((key, Cow::Borrowed(value), rest));
    };
    let mut end = 0;
    loop {
        end += quoted.get(end..)?.find(['"', '\\'])?;
        if quoted.as_bytes().get(end) == Some(&b'"') {
            return Some((key, unescaped(quoted.get(..end)?), quoted.get(end + 1..)?));
        }
        end += 2;
    }
}
