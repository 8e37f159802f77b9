//! The receiver of Prometheus remote write 1.0: a body in, samples in the store out.
//!
//! Invariant: a request is read whole before anything of it is stored, so a malformed one stores nothing; of a
//! well-formed one the good samples are stored and the others named, as Prometheus's receiver does. A series that was
//! pushed before costs a lookup of its label bytes; its labels are built only when it is new to the store.
//! Routes, headers of the answer and remote write 2.0 are not here.

mod families;
mod headers;
mod histogram;
mod label_set;
mod message;
mod outcome;
mod plan;

pub use headers::{UnsupportedMedia, judge_headers};
pub use outcome::{Class, Outcome, Rejected, Rejection};

pub use super::protobuf::WireError;

use super::buffers::Buffers;
use super::byte_cache::ByteCache;
use super::decompress;
use crate::limits::{PUSH_INFLATED_BYTES_MAX, PUSH_SERIES_CACHE_BYTES_MAX};
use families::{Families, Learned};
use plan::Plan;
use store::metrics::{Batch, Metrics, SeriesRef, Verdict};

/// From the label fields of a series to its reference; one that the store has forgotten is only a wasted try.
type SeriesCache = ByteCache<SeriesRef>;

/// Takes requests; one per store, shared by all connections.
#[derive(Debug)]
pub struct Receiver {
    cache: SeriesCache,
    families: Families,
    buffers: Buffers,
}

/// Where batches go: the store, or a test's double.
type Append<'a> = &'a dyn Fn(&Batch<'_>) -> Result<Vec<Verdict>, store::Error>;

impl Receiver {
    /// A receiver that knows no series yet.
    pub fn new() -> Self {
        Self {
            cache: SeriesCache::new(PUSH_SERIES_CACHE_BYTES_MAX),
            families: Families::default(),
            buffers: Buffers::default(),
        }
    }

    /// Stores a body as it came: a snappy block of `prometheus.WriteRequest`. Blocks while the store writes.
    /// Samples in the outcome's `rejected` will never be stored by sending them again, except those of
    /// [`Class::TooManySeries`].
    ///
    /// # Errors
    /// When nothing was stored: the body is malformed or too large, or the store took nothing.
    pub fn append(&self, body: &[u8], metrics: &Metrics) -> Result<Outcome, Rejection> {
        let mut buffer = self.buffers.take();
        let inflated = decompress::snappy(body, &mut buffer, PUSH_INFLATED_BYTES_MAX);
        let outcome = inflated.map_err(Rejection::from).and_then(|()| {
            let append = |batch: &Batch<'_>| metrics.append(batch);
            self.append_message(&buffer, &append)
        });
        self.buffers.give(buffer);
        outcome
    }

    fn append_message(&self, message: &[u8], append: Append<'_>) -> Result<Outcome, Rejection> {
        let mut outcome = Outcome::default();
        let mut plan = Plan::read(message, &self.cache, &mut outcome)?;
        if self.families.learn(std::mem::take(&mut plan.families)) == Learned::Something {
            // Every series then comes with its labels once more, and the metadata along with them.
            self.cache.clear();
        }
        plan.tell_metadata(&self.families);
        let all: Vec<usize> = (0..plan.len()).collect();
        let forgotten = self.append_planned(&plan, &all, append, &mut outcome)?;
        let mut again = Vec::with_capacity(forgotten.len());
        for position in forgotten {
            if let Some(labels) = plan.forget_reference(position) {
                self.cache.evict(labels);
            }
            again.push(position);
        }
        plan.tell_metadata(&self.families);
        for position in self.append_planned(&plan, &again, append, &mut outcome)? {
            reject(&plan, position, Verdict::UnknownSeries, &mut outcome);
        }
        Ok(outcome)
    }

    /// Appends the samples at these positions; answers those whose reference the store has forgotten.
    fn append_planned(
        &self,
        plan: &Plan<'_>,
        positions: &[usize],
        append: Append<'_>,
        outcome: &mut Outcome,
    ) -> Result<Vec<usize>, Rejection> {
        let mut forgotten = Vec::new();
        if positions.is_empty() {
            return Ok(forgotten);
        }
        let samples = plan.samples(positions.iter().copied());
        let verdicts = append(&Batch { samples: &samples }).map_err(Rejection::Store)?;
        for (position, verdict) in positions.iter().copied().zip(verdicts) {
            match verdict {
                Verdict::UnknownSeries => forgotten.push(position),
                Verdict::Stored(_) | Verdict::Repeated(_) => outcome.accept(verdict),
                _ => reject(plan, position, verdict, outcome),
            }
            if let (Some(series), Some(labels)) = (verdict.series(), plan.new_series(position)) {
                self.cache.insert(labels, series, 0);
            }
        }
        Ok(forgotten)
    }
}

impl Default for Receiver {
    fn default() -> Self {
        Self::new()
    }
}

fn reject(plan: &Plan<'_>, position: usize, verdict: Verdict, outcome: &mut Outcome) {
    if let Some(class) = Class::of(verdict) {
        outcome.reject(class, 1, || plan.show(position));
    }
}

#[cfg(test)]
mod tests;
