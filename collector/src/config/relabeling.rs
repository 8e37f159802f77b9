//! `relabel_configs` and `metric_relabel_configs` as written.

use super::labels::NameScheme;
use crate::relabel::{Action, Draft, Rule};
use model::number::quoted;
use serde::Deserialize;
use serde_saphyr::Spanned;
use settings::report::{Key, Report};

/// One rule as written.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawRule {
    source_labels: Option<Vec<Spanned<String>>>,
    separator: Option<String>,
    target_label: Option<String>,
    regex: Option<Spanned<String>>,
    modulus: Option<u64>,
    replacement: Option<String>,
    action: Option<Spanned<String>>,
}

/// Checks the rules; a wrong one is a finding and is left out.
pub(super) fn read_rules(
    raw: Option<Vec<Spanned<RawRule>>>,
    key: &Key,
    names: NameScheme,
    report: &mut Report,
) -> Vec<Rule> {
    let rules = raw.into_iter().flatten().enumerate();
    rules.filter_map(|(index, raw)| read_rule(raw, &key.index(index), names, report)).collect()
}

fn read_rule(raw: Spanned<RawRule>, key: &Key, names: NameScheme, report: &mut Report) -> Option<Rule> {
    let Spanned { value: raw, referenced: place, .. } = raw;
    let action = match raw.action {
        Some(text) => Some(report.read(&key.field("action"), Some(text), |text| Action::from_name(&text))?),
        None => None,
    };
    let mut source_labels = Vec::new();
    for (index, name) in raw.source_labels.into_iter().flatten().enumerate() {
        if !names.allows(&name.value) {
            let what = format!("{} is not a valid label name", quoted(&name.value));
            report.add(&key.field("source_labels").index(index), name.referenced, what);
        }
        source_labels.push(name.value);
    }
    if let Some(regex) = &raw.regex
        && let Err(error) = model::regexp::compile_anchored(&regex.value)
    {
        report.add(&key.field("regex"), regex.referenced, error);
        return None;
    }
    let draft = Draft {
        action,
        source_labels,
        separator: raw.separator,
        regex: raw.regex.map(|regex| regex.value),
        modulus: raw.modulus,
        target_label: raw.target_label,
        replacement: raw.replacement,
    };
    report.read(key, Some(Spanned::new(draft, place, place)), |draft| Rule::new(draft, names))
}
