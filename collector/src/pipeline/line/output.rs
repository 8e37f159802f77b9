//! `output`: a value becomes the line.
//!
//! Invariant: the line stays when there is no such value.

use crate::pipeline::Entry;
use serde::{Deserialize, Serialize};
use settings::report::{Report, Spot};
use std::borrow::Cow;

/// As written.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RawOutput {
    source: String,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Output {
    source: String,
}

impl Output {
    pub(crate) fn read(raw: RawOutput, spot: &Spot, report: &mut Report) -> Option<Self> {
        if raw.source.is_empty() {
            return spot.refuse(report, "source is required");
        }
        Some(Self::of(&raw.source))
    }

    /// The value of that name.
    pub(crate) fn of(source: &str) -> Self {
        Self { source: source.to_owned() }
    }

    pub(crate) fn apply(&self, entry: &mut Entry<'_>) {
        if let Some(value) = entry.extracted.text(&self.source).map(Cow::into_owned) {
            entry.line = value.into();
        }
    }
}
