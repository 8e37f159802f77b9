//! Which labels of an entry name the series that its sample belongs to.
//!
//! Invariant: a key is the raw form of a label set, written into one buffer that is used again and again.

use language::logql::ast::{Grouping, LogRange, RangeAggregation, RangeOp};
use language::logql::stage::entry::Entry;
use model::labels::push_raw_pair;
use model::matcher::Matcher;

/// The labels of series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Keys {
    /// All labels of the entry.
    All,
    /// Only these, ascending. None of them: one series.
    By(Vec<String>),
    /// All but these.
    Without(Vec<String>),
}

impl Keys {
    /// The labels of an aggregation's series. `outer` is the grouping of a sum around it, which may as well be done here.
    pub(super) fn new(aggregation: &RangeAggregation, outer: Option<&Grouping>) -> Self {
        let unwrapped = aggregation.range.unwrap.as_ref().map(|unwrap| unwrap.label.clone());
        let grouping = outer.or(aggregation.grouping.as_ref());
        if aggregation.op == RangeOp::AbsentOverTime {
            return Self::By(Vec::new());
        }
        match grouping {
            Some(Grouping { without: false, labels }) => {
                let mut labels = labels.clone();
                labels.sort_unstable();
                labels.dedup();
                Self::By(labels)
            }
            grouping => {
                let mut labels = grouping.map(|grouping| grouping.labels.clone()).unwrap_or_default();
                labels.extend(unwrapped);
                if labels.is_empty() { Self::All } else { Self::Without(labels) }
            }
        }
    }

    /// Whether the labels of the stream alone decide, for all streams that the matchers select.
    pub(super) fn are_of_streams(&self, range: &LogRange) -> bool {
        let Self::By(names) = self else { return false };
        let present = |matcher: &Matcher, name: &String| matcher.name() == name && !matcher.matches("");
        names.iter().all(|name| range.log.selector.matchers.iter().any(|matcher| present(matcher, name)))
    }

    /// Writes the key of an entry.
    pub(super) fn write(&self, entry: &Entry<'_>, into: &mut String) {
        into.clear();
        match self {
            Self::All => entry.write_raw_labels(into, |_| true),
            Self::Without(names) => entry.write_raw_labels(into, |name| !names.iter().any(|without| without == name)),
            Self::By(names) => {
                names.iter().for_each(|name| push_raw_pair(into, name, entry.get(name).unwrap_or_default()));
            }
        }
    }
}
