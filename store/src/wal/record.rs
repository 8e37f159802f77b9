//! One record: length, checksum, kind, flags, payload.
//!
//! Invariant: the checksum covers everything behind itself, and the length can only be right when it fits.

use super::limits::{COMPRESS_FROM_BYTES, RECORD_BYTES_MAX};
use crate::codec::{Malformed, compress, decompress};
use std::borrow::Cow;

/// Bytes before the payload: length (4), CRC32C (4), kind (1), flags (1).
pub(super) const HEADER_BYTES: usize = 10;
/// The payload is its inflated length (4) and an LZ4 block.
const LZ4: u8 = 1;

/// Appends a record.
pub(super) fn put(into: &mut Vec<u8>, kind: u8, payload: &[u8]) {
    let block = if payload.len() >= COMPRESS_FROM_BYTES { compress(payload) } else { None };
    let length = block.as_ref().map_or(payload.len(), |block| block.len() + 4);
    into.reserve(HEADER_BYTES + length);
    into.extend_from_slice(&(length as u32).to_le_bytes());
    let checksum_at = into.len();
    into.extend_from_slice(&[0; 4]);
    into.push(kind);
    into.push(if block.is_some() { LZ4 } else { 0 });
    match block {
        Some(block) => {
            into.extend_from_slice(&(payload.len() as u32).to_le_bytes());
            into.extend_from_slice(&block);
        }
        None => into.extend_from_slice(payload),
    }
    let checksum = crc32c::crc32c(into.get(checksum_at + 4..).unwrap_or(&[]));
    if let Some(slot) = into.get_mut(checksum_at..checksum_at + 4) {
        slot.copy_from_slice(&checksum.to_le_bytes());
    }
}

/// A record that was read and checked.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Record<'a> {
    pub(super) kind: u8,
    pub(super) payload: Cow<'a, [u8]>,
    /// Bytes it takes in the file.
    pub(super) bytes: usize,
}

/// Reads the record at the beginning of `bytes`, which must not be empty.
pub(super) fn take(bytes: &[u8]) -> Result<Record<'_>, Malformed> {
    let damaged = |what| Malformed { what, at: 0 };
    let (header, rest) = bytes.split_first_chunk::<8>().ok_or_else(|| damaged("whole record header"))?;
    let [l0, l1, l2, l3, c0, c1, c2, c3] = *header;
    let length = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
    if length > RECORD_BYTES_MAX {
        return Err(damaged("record length within the limit"));
    }
    let checked = rest.get(..length + 2).ok_or_else(|| damaged("whole record"))?;
    if crc32c::crc32c(checked) != u32::from_le_bytes([c0, c1, c2, c3]) {
        return Err(damaged("right record checksum"));
    }
    let (&[kind, flags], stored) = checked.split_first_chunk().ok_or_else(|| damaged("whole record"))?;
    let payload = match flags {
        0 => Cow::Borrowed(stored),
        LZ4 => Cow::Owned(inflate(stored)?),
        _ => return Err(damaged("known record flags")),
    };
    Ok(Record { kind, payload, bytes: HEADER_BYTES + length })
}

fn inflate(stored: &[u8]) -> Result<Vec<u8>, Malformed> {
    let damaged = |what| Malformed { what, at: HEADER_BYTES };
    let (length, block) = stored.split_first_chunk().ok_or_else(|| damaged("inflated length"))?;
    let length = u32::from_le_bytes(*length) as usize;
    if length > RECORD_BYTES_MAX {
        return Err(damaged("inflated length within the limit"));
    }
    decompress(block, length)
}
