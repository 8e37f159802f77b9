//! Stages that change labels and structured metadata.
//!
//! Invariant: the line and its time stay.

mod change;
mod metadata;
mod set;

pub(crate) use change::{LabelAllow, LabelDrop};
pub(crate) use metadata::StructuredMetadata;
pub(crate) use set::{Labels, RawStaticLabels, StaticLabels};

use model::labels::is_legacy_label_name;
use model::number::quoted;
use serde_saphyr::Spanned;
use settings::report::{Report, Spot};
use std::collections::BTreeMap;

/// Labels with the values that they take, as written; without one a label takes the value of its own name.
pub(crate) type RawSources = BTreeMap<String, Option<Spanned<String>>>;

/// Labels with the values that they take.
type Sources = Vec<(String, String)>;

fn read_sources(raw: RawSources, spot: &Spot, report: &mut Report) -> Option<Sources> {
    if raw.is_empty() {
        return spot.refuse(report, "at least one label is required");
    }
    let mut sources = Vec::new();
    for (name, written) in raw {
        let place = written.as_ref().map_or(spot.place, |written| written.referenced);
        if !is_legacy_label_name(&name) {
            report.add(&spot.key, place, format!("invalid label name: {}", quoted(&name)));
            return None;
        }
        let source = written.map(|written| written.value).filter(|source| !source.is_empty());
        sources.push((name.clone(), source.unwrap_or(name)));
    }
    Some(sources)
}
