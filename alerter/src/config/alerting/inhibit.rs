//! `inhibit_rules`: which alerts keep which others quiet.
//!
//! Invariant: the matchers compile, and label names are not empty.

use super::{matchers, shown};
use crate::matchers::{Matchers, is_label_name};
use model::number::quoted;
use serde::{Deserialize, Serialize};
use serde_saphyr::Spanned;
use settings::report::{Key, Report};

/// One of `inhibit_rules` as written.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawInhibitRule {
    name: Option<String>,
    source_match: matchers::RawMap,
    source_match_re: matchers::RawMap,
    source_matchers: matchers::RawList,
    target_match: matchers::RawMap,
    target_match_re: matchers::RawMap,
    target_matchers: matchers::RawList,
    equal: Option<Vec<Spanned<String>>>,
}

/// While an alert that passes `source_matchers` goes on, those that pass `target_matchers` and have the same values of
/// `equal` are not told. An alert that passes both sides is not kept quiet by another that does.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct InhibitRule {
    /// What it is called; may be empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Which alerts keep others quiet.
    #[serde(skip_serializing_if = "Matchers::is_empty", serialize_with = "shown::matchers")]
    pub source_matchers: Matchers,
    /// Which alerts are kept quiet.
    #[serde(skip_serializing_if = "Matchers::is_empty", serialize_with = "shown::matchers")]
    pub target_matchers: Matchers,
    /// Labels whose values must be the same on both sides; one that is absent counts as empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub equal: Vec<String>,
}

pub(super) fn read(raw: Spanned<RawInhibitRule>, key: &Key, report: &mut Report) -> InhibitRule {
    let raw = raw.value;
    let source = [(raw.source_match, "source_match"), (raw.source_match_re, "source_match_re")];
    let source_matchers = matchers::read(source, (raw.source_matchers, "source_matchers"), key, report);
    let target = [(raw.target_match, "target_match"), (raw.target_match_re, "target_match_re")];
    let target_matchers = matchers::read(target, (raw.target_matchers, "target_matchers"), key, report);
    let mut equal = Vec::new();
    for (index, label) in raw.equal.into_iter().flatten().enumerate() {
        if !is_label_name(&label.value) {
            let what = format!("invalid label name {} in equal list", quoted(&label.value));
            report.add(&key.field("equal").index(index), label.referenced, what);
        }
        equal.push(label.value);
    }
    InhibitRule {
        name: raw.name.unwrap_or_default(),
        source_matchers: Matchers::new(source_matchers),
        target_matchers: Matchers::new(target_matchers),
        equal,
    }
}
