//! A part: log entries of a span of time, sealed and immutable, in a folder of four files. See
//! `docs/format/log_part.md`.
//!
//! Invariant: what has a part's name was written as a whole and never changes. Streams ascend by labels; the chunks of
//! a stream ascend in time, and one begins no earlier than the one before ends. The table of streams and the index are
//! loaded when they are first asked for and may be given back; entries are read chunk by chunk. Nothing here decides
//! what becomes a part, when parts are merged or dropped.

mod chunk;
mod column;
mod index;
pub(crate) mod merge;
mod meta;
pub(crate) mod probe;
mod table;
mod writer;

pub(crate) use chunk::{Chunk, Columns, Effort};
pub(crate) use meta::PartMeta;
pub(crate) use table::{ChunkHeader, Table};
pub(crate) use writer::PartWriter;

use super::filenames;
use super::limits::{PART_META_BYTES_MAX, PART_TABLE_BYTES_MAX};
use crate::codec::Malformed;
use crate::fs::{Disk, DiskFile, OpenAs, read_whole};
use crate::{Error, ErrorKind};
use index::Index;
use language::logql::line_filter::LineFilter;
use model::time::LogRange;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// An open part. Cheap while nothing of it is loaded: two file handles and its meta.
#[derive(Debug)]
pub(crate) struct Part {
    meta: PartMeta,
    path: PathBuf,
    disk: Arc<dyn Disk>,
    chunks: Arc<dyn DiskFile>,
    table: Mutex<Option<Arc<Table>>>,
    index: Mutex<Option<Arc<Index>>>,
    used: AtomicU64,
}

/// The chunks of a part in which a line may pass some filters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Candidates {
    /// The index tells nothing: any chunk.
    All,
    /// Those whose bit is set, chunk 0 the lowest of the first word.
    Some(Vec<u64>),
}

impl Candidates {
    /// Whether a line of that chunk may pass.
    pub(crate) fn contains(&self, chunk: u32) -> bool {
        match self {
            Self::All => true,
            Self::Some(words) => words.get(chunk as usize / 64).is_some_and(|word| word >> (chunk % 64) & 1 == 1),
        }
    }

    /// Whether no line of the part can pass.
    pub(crate) fn is_empty(&self) -> bool {
        matches!(self, Self::Some(words) if words.iter().all(|word| *word == 0))
    }
}

impl Part {
    /// Opens a folder: reads its meta and looks at the head and the length of its chunks.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`] when it is not a part of a version that is known, or not whole; [`ErrorKind::Io`].
    pub(crate) fn open(disk: Arc<dyn Disk>, path: PathBuf) -> Result<Self, Error> {
        let meta_path = filenames::part_meta(&path);
        let meta = read_whole(&*disk, &meta_path, PART_META_BYTES_MAX)?;
        let meta = PartMeta::decode(&meta).map_err(|malformed| corrupt(&meta_path, malformed))?;
        let chunks_path = filenames::part_chunks(&path);
        let chunks = disk.open(&chunks_path, OpenAs::Read)?;
        let found = chunks.bytes()?;
        if found != meta.chunk_bytes {
            let context = format!("{} has {found} bytes, expected {}", chunks_path.display(), meta.chunk_bytes);
            return Err(Error::new(ErrorKind::Corrupt, context));
        }
        let mut head = [0; writer::CHUNKS_HEAD_BYTES];
        chunks.read_at(0, &mut head)?;
        if head != writer::chunks_head() {
            let expected = writer::chunks_head();
            let context = format!("{}: head {head:02x?}, expected {expected:02x?}", chunks_path.display());
            return Err(Error::new(ErrorKind::Corrupt, context));
        }
        Ok(Self { meta, path, disk, chunks, table: Mutex::default(), index: Mutex::default(), used: AtomicU64::new(0) })
    }

    /// What it says of itself.
    pub(crate) fn meta(&self) -> &PartMeta {
        &self.meta
    }

    /// Its folder.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether any entry may lie inside.
    pub(crate) fn overlaps(&self, range: LogRange) -> bool {
        self.meta.min < range.end && range.start <= self.meta.max
    }

    /// Streams and chunk headers, loaded if they are not. `tick` tells later which parts were used last.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`] when the file is damaged, [`ErrorKind::Io`].
    pub(crate) fn table(&self, tick: u64) -> Result<Arc<Table>, Error> {
        self.used.store(tick, Ordering::Relaxed);
        let mut held = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(table) = &*held {
            return Ok(Arc::clone(table));
        }
        let path = filenames::part_table(&self.path);
        let bytes = read_whole(&*self.disk, &path, PART_TABLE_BYTES_MAX)?;
        let table = Table::decode(&bytes, &self.meta).map_err(|malformed| corrupt(&path, malformed))?;
        let table = Arc::new(table);
        *held = Some(Arc::clone(&table));
        Ok(table)
    }

    fn index(&self, tick: u64) -> Result<Arc<Index>, Error> {
        self.used.store(tick, Ordering::Relaxed);
        let mut held = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(index) = &*held {
            return Ok(Arc::clone(index));
        }
        let path = filenames::part_index(&self.path);
        let index = Arc::new(Index::open(&*self.disk, &path, self.meta.index_bytes, self.meta.chunks as u32)?);
        *held = Some(Arc::clone(&index));
        Ok(index)
    }

    /// Gives table and index back; how many bytes of memory that was.
    pub(crate) fn unload(&self) -> usize {
        let table = self.table.lock().unwrap_or_else(PoisonError::into_inner).take();
        let index = self.index.lock().unwrap_or_else(PoisonError::into_inner).take();
        table.map_or(0, |table| table.memory()) + index.map_or(0, |index| index.memory())
    }

    /// Bytes of memory of what is loaded, 0 when nothing is, and when it was last used.
    pub(crate) fn loaded(&self) -> (usize, u64) {
        let table = self.table.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map_or(0, |t| t.memory());
        let index = self.index.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map_or(0, |i| i.memory());
        (table + index, self.used.load(Ordering::Relaxed))
    }

    /// The chunks in which a line may pass all filters: never one too few. Loads the index if it is not.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`] when the index is damaged, [`ErrorKind::Io`]. The entries can be read nevertheless.
    pub(crate) fn candidates(&self, filters: &[LineFilter], tick: u64) -> Result<Candidates, Error> {
        if filters.iter().all(|filter| filter.required().is_none()) {
            return Ok(Candidates::All);
        }
        self.index(tick)?.candidates(filters)
    }

    /// Reads columns of a chunk into a buffer, whatever was in it before.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`] when the chunk is damaged, [`ErrorKind::Io`]. The buffer is empty then.
    pub(crate) fn read(&self, header: &ChunkHeader, columns: Columns, into: &mut Chunk) -> Result<(), Error> {
        into.read(&*self.chunks, header, columns).map_err(|error| match error {
            chunk::ReadError::Disk(error) => error,
            chunk::ReadError::Damaged(malformed) => {
                let at = malformed.at.saturating_add(header.offset as usize);
                corrupt(&filenames::part_chunks(&self.path), Malformed { at, ..malformed })
            }
        })
    }
}

fn corrupt(path: &Path, malformed: Malformed) -> Error {
    Error::new(ErrorKind::Corrupt, format!("reading {}", path.display())).caused_by(malformed)
}

#[cfg(test)]
mod tests;
