//! Rule files as written.

use model::finding::Finding;
use serde::Deserialize;
use serde_saphyr::Spanned;
use std::collections::BTreeMap;

/// Labels or annotations.
pub(super) type RawLabels = Option<BTreeMap<String, Spanned<String>>>;

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawFile {
    pub(super) groups: Option<Vec<Spanned<RawGroup>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawGroup {
    pub(super) name: Option<Spanned<String>>,
    pub(super) interval: Option<Spanned<String>>,
    pub(super) query_offset: Option<Spanned<String>>,
    pub(super) limit: Option<Spanned<i64>>,
    pub(super) labels: RawLabels,
    pub(super) rules: Option<Vec<Spanned<RawRule>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawRule {
    pub(super) record: Option<Spanned<String>>,
    pub(super) alert: Option<Spanned<String>>,
    pub(super) expr: Option<Spanned<String>>,
    #[serde(rename = "for")]
    pub(super) hold: Option<Spanned<String>>,
    pub(super) keep_firing_for: Option<Spanned<String>>,
    pub(super) labels: RawLabels,
    pub(super) annotations: RawLabels,
}

/// The text as YAML; an empty file holds no groups.
pub(super) fn parse(file: &str, text: &str) -> Result<RawFile, Finding> {
    settings::source::parse(text, file)
}
