//! Exemplars: a ring of the latest, all series together.
//!
//! Invariant: never more than the ring holds; the oldest that came goes first. They are not in blocks.

use super::append::{Exemplar, SeriesRef};
use super::limits::EXEMPLARS_BYTES_MAX;
use super::listing::{ExemplarQuery, SeriesExemplars};
use super::select::canceled;
use crate::Error;
use model::labels::Labels;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

/// How many exemplars are looked at between two looks at the cancel flag.
const LOOKED_AT_ONCE: usize = 4096;

#[derive(Debug)]
struct Held {
    series: SeriesRef,
    labels: Labels,
    exemplar: Exemplar,
}

#[derive(Debug, Default)]
struct Ring {
    held: VecDeque<Held>,
    /// The newest time per series, by which repeats are told.
    newest: HashMap<SeriesRef, i64>,
    /// Of the labels of all exemplars.
    bytes: usize,
}

fn bytes(exemplar: &Exemplar) -> usize {
    exemplar.labels.as_raw().len()
}

/// The ring.
#[derive(Debug)]
pub(crate) struct Exemplars {
    ring: Mutex<Ring>,
    max: usize,
}

impl Exemplars {
    /// A ring of at most `max` exemplars; 0 keeps none.
    pub(crate) fn new(max: usize) -> Self {
        Self { ring: Mutex::default(), max }
    }

    /// Keeps an exemplar, unless the series has one as new; whether it was kept.
    pub(crate) fn push(&self, series: SeriesRef, labels: &Labels, exemplar: &Exemplar) -> bool {
        if self.max == 0 {
            return false;
        }
        let mut ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        if ring.newest.get(&series).is_some_and(|newest| exemplar.timestamp.0 <= *newest) {
            return false;
        }
        ring.bytes += bytes(exemplar);
        while ring.held.len() >= self.max || ring.bytes > EXEMPLARS_BYTES_MAX {
            let Some(oldest) = ring.held.pop_front() else { break };
            ring.bytes -= bytes(&oldest.exemplar);
            if ring.newest.get(&oldest.series) == Some(&oldest.exemplar.timestamp.0) {
                ring.newest.remove(&oldest.series);
            }
        }
        ring.newest.insert(series, exemplar.timestamp.0);
        ring.held.push_back(Held { series, labels: labels.clone(), exemplar: exemplar.clone() });
        true
    }

    /// Every exemplar held, in the order it came.
    pub(crate) fn for_each(&self, mut visit: impl FnMut(SeriesRef, &Exemplar)) {
        let ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        ring.held.iter().for_each(|held| visit(held.series, &held.exemplar));
    }

    /// Exemplars by series, ascending by labels and time.
    pub(crate) fn find(&self, query: &ExemplarQuery<'_>) -> Result<Vec<SeriesExemplars>, Error> {
        let ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found: BTreeMap<&Labels, Vec<Exemplar>> = BTreeMap::new();
        for (position, held) in ring.held.iter().enumerate() {
            if position.is_multiple_of(LOOKED_AT_ONCE) {
                query.cancel.check().map_err(canceled)?;
            }
            let passes = |set: &Vec<model::matcher::Matcher>| set.iter().all(|m| m.matches_labels(&held.labels));
            if query.range.contains(held.exemplar.timestamp) && query.matcher_sets.iter().any(passes) {
                found.entry(&held.labels).or_default().push(held.exemplar.clone());
            }
        }
        Ok(found
            .into_iter()
            .map(|(labels, mut exemplars)| {
                exemplars.sort_by_key(|exemplar| exemplar.timestamp);
                SeriesExemplars { labels: labels.clone(), exemplars }
            })
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::time::Millis;

    #[test]
    fn long_labels_do_not_fill_the_memory() {
        let exemplars = Exemplars::new(100_000);
        let labels = Labels::from_pairs([("trace_id", "x".repeat(64 << 10))]);
        for at in 0..1000 {
            let exemplar = Exemplar { labels: labels.clone(), value: 1.0, timestamp: Millis(at) };
            assert!(exemplars.push(SeriesRef(1), &Labels::empty(), &exemplar));
        }
        let mut held = Vec::new();
        exemplars.for_each(|_, exemplar| held.push(exemplar.timestamp.0));
        assert!((500..512).contains(&held.len()) && held.last() == Some(&999), "{}", held.len());
    }
}
