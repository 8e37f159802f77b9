//! From groups as written to groups that cannot be wrong.
//!
//! Invariant: validation goes on after a finding, so that all of a file are told at once.

use super::expression::Expression;
use super::position::Value;
use super::raw::{RawFile, RawGroup, RawLabels, RawRule};
use super::{Dialect, Group, Kind, Rule};
use crate::rules::{Timing, expansion};
use model::finding::Finding;
use model::labels::{Labels, METRIC_NAME};
use model::number::quoted;
use serde_saphyr::{Location, Spanned};
use settings::report::{Key, Report, place_of};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// The most characters of a wrong value that a finding repeats.
const MOST_QUOTED: usize = 60;

/// One file that is being validated.
pub(super) struct Validation<'a> {
    pub(super) text: &'a str,
    pub(super) dialect: Dialect,
    pub(super) report: &'a mut Report,
}

/// Whether the values of labels are templates.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Values<'a> {
    Plain,
    /// Of the alert of that name.
    Templates(&'a str),
}

impl Validation<'_> {
    pub(super) fn file(&mut self, raw: RawFile) -> Vec<Group> {
        let root = Key::root("groups");
        let mut names = BTreeSet::new();
        let mut groups = Vec::new();
        for (index, raw) in raw.groups.into_iter().flatten().enumerate() {
            let key = root.index(index);
            let place = raw.value.name.as_ref().map_or(raw.referenced, |name| name.referenced);
            let group = self.group(raw, &key);
            if group.name.is_empty() {
                self.report.add(&key.field("name"), place, "a group must have a name, got none");
            } else if !names.insert(group.name.clone()) {
                let what = format!("groupname: {} is repeated in the same file", quoted(&group.name));
                self.report.add(&key.field("name"), place, what);
            }
            groups.push(group);
        }
        groups
    }

    fn group(&mut self, raw: Spanned<RawGroup>, key: &Key) -> Group {
        let raw = raw.value;
        let interval = self.report.duration(&key.field("interval"), raw.interval);
        let query_offset = self.duration(&key.field("query_offset"), raw.query_offset);
        let limit = raw.limit.map_or(0, |limit| usize::try_from(limit.value).unwrap_or(0));
        let labels = self.labels(raw.labels, &key.field("labels"), Values::Plain);
        let mut rules = Vec::new();
        let mut seen: BTreeSet<(bool, String, Labels, String)> = BTreeSet::new();
        for (index, raw) in raw.rules.into_iter().flatten().enumerate() {
            let key = key.field("rules").index(index);
            let place = raw.referenced;
            let Some(rule) = self.rule(raw, &labels, &key) else { continue };
            if !seen.insert((rule.is_alerting(), rule.name.clone(), rule.labels.clone(), rule.query.clone())) {
                let what = format!("the rule is repeated in its group, got {} twice", quoted(&rule.name));
                self.report.add(&key, place, what);
            }
            rules.push(Arc::new(rule));
        }
        let name = raw.name.map(|name| name.value).unwrap_or_default();
        let file = self.report.file().to_owned();
        Group { file, name, language: self.dialect.language, interval, query_offset, limit, rules }
    }

    /// A duration that may be zero.
    fn duration(&mut self, key: &Key, raw: Option<Spanned<String>>) -> Option<Duration> {
        self.report.read(key, raw, |text| model::duration::parse(&text))
    }

    fn rule(&mut self, raw: Spanned<RawRule>, group: &Labels, key: &Key) -> Option<Rule> {
        let Spanned { value: raw, referenced: place, .. } = raw;
        let expression = self.expression(raw.expr.as_ref(), key, place);
        let name =
            |raw: &Option<Spanned<String>>| raw.as_ref().map(|name| name.value.clone()).filter(|n| !n.is_empty());
        let (name, kind, labels) = match (name(&raw.alert), name(&raw.record)) {
            (Some(alert), None) => {
                let kind = self.alerting(&alert, raw.hold, raw.keep_firing_for, raw.annotations, key);
                let labels = self.labels(raw.labels, &key.field("labels"), Values::Templates(&alert));
                (alert, kind, labels)
            }
            (None, Some(record)) => {
                self.recording(&record, &raw, place, key);
                (record, Kind::Recording, self.labels(raw.labels, &key.field("labels"), Values::Plain))
            }
            (Some(alert), Some(record)) => {
                let what = format!("only one of 'record' and 'alert' must be set, got {alert} and {record}");
                self.report.add(key, place, what);
                return None;
            }
            (None, None) => {
                self.report.add(key, place, "one of 'record' or 'alert' must be set, got neither");
                return None;
            }
        };
        let mut merged = group.to_builder();
        for (name, value) in &labels {
            merged.set(name, value);
        }
        let Expression { query, watching } = expression?;
        Some(Rule { name, kind, query, labels: merged.build(), watching })
    }

    fn alerting(
        &mut self,
        alert: &str,
        hold: Option<Spanned<String>>,
        keep_firing_for: Option<Spanned<String>>,
        annotations: RawLabels,
        key: &Key,
    ) -> Kind {
        let hold = self.duration(&key.field("for"), hold).unwrap_or_default();
        let keep_firing = self.duration(&key.field("keep_firing_for"), keep_firing_for).unwrap_or_default();
        let annotations = self.labels(annotations, &key.field("annotations"), Values::Templates(alert));
        Kind::Alerting { timing: Timing { hold, keep_firing }, annotations }
    }

    fn recording(&mut self, record: &str, raw: &RawRule, place: Location, key: &Key) {
        let written = [("for", &raw.hold), ("keep_firing_for", &raw.keep_firing_for)];
        for (name, raw) in written.into_iter().filter_map(|(name, raw)| Some((name, raw.as_ref()?))) {
            let what = format!("invalid field '{name}' in recording rule, got {}", raw.value);
            self.report.add(&key.field(name), raw.referenced, what);
        }
        if let Some((name, value)) = raw.annotations.iter().flatten().next() {
            let what = format!("invalid field 'annotations' in recording rule, got {name}");
            self.report.add(&key.field("annotations"), value.referenced, what);
        }
        if record.contains(['{', '}']) {
            let what = format!("braces present in the recording rule name; should it be in expr?, got {record}");
            self.report.add(&key.field("record"), place_of(raw.record.as_ref(), place), what);
        }
    }

    fn labels(&mut self, raw: RawLabels, key: &Key, values: Values<'_>) -> Labels {
        let mut pairs = Vec::new();
        for (name, value) in raw.into_iter().flatten() {
            if name.is_empty() || name == METRIC_NAME {
                self.report.add(key, value.referenced, format!("invalid label name, got {}", quoted(&name)));
                continue;
            }
            if let Values::Templates(alert) = values
                && let Err(error) = expansion::check(alert, &value.value)
            {
                let what = format!("{error}, got {}", shortened(&value.value));
                self.report.add(&key.field(&name), value.referenced, what);
            }
            pairs.push((name, value.value));
        }
        Labels::from_pairs(pairs)
    }

    fn expression(&mut self, raw: Option<&Spanned<String>>, key: &Key, place: Location) -> Option<Expression> {
        let key = key.field("expr");
        let Some(Spanned { value, referenced, .. }) = raw.filter(|raw| !raw.value.trim().is_empty()) else {
            self.report.add(&key, place, "field 'expr' must be set in rule, got none");
            return None;
        };
        match Expression::read(value, self.dialect) {
            Ok(expression) => Some(expression),
            Err(refusal) => {
                let start =
                    Value { file: self.text, text: value, line: referenced.line(), column: referenced.column() };
                let mut place = start.place(refusal.line, refusal.column);
                self.report.file().clone_into(&mut place.file);
                let what = format!("{}, got {}", refusal.what, shortened(value));
                self.report.push(Finding { place, key: key.to_string(), what });
                None
            }
        }
    }
}

/// A text on one line, cut where it is long.
fn shortened(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut shown: String = text.chars().take(MOST_QUOTED).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}
