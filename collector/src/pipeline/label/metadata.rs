//! `structured_metadata`: values, or labels, become structured metadata.
//!
//! Invariant: a label whose value has become structured metadata is a label no longer.

use super::{RawSources, Sources, read_sources};
use crate::pipeline::Entry;
use settings::report::{Report, Spot};

/// See the module.
#[derive(Debug)]
pub(crate) struct StructuredMetadata {
    sources: Sources,
}

impl StructuredMetadata {
    pub(crate) fn read(raw: RawSources, spot: &Spot, report: &mut Report) -> Option<Self> {
        Some(Self { sources: read_sources(raw, spot, report)? })
    }

    pub(crate) fn apply(&self, entry: &mut Entry<'_>) {
        let mut moved = Vec::new();
        for (name, source) in &self.sources {
            let extracted = entry.extracted.text(source).map(std::borrow::Cow::into_owned);
            let Some(value) = extracted.or_else(|| entry.labels.get(source).map(str::to_owned)) else { continue };
            entry.metadata.set(name, &value);
            if entry.labels.get(source) == Some(value.as_str()) {
                moved.push(source);
            }
        }
        for name in moved {
            entry.labels.delete(name);
        }
    }
}
