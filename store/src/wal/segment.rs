//! The head of a segment or checkpoint file, and the walk over its records.
//!
//! Invariant: a file whose head is not exactly ours is not read at all.

use super::record::{self, Record};
use crate::codec::Malformed;

const MAGIC: [u8; 8] = *b"BelfrWAL";
/// The format that this code writes and reads.
pub(super) const FORMAT_VERSION: u32 = 1;
/// Magic (8), version (4), CRC32C of both (4).
pub(super) const HEAD_BYTES: usize = 16;

/// The head of a new file.
pub(super) fn head() -> [u8; HEAD_BYTES] {
    let mut head = [0; HEAD_BYTES];
    let (front, checksum) = head.split_at_mut(12);
    let (magic, version) = front.split_at_mut(8);
    magic.copy_from_slice(&MAGIC);
    version.copy_from_slice(&FORMAT_VERSION.to_le_bytes());
    checksum.copy_from_slice(&crc32c::crc32c(front).to_le_bytes());
    head
}

/// What the first bytes of a file say.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Head {
    /// Ours; records follow.
    Known,
    /// The file ends before its head does: its creation was cut.
    Cut,
    /// Something else; the text says what.
    Foreign(String),
}

/// Reads the head.
pub(super) fn read_head(bytes: &[u8]) -> Head {
    let Some(found) = bytes.first_chunk::<HEAD_BYTES>() else { return Head::Cut };
    if *found == head() {
        return Head::Known;
    }
    let [m0, m1, m2, m3, m4, m5, m6, m7, v0, v1, v2, v3, ..] = *found;
    if [m0, m1, m2, m3, m4, m5, m6, m7] != MAGIC {
        return Head::Foreign("not a segment of a write-ahead log".to_owned());
    }
    let version = u32::from_le_bytes([v0, v1, v2, v3]);
    if version == FORMAT_VERSION {
        return Head::Foreign("wrong checksum in the head".to_owned());
    }
    Head::Foreign(format!("format version {version}, expected {FORMAT_VERSION}"))
}

/// The records of a file, front to back. Ends after the first that is damaged.
#[derive(Debug)]
pub(super) struct Records<'a> {
    bytes: &'a [u8],
    at: usize,
    ended: bool,
}

impl<'a> Records<'a> {
    /// The records behind the head.
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: HEAD_BYTES, ended: false }
    }

    /// Bytes of head and good records read so far.
    pub(super) fn good_bytes(&self) -> usize {
        self.at
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<Record<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.bytes.get(self.at..).filter(|rest| !rest.is_empty() && !self.ended)?;
        let read = record::take(rest);
        match &read {
            Ok(record) => self.at += record.bytes,
            Err(_) => self.ended = true,
        }
        Some(read.map_err(|malformed| Malformed { at: malformed.at + self.at, ..malformed }))
    }
}
