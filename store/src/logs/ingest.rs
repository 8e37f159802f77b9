//! From a batch to what is stored of it.
//!
//! Invariant: what is refused never stops the others. Nothing is changed here but that streams are made: the entries
//! enter the head after the WAL has them.

use super::append::{AppendEntry, Batch, Outcome, Refusal, Refused};
use super::head::{Generation, HeadStream, LiveStreams};
use super::journal::BatchWriter;
use super::limits::{FUTURE_MAX, LABEL_BYTES_MAX, LABELS_MAX, LINE_BYTES_MAX, METADATA_BYTES_MAX};
use super::options::Options;
use crate::Error;
use crate::wal::RecordGroup;
use model::labels::Labels;
use model::time::{Millis, Nanos};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Which times are taken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    now: Nanos,
    /// Earlier ones are beyond the retention.
    oldest: i64,
    /// Later ones are too far ahead.
    latest: i64,
}

impl Bounds {
    /// The bounds at a time.
    pub(crate) fn at(now: Nanos, options: &Options) -> Self {
        let oldest = if options.retention.is_zero() { Nanos::MIN } else { now.minus(options.retention) };
        Self { now, oldest: oldest.0, latest: now.plus(FUTURE_MAX).0 }
    }

    fn refusal(self, entry: &AppendEntry<'_>) -> Option<Refused> {
        if entry.timestamp.0 < self.oldest {
            Some(Refused::BeforeRetention)
        } else if entry.timestamp.0 > self.latest {
            Some(Refused::TooFarAhead)
        } else if entry.line.len() > LINE_BYTES_MAX {
            Some(Refused::LineTooLong)
        } else if entry.metadata.as_raw().len() > METADATA_BYTES_MAX {
            Some(Refused::InvalidLabels)
        } else {
            None
        }
    }
}

/// The entries of one stream of a batch that are stored.
#[derive(Debug)]
pub(crate) struct Taken<'a> {
    pub(crate) stream: Arc<HeadStream>,
    pub(crate) labels: &'a Labels,
    entries: &'a [AppendEntry<'a>],
    /// Places of those that are not stored, ascending; nearly always none.
    left_out: Vec<usize>,
}

impl<'a> Taken<'a> {
    pub(crate) fn len(&self) -> usize {
        self.entries.len() - self.left_out.len()
    }

    /// The entries with their places.
    pub(crate) fn places(&self) -> impl Iterator<Item = (usize, &'a AppendEntry<'a>)> {
        let mut left_out = self.left_out.iter().copied().peekable();
        let entries = self.entries.iter().enumerate();
        entries.filter(move |(place, _)| left_out.next_if_eq(place).is_none())
    }

    /// The entries.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &'a AppendEntry<'a>> {
        self.places().map(|(_, entry)| entry)
    }

    /// Leaves more out; the places ascend.
    pub(crate) fn leave_out(&mut self, places: &[usize]) {
        if places.is_empty() {
            return;
        }
        self.left_out.extend_from_slice(places);
        self.left_out.sort_unstable();
    }
}

/// What takes batches.
#[derive(Debug, Default)]
pub(crate) struct Ingest {
    live: LiveStreams,
    /// Writers whose memory is used again.
    spare: Mutex<Vec<BatchWriter>>,
}

/// Writers that are kept.
const SPARE_MAX: usize = 4;
/// Memory of a writer that is kept, with some more than one record takes.
const SPARE_BYTES_MAX: usize = 2 << 20;

impl Ingest {
    /// Finds or makes the streams of a batch and refuses what cannot be stored.
    pub(crate) fn take<'a>(
        &self,
        head: &Generation,
        batch: &Batch<'a>,
        bounds: Bounds,
        outcome: &mut Outcome,
    ) -> Vec<Taken<'a>> {
        let mut taken = Vec::with_capacity(batch.streams.len());
        for (place, stream) in batch.streams.iter().enumerate() {
            let refused_before = outcome.refused.len();
            let mut refuse = |entry, why| outcome.refused.push(Refusal { stream: place, entry, why });
            let known = head.get(stream.labels);
            if known.is_none() && !are_valid(stream.labels) {
                (0..stream.entries.len()).for_each(|entry| refuse(entry, Refused::InvalidLabels));
                continue;
            }
            let mut left_out = Vec::new();
            for (entry, appended) in stream.entries.iter().enumerate() {
                if let Some(why) = bounds.refusal(appended) {
                    refuse(entry, why);
                    left_out.push(entry);
                }
            }
            if left_out.len() == stream.entries.len() {
                // A stream without entries is not made.
                continue;
            }
            let Some(found) = known.or_else(|| self.make(head, stream.labels, bounds.now)) else {
                outcome.refused.truncate(refused_before);
                let why = |entry: &AppendEntry<'_>| bounds.refusal(entry).unwrap_or(Refused::TooManyStreams);
                let refusals = stream.entries.iter().enumerate();
                let refusals = refusals.map(|(entry, appended)| Refusal { stream: place, entry, why: why(appended) });
                outcome.refused.extend(refusals);
                continue;
            };
            taken.push(Taken { stream: found, labels: stream.labels, entries: stream.entries, left_out });
        }
        taken
    }

    fn make(&self, head: &Generation, labels: &Labels, now: Nanos) -> Option<Arc<HeadStream>> {
        self.live.admit(labels, now.to_millis()).then(|| head.make(labels))
    }

    /// Writes what is stored of a batch as records and hands them over.
    pub(crate) fn write<T>(
        &self,
        taken: &[Taken<'_>],
        batch: &Batch<'_>,
        hand_over: impl FnOnce(&RecordGroup) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut writer = self.spare().pop().unwrap_or_default();
        let written = write_records(&mut writer, taken);
        let handed = written.and_then(|()| hand_over(writer.finish(batch.positions)?));
        writer.clear();
        if writer.memory() <= SPARE_BYTES_MAX {
            let mut spare = self.spare();
            if spare.len() < SPARE_MAX {
                spare.push(writer);
            }
        }
        handed
    }

    fn spare(&self) -> MutexGuard<'_, Vec<BatchWriter>> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn write_records(writer: &mut BatchWriter, taken: &[Taken<'_>]) -> Result<(), Error> {
    for stream in taken.iter().filter(|stream| stream.len() > 0) {
        writer.begin_stream(stream.labels);
        for entry in stream.entries() {
            writer.entry(stream.labels, entry.timestamp.0, entry.line, entry.metadata)?;
        }
        writer.end_stream();
    }
    Ok(())
}

/// Puts the entries into the head; how many they were.
pub(crate) fn push(head: &Generation, taken: &[Taken<'_>], now: Millis) -> usize {
    let (mut entries, mut bytes) = (0, 0);
    for stream in taken {
        let mut buffer = stream.stream.buffer();
        for entry in stream.entries() {
            bytes += buffer.push(entry.timestamp.0, entry.line, entry.metadata);
            entries += 1;
        }
    }
    if entries > 0 {
        head.grow(entries, bytes, now);
    }
    entries
}

fn are_valid(labels: &Labels) -> bool {
    let fits = |text: &str| text.len() <= LABEL_BYTES_MAX;
    !labels.is_empty() && labels.len() <= LABELS_MAX && labels.iter().all(|(name, value)| fits(name) && fits(value))
}
