//! A chunk: entries of one stream, ascending in time, as columns. The same struct is filled by a writer, encoded, and
//! filled again by reading. See `docs/format/log_chunk.md`.
//!
//! Invariant: every line ends at a line break of its own in the text, so the text can be searched as a whole; columns
//! have one value per entry or, where they were not read, none. Reading checks a checksum per column group and is
//! bounded by what the header says, which is bounded by the limits.

mod decode;
mod encode;
mod scan;
mod split;

pub(super) use decode::ReadError;
pub(crate) use encode::Effort;
pub(super) use encode::Encoder;

use model::labels::Labels;
use model::time::Nanos;
use split::Joiner;
use std::fmt;
use std::ops::Range;
use zstd::bulk::Decompressor;

/// Which columns of a chunk are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Columns {
    /// Times and lengths of the lines; the text is not even inflated.
    Sizes,
    /// The structured metadata too, but not the lines.
    Metadata,
    /// Times, lengths and lines.
    Lines,
    /// Everything.
    All,
}

/// Entries of one stream. Keep it to read the next chunk into: it keeps its memory.
#[derive(Default)]
pub(crate) struct Chunk {
    timestamps: Vec<i64>,
    /// Where each line ends in the text; one byte further the next one begins.
    ends: Vec<u32>,
    text: String,
    sets: Vec<Labels>,
    /// The place of each entry's metadata in `sets`; empty when no entry has any.
    set_of: Vec<u32>,
    scratch: Scratch,
}

/// What reading needs beside the columns.
#[derive(Default)]
struct Scratch {
    stored: Vec<u8>,
    numbers: Vec<u64>,
    inflated: Vec<u8>,
    /// Fields of a text that was split.
    values: Vec<u8>,
    joiner: Joiner,
    zstd: Option<Decompressor<'static>>,
}

impl Chunk {
    /// How many entries.
    pub(crate) fn len(&self) -> usize {
        self.timestamps.len()
    }

    /// Whether it holds no entry.
    pub(crate) fn is_empty(&self) -> bool {
        self.timestamps.is_empty()
    }

    /// The times of the entries, nanoseconds, ascending.
    pub(crate) fn timestamps(&self) -> &[i64] {
        &self.timestamps
    }

    /// The time of an entry.
    pub(crate) fn timestamp(&self, entry: usize) -> Option<Nanos> {
        self.timestamps.get(entry).copied().map(Nanos)
    }

    /// Bytes of an entry's line, whatever columns were read; 0 beyond the last entry.
    pub(crate) fn line_bytes(&self, entry: usize) -> usize {
        let end = self.ends.get(entry).map_or(0, |end| *end as usize);
        end.saturating_sub(self.start(entry))
    }

    /// Bytes of the lines of some entries, whatever columns were read.
    pub(crate) fn bytes_within(&self, entries: Range<usize>) -> u64 {
        let last = entries.end.checked_sub(1).and_then(|last| self.ends.get(last)).map_or(0, |end| *end as usize);
        // A line break stands between two lines.
        let breaks = entries.len().saturating_sub(1);
        last.saturating_sub(self.start(entries.start)).saturating_sub(breaks) as u64
    }

    /// The line of an entry; empty when the lines were not read.
    pub(crate) fn line(&self, entry: usize) -> &str {
        let end = self.ends.get(entry).map_or(0, |end| *end as usize);
        self.text.get(self.start(entry)..end).unwrap_or("")
    }

    /// The structured metadata of an entry; `None` when it has none or none was read.
    pub(crate) fn metadata(&self, entry: usize) -> Option<&Labels> {
        let set = *self.set_of.get(entry)?;
        self.sets.get(set as usize).filter(|set| !set.is_empty())
    }

    /// All lines, each followed by a line break, whether or not it has others within.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The entry in whose line, its line break included, the byte of the text lies.
    pub(crate) fn entry_at(&self, byte: usize) -> usize {
        self.ends.partition_point(|end| (*end as usize) < byte)
    }

    /// Bytes of memory that it holds.
    pub(crate) fn memory(&self) -> usize {
        let sets: usize = self.sets.iter().map(|set| set.as_raw().len() + 40).sum();
        let scratch = [&self.scratch.stored, &self.scratch.inflated, &self.scratch.values].map(Vec::capacity);
        let numbers = self.scratch.numbers.capacity() * 8;
        let columns = self.timestamps.capacity() * 8 + (self.ends.capacity() + self.set_of.capacity()) * 4;
        columns + self.text.capacity() + sets + scratch.iter().sum::<usize>() + numbers
    }

    fn start(&self, entry: usize) -> usize {
        entry.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, |end| *end as usize + 1)
    }

    /// Forgets the entries and keeps the memory.
    pub(crate) fn clear(&mut self) {
        self.text.clear();
        self.clear_columns();
    }

    /// Forgets all but the text, which reading overwrites.
    fn clear_columns(&mut self) {
        self.timestamps.clear();
        self.ends.clear();
        self.sets.clear();
        self.set_of.clear();
    }
}

impl fmt::Debug for Chunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Chunk({} entries, {} bytes of text)", self.len(), self.text.len())
    }
}

#[cfg(test)]
mod tests;
