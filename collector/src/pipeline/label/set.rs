//! `labels`: values become labels. `static_labels`: labels with values of the config.
//!
//! Invariant: a label whose value was not found stays as it was; an empty value takes the label away.

use super::{RawSources, Sources, read_sources};
use crate::pipeline::Entry;
use model::number::quoted;
use serde_saphyr::Spanned;
use settings::report::{Report, Spot};
use std::collections::BTreeMap;

/// `labels`.
#[derive(Debug)]
pub(crate) struct Labels {
    sources: Sources,
}

impl Labels {
    pub(crate) fn read(raw: RawSources, spot: &Spot, report: &mut Report) -> Option<Self> {
        Some(Self { sources: read_sources(raw, spot, report)? })
    }

    /// One label of its own name.
    pub(crate) fn of(name: &str) -> Self {
        Self { sources: vec![(name.to_owned(), name.to_owned())] }
    }

    pub(crate) fn apply(&self, entry: &mut Entry<'_>) {
        for (name, source) in &self.sources {
            if let Some(value) = entry.extracted.text(source) {
                entry.labels.set(name, &value);
            }
        }
    }
}

/// As written.
pub(crate) type RawStaticLabels = BTreeMap<String, Option<Spanned<String>>>;

/// `static_labels`.
#[derive(Debug)]
pub(crate) struct StaticLabels {
    labels: Vec<(String, String)>,
}

impl StaticLabels {
    pub(crate) fn read(raw: RawStaticLabels, spot: &Spot, report: &mut Report) -> Option<Self> {
        if raw.contains_key("") {
            return spot.refuse(report, format!("invalid label name: {}", quoted("")));
        }
        let labels = raw.into_iter().filter_map(|(name, value)| Some((name, value?.value)));
        Some(Self { labels: labels.filter(|(_, value)| !value.is_empty()).collect() })
    }

    pub(crate) fn apply(&self, entry: &mut Entry<'_>) {
        for (name, value) in &self.labels {
            entry.labels.set(name, value);
        }
    }
}
