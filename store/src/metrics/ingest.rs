//! From a batch to verdicts, samples in the head and a WAL record.
//!
//! Invariant: a sample is in the head before its record is in the WAL, so the WAL never holds one that was refused,
//! and a verdict is given back only after the record is written. A repeat is written again: the append that it
//! repeats may not have come to its own record yet.

use super::append::{AppendSample, AppendValue, Batch, SeriesKey, Verdict};
use super::exemplars::Exemplars;
use super::families::Families;
use super::head::Head;
use super::journal::{self, BatchWriter};
use super::limits::{
    EXEMPLAR_BYTES_MAX, FUTURE_MAX, HISTOGRAM_BUCKETS_MAX, LABEL_BYTES_MAX, LABELS_MAX, METADATA_BYTES_MAX,
};
use super::series::{Pushed, Series};
use crate::Error;
use model::labels::Labels;
use model::time::{Millis, duration_millis};
use std::collections::HashMap;
use std::sync::Arc;

/// Samples taken while the registry is held once.
const TAKEN_AT_ONCE: usize = 1024;
/// A record of this size is followed by another one.
const RECORD_BYTES: usize = 4 << 20;

/// What an append works on.
#[derive(Debug)]
pub(crate) struct Ingest<'a> {
    pub(crate) head: &'a Head,
    pub(crate) exemplars: &'a Exemplars,
    pub(crate) families: &'a Families,
    pub(crate) bounds: Bounds,
}

/// Which times are taken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Earlier ones are too old: the retention would drop them.
    pub(crate) oldest: i64,
    /// Later ones are too far ahead.
    pub(crate) latest: i64,
    /// How much earlier than the newest of its series a sample may be.
    pub(crate) late_by_max: i64,
}

impl Bounds {
    /// None at all: what the WAL holds was accepted once.
    pub(crate) const NONE: Self = Self { oldest: i64::MIN, latest: i64::MAX, late_by_max: i64::MAX };

    /// Whether a sample comes too late behind the newest of its series. What a clock that ran ahead has left in the
    /// series does not count: it would refuse everything until the time is there.
    pub(crate) fn too_late(&self, timestamp: i64, newest: i64) -> bool {
        newest.min(self.latest).saturating_sub(timestamp) > self.late_by_max
    }

    /// The bounds at a time; a retention of zero is none.
    pub(crate) fn at(now: Millis, retention_ms: i64, late_by_max: i64) -> Self {
        let oldest = if retention_ms == 0 { i64::MIN } else { now.0.saturating_sub(retention_ms) };
        Self { oldest, latest: now.0.saturating_add(duration_millis(FUTURE_MAX)), late_by_max }
    }
}

/// The verdicts of a batch and what the WAL has to keep of it.
#[derive(Debug)]
pub(crate) struct Ingested {
    pub(crate) verdicts: Vec<Verdict>,
    /// One record; more for a batch so large that replay should not hold it at once.
    pub(crate) records: Vec<BatchWriter>,
}

impl Ingested {
    fn new(samples: usize) -> Self {
        let record = BatchWriter::with_capacity(samples.min(RECORD_BYTES / 16));
        Self { verdicts: Vec::with_capacity(samples), records: vec![record] }
    }

    /// The record to write to.
    #[inline]
    fn record(&mut self) -> &mut BatchWriter {
        if self.records.last().is_none_or(|record| record.bytes.len() >= RECORD_BYTES) {
            self.records.push(BatchWriter::default());
        }
        let last = self.records.len() - 1;
        #[expect(clippy::indexing_slicing, reason = "a record was pushed if there was none")]
        &mut self.records[last]
    }
}

