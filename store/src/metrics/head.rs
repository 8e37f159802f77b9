//! The live window: every series with samples that are not in a block yet.
//!
//! Invariant: locks are taken in the order creation, registry, postings, one series; a series is in the WAL before
//! anyone can find it, and in the postings before the append that made it returns. Selections hold the postings and
//! the registry only while they look series up, so they do not keep appends waiting.

use super::append::SeriesRef;
use super::limits::HEAD_LABEL_BYTES_MAX;
use super::postings::{MemoryPostings, resolve};
use super::registry::Registry;
use super::series::Series;
use crate::Error;
use model::labels::Labels;
use model::matcher::Matcher;
use std::ops::Range;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

/// Series looked up while the registry is held once.
const LOOKED_UP_AT_ONCE: usize = 4096;

/// The live window.
#[derive(Debug)]
pub(crate) struct Head {
    registry: RwLock<Registry>,
    postings: RwLock<MemoryPostings>,
    creation: Mutex<Creation>,
    newest: AtomicI64,
    series_max: usize,
    label_bytes_max: usize,
}

/// Held by whoever makes series or needs that nobody does.
#[derive(Debug)]
pub(crate) struct Creation {
    pub(crate) next: u64,
}

/// A new series in the order of its reference, or `None` past the limit of series.
pub(crate) type Created = Option<Arc<Series>>;

impl Head {
    pub(crate) fn new(series_max: usize) -> Self {
        Self {
            registry: RwLock::default(),
            postings: RwLock::default(),
            creation: Mutex::new(Creation { next: 1 }),
            newest: AtomicI64::new(i64::MIN),
            series_max,
            label_bytes_max: HEAD_LABEL_BYTES_MAX,
        }
    }

    pub(crate) fn registry(&self) -> RwLockReadGuard<'_, Registry> {
        self.registry.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn postings(&self) -> RwLockReadGuard<'_, MemoryPostings> {
        self.postings.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn creation(&self) -> MutexGuard<'_, Creation> {
        self.creation.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The newest time of any sample, `i64::MIN` before the first.
    pub(crate) fn newest(&self) -> i64 {
        self.newest.load(Ordering::Relaxed)
    }

    pub(crate) fn reach(&self, timestamp: i64) {
        self.newest.fetch_max(timestamp, Ordering::Relaxed);
    }

    /// Makes the series of label sets that are not there yet, and finds the others. `log` writes the new ones into the
    /// WAL before anyone sees them.
    ///
    /// # Errors
    /// What `log` says; nothing is made then.
    pub(crate) fn create(
        &self,
        wanted: &[Labels],
        log: impl FnOnce(&[Arc<Series>]) -> Result<(), Error>,
    ) -> Result<Vec<Created>, Error> {
        let mut creation = self.creation();
        let mut made = Vec::new();
        let mut found: Vec<Created> = Vec::with_capacity(wanted.len());
        let mut next = creation.next;
        {
            let registry = self.registry();
            let mut label_bytes = registry.label_bytes();
            for labels in wanted {
                let bytes = labels.as_raw().len();
                found.push(match registry.by_raw(labels.as_raw()) {
                    Some(series) => Some(Arc::clone(series)),
                    None if registry.len() + made.len() >= self.series_max => None,
                    None if label_bytes + bytes > self.label_bytes_max => None,
                    None => {
                        label_bytes += bytes;
                        let series = Arc::new(Series::new(SeriesRef(next), labels.clone()));
                        next += 1;
                        made.push(Arc::clone(&series));
                        Some(series)
                    }
                });
            }
        }
        if !made.is_empty() {
            // Also where that fails the WAL may hold some of them: their references are never given again.
            creation.next = next;
            log(&made)?;
            self.publish(&made);
        }
        Ok(found)
    }

    /// Takes in series that replay knows, under the references that they have.
    pub(crate) fn restore(&self, series: SeriesRef, labels: Labels) -> Arc<Series> {
        let mut creation = self.creation();
        creation.next = creation.next.max(series.0.saturating_add(1));
        let series = Arc::new(Series::new(series, labels));
        self.publish(std::slice::from_ref(&series));
        series
    }

    /// Gives no reference below `next` any more.
    pub(crate) fn reserve(&self, next: u64) {
        let mut creation = self.creation();
        creation.next = creation.next.max(next);
    }

