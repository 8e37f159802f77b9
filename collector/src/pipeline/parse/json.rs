//! `json`: parts of a JSON document become values.
//!
//! Invariant: a document that is malformed changes nothing, or is dropped when the config says so; of a well-formed one
//! every expression sets a value, null where it finds nothing.

use super::path::Path;
use super::read_source;
use crate::json::{Cursor, Malformed, unescaped};
use crate::pipeline::{Entry, Value};
use serde::{Deserialize, Serialize};
use serde_saphyr::Spanned;
use settings::report::{Report, Spot};
use std::collections::BTreeMap;
use std::sync::Arc;

/// As written.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RawJson {
    expressions: BTreeMap<String, Option<Spanned<String>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<Spanned<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    drop_malformed: Option<bool>,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Json {
    expressions: Vec<(String, Path)>,
    source: Option<String>,
    drop_malformed: bool,
    drop_reason: Arc<str>,
}

impl Json {
    pub(crate) fn read(raw: RawJson, spot: &Spot, report: &mut Report) -> Option<Self> {
        let source = read_source(raw.source, spot, report).ok()?;
        if raw.expressions.is_empty() {
            return spot.refuse(report, "expressions are required");
        }
        let mut expressions = Vec::new();
        for (name, written) in raw.expressions {
            let place = written.as_ref().map_or(spot.place, |written| written.referenced);
            let text = written.map(|written| written.value).filter(|text| !text.is_empty());
            match Path::parse(text.as_deref().unwrap_or(&name)) {
                Ok(path) => expressions.push((name, path)),
                Err(error) => {
                    report.add(&spot.key.field("expressions").field(&name), place, error.to_string());
                    return None;
                }
            }
        }
        let drop_malformed = raw.drop_malformed.unwrap_or(false);
        Some(Self { expressions, source, drop_malformed, drop_reason: Arc::from("json_stage") })
    }

    /// The stages of `docker`: the text, its stream and its time.
    pub(crate) fn docker() -> Self {
        let expression = |name: &str, key: &str| Path::parse(key).ok().map(|path| (name.to_owned(), path));
        let expressions = [("output", "log"), ("stream", "stream"), ("timestamp", "time")];
        let expressions = expressions.iter().filter_map(|(name, key)| expression(name, key)).collect();
        Self { expressions, source: None, drop_malformed: false, drop_reason: Arc::from("json_stage") }
    }

    /// Under which reason malformed documents are counted.
    pub(crate) fn drop_reason(&self) -> &Arc<str> {
        &self.drop_reason
    }

    /// Whether the entry stays.
    pub(crate) fn apply(&self, entry: &mut Entry<'_>) -> bool {
        let Some(input) = entry.input(self.source.as_deref()) else { return true };
        let found = self.find(&input);
        drop(input);
        match found {
            Ok(values) => {
                for ((name, _), value) in self.expressions.iter().zip(values) {
                    entry.extracted.set(name, value);
                }
                true
            }
            Err(_) => !self.drop_malformed,
        }
    }

    fn find(&self, document: &str) -> Result<Vec<Value>, Malformed> {
        let mut values = vec![Value::Null; self.expressions.len()];
        let mut cursor = Cursor::new(document);
        if !cursor.null() {
            let mut keys = cursor.object()?;
            while let Some(key) = keys.next_key(&mut cursor)? {
                let key = unescaped(key);
                let raw = cursor.raw_value()?;
                for ((_, path), value) in self.expressions.iter().zip(&mut values) {
                    if path.first_key() == Some(key.as_ref()) {
                        *value = path.find_within(raw)?;
                    }
                }
            }
        }
        if cursor.at_end() { Ok(values) } else { Err(cursor.expected("the end of the document")) }
    }
}
