//! Which alerts are kept quiet by others, as Alertmanager's `inhibit` decides.
//!
//! Invariant: of two alerts that both pass both sides of a rule neither keeps the other quiet, and so none itself. An
//! alert is looked up by the values of the rule's `equal` labels, not among all.

use crate::config::alerting::InhibitRule;
use crate::dispatch::alerts::{Alerts, Held};
use model::labels::Labels;
use model::time::Millis;
use std::collections::{BTreeSet, HashMap};

/// The rules, each with the alerts of its source side.
#[derive(Debug, Default)]
pub(crate) struct Inhibitor {
    rules: Vec<Indexed>,
}

#[derive(Debug)]
struct Indexed {
    rule: InhibitRule,
    /// By the values of `equal`; only alerts that are held.
    sources: HashMap<Labels, BTreeSet<Labels>>,
}

impl Indexed {
    fn equal(&self, labels: &Labels) -> Labels {
        let values = self.rule.equal.iter().filter_map(|name| Some((name.as_str(), labels.get(name)?)));
        Labels::from_pairs(values)
    }
}

impl Inhibitor {
    /// With the alerts that are held already.
    pub(crate) fn new(rules: &[InhibitRule], alerts: &Alerts) -> Self {
        let rules = rules.iter().map(|rule| Indexed { rule: rule.clone(), sources: HashMap::new() }).collect();
        let mut inhibitor = Self { rules };
        alerts.iter().for_each(|held| inhibitor.insert(held));
        inhibitor
    }

    /// An alert is held from now on.
    pub(crate) fn insert(&mut self, held: &Held) {
        let labels = &held.alert.labels;
        for indexed in self.rules.iter_mut().filter(|indexed| indexed.rule.source_matchers.matches(labels)) {
            let equal = indexed.equal(labels);
            indexed.sources.entry(equal).or_default().insert(labels.clone());
        }
    }

    /// An alert is held no longer.
    pub(crate) fn remove(&mut self, labels: &Labels) {
        for indexed in self.rules.iter_mut().filter(|indexed| indexed.rule.source_matchers.matches(labels)) {
            let equal = indexed.equal(labels);
            if let Some(sources) = indexed.sources.get_mut(&equal) {
                sources.remove(labels);
                if sources.is_empty() {
                    indexed.sources.remove(&equal);
                }
            }
        }
    }

    /// The alert that keeps these labels quiet, if one does.
    pub(crate) fn inhibitor_of(&self, labels: &Labels, alerts: &Alerts, now: Millis) -> Option<Labels> {
        self.rules.iter().find_map(|indexed| indexed.source_for(labels, alerts, now)).cloned()
    }
}

impl Indexed {
    fn source_for(&self, labels: &Labels, alerts: &Alerts, now: Millis) -> Option<&Labels> {
        if !self.rule.target_matchers.matches(labels) {
            return None;
        }
        let is_source_too = self.rule.source_matchers.matches(labels);
        let goes_on = |source: &&Labels| alerts.get(source).is_some_and(|held| !held.alert.is_resolved(now));
        let is_one_sided = |source: &&Labels| !is_source_too || !self.rule.target_matchers.matches(source);
        self.sources.get(&self.equal(labels))?.iter().find(|source| is_one_sided(source) && goes_on(source))
    }
}

#[cfg(test)]
mod tests;