impl Ingest<'_> {
    /// Takes a batch into the head. `log_series` writes the labels of new series into the WAL.
    pub(crate) fn take(
        &self,
        batch: &Batch<'_>,
        log_series: impl Fn(Vec<u8>) -> Result<(), Error>,
    ) -> Result<Ingested, Error> {
        let mut taken = Ingested::new(batch.samples.len());
        let mut unknown = Vec::new();
        for samples in batch.samples.chunks(TAKEN_AT_ONCE) {
            let registry = self.head.registry();
            for sample in samples {
                let series = match sample.series {
                    SeriesKey::Ref(reference) => registry.by_ref(reference),
                    SeriesKey::Raw(raw) => registry.by_raw(raw),
                };
                let verdict = match (self.refusal(sample), series) {
                    (Some(verdict), _) => verdict,
                    (None, Some(series)) => self.push(series, sample, taken.record()),
                    (None, None) => {
                        if let SeriesKey::Raw(raw) = sample.series {
                            unknown.push((taken.verdicts.len(), raw));
                        }
                        Verdict::UnknownSeries
                    }
                };
                taken.verdicts.push(verdict);
            }
        }
        while !unknown.is_empty() {
            unknown = self.take_unknown(batch, &unknown, &mut taken, &log_series)?;
        }
        let verdicts = batch.samples.iter().zip(&taken.verdicts);
        if let Some(newest) = verdicts.filter(|(_, v)| v.is_stored()).map(|(sample, _)| sample.timestamp.0).max() {
            self.head.reach(newest);
        }
        Ok(taken)
    }

    /// Why a sample cannot be taken whatever its series.
    #[inline]
    fn refusal(&self, sample: &AppendSample<'_>) -> Option<Verdict> {
        if sample.timestamp.0 > self.bounds.latest {
            return Some(Verdict::TooFarAhead);
        }
        if sample.timestamp.0 < self.bounds.oldest {
            return Some(Verdict::BeforeRetention);
        }
        match sample.value {
            AppendValue::Float(_) => None,
            AppendValue::Histogram(histogram) => {
                let buckets = histogram.positive_buckets.len().max(histogram.negative_buckets.len());
                let fits = buckets.max(histogram.custom_values.len()) <= HISTOGRAM_BUCKETS_MAX;
                (!fits || histogram.validate().is_err()).then_some(Verdict::InvalidHistogram)
            }
        }
    }

    /// Takes the samples of series that are not in the head, in their order. Gives those back whose series has left
    /// the head since it was made or found; they are to be made anew.
    fn take_unknown<'b>(
        &self,
        batch: &Batch<'_>,
        unknown: &[(usize, &'b [u8])],
        taken: &mut Ingested,
        log_series: &impl Fn(Vec<u8>) -> Result<(), Error>,
    ) -> Result<Vec<(usize, &'b [u8])>, Error> {
        let mut wanted = Vec::new();
        let mut position_of: HashMap<&[u8], Option<usize>> = HashMap::new();
        for (_, raw) in unknown {
            position_of.entry(raw).or_insert_with(|| {
                let labels = checked_labels(raw)?;
                wanted.push(labels);
                Some(wanted.len() - 1)
            });
        }
        let log = |made: &[Arc<Series>]| {
            let mut record = Vec::new();
            for series in made {
                journal::put_series(&mut record, series.reference, &series.labels);
                if record.len() >= RECORD_BYTES {
                    log_series(std::mem::take(&mut record))?;
                }
            }
            if record.is_empty() { Ok(()) } else { log_series(record) }
        };
        let found = self.head.create(&wanted, log)?;
        let mut gone = Vec::new();
        for (position, raw) in unknown {
            let Some(sample) = batch.samples.get(*position) else { continue };
            let verdict = match position_of.get(raw).copied().flatten() {
                None => Verdict::InvalidLabels,
                Some(wanted) => match found.get(wanted) {
                    Some(Some(series)) => self.push(series, sample, taken.record()),
                    _ => Verdict::TooManySeries,
                },
            };
            if verdict == Verdict::UnknownSeries {
                gone.push((*position, *raw));
            }
            if let Some(slot) = taken.verdicts.get_mut(*position) {
                *slot = verdict;
            }
        }
        Ok(gone)
    }

    #[inline]
    fn push(&self, series: &Series, sample: &AppendSample<'_>, record: &mut BatchWriter) -> Verdict {
        let reference = series.reference;
        let at = sample.timestamp.0;
        let start = sample.start.map(|start| start.0);
        let pushed = {
            let mut window = series.window();
            if window.is_gone() {
                return Verdict::UnknownSeries;
            }
            let pushed = window.push(at, sample.value, self.bounds);
            if pushed == Pushed::Stored {
                window.note_start(at, start);
            }
            pushed
        };
        match pushed {
            Pushed::Duplicate => return Verdict::DuplicateTimestamp(reference),
            Pushed::TooOld => return Verdict::TooOld(reference),
            Pushed::Stored | Pushed::Repeated => {}
        }
        record.sample(reference, at, sample.value, start);
        if sample.exemplar.is_some() || sample.metadata.is_some() {
            self.push_extras(series, sample, record);
        }
        if pushed == Pushed::Repeated { Verdict::Repeated(reference) } else { Verdict::Stored(reference) }
    }

    #[cold]
    fn push_extras(&self, series: &Series, sample: &AppendSample<'_>, record: &mut BatchWriter) {
        if let Some(exemplar) = sample.exemplar
            && exemplar.labels.as_raw().len() <= EXEMPLAR_BYTES_MAX
            && exemplar.timestamp.0 <= self.bounds.latest
            && self.exemplars.push(series.reference, &series.labels, exemplar)
        {
            record.exemplar(series.reference, exemplar);
        }
        if let Some(metadata) = sample.metadata {
            let told = metadata.family.as_str();
            let metric = if told.is_empty() { series.labels.metric_name() } else { told };
            let short = metric.len() + metadata.help.len() + metadata.unit.len() <= METADATA_BYTES_MAX;
            if short && self.families.note(metric, metadata) {
                record.metadata(metric, metadata);
            }
        }
    }
}

/// The labels of a raw form, when it is one and within the limits.
fn checked_labels(raw: &[u8]) -> Option<Labels> {
    let labels = Labels::from_raw(raw).ok()?;
    let fits = |text: &str| text.len() <= LABEL_BYTES_MAX;
    let within = !labels.is_empty()
        && labels.len() <= LABELS_MAX
        && labels.iter().all(|(name, value)| fits(name) && fits(value));
    within.then_some(labels)
}
