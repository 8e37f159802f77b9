//! From the WAL back into the head.
//!
//! Invariant: what the WAL holds was accepted once, so it is accepted again however late it is; repeats change nothing.

use super::append::{AppendValue, SeriesRef};
use super::exemplars::Exemplars;
use super::families::Families;
use super::head::Head;
use super::ingest::Bounds;
use super::journal::{self, BatchReader, Entry};
use super::progress::Progress;
use super::series::Series;
use crate::codec::{Cursor, Malformed};
use crate::wal::Replaying;
use model::labels::Labels;
use std::collections::HashMap;
use std::sync::Arc;

/// A replay under way.
#[derive(Debug)]
pub(crate) struct Replay<'a> {
    pub(crate) head: &'a Head,
    pub(crate) exemplars: &'a Exemplars,
    pub(crate) families: &'a Families,
    pub(crate) progress: &'a Progress,
    /// References of series that left the head and came back under another one.
    aliases: HashMap<SeriesRef, Arc<Series>>,
    /// The highest reference seen.
    highest: u64,
    samples: u64,
    /// Samples whose series is not known; they are in a block.
    unknown: u64,
}

impl<'a> Replay<'a> {
    pub(crate) fn new(
        head: &'a Head,
        exemplars: &'a Exemplars,
        families: &'a Families,
        progress: &'a Progress,
    ) -> Self {
        Self { head, exemplars, families, progress, aliases: HashMap::new(), highest: 0, samples: 0, unknown: 0 }
    }

    /// No reference that the WAL mentions is given again.
    pub(crate) fn finish(self) {
        self.head.reserve(self.highest.saturating_add(1));
        tracing::info!(
            series = self.head.registry().len(),
            samples = self.samples,
            unknown = self.unknown,
            "replayed the metrics wal"
        );
    }

    fn series(&mut self, payload: &[u8]) -> Result<(), Malformed> {
        let mut cursor = Cursor::new(payload);
        while !cursor.is_empty() {
            let at = cursor;
            let (reference, raw) = journal::take_series(&mut cursor)?;
            self.highest = self.highest.max(reference.0);
            let known = self.head.registry().by_raw(raw).cloned();
            match known {
                Some(series) if series.reference == reference => {}
                Some(series) => {
                    self.aliases.insert(reference, series);
                }
                None => {
                    let labels = Labels::from_raw(raw).map_err(|_| at.malformed("raw labels"))?;
                    if self.head.registry().by_ref(reference).is_some() {
                        return Err(at.malformed("reference that is not taken"));
                    }
                    self.head.restore(reference, labels);
                }
            }
        }
        Ok(())
    }

    fn batch(&mut self, payload: &[u8]) -> Result<(), Malformed> {
        let registry = self.head.registry();
        let find = |reference: SeriesRef| registry.by_ref(reference).or_else(|| self.aliases.get(&reference));
        let mut reader = BatchReader::new(payload);
        let mut newest = i64::MIN;
        while let Some(entry) = reader.next()? {
            let (series, at, value, start) = match &entry {
                Entry::Float { series, at, value, start } => (*series, *at, AppendValue::Float(*value), *start),
                Entry::Histogram { series, at, value, start } => (*series, *at, AppendValue::Histogram(value), *start),
                Entry::Exemplar { series, at, value, labels } => {
                    if let (Some(found), Some(exemplar)) = (find(*series), journal::exemplar(*at, *value, labels)) {
                        self.exemplars.push(found.reference, &found.labels, &exemplar);
                    }
                    continue;
                }
                Entry::Metadata { metric, metadata } => {
                    self.families.note(metric, metadata);
                    continue;
                }
            };
            self.samples += 1;
            self.highest = self.highest.max(series.0);
            match find(series) {
                Some(series) => {
                    let mut window = series.window();
                    window.push(at, value, Bounds::NONE);
                    window.note_start(at, start);
                    newest = newest.max(at);
                }
                None => self.unknown += 1,
            }
        }
        self.head.reach(newest);
        Ok(())
    }

    fn chunks(&mut self, payload: &[u8]) -> Result<(), Malformed> {
        let mut cursor = Cursor::new(payload);
        while !cursor.is_empty() {
            let (reference, chunks, runs) = journal::take_chunks(&mut cursor)?;
            let registry = self.head.registry();
            let Some(series) = registry.by_ref(reference) else { continue };
            let mut window = series.window();
            for chunk in chunks {
                self.samples += u64::from(chunk.count);
                self.head.reach(chunk.max);
                window.restore(chunk);
            }
            window.restore_starts(runs);
        }
        Ok(())
    }
}

impl Replaying for Replay<'_> {
    fn begin(&mut self, first: u64, last: u64) {
        self.progress.begin(first, last);
    }

    fn reach(&mut self, segment: u64) {
        self.progress.reach(segment);
    }

    fn record(&mut self, kind: u8, payload: &[u8]) -> Result<(), Malformed> {
        match kind {
            journal::SERIES => self.series(payload),
            journal::BATCH => self.batch(payload),
            journal::CHUNKS => self.chunks(payload),
            journal::NEXT_REFERENCE => {
                self.highest = self.highest.max(Cursor::new(payload).uvarint()?.saturating_sub(1));
                Ok(())
            }
            _ => Err(Malformed { what: "known kind of record", at: 0 }),
        }
    }
}
