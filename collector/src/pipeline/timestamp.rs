//! `timestamp`: a value becomes the time of the line.
//!
//! Invariant: a text that is no time leaves the line where it is, or puts it a nanosecond after the one before, as the
//! config says.

mod format;

use super::Entry;
use crate::limits::PIPELINE_STREAMS_MAX;
use format::Format;
use language::template::time::Zone;
use model::labels::Labels;
use model::time::Nanos;
use serde::{Deserialize, Serialize};
use serde_saphyr::Spanned;
use settings::report::{Report, Spot};
use std::collections::HashMap;

/// As written.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RawTimestamp {
    source: String,
    format: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fallback_formats: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<Spanned<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    action_on_failure: Option<Spanned<String>>,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Timestamp {
    source: String,
    /// The first that reads the text counts.
    formats: Vec<Format>,
    on_failure: OnFailure,
}

/// What becomes of a line whose time cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OnFailure {
    /// It comes a nanosecond after the one before.
    Fudge,
    /// It stays where it is.
    Skip,
}

/// The last time that was read, by the stream's labels.
#[derive(Debug, Default)]
pub(crate) struct TimestampMemory {
    last: HashMap<Labels, Nanos>,
}

impl Timestamp {
    pub(crate) fn read(raw: RawTimestamp, spot: &Spot, report: &mut Report) -> Option<Self> {
        if raw.source.is_empty() {
            return spot.refuse(report, "source is required");
        }
        if raw.format.is_empty() {
            return spot.refuse(report, "format is required");
        }
        let zone = spot.read(report, "location", raw.location, |name| {
            Zone::named(&name).ok_or_else(|| format!("expected a time zone such as Asia/Seoul, got {name}"))
        });
        let zone = zone.ok()?.unwrap_or(Zone::UTC);
        let on_failure =
            spot.read(report, "action_on_failure", raw.action_on_failure, |action| match action.as_str() {
                "fudge" => Ok(OnFailure::Fudge),
                "skip" => Ok(OnFailure::Skip),
                other => Err(format!("expected fudge or skip, got {other}")),
            });
        let formats = std::iter::once(&raw.format).chain(&raw.fallback_formats);
        let formats = formats.map(|format| Format::new(format, &zone)).collect();
        Some(Self { source: raw.source, formats, on_failure: on_failure.ok()?.unwrap_or(OnFailure::Fudge) })
    }

    /// RFC 3339 in the value of that name.
    pub(crate) fn rfc3339(source: &str) -> Self {
        let formats = vec![Format::new("RFC3339Nano", &Zone::UTC)];
        Self { source: source.to_owned(), formats, on_failure: OnFailure::Fudge }
    }

    pub(crate) fn apply(&self, entry: &mut Entry<'_>, memory: &mut TimestampMemory, now: Nanos) {
        let text = entry.extracted.text(&self.source);
        let read = text.and_then(|text| self.formats.iter().find_map(|format| format.read(&text, now)));
        if let Some(at) = read {
            entry.timestamp = at;
        }
        if self.on_failure == OnFailure::Skip {
            return;
        }
        let labels = entry.labels.finish();
        if read.is_none() {
            let Some(last) = memory.last.get(&labels) else { return };
            entry.timestamp = Nanos(last.0.saturating_add(1));
        }
        if memory.last.len() >= PIPELINE_STREAMS_MAX && !memory.last.contains_key(&labels) {
            memory.last.clear();
        }
        memory.last.insert(labels, entry.timestamp);
    }
}
