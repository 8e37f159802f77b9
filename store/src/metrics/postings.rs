//! Which series carry a label value, and the algebra of matchers over such lists.
//!
//! Invariant: a list ascends strictly. Semantics follow Prometheus: an absent label is the empty value, so a matcher
//! that the empty value passes can only take series away, never bring some in.

mod memory;
mod sets;

pub(crate) use memory::MemoryPostings;
pub(crate) use sets::{intersect, subtract, union};

use model::matcher::Matcher;
use std::borrow::Cow;

/// Lists of series by label value. Contract: lists ascend strictly, values of a name are disjoint (a series has one),
/// and every series is in [`LabelIndex::all`]. Two implementations: the head's and a block's.
pub(crate) trait LabelIndex {
    /// Every series.
    fn all(&self) -> Cow<'_, [u64]>;

    /// The series with this value; empty where there is none.
    fn with(&self, name: &str, value: &str) -> Cow<'_, [u64]>;

    /// The series with a value that passes.
    fn with_any(&self, name: &str, passes: &mut dyn FnMut(&str) -> bool) -> Vec<u64>;
}

/// At most so many candidates are tested one by one against their own labels, instead of building lists of every value
/// that a matcher lets through.
const TESTED_ONE_BY_ONE_MAX: usize = 4096;

/// The series that may pass, and the matchers that the caller still has to test on each one's labels.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Resolved<'a> {
    pub(crate) series: Vec<u64>,
    pub(crate) rest: Vec<&'a Matcher>,
}

/// Finds the series that pass all matchers. Those whose values are known come first, because they leave few series.
pub(crate) fn resolve<'a>(index: &impl LabelIndex, matchers: &'a [Matcher]) -> Resolved<'a> {
    let mut found: Option<Vec<u64>> = None;
    let mut rest = Vec::new();
    for matcher in matchers {
        match matcher.candidates().filter(|_| !matcher.matches_empty()) {
            Some(values) => {
                let lists = values.into_iter().map(|value| index.with(matcher.name(), value)).collect();
                found = Some(narrow(found, union(lists)));
            }
            None => rest.push(matcher),
        }
    }
    rest.sort_by_key(|matcher| matcher.matches_empty());
    let mut rest = rest.into_iter();
    while found.as_ref().is_none_or(|found| found.len() > TESTED_ONE_BY_ONE_MAX) {
        let Some(matcher) = rest.next() else { break };
        found = Some(if matcher.matches_empty() {
            let refused = index.with_any(matcher.name(), &mut |value| !matcher.matches(value));
            subtract(&found.unwrap_or_else(|| index.all().into_owned()), &refused)
        } else {
            narrow(found, index.with_any(matcher.name(), &mut |value| matcher.matches(value)))
        });
    }
    let rest = rest.collect();
    Resolved { series: found.unwrap_or_else(|| index.all().into_owned()), rest }
}

fn narrow(found: Option<Vec<u64>>, list: Vec<u64>) -> Vec<u64> {
    match found {
        Some(found) => intersect(&found, &list),
        None => list,
    }
}

#[cfg(test)]
mod tests;
