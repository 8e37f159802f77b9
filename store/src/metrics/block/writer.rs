//! Writes a block: regions of chunks first, then the index, then the meta, then the name.
//!
//! Invariant: series come in ascending order of their labels; nothing has the block's name before all is flushed.

use super::{Block, Meta};
use crate::Error;
use crate::fs::{Disk, DiskFile, OpenAs, TEMPORARY_SUFFIX, publish, with_suffix};
use crate::metrics::append::SeriesRef;
use crate::metrics::chunk::Chunk;
use crate::metrics::filenames;
use crate::metrics::index::{IndexBuilder, Place};
use crate::metrics::journal::{self, Run};
use crate::metrics::starts::Starts;
use model::labels::Labels;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const CHUNKS_MAGIC: [u8; 8] = *b"BelfrCHK";
/// The format of chunks that this code writes and reads.
pub(crate) const CHUNKS_FORMAT_VERSION: u32 = 1;
/// Magic (8), version (4), CRC32C of both (4).
pub(super) const CHUNKS_HEAD_BYTES: usize = 16;

/// Regions are written in pieces of about this size.
const WRITTEN_AT_ONCE: usize = 256 << 10;

pub(super) fn chunks_head() -> [u8; CHUNKS_HEAD_BYTES] {
    let mut head = [0; CHUNKS_HEAD_BYTES];
    let (front, checksum) = head.split_at_mut(12);
    let (magic, version) = front.split_at_mut(8);
    magic.copy_from_slice(&CHUNKS_MAGIC);
    version.copy_from_slice(&CHUNKS_FORMAT_VERSION.to_le_bytes());
    checksum.copy_from_slice(&crc32c::crc32c(front).to_le_bytes());
    head
}

/// A block being written.
#[derive(Debug)]
pub(crate) struct BlockWriter {
    disk: Arc<dyn Disk>,
    path: PathBuf,
    temporary: PathBuf,
    chunks: Arc<dyn DiskFile>,
    buffer: Vec<u8>,
    index: IndexBuilder,
    meta: Meta,
}

impl BlockWriter {
    /// Begins a block of that range which will have that path.
    pub(crate) fn begin(disk: Arc<dyn Disk>, path: PathBuf, range: Range<i64>) -> Result<Self, Error> {
        let temporary = with_suffix(&path, TEMPORARY_SUFFIX);
        disk.remove(&temporary)?;
        disk.create_folder(&temporary)?;
        let chunks = match disk.open(&filenames::chunks(&temporary), OpenAs::New) {
            Ok(chunks) => chunks,
            Err(error) => {
                remove_unfinished(&*disk, &temporary);
                return Err(error);
            }
        };
        let meta = Meta {
            start: range.start,
            end: range.end,
            min: i64::MAX,
            max: i64::MIN,
            chunk_bytes: CHUNKS_HEAD_BYTES as u64,
            ..Meta::default()
        };
        let buffer = chunks_head().to_vec();
        Ok(Self { disk, path, temporary, chunks, buffer, index: IndexBuilder::default(), meta })
    }

    /// Adds a series; nothing happens without chunks.
    pub(crate) fn add(&mut self, labels: &Labels, chunks: &[Chunk], starts: &[Run]) -> Result<(), Error> {
        let Some((min, max)) = chunks.iter().map(|c| (c.min, c.max)).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))) else {
            return Ok(());
        };
        let begin = self.buffer.len();
        self.buffer.extend_from_slice(&[0; 4]);
        let mut runs = Starts::default();
        runs.merge(starts.iter().copied());
        journal::put_chunks(&mut self.buffer, SeriesRef(self.index.len() as u64), chunks, Some(&runs));
        let checksum = crc32c::crc32c(self.buffer.get(begin + 4..).unwrap_or(&[]));
        if let Some(slot) = self.buffer.get_mut(begin..begin + 4) {
            slot.copy_from_slice(&checksum.to_le_bytes());
        }
        let bytes = (self.buffer.len() - begin) as u32;
        self.index.add(labels.clone(), Place { offset: self.meta.chunk_bytes, bytes, min, max });
        self.meta.chunk_bytes += u64::from(bytes);
        self.meta.min = self.meta.min.min(min);
        self.meta.max = self.meta.max.max(max);
        self.meta.series += 1;
        self.meta.samples += chunks.iter().map(|chunk| u64::from(chunk.count)).sum::<u64>();
        if self.buffer.len() >= WRITTEN_AT_ONCE { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), Error> {
        self.chunks.append(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }

    /// Publishes the block and opens it; `None` when no series was added.
    pub(crate) fn finish(mut self) -> Result<Option<Block>, Error> {
        if self.meta.series == 0 {
            return Ok(None);
        }
        self.flush()?;
        self.chunks.sync()?;
        let index = self.index.encode();
        self.meta.index_bytes = index.len() as u64;
        self.write_file(&filenames::index(&self.temporary), &index)?;
        self.write_file(&filenames::meta(&self.temporary), &self.meta.encode())?;
        self.disk.sync_folder(&self.temporary)?;
        publish(&*self.disk, &self.temporary, &self.path)?;
        Block::open(Arc::clone(&self.disk), self.path.clone()).map(Some)
    }

    fn write_file(&self, path: &Path, bytes: &[u8]) -> Result<(), Error> {
        let file = self.disk.open(path, OpenAs::New)?;
        file.append(bytes)?;
        file.sync()
    }
}

/// What was given up leaves nothing behind: the disk may be full. What was published has another name by now.
impl Drop for BlockWriter {
    fn drop(&mut self) {
        remove_unfinished(&*self.disk, &self.temporary);
    }
}

fn remove_unfinished(disk: &dyn Disk, temporary: &Path) {
    if let Err(error) = disk.remove(temporary) {
        tracing::warn!(%error, "cannot remove an unfinished block");
    }
}
