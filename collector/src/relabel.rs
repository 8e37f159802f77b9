//! Relabeling: rules that rewrite, keep or drop a label set, with the semantics of Prometheus `model/relabel`.
//!
//! Invariant: a [`Rule`] cannot be wrong (it was checked when it was made), applying it does no I/O and cannot fail.
//! It does not know where the labels come from; targets and samples go through the same rules.

mod rule;

pub use rule::{Action, Draft, Rule};

use md5::{Digest, Md5};
use model::labels::LabelsBuilder;
use regex::Captures;

/// Applies the rules in order. `false` means the label set is dropped; what it holds then has no meaning.
pub fn apply(rules: &[Rule], labels: &mut LabelsBuilder) -> bool {
    rules.iter().all(|rule| apply_one(rule, labels))
}

fn apply_one(rule: &Rule, labels: &mut LabelsBuilder) -> bool {
    let source = joined(rule, labels);
    match rule.action() {
        Action::Keep => return rule.regex().is_match(&source),
        Action::Drop => return !rule.regex().is_match(&source),
        Action::KeepEqual => return labels.get(rule.target_label()).unwrap_or("") == source,
        Action::DropEqual => return labels.get(rule.target_label()).unwrap_or("") != source,
        Action::Replace => replace(rule, &source, labels),
        Action::HashMod => {
            labels.set(rule.target_label(), hash_modulo(&source, rule.modulus()).to_string());
        }
        Action::Lowercase => {
            labels.set(rule.target_label(), source.to_lowercase());
        }
        Action::Uppercase => {
            labels.set(rule.target_label(), source.to_uppercase());
        }
        Action::LabelMap => map_names(rule, labels),
        Action::LabelDrop => {
            labels.retain(|name| !rule.regex().is_match(name));
        }
        Action::LabelKeep => {
            labels.retain(|name| rule.regex().is_match(name));
        }
    }
    true
}

/// The values of the source labels with the separator between them; an absent label counts as empty.
fn joined(rule: &Rule, labels: &LabelsBuilder) -> String {
    let mut text = String::new();
    for (position, name) in rule.source_labels().iter().enumerate() {
        if position > 0 {
            text.push_str(rule.separator());
        }
        text.push_str(labels.get(name).unwrap_or(""));
    }
    text
}

fn replace(rule: &Rule, source: &str, labels: &mut LabelsBuilder) {
    let Some(captures) = rule.regex().captures(source) else { return };
    let target = expand(&captures, rule.target_label());
    if rule.names().allows(&target) {
        // An empty result deletes the label: the builder takes the empty value as absent.
        labels.set(target, expand(&captures, rule.replacement()));
    }
}

fn map_names(rule: &Rule, labels: &mut LabelsBuilder) {
    let mapped: Vec<(String, String)> = labels
        .iter()
        .filter_map(|(name, value)| {
            let captures = rule.regex().captures(name)?;
            Some((expand(&captures, rule.replacement()), value.to_owned()))
        })
        .collect();
    for (name, value) in mapped {
        labels.set(name, value);
    }
}

/// Fills `$1`, `${1}`, `$name`, `${name}` and `$$`; a group that does not exist or did not match is empty.
fn expand(captures: &Captures<'_>, template: &str) -> String {
    let mut text = String::new();
    captures.expand(template, &mut text);
    text
}

/// The lower eight bytes of the MD5 sum, big-endian, so that shards agree with a Prometheus beside us.
fn hash_modulo(source: &str, modulus: u64) -> u64 {
    let lower = Md5::digest(source.as_bytes()).iter().skip(8).fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
    lower.checked_rem(modulus).unwrap_or(0)
}

#[cfg(test)]
mod tests;
