//! What a part says of itself.
//!
//! Invariant: it is the last file of a part to be written, and its checksum covers all of it.

use crate::codec::{Cursor, Malformed, put_bytes};
use model::time::Nanos;

const MAGIC: [u8; 8] = *b"BelfrLPM";
/// The format of parts that this code writes and reads.
pub(crate) const FORMAT_VERSION: u32 = 1;

/// What a part says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PartMeta {
    /// The first entry.
    pub(crate) min: Nanos,
    /// The last entry.
    pub(crate) max: Nanos,
    /// Streams that have entries in it.
    pub(crate) streams: u64,
    /// Chunks.
    pub(crate) chunks: u64,
    /// Entries.
    pub(crate) entries: u64,
    /// Bytes of their lines, uncompressed and without line breaks.
    pub(crate) line_bytes: u64,
    /// Bytes of the file of streams and chunk headers.
    pub(crate) table_bytes: u64,
    /// Bytes of the file of entries.
    pub(crate) chunk_bytes: u64,
    /// Bytes of the file of words.
    pub(crate) index_bytes: u64,
    /// What whoever wrote the part keeps with it, such as which part of the WAL it covers. At most 32 KiB.
    pub(crate) owner: Vec<u8>,
}

impl PartMeta {
    /// Meta of a part without entries.
    pub(super) fn empty() -> Self {
        Self {
            min: Nanos(i64::MAX),
            max: Nanos(i64::MIN),
            streams: 0,
            chunks: 0,
            entries: 0,
            line_bytes: 0,
            table_bytes: 0,
            chunk_bytes: 0,
            index_bytes: 0,
            owner: Vec::new(),
        }
    }

    /// Bytes of its files on disk, its own few left out.
    pub(crate) fn bytes(&self) -> u64 {
        self.table_bytes.saturating_add(self.chunk_bytes).saturating_add(self.index_bytes)
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(96 + self.owner.len());
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
        for time in [self.min, self.max] {
            bytes.extend_from_slice(&time.0.to_le_bytes());
        }
        let counts = [self.streams, self.chunks, self.entries, self.line_bytes];
        for count in counts.into_iter().chain([self.table_bytes, self.chunk_bytes, self.index_bytes]) {
            bytes.extend_from_slice(&count.to_le_bytes());
        }
        put_bytes(&mut bytes, &self.owner);
        let checksum = crc32c::crc32c(&bytes);
        bytes.extend_from_slice(&checksum.to_le_bytes());
        bytes
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut cursor = Cursor::new(bytes);
        if cursor.take(8)? != MAGIC {
            return Err(Malformed { what: "magic of a log part", at: 0 });
        }
        if cursor.u32()? != FORMAT_VERSION {
            return Err(Malformed { what: "log part format version 1", at: 8 });
        }
        let meta = Self {
            min: Nanos(cursor.i64()?),
            max: Nanos(cursor.i64()?),
            streams: cursor.u64()?,
            chunks: cursor.u64()?,
            entries: cursor.u64()?,
            line_bytes: cursor.u64()?,
            table_bytes: cursor.u64()?,
            chunk_bytes: cursor.u64()?,
            index_bytes: cursor.u64()?,
            owner: cursor.bytes()?.to_vec(),
        };
        let covered = bytes.len() - cursor.remaining();
        if cursor.u32()? != crc32c::crc32c(bytes.get(..covered).unwrap_or(&[])) || !cursor.is_empty() {
            return Err(Malformed { what: "right checksum of a log part's meta", at: covered });
        }
        Ok(meta)
    }
}
