//! Names of labels and metrics in the config.

use model::labels::{Labels, is_legacy_label_name, is_legacy_metric_name};
use model::number::quoted;
use serde::{Serialize, Serializer};
use serde_saphyr::Spanned;
use settings::report::{Key, Report};
use std::collections::BTreeMap;

/// Which names are valid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum NameScheme {
    /// Any text but the empty one.
    #[default]
    Utf8,
    /// `[a-zA-Z_][a-zA-Z0-9_]*`, and `:` in metric names.
    Legacy,
}

impl NameScheme {
    /// Whether a label may have this name.
    pub fn allows(self, name: &str) -> bool {
        match self {
            Self::Utf8 => !name.is_empty(),
            Self::Legacy => is_legacy_label_name(name),
        }
    }

    /// Whether a metric may have this name.
    pub fn allows_metric(self, name: &str) -> bool {
        match self {
            Self::Utf8 => !name.is_empty(),
            Self::Legacy => is_legacy_metric_name(name),
        }
    }

    pub(super) fn from_text(text: &str) -> Result<Self, String> {
        match text {
            "" | "utf8" => Ok(Self::Utf8),
            "legacy" => Ok(Self::Legacy),
            other => Err(format!(
                "unknown metric name validation method specified, must be either '', 'legacy' or 'utf8', got {other}"
            )),
        }
    }
}

/// Reads a map of labels; a bad name is a finding at its value's place.
pub(super) fn read_labels(
    raw: Option<BTreeMap<String, Spanned<String>>>,
    key: &Key,
    names: NameScheme,
    report: &mut Report,
) -> Labels {
    let mut pairs = Vec::new();
    for (name, value) in raw.into_iter().flatten() {
        if names.allows(&name) {
            pairs.push((name, value.value));
        } else {
            report.add(key, value.referenced, format!("{} is not a valid label name", quoted(&name)));
        }
    }
    Labels::from_pairs(pairs)
}

/// Writes labels as a map.
pub(super) fn serialize<S: Serializer>(labels: &Labels, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(labels)
}
