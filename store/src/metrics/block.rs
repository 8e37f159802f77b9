//! A block: the samples of one range, immutable, in a folder of three files. See `docs/format/block.md`.
//!
//! Invariant: what has a block's name was written as a whole. Labels are loaded when they are first asked for and may
//! be given back; samples are read series by series.

mod meta;
mod writer;

pub(crate) use meta::Meta;
pub(crate) use writer::BlockWriter;

use super::chunk::Chunk;
use super::filenames;
use super::index::Index;
use super::journal::{self, Run};
use super::limits::{INDEX_BYTES_MAX, META_BYTES_MAX};
use super::postings::resolve;
use crate::codec::{Cursor, Malformed};
use crate::fs::{Disk, DiskFile, OpenAs, read_whole};
use crate::{Error, ErrorKind};
use model::matcher::Matcher;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// An open block.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) meta: Meta,
    /// Of blocks that hold the same time, the one with the smaller number was told first.
    pub(crate) number: u64,
    path: PathBuf,
    disk: Arc<dyn Disk>,
    chunks: Arc<dyn DiskFile>,
    index: Mutex<Option<Arc<Index>>>,
    used: AtomicU64,
}

/// The samples of one series in a block.
#[derive(Debug, Default)]
pub(crate) struct Region {
    pub(crate) chunks: Vec<Chunk>,
    pub(crate) starts: Vec<Run>,
}

impl Block {
    /// Opens a folder.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`] when it is not a block of a version that is known, or not whole; [`ErrorKind::Io`].
    pub(crate) fn open(disk: Arc<dyn Disk>, path: PathBuf) -> Result<Self, Error> {
        let meta_path = filenames::meta(&path);
        let meta = read_whole(&*disk, &meta_path, META_BYTES_MAX)?;
        let meta = Meta::decode(&meta).map_err(|malformed| corrupt(&meta_path, malformed))?;
        let chunks_path = filenames::chunks(&path);
        let chunks = disk.open(&chunks_path, OpenAs::Read)?;
        let found = chunks.bytes()?;
        if found != meta.chunk_bytes {
            let context = format!("{} has {found} bytes, expected {}", chunks_path.display(), meta.chunk_bytes);
            return Err(Error::new(ErrorKind::Corrupt, context));
        }
        let mut head = [0; writer::CHUNKS_HEAD_BYTES];
        chunks.read_at(0, &mut head)?;
        if head != writer::chunks_head() {
            return Err(Error::new(
                ErrorKind::Corrupt,
                format!("{}: head {head:02x?}, expected {:02x?}", chunks_path.display(), writer::chunks_head()),
            ));
        }
        let number = path.file_name().and_then(|name| filenames::block_number(name.to_str()?)).unwrap_or(u64::MAX);
        Ok(Self { meta, number, path, disk, chunks, index: Mutex::default(), used: AtomicU64::new(0) })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether any sample may lie inside.
    pub(crate) fn overlaps(&self, within: &Range<i64>) -> bool {
        self.meta.min < within.end && within.start <= self.meta.max
    }

    /// The index, loaded if it is not. `tick` tells later which blocks were used last.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`] when it is damaged, [`ErrorKind::Io`].
    pub(crate) fn index(&self, tick: u64) -> Result<Arc<Index>, Error> {
        self.used.store(tick, Ordering::Relaxed);
        let mut held = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(index) = &*held {
            return Ok(Arc::clone(index));
        }
        let path = filenames::index(&self.path);
        let bytes = read_whole(&*self.disk, &path, INDEX_BYTES_MAX)?;
        let index = Index::decode(&bytes, writer::CHUNKS_HEAD_BYTES as u64);
        let index = Arc::new(index.map_err(|malformed| corrupt(&path, malformed))?);
        *held = Some(Arc::clone(&index));
        Ok(index)
    }

    /// Gives the index back; how many bytes of memory that was.
    pub(crate) fn unload(&self) -> usize {
        let held = self.index.lock().unwrap_or_else(PoisonError::into_inner).take();
        held.map_or(0, |index| index.memory())
    }

    /// Bytes of memory of the index, if it is loaded, and when it was last used.
    pub(crate) fn loaded(&self) -> Option<(usize, u64)> {
        let held = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        held.as_ref().map(|index| (index.memory(), self.used.load(Ordering::Relaxed)))
    }

    /// The samples of a series.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`] when the region is damaged, [`ErrorKind::Io`].
    pub(crate) fn region(&self, index: &Index, number: u64) -> Result<Region, Error> {
        let Some(place) = index.place(number) else { return Ok(Region::default()) };
        let end = place.offset.saturating_add(u64::from(place.bytes));
        let damaged = |malformed| corrupt(&filenames::chunks(&self.path), malformed);
        if end > self.meta.chunk_bytes {
            return Err(damaged(Malformed { what: "end of the file", at: place.offset as usize }));
        }
        let mut bytes = vec![0; place.bytes as usize];
        self.chunks.read_at(place.offset, &mut bytes)?;
        decode_region(&bytes).map_err(|malformed| {
            damaged(Malformed { at: malformed.at.saturating_add(place.offset as usize), ..malformed })
        })
    }

    /// The series that pass all matchers and may have samples inside.
    pub(crate) fn find(index: &Index, matchers: &[Matcher], within: &Range<i64>) -> Vec<u64> {
        let resolved = resolve(index, matchers);
        let passes = |number: &u64| {
            index.place(*number).is_some_and(|place| place.min < within.end && within.start <= place.max)
                && resolved.rest.iter().all(|matcher| matcher.matches(index.value(*number, matcher.name())))
        };
        resolved.series.into_iter().filter(passes).collect()
    }
}

/// Reads the region of a series.
pub(super) fn decode_region(bytes: &[u8]) -> Result<Region, Malformed> {
    let mut cursor = Cursor::new(bytes);
    let checksum = cursor.u32()?;
    if crc32c::crc32c(bytes.get(4..).unwrap_or(&[])) != checksum {
        return Err(Malformed { what: "right checksum of a region", at: 0 });
    }
    let (_, chunks, starts) = journal::take_chunks(&mut cursor)?;
    Ok(Region { chunks, starts })
}

fn corrupt(path: &Path, malformed: Malformed) -> Error {
    Error::new(ErrorKind::Corrupt, format!("reading {}", path.display())).caused_by(malformed)
}
