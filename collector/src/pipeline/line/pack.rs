//! `pack`: the line and some of its labels become one JSON object, which LogQL's `unpack` opens.
//!
//! Invariant: keys ascend, `_entry` is the last.

use crate::pipeline::Entry;
use model::time::Nanos;
use serde::{Deserialize, Serialize};
use settings::report::{Report, Spot};
use std::collections::BTreeMap;

const ENTRY: &str = "_entry";

/// As written.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RawPack {
    labels: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ingest_timestamp: Option<bool>,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Pack {
    labels: Vec<String>,
    ingest_timestamp: bool,
}

impl Pack {
    #[expect(clippy::unnecessary_wraps, reason = "all stages are read alike")]
    pub(crate) fn read(raw: RawPack, _: &Spot, _: &mut Report) -> Option<Self> {
        Some(Self { labels: raw.labels, ingest_timestamp: raw.ingest_timestamp.unwrap_or(true) })
    }

    pub(crate) fn apply(&self, entry: &mut Entry<'_>, now: Nanos) {
        let found = self.labels.iter().filter_map(|name| Some((name, entry.extracted.text(name)?.into_owned())));
        let found: BTreeMap<&String, String> = found.collect();
        let mut packed = String::from("{");
        for (name, value) in &found {
            packed.push_str(&json(name));
            packed.push(':');
            packed.push_str(&json(value));
            packed.push(',');
        }
        packed.push_str(&json(ENTRY));
        packed.push(':');
        packed.push_str(&json(&entry.line));
        packed.push('}');
        for name in found.keys() {
            entry.labels.delete(name);
        }
        entry.line = packed.into();
        if self.ingest_timestamp {
            entry.timestamp = now;
        }
    }
}

fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