    fn publish(&self, made: &[Arc<Series>]) {
        {
            let mut registry = self.registry.write().unwrap_or_else(PoisonError::into_inner);
            made.iter().for_each(|series| registry.insert(Arc::clone(series)));
        }
        let mut postings = self.postings.write().unwrap_or_else(PoisonError::into_inner);
        made.iter().for_each(|series| postings.insert(series.reference.0, &series.labels));
    }

    /// The series that pass all matchers.
    pub(crate) fn find(&self, matchers: &[Matcher]) -> Vec<Arc<Series>> {
        let resolved = resolve(&*self.postings(), matchers);
        let mut found = Vec::with_capacity(resolved.series.len());
        for references in resolved.series.chunks(LOOKED_UP_AT_ONCE) {
            let registry = self.registry();
            let series = references.iter().filter_map(|reference| registry.by_ref(SeriesRef(*reference)));
            let passes = |series: &&Arc<Series>| resolved.rest.iter().all(|m| m.matches_labels(&series.labels));
            found.extend(series.filter(passes).cloned());
        }
        found
    }

    /// Every series, in no order.
    pub(crate) fn all(&self) -> Vec<Arc<Series>> {
        self.registry().iter().cloned().collect()
    }

    /// Forgets series that hold no sample; how many. Whoever was about to append to one finds it gone and makes it anew.
    pub(crate) fn forget_empty(&self) -> usize {
        let _creation = self.creation();
        let empty: Vec<_> = self.all().into_iter().filter(|series| series.window().is_empty()).collect();
        let mut gone = Vec::with_capacity(empty.len());
        {
            let mut registry = self.registry.write().unwrap_or_else(PoisonError::into_inner);
            for series in &empty {
                let mut window = series.window();
                // A sample may have come since.
                if window.is_empty() {
                    window.set_gone();
                    registry.remove(series);
                    gone.push((series.reference.0, &series.labels));
                }
            }
        }
        if !gone.is_empty() {
            self.postings.write().unwrap_or_else(PoisonError::into_inner).remove(&gone);
        }
        gone.len()
    }

    /// The earliest and the latest time of any sample.
    pub(crate) fn bounds(&self) -> Option<(i64, i64)> {
        let bounds = self.all().into_iter().filter_map(|series| series.window().bounds());
        bounds.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
    }

    /// How many series, about how many bytes of samples, and the oldest time.
    pub(crate) fn totals(&self) -> (usize, usize, Option<i64>) {
        let series = self.all();
        let (mut bytes, mut oldest) = (0, None);
        for series in &series {
            let window = series.window();
            bytes += window.memory();
            let bounds = window.bounds().map(|(min, _)| min);
            oldest = oldest.min(bounds).or(oldest).or(bounds);
        }
        (series.len(), bytes, oldest)
    }

    /// Whether a series may have a sample inside.
    pub(crate) fn overlaps(series: &Series, within: &Range<i64>) -> bool {
        series.window().overlaps(within)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    #[test]
    fn a_reference_that_may_be_in_the_wal_is_not_given_again() {
        let head = Head::new(10);
        let wanted = |name| [Labels::from_pairs([("__name__", name)])];
        let mut told = Vec::new();
        let failed = head.create(&wanted("a"), |made| {
            told.extend(made.iter().map(|series| series.reference));
            Err(Error::new(ErrorKind::Unavailable, "the second of two records"))
        });
        assert!(failed.is_err() && head.all().is_empty());
        let found = head.create(&wanted("b"), |_| Ok(())).expect("creates");
        let given = found[0].as_ref().expect("a series").reference;
        assert!(!told.contains(&given), "{given:?}");
    }
    #[test]
    fn long_labels_do_not_fill_the_memory() {
        let head = Head { label_bytes_max: 100, ..Head::new(10) };
        let create = |value: &str| {
            let wanted = [Labels::from_pairs([("a", value)])];
            head.create(&wanted, |_| Ok(())).expect("creates").remove(0).is_some()
        };
        assert!(create(&"x".repeat(60)) && !create(&"y".repeat(60)) && create("y") && create(&"x".repeat(60)));
        assert_eq!(head.forget_empty(), 2);
        assert!(create(&"y".repeat(60)));
    }
}
