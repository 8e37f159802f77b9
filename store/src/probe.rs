//! What fuzz targets and benches see of the inside. Not for the daemon.
//!
//! Invariant: nothing here holds a format of its own; every function calls the code that the store runs.

use crate::Error;
use crate::codec::Cursor;
use crate::logs::part::probe as part;
use crate::logs::part::{Candidates, Effort};
use crate::metrics::probe as metrics;
use crate::wal::probe as wal;
use language::logql::line_filter::LineFilter;
use model::labels::Labels;
use model::time::Millis;
use std::path::Path;

/// A float chunk that was written: how to read it back.
#[derive(Clone, Debug)]
pub struct FloatChunk(metrics::FloatChunk);

impl FloatChunk {
    /// Encodes samples whose times ascend. At least one, at most 65,535.
    pub fn encode(samples: &[(i64, f64)]) -> Option<Self> {
        metrics::FloatChunk::encode(samples).map(Self)
    }

    /// Bytes that it takes.
    pub fn bytes(&self) -> usize {
        self.0.bytes()
    }

    /// Decodes it behind what the columns hold; how many samples that were.
    pub fn decode(&self, columns: &mut Columns) -> usize {
        self.0.decode(&mut columns.0)
    }
}

/// Columns to decode into, kept to be used again.
#[derive(Debug, Default)]
pub struct Columns(metrics::Columns);

impl Columns {
    /// Empties them and keeps their memory.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// The last sample.
    pub fn last(&self) -> Option<(Millis, f64)> {
        self.0.len().checked_sub(1).and_then(|last| self.0.get(last)).map(|(at, value, _)| (at, value))
    }
}

/// What is in both of two ascending lists.
pub fn intersect(a: &[u64], b: &[u64]) -> Vec<u64> {
    metrics::intersect(a, b)
}

/// Reads bytes as a chunk of that encoding and number of samples; how many came out.
pub fn read_chunk(encoding: u8, count: u16, bytes: &[u8]) -> usize {
    metrics::read_chunk(encoding, count, bytes)
}

/// Reads bytes as what follows the checksum in the index of a block, and all it says; how many series it has.
pub fn read_index_body(body: &[u8]) -> usize {
    metrics::read_index_body(body)
}

/// Reads bytes as what follows the checksum in the region of a series; how many chunks it has.
pub fn read_region_body(body: &[u8]) -> usize {
    metrics::read_region_body(body)
}

/// Reads bytes as a WAL segment behind its head, and each payload as every kind of record; how many records.
pub fn read_segment(bytes: &[u8]) -> usize {
    wal::read_records(bytes, |payload| {
        metrics::read_batch(payload);
        let mut cursor = Cursor::new(payload);
        while metrics::read_series(&mut cursor) {}
    })
}

/// A sealed part of the log store.
#[derive(Debug)]
pub struct LogPart(part::LogPart);

/// How much work goes into making a part small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogEffort {
    /// As for parts that are merged soon.
    Quick,
    /// As for parts that stay.
    Thorough,
}

/// What the index of a part left of its chunks for some filters.
#[derive(Clone, Debug)]
pub struct LogCandidates(Candidates);

impl LogPart {
    /// Writes a part; `None` when there is no entry. Streams ascend by their raw labels, entries by time in
    /// nanoseconds.
    ///
    /// # Errors
    /// What the disk says.
    pub fn write<'a>(
        path: &Path,
        effort: LogEffort,
        streams: impl Iterator<Item = (&'a Labels, &'a [(i64, String)])>,
    ) -> Result<Option<Self>, Error> {
        let effort = match effort {
            LogEffort::Quick => Effort::Quick,
            LogEffort::Thorough => Effort::Thorough,
        };
        Ok(part::LogPart::write(path, effort, streams)?.map(Self))
    }

    /// Bytes of its table, its chunks, its index.
    pub fn bytes(&self) -> [u64; 3] {
        self.0.bytes()
    }

    /// Bytes of memory of its table and index, as far as they are loaded.
    pub fn loaded(&self) -> usize {
        self.0.loaded()
    }

    /// Asks the index.
    ///
    /// # Errors
    /// What the disk says.
    pub fn candidates(&self, filters: &[LineFilter]) -> Result<LogCandidates, Error> {
        self.0.candidates(filters).map(LogCandidates)
    }

    /// Lines that pass, and chunks that were read for them; without candidates all chunks.
    ///
    /// # Errors
    /// What the disk says.
    pub fn search(&self, filters: &[LineFilter], candidates: Option<&LogCandidates>) -> Result<(u64, u64), Error> {
        self.0.search(filters, candidates.map_or(&Candidates::All, |candidates| &candidates.0))
    }

    /// Bytes of all lines, from the columns of sizes.
    ///
    /// # Errors
    /// What the disk says.
    pub fn sizes(&self) -> Result<u64, Error> {
        self.0.sizes()
    }
}
