//! What a block says of itself.
//!
//! Invariant: it is the last file of a block to be written, and its checksum covers all of it.

use crate::codec::{Cursor, Malformed};

const MAGIC: [u8; 8] = *b"BelfrBLK";
/// The format that this code writes and reads.
pub(crate) const FORMAT_VERSION: u32 = 1;

/// What a block says of itself. Times are milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Meta {
    /// The range, half-open, that no sample leaves.
    pub(crate) start: i64,
    pub(crate) end: i64,
    /// The first and the last sample.
    pub(crate) min: i64,
    pub(crate) max: i64,
    pub(crate) series: u64,
    pub(crate) samples: u64,
    pub(crate) index_bytes: u64,
    pub(crate) chunk_bytes: u64,
}

impl Meta {
    /// Bytes of the block's files.
    pub(crate) fn bytes(&self) -> u64 {
        self.index_bytes + self.chunk_bytes
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(80);
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
        for time in [self.start, self.end, self.min, self.max] {
            bytes.extend_from_slice(&time.to_le_bytes());
        }
        for count in [self.series, self.samples, self.index_bytes, self.chunk_bytes] {
            bytes.extend_from_slice(&count.to_le_bytes());
        }
        let checksum = crc32c::crc32c(&bytes);
        bytes.extend_from_slice(&checksum.to_le_bytes());
        bytes
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut cursor = Cursor::new(bytes);
        if cursor.take(8)? != MAGIC {
            return Err(Malformed { what: "magic of a block", at: 0 });
        }
        if cursor.u32()? != FORMAT_VERSION {
            return Err(Malformed { what: "block format version 1", at: 8 });
        }
        let meta = Self {
            start: cursor.i64()?,
            end: cursor.i64()?,
            min: cursor.i64()?,
            max: cursor.i64()?,
            series: cursor.u64()?,
            samples: cursor.u64()?,
            index_bytes: cursor.u64()?,
            chunk_bytes: cursor.u64()?,
        };
        let covered = bytes.len() - cursor.remaining();
        if cursor.u32()? != crc32c::crc32c(bytes.get(..covered).unwrap_or(&[])) || !cursor.is_empty() {
            return Err(Malformed { what: "right checksum of a block's meta", at: covered });
        }
        Ok(meta)
    }
}
