//! What benches see of parts.

use super::{Candidates, Chunk, Columns, Effort, Part, PartWriter};
use crate::Error;
use crate::fs::{Disk, RealDisk};
use language::logql::line_filter::LineFilter;
use model::labels::Labels;
use model::time::Nanos;
use std::path::Path;
use std::sync::Arc;

/// See `crate::probe::LogPart`.
#[derive(Debug)]
pub(crate) struct LogPart(Part);

impl LogPart {
    pub(crate) fn write<'a>(
        path: &Path,
        effort: Effort,
        streams: impl Iterator<Item = (&'a Labels, &'a [(i64, String)])>,
    ) -> Result<Option<Self>, Error> {
        let disk: Arc<dyn Disk> = Arc::new(RealDisk);
        let none = Labels::empty();
        let mut writer = PartWriter::begin(disk, path.to_owned(), effort)?;
        for (labels, entries) in streams {
            writer.stream(labels)?;
            for (at, line) in entries {
                writer.entry(Nanos(*at), line, &none)?;
            }
        }
        Ok(writer.finish(&[])?.map(Self))
    }

    pub(crate) fn bytes(&self) -> [u64; 3] {
        let meta = self.0.meta();
        [meta.table_bytes, meta.chunk_bytes, meta.index_bytes]
    }

    pub(crate) fn loaded(&self) -> usize {
        self.0.loaded().0
    }

    /// Lines that pass, and chunks that were read for them.
    pub(crate) fn search(&self, filters: &[LineFilter], candidates: &Candidates) -> Result<(u64, u64), Error> {
        let table = self.0.table(0)?;
        let (mut chunk, mut places) = (Chunk::default(), Vec::new());
        let (mut lines, mut chunks) = (0, 0);
        for number in (0..self.0.meta().chunks as u32).filter(|number| candidates.contains(*number)) {
            let Some(header) = table.header(number) else { continue };
            self.0.read(header, Columns::Lines, &mut chunk)?;
            chunk.matching(filters, &mut places);
            lines += places.len() as u64;
            chunks += 1;
        }
        Ok((lines, chunks))
    }

    pub(crate) fn candidates(&self, filters: &[LineFilter]) -> Result<Candidates, Error> {
        self.0.candidates(filters, 0)
    }

    /// Bytes of all lines, from the columns of sizes.
    pub(crate) fn sizes(&self) -> Result<u64, Error> {
        let table = self.0.table(0)?;
        let mut chunk = Chunk::default();
        let mut bytes = 0;
        for header in (0..self.0.meta().chunks as u32).filter_map(|number| table.header(number)) {
            self.0.read(header, Columns::Sizes, &mut chunk)?;
            bytes += (0..chunk.len()).map(|entry| chunk.line_bytes(entry) as u64).sum::<u64>();
        }
        Ok(bytes)
    }
}
