//! `replace`: what the groups of an expression match is replaced by a template over it.
//!
//! Invariant: nothing changes when the expression does not match or the template cannot be rendered.

use crate::pipeline::parse::{read_expression, read_source};
use crate::pipeline::template::{Shown, StageTemplate};
use crate::pipeline::{Entry, Value};
use regex::Regex;
use serde::{Deserialize, Serialize};
use serde_saphyr::Spanned;
use settings::report::{Report, Spot};
use std::collections::HashMap;

/// As written.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RawReplace {
    #[serde(skip_serializing_if = "Option::is_none")]
    expression: Option<Spanned<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<Spanned<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replace: Option<Spanned<String>>,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Replace {
    expression: Regex,
    source: Option<String>,
    replacement: StageTemplate,
}

/// What became of an input.
struct Replaced {
    text: String,
    /// The named groups of the first match, as they were replaced.
    groups: Vec<(String, String)>,
}

impl Replace {
    pub(crate) fn read(raw: RawReplace, spot: &Spot, report: &mut Report) -> Option<Self> {
        let source = read_source(raw.source, spot, report).ok()?;
        let Some(expression) = read_expression(raw.expression, spot, report)? else {
            return spot.refuse(report, "expression is required");
        };
        let replacement = spot.read(report, "replace", raw.replace, |text| StageTemplate::parse(&text)).ok()?;
        let replacement = replacement.or_else(|| StageTemplate::parse("").ok())?;
        Some(Self { expression, source, replacement })
    }

    pub(crate) fn apply(&self, entry: &mut Entry<'_>) {
        let Some(input) = entry.input(self.source.as_deref()) else { return };
        let Some(replaced) = self.replaced(entry, &input) else { return };
        drop(input);
        for (name, value) in replaced.groups {
            entry.extracted.set(&name, Value::Text(value));
        }
        match &self.source {
            Some(source) => entry.extracted.set(source, Value::Text(replaced.text)),
            None => entry.line = replaced.text.into(),
        }
    }

    fn replaced(&self, entry: &Entry<'_>, input: &str) -> Option<Replaced> {
        let first = self.expression.captures(input)?;
        let mut replacements: HashMap<&str, String> = HashMap::new();
        let (mut text, mut end) = (String::new(), 0);
        for groups in self.expression.captures_iter(input) {
            for group in groups.iter().skip(1).flatten() {
                let replacement = match replacements.get(group.as_str()) {
                    Some(known) => known.clone(),
                    None => self.replacement.render(Shown { entry, value: Some(group.as_str()) }).ok()?,
                };
                // A group inside of another one that was replaced is gone already.
                if end <= group.start() {
                    text.push_str(input.get(end..group.start())?);
                    text.push_str(&replacement);
                    end = group.end();
                }
                replacements.insert(group.as_str(), replacement);
            }
        }
        text.push_str(input.get(end..)?);
        let named = self.expression.capture_names().enumerate();
        let named = named.filter_map(|(index, name)| Some((name?, first.get(index)?.as_str())));
        let groups = named.filter_map(|(name, was)| Some((name.to_owned(), replacements.get(was)?.clone())));
        Some(Replaced { groups: groups.collect(), text })
    }
}
