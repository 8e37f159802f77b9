//! Writes a part: chunks stream by stream, then the table, then the meta, then the name.
//!
//! Invariant: memory holds one chunk, the table and the words of the index, however much is written; nothing has the
//! part's name before all of it is flushed.

use super::chunk::{Effort, Encoder};
use super::index::IndexWriter;
use super::{Part, PartMeta, Table};
use crate::fs::{Disk, DiskFile, OpenAs, TEMPORARY_SUFFIX, publish, with_suffix};
use crate::logs::filenames;
use crate::logs::limits::{CHUNK_BYTES_MAX, PART_CHUNKS_MAX};
use crate::{Error, ErrorKind};
use model::labels::Labels;
use model::time::Nanos;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const CHUNKS_MAGIC: [u8; 8] = *b"BelfrLCH";
/// The format of chunks that this code writes and reads.
pub(crate) const CHUNKS_FORMAT_VERSION: u32 = 1;
/// Magic (8), version (4), CRC32C of both (4).
pub(super) const CHUNKS_HEAD_BYTES: usize = 16;

/// Chunks are written in pieces of about this size.
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

/// A part being written.
pub(crate) struct PartWriter {
    disk: Arc<dyn Disk>,
    path: PathBuf,
    temporary: Unfinished,
    chunks: Arc<dyn DiskFile>,
    buffer: Vec<u8>,
    encoder: Encoder,
    index: IndexWriter,
    table: Table,
    meta: PartMeta,
}

impl fmt::Debug for PartWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PartWriter({}, {} entries)", self.path.display(), self.meta.entries)
    }
}

impl PartWriter {
    /// Begins a part that will have that path.
    ///
    /// # Errors
    /// [`ErrorKind::Io`], [`ErrorKind::Unavailable`] when there is no memory to compress with.
    pub(crate) fn begin(disk: Arc<dyn Disk>, path: PathBuf, effort: Effort) -> Result<Self, Error> {
        let encoder = Encoder::new(effort)?;
        let temporary = with_suffix(&path, TEMPORARY_SUFFIX);
        disk.remove(&temporary)?;
        disk.create_folder(&temporary)?;
        let opened = disk.open(&filenames::part_chunks(&temporary), OpenAs::New);
        let opened = opened.and_then(|chunks| {
            let index = IndexWriter::begin(&*disk, &filenames::part_index(&temporary))?;
            Ok((chunks, index))
        });
        let (chunks, index) = opened.inspect_err(|_| remove_unfinished(&*disk, &temporary))?;
        let mut meta = PartMeta::empty();
        meta.chunk_bytes = CHUNKS_HEAD_BYTES as u64;
        let (buffer, table) = (chunks_head().to_vec(), Table::default());
        let temporary = Unfinished { disk: Arc::clone(&disk), path: temporary };
        Ok(Self { disk, path, temporary, chunks, buffer, encoder, index, table, meta })
    }

    /// Begins the next stream. Streams come in ascending order of their raw labels, each once; one that gets no entry
    /// is left out.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] when it does not ascend, [`ErrorKind::Io`].
    pub(crate) fn stream(&mut self, labels: &Labels) -> Result<(), Error> {
        self.end_chunk()?;
        let ascends = self.table.begin_stream(labels);
        ascends.then_some(()).ok_or_else(|| invalid("streams must ascend by their labels"))
    }

    /// Adds an entry to the stream; not earlier than the one before.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] when it is earlier, longer than a chunk may be or there is no stream yet,
    /// [`ErrorKind::Limit`] when the part has too many chunks, [`ErrorKind::Io`].
    pub(crate) fn entry(&mut self, timestamp: Nanos, line: &str, metadata: &Labels) -> Result<(), Error> {
        if line.len() >= CHUNK_BYTES_MAX || metadata.as_raw().len() >= CHUNK_BYTES_MAX {
            return Err(invalid("a line or its metadata is longer than a chunk may be"));
        }
        if self.table.len() == 0 || self.table.last_time().is_some_and(|last| timestamp < last) {
            return Err(invalid("entries must ascend in time, behind a stream"));
        }
        if self.encoder.is_full_for(line, metadata) {
            self.end_chunk()?;
        }
        let before = self.encoder.chunk().timestamps().last();
        if before.is_some_and(|before| timestamp.0 < *before) {
            return Err(invalid("entries must ascend in time"));
        }
        self.encoder.push(timestamp, line, metadata);
        Ok(())
    }

    /// Publishes the part and opens it; `None`, and nothing on disk, when no entry was added. `owner` is what
    /// [`PartMeta::owner`] gives back.
    ///
    /// # Errors
    /// [`ErrorKind::Io`]; nothing has the part's name then.
    pub(crate) fn finish(mut self, owner: &[u8]) -> Result<Option<Part>, Error> {
        self.end_chunk()?;
        self.table.end();
        if self.meta.entries == 0 {
            return Ok(None);
        }
        self.flush()?;
        self.chunks.sync()?;
        let Self { disk, path, temporary, index, table, mut meta, .. } = self;
        meta.index_bytes = index.finish()?;
        let encoded = table.encode();
        meta.streams = table.len() as u64;
        meta.table_bytes = encoded.len() as u64;
        meta.owner = owner.to_vec();
        write_file(&*disk, &filenames::part_table(&temporary.path), &encoded)?;
        write_file(&*disk, &filenames::part_meta(&temporary.path), &meta.encode())?;
        disk.sync_folder(&temporary.path)?;
        publish(&*disk, &temporary.path, &path)?;
        Part::open(Arc::clone(&disk), path).map(Some)
    }

    fn end_chunk(&mut self) -> Result<(), Error> {
        if self.encoder.chunk().is_empty() {
            return Ok(());
        }
        if self.meta.chunks as usize >= PART_CHUNKS_MAX {
            let context = format!("{} has {PART_CHUNKS_MAX} chunks, expected no more", self.path.display());
            return Err(Error::new(ErrorKind::Limit, context));
        }
        let encoded = self.encoder.encode()?;
        let mut header = encoded.header;
        header.offset = self.meta.chunk_bytes;
        self.buffer.extend_from_slice(encoded.bytes);
        self.index.add(self.encoder.chunk().text())?;
        self.encoder.clear();
        self.meta.chunk_bytes += header.stored_bytes();
        self.meta.min = self.meta.min.min(header.min);
        self.meta.max = self.meta.max.max(header.max);
        self.meta.chunks += 1;
        self.meta.entries += u64::from(header.entries);
        self.meta.line_bytes += u64::from(header.line_bytes);
        self.table.add_chunk(header);
        if self.buffer.len() >= WRITTEN_AT_ONCE { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), Error> {
        self.chunks.append(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }
}

fn write_file(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let file = disk.open(path, OpenAs::New)?;
    file.append(bytes)?;
    file.sync()
}

/// What was given up leaves nothing behind: the disk may be full. What was published has another name by now.
struct Unfinished {
    disk: Arc<dyn Disk>,
    path: PathBuf,
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        remove_unfinished(&*self.disk, &self.path);
    }
}

fn remove_unfinished(disk: &dyn Disk, temporary: &Path) {
    if let Err(error) = disk.remove(temporary) {
        tracing::warn!(%error, "cannot remove an unfinished part");
    }
}

fn invalid(context: &str) -> Error {
    Error::new(ErrorKind::Invalid, context)
}
