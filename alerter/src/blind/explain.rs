//! Why a selector matches nothing: the metric, a label, a value, or only the combination.
//!
//! Invariant: at most one question per condition, per pair of conditions and two for what there is instead; what is
//! told is what the index answers, never a guess.

use super::metric_of;
use crate::limits::{BLIND_PAIRS_MAX, BLIND_SHOWN_LABELS, BLIND_SHOWN_VALUES};
use model::matcher::Matcher;

/// Knows which series (or streams) there are. Two implementations, of metrics and of logs.
///
/// Contract: it answers for one span of time, from indexes and without reading samples or lines. What cannot be
/// answered is an error, and the selector then stays unexplained.
pub trait Index {
    /// How many series match, at most a bound of its own.
    ///
    /// # Errors
    /// The store cannot answer.
    fn count(&self, matchers: &[Matcher]) -> Result<u64, String>;

    /// Names of the labels of the series that match, ascending.
    ///
    /// # Errors
    /// The store cannot answer.
    fn names(&self, matchers: &[Matcher]) -> Result<Vec<String>, String>;

    /// Values of a label of the series that match, ascending; at most a few.
    ///
    /// # Errors
    /// The store cannot answer.
    fn values(&self, name: &str, matchers: &[Matcher]) -> Result<Vec<String>, String>;

    /// What one of them is called: `series` or `stream`.
    fn noun(&self) -> &'static str;
}

/// What is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// No series has the metric name.
    Metric,
    /// No series of the metric has the label.
    Label,
    /// No series of the metric has the label with such a value, or not together with another condition.
    Value,
}

impl Part {
    /// Its name in our own API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Metric => "metric",
            Self::Label => "label",
            Self::Value => "value",
        }
    }
}

/// Why a selector matches nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// What is missing.
    pub part: Part,
    /// The metric or the label.
    pub name: String,
    /// The value or expression that the label should have; empty for the other parts.
    pub value: String,
    /// All of it in words.
    pub text: String,
}

/// Explains why a selector matches nothing; `None` when it does match by now.
///
/// # Errors
/// The index cannot answer.
pub fn explain(matchers: &[Matcher], index: &dyn Index) -> Result<Option<Missing>, String> {
    let name = matchers.iter().find(|matcher| metric_of(matcher).is_some());
    let case = Case { metric: name.and_then(metric_of), name, index };
    if let Some(metric) = case.metric
        && case.count(&[])? == 0
    {
        let text = format!("no series has the metric name {metric}");
        return Ok(Some(Missing { part: Part::Metric, name: metric.to_owned(), value: String::new(), text }));
    }
    let conditions: Vec<&Matcher> = matchers.iter().filter(|matcher| Some(*matcher) != case.name).collect();
    for condition in &conditions {
        if case.count(&[condition])? == 0 {
            return case.alone(condition).map(Some);
        }
    }
    case.together(&conditions)
}

/// One selector that matches nothing.
struct Case<'a> {
    metric: Option<&'a str>,
    name: Option<&'a Matcher>,
    index: &'a dyn Index,
}

impl Case<'_> {
    fn with(&self, conditions: &[&Matcher]) -> Vec<Matcher> {
        self.name.into_iter().chain(conditions.iter().copied()).cloned().collect()
    }

    fn count(&self, conditions: &[&Matcher]) -> Result<u64, String> {
        self.index.count(&self.with(conditions))
    }

    /// `no series of M` or `no stream`.
    fn none(&self) -> String {
        let noun = self.index.noun();
        self.metric.map_or_else(|| format!("no {noun}"), |metric| format!("no {noun} of {metric}"))
    }

    /// One condition that nothing passes, not even alone.
    fn alone(&self, condition: &Matcher) -> Result<Missing, String> {
        let label = condition.name();
        let names = self.index.names(&self.with(&[]))?;
        if !names.iter().any(|name| name == label) {
            let others: Vec<&str> = names.iter().map(String::as_str).filter(|name| *name != "__name__").collect();
            let has = match (others.is_empty(), self.metric) {
                (true, _) => "there are no labels".to_owned(),
                (false, Some(_)) => format!("it has {}", listed(&others, BLIND_SHOWN_LABELS)),
                (false, None) => format!("there are {}", listed(&others, BLIND_SHOWN_LABELS)),
            };
            let text = format!("{} has the label {label}; {has}", self.none());
            return Ok(Missing { part: Part::Label, name: label.to_owned(), value: String::new(), text });
        }
        let values = self.index.values(label, &self.with(&[]))?;
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        let has = match values.as_slice() {
            [] => "it has no value".to_owned(),
            [one] => format!("its only value is {one}"),
            several => format!("there are {}", listed(several, BLIND_SHOWN_VALUES)),
        };
        let text = format!("{} has {condition}; {has}", self.none());
        Ok(Missing { part: Part::Value, name: label.to_owned(), value: condition.value().to_owned(), text })
    }

    /// Every condition alone is passed by some: which of them exclude each other.
    fn together(&self, conditions: &[&Matcher]) -> Result<Option<Missing>, String> {
        let mut pairs = 0;
        for (at, second) in conditions.iter().enumerate() {
            for first in conditions.iter().take(at) {
                pairs += 1;
                if pairs <= BLIND_PAIRS_MAX && self.count(&[first, second])? == 0 {
                    return Ok(Some(self.excluded(&[first], second)));
                }
            }
        }
        let mut chosen: Vec<&Matcher> = Vec::new();
        for condition in conditions {
            chosen.push(condition);
            if self.count(&chosen)? == 0 {
                chosen.pop();
                return Ok(Some(self.excluded(&chosen, condition)));
            }
        }
        Ok(None)
    }

    fn excluded(&self, first: &[&Matcher], second: &Matcher) -> Missing {
        let first: Vec<String> = first.iter().map(ToString::to_string).collect();
        let text = format!("{} has {second} together with {}; each alone exists", self.none(), first.join(" and "));
        Missing { part: Part::Value, name: second.name().to_owned(), value: second.value().to_owned(), text }
    }
}

/// `a, b, c`, and `and 7 more` beyond the bound.
fn listed(texts: &[&str], most: usize) -> String {
    let shown: Vec<&str> = texts.iter().take(most).copied().collect();
    match texts.len().saturating_sub(most) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
