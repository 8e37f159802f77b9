//! Some entries of one stream in memory: their lines in one string, their times and lengths in a column.
//!
//! Invariant: entries stand in the order in which they came until [`HeadChunk::sort`], then in the order of time and,
//! of one time, as they came. Offsets always fit the text.

use crate::logs::limits::{HEAD_CHUNK_BYTES, HEAD_CHUNK_ENTRIES};
use model::labels::Labels;
use model::time::Nanos;

/// Metadata sets that are compared with that of a new entry before it is kept once more: lines of one stream have few.
const METADATA_COMPARED: usize = 4;

/// Where an entry stands.
#[derive(Clone, Copy, Debug)]
struct Row {
    at: i64,
    offset: u32,
    bytes: u32,
    /// One more than its place in the list; 0 for none.
    metadata: u32,
}

/// An entry of a chunk.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line<'a> {
    pub(crate) at: Nanos,
    pub(crate) text: &'a str,
    /// `None` for none.
    pub(crate) metadata: Option<&'a Labels>,
}

/// Some entries of one stream.
#[derive(Clone, Debug, Default)]
pub(crate) struct HeadChunk {
    text: String,
    rows: Vec<Row>,
    metadata: Vec<Labels>,
    /// Earliest and latest time.
    bounds: Option<(i64, i64)>,
    unsorted: bool,
}

impl HeadChunk {
    /// An empty chunk that has room for what a chunk holds.
    pub(crate) fn with_room(bytes: usize) -> Self {
        Self { text: String::with_capacity(bytes), ..Self::default() }
    }

    /// Whether the line has room in this chunk.
    #[inline]
    pub(crate) fn has_room(&self, line: &str) -> bool {
        self.rows.is_empty() || self.text.len() + line.len() <= HEAD_CHUNK_BYTES && self.rows.len() < HEAD_CHUNK_ENTRIES
    }

    /// Adds an entry; how many bytes of memory it takes.
    #[inline]
    pub(crate) fn push(&mut self, at: i64, line: &str, metadata: &Labels) -> usize {
        let (metadata, metadata_bytes) = if metadata.is_empty() { (0, 0) } else { self.keep_metadata(metadata) };
        self.unsorted |= self.bounds.is_some_and(|(_, max)| at < max);
        self.bounds = Some(self.bounds.map_or((at, at), |(min, max)| (min.min(at), max.max(at))));
        // A chunk holds one line or at most HEAD_CHUNK_BYTES, which both fit 32 bits.
        self.rows.push(Row { at, offset: self.text.len() as u32, bytes: line.len() as u32, metadata });
        self.text.push_str(line);
        line.len() + size_of::<Row>() + metadata_bytes
    }

    fn keep_metadata(&mut self, metadata: &Labels) -> (u32, usize) {
        let lately = self.metadata.iter().enumerate().rev().take(METADATA_COMPARED);
        if let Some((place, _)) = lately.into_iter().find(|(_, kept)| *kept == metadata) {
            return (place as u32 + 1, 0);
        }
        self.metadata.push(metadata.clone());
        (self.metadata.len() as u32, metadata.as_raw().len() + size_of::<Labels>() + 16)
    }

    /// Brings the entries into the order of time.
    pub(crate) fn sort(&mut self) {
        if std::mem::take(&mut self.unsorted) {
            self.rows.sort_by_key(|row| row.at);
        }
    }

    /// Gives back memory that is not needed any more.
    pub(crate) fn shrink(&mut self) {
        self.rows.shrink_to_fit();
        self.metadata.shrink_to_fit();
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Earliest and latest time, `None` when it is empty.
    pub(crate) fn bounds(&self) -> Option<(i64, i64)> {
        self.bounds
    }

    /// Bytes of the lines.
    pub(crate) fn text_bytes(&self) -> usize {
        self.text.len()
    }

    /// Bytes of memory, about.
    pub(crate) fn memory(&self) -> usize {
        self.text.len() + self.rows.len() * size_of::<Row>() + self.metadata.len() * 64
    }

    /// The time of an entry.
    #[inline]
    pub(crate) fn at(&self, place: usize) -> Option<i64> {
        self.rows.get(place).map(|row| row.at)
    }

    /// The place of the first entry that is not before the time, when it is sorted.
    pub(crate) fn position(&self, at: i64) -> usize {
        self.rows.partition_point(|row| row.at < at)
    }

    /// An entry.
    #[inline]
    pub(crate) fn line(&self, place: usize) -> Option<Line<'_>> {
        let row = self.rows.get(place)?;
        let (offset, bytes) = (row.offset as usize, row.bytes as usize);
        let metadata = (row.metadata as usize).checked_sub(1).and_then(|place| self.metadata.get(place));
        Some(Line { at: Nanos(row.at), text: self.text.get(offset..offset + bytes)?, metadata })
    }

    /// All entries, in their present order.
    pub(crate) fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        (0..self.rows.len()).filter_map(|place| self.line(place))
    }

    /// The entries inside, sorted, as a chunk of their own.
    pub(crate) fn copy_within(&self, start: i64, end: i64) -> Self {
        let inside = |at: i64| start <= at && at < end;
        if self.bounds.is_some_and(|(min, max)| inside(min) && inside(max)) {
            let mut copied = self.clone();
            copied.sort();
            return copied;
        }
        let mut copied = Self::default();
        for line in self.lines().filter(|line| inside(line.at.0)) {
            copied.push(line.at.0, line.text, line.metadata.unwrap_or(&Labels::empty()));
        }
        copied.sort();
        copied
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_one_time_stay_as_they_came() {
        let mut chunk = HeadChunk::default();
        let labels = Labels::from_pairs([("level", "info")]);
        for (at, line) in [(5, "e"), (3, "c"), (5, "f"), (1, ""), (3, "d")] {
            let metadata = if line == "d" { labels.clone() } else { Labels::empty() };
            chunk.push(at, line, &metadata);
        }
        assert_eq!(chunk.bounds(), Some((1, 5)));
        let of =
            |chunk: &HeadChunk| -> Vec<_> { chunk.lines().map(|line| (line.at.0, line.text.to_owned())).collect() };
        let inside = chunk.copy_within(3, 5);
        assert_eq!(of(&inside), [(3, "c".to_owned()), (3, "d".to_owned())]);
        assert_eq!(inside.line(1).and_then(|line| line.metadata), Some(&labels));
        chunk.sort();
        assert_eq!(of(&chunk).into_iter().map(|(_, text)| text).collect::<String>(), "cdef");
    }
}
