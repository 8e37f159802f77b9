//! From what an expression finds to the alerts or the samples of its rule.
//!
//! Invariant: label sets differ, or the rule fails, in Prometheus's words.

use super::super::alerting_rule::Found;
use super::super::engines::Element;
use super::super::expansion::{Expansion, Of, Query};
use super::super::series::Written;
use super::Moment;
use crate::alert::ALERT_NAME;
use crate::config::rules::Rule;
use crate::limits::TEMPLATE_QUERIES_MAX;
use language::template::functions::prometheus::Sample;
use model::labels::{Labels, METRIC_NAME};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What one evaluation of an alerting rule found.
pub(super) struct Finding<'a> {
    pub(super) rule: &'a Rule,
    pub(super) annotations: &'a Labels,
    pub(super) moment: &'a Moment<'a>,
}

impl Finding<'_> {
    /// Each series as an alert, its labels and annotations expanded.
    ///
    /// # Errors
    /// It was told to stop.
    pub(super) fn alerts(&self, elements: Vec<Element>) -> Result<Vec<Found>, String> {
        let url = self.moment.settings.links.external_url();
        let mut expansion =
            Expansion::new(&self.rule.name, &self.moment.settings.external_labels, url, self.query_function());
        let mut found = Vec::with_capacity(elements.len());
        for element in elements {
            self.moment.cancel.check().map_err(|reason| query::Error::from(reason).to_string())?;
            let value = element.float();
            let of = Of { labels: &element.labels, value };
            let mut labels = element.labels.to_builder();
            labels.delete(METRIC_NAME);
            for (name, template) in &self.rule.labels {
                labels.set(name, expansion.expand(template, of));
            }
            labels.set(ALERT_NAME, self.rule.name.as_str());
            let annotations = self.annotations.iter().map(|(name, text)| (name, expansion.expand(text, of)));
            let annotations = Labels::from_pairs(annotations);
            found.push(Found { labels: labels.build(), annotations, value });
        }
        Ok(found)
    }

    /// Answers `query "..."` in templates, as often as the limit allows.
    fn query_function(&self) -> Arc<Query> {
        let (engines, cancel) = (self.moment.settings.engines.clone(), self.moment.cancel.clone());
        let (language, at) = (self.moment.group.language, self.moment.asked_at());
        let asked = AtomicUsize::new(0);
        Arc::new(move |text| {
            if asked.fetch_add(1, Ordering::Relaxed) >= TEMPLATE_QUERIES_MAX {
                return Err(format!("more than {TEMPLATE_QUERIES_MAX} queries in the templates of one rule"));
            }
            let elements = engines.ask(language, text, at, &cancel)?;
            Ok(elements.into_iter().map(|e| Sample { value: e.float(), labels: e.labels }).collect())
        })
    }
}

/// Each series under the rule's name and with its labels.
///
/// # Errors
/// Two series became the same.
pub(super) fn recorded(rule: &Rule, elements: Vec<Element>) -> Result<Vec<Written>, String> {
    let mut seen = BTreeSet::new();
    let mut written = Vec::with_capacity(elements.len());
    for Element { labels, value } in elements {
        let mut labels = labels.to_builder();
        labels.set(METRIC_NAME, rule.name.as_str());
        for (name, value) in &rule.labels {
            labels.set(name, value);
        }
        let labels = labels.build();
        if !seen.insert(labels.clone()) {
            return Err("vector contains metrics with the same labelset after applying rule labels".to_owned());
        }
        written.push(Written { labels, value });
    }
    Ok(written)
}
