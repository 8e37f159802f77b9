//! Rewrites several parts into one.
//!
//! Invariant: the new part holds exactly the entries of the old ones, those of one stream and time in the order of the
//! parts; memory holds one chunk per part that has the stream.

use super::{Chunk, Columns, Effort, Part, PartWriter, Table};
use crate::Error;
use crate::fs::Disk;
use model::labels::Labels;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

/// What a merge makes.
#[derive(Clone, Debug)]
pub(crate) struct Target<'a> {
    /// Where the part will be.
    pub(crate) path: PathBuf,
    /// How small it should become.
    pub(crate) effort: Effort,
    /// See [`super::PartMeta::owner`].
    pub(crate) owner: &'a [u8],
}

/// Merges parts; those that took what came earlier stand earlier. `None` when there is nothing in them.
///
/// # Errors
/// [`crate::ErrorKind::Corrupt`] when one of them is damaged, [`crate::ErrorKind::Io`]; nothing is published then.
pub(crate) fn merge(disk: Arc<dyn Disk>, parts: &[Arc<Part>], target: &Target<'_>) -> Result<Option<Part>, Error> {
    let mut sources = Vec::with_capacity(parts.len());
    for part in parts {
        sources.push(Source { part, table: part.table(0)?, stream: 0, chunks: 0..0, chunk: Chunk::default(), at: 0 });
    }
    let mut writer = PartWriter::begin(disk, target.path.clone(), target.effort)?;
    let none = Labels::empty();
    while let Some(labels) = next_stream(&sources) {
        writer.stream(&labels)?;
        // The earliest entry of each source that has the stream; ties go to the earlier part.
        let mut heap = BinaryHeap::new();
        for (number, source) in sources.iter_mut().enumerate() {
            if source.begin(&labels)? {
                heap.push(Reverse((source.time(), number)));
            }
        }
        while let Some(Reverse((_, number))) = heap.pop() {
            let Some(source) = sources.get_mut(number) else { continue };
            // As long as no other source is earlier, this one goes on without the heap.
            let bound = heap.peek().map(|Reverse(next)| *next);
            while source.has_entry() && bound.is_none_or(|bound| (source.time(), number) < bound) {
                let metadata = source.chunk.metadata(source.at).unwrap_or(&none);
                let timestamp = model::time::Nanos(source.time());
                writer.entry(timestamp, source.chunk.line(source.at), metadata)?;
                source.advance()?;
            }
            if source.has_entry() {
                heap.push(Reverse((source.time(), number)));
            }
        }
    }
    writer.finish(target.owner)
}

/// A part that is read stream by stream.
struct Source<'a> {
    part: &'a Part,
    table: Arc<Table>,
    /// The next stream that was not begun.
    stream: usize,
    /// Chunks of the stream that were not read.
    chunks: Range<u32>,
    chunk: Chunk,
    at: usize,
}

fn next_stream(sources: &[Source<'_>]) -> Option<Labels> {
    let next = sources.iter().filter_map(|source| source.table.streams().get(source.stream));
    next.min_by(|a, b| a.as_raw().cmp(b.as_raw())).cloned()
}

impl Source<'_> {
    /// Begins the stream if it is the next; whether it has an entry.
    fn begin(&mut self, labels: &Labels) -> Result<bool, Error> {
        if self.table.streams().get(self.stream) != Some(labels) {
            return Ok(false);
        }
        self.chunks = self.table.chunks(self.stream);
        self.stream += 1;
        self.chunk.clear();
        self.at = 0;
        self.fill()?;
        Ok(self.has_entry())
    }

    fn has_entry(&self) -> bool {
        self.at < self.chunk.len()
    }

    fn time(&self) -> i64 {
        self.chunk.timestamps().get(self.at).copied().unwrap_or(i64::MAX)
    }

    fn advance(&mut self) -> Result<(), Error> {
        self.at += 1;
        self.fill()
    }

    fn fill(&mut self) -> Result<(), Error> {
        while !self.has_entry() {
            let Some(header) = self.chunks.next().and_then(|chunk| self.table.header(chunk)) else { return Ok(()) };
            self.part.read(header, Columns::All, &mut self.chunk)?;
            self.at = 0;
        }
        Ok(())
    }
}
