//! `regex`: named groups of an expression become values.
//!
//! Invariant: an expression that does not match changes nothing; a group that took no part gives the empty text.

use super::read_source;
use crate::pipeline::{Entry, Value};
use regex::Regex;
use serde::{Deserialize, Serialize};
use serde_saphyr::Spanned;
use settings::report::{Report, Spot};

/// As written.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RawRegex {
    #[serde(skip_serializing_if = "Option::is_none")]
    expression: Option<Spanned<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<Spanned<String>>,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct RegexStage {
    expression: Regex,
    /// The groups that have a name.
    names: Vec<(usize, String)>,
    source: Option<String>,
}

impl RegexStage {
    pub(crate) fn read(raw: RawRegex, spot: &Spot, report: &mut Report) -> Option<Self> {
        let source = read_source(raw.source, spot, report).ok()?;
        let Some(expression) = read_expression(raw.expression, spot, report)? else {
            return spot.refuse(report, "expression is required");
        };
        let names = expression.capture_names().enumerate();
        let names = names.filter_map(|(index, name)| Some((index, name?.to_owned()))).collect();
        Some(Self { expression, names, source })
    }

    pub(crate) fn apply(&self, entry: &mut Entry<'_>) {
        let Some(input) = entry.input(self.source.as_deref()) else { return };
        let Some(groups) = self.expression.captures(&input) else { return };
        let group = |index: usize| groups.get(index).map(|group| group.as_str()).unwrap_or_default().to_owned();
        let found: Vec<String> = self.names.iter().map(|(index, _)| group(*index)).collect();
        for ((_, name), value) in self.names.iter().zip(found) {
            entry.extracted.set(name, Value::Text(value));
        }
    }
}

/// An expression that may be absent; `None` when it is wrong.
pub(crate) fn read_expression(raw: Option<Spanned<String>>, spot: &Spot, report: &mut Report) -> Option<Option<Regex>> {
    let raw = raw.filter(|raw| !raw.value.is_empty());
    spot.read(report, "expression", raw, |text| model::regexp::compile(&text)).ok()
}
