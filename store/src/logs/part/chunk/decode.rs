//! Reading chunks.
//!
//! Invariant: total on any bytes: what is not what a writer wrote is [`Malformed`], after bounded work and memory.

use super::super::column;
use super::super::table::ChunkHeader;
use super::encode::{TEXT_SPLIT, TEXT_ZSTD, UNITS};
use super::split::Split;
use super::{Chunk, Columns, Scratch};
use crate::Error;
use crate::codec::{BitReader, Cursor, Malformed};
use crate::fs::DiskFile;
use crate::logs::limits::{CHUNK_BYTES_MAX, CHUNK_METADATA_BYTES};
use model::labels::Labels;
use zstd::bulk::Decompressor;

/// What the forms of the columns of a text take at most: two varints each.
const COLUMN_BYTES_MAX: usize = 8 << 10;

/// Why a chunk could not be read.
#[derive(Debug)]
pub(crate) enum ReadError {
    /// The file could not be read.
    Disk(Error),
    /// It is not what was written; the place counts from the chunk's begin.
    Damaged(Malformed),
}

impl From<Malformed> for ReadError {
    fn from(malformed: Malformed) -> Self {
        Self::Damaged(malformed)
    }
}

impl Chunk {
    /// Reads columns of the chunk that the header tells of. Empty after an error.
    pub(crate) fn read(
        &mut self,
        file: &dyn DiskFile,
        header: &ChunkHeader,
        columns: Columns,
    ) -> Result<(), ReadError> {
        self.clear_columns();
        let mut scratch = std::mem::take(&mut self.scratch);
        let wanted = match columns {
            Columns::Sizes => u64::from(header.sizes_bytes),
            Columns::Metadata => u64::from(header.sizes_bytes) + u64::from(header.metadata_bytes),
            Columns::Lines | Columns::All => header.stored_bytes(),
        };
        scratch.stored.resize(wanted as usize, 0);
        let read = file.read_at(header.offset, &mut scratch.stored).map_err(ReadError::Disk);
        let stored = std::mem::take(&mut scratch.stored);
        let decoded = read.and_then(|()| Ok(self.decode(&stored, header, columns, &mut scratch)?));
        scratch.stored = stored;
        self.scratch = scratch;
        if decoded.is_err() {
            self.clear();
        }
        decoded
    }

    fn decode(
        &mut self,
        stored: &[u8],
        header: &ChunkHeader,
        columns: Columns,
        scratch: &mut Scratch,
    ) -> Result<(), Malformed> {
        let mut cursor = Cursor::new(stored);
        let sizes = checked(&mut cursor, header.sizes_bytes, "right checksum of a chunk's sizes")?;
        self.take_sizes(sizes, header, &mut scratch.numbers)?;
        if columns == Columns::Sizes {
            self.text.clear();
            return Ok(());
        }
        let metadata = cursor.take(header.metadata_bytes as usize)?;
        if columns != Columns::Lines && header.metadata_bytes > 0 {
            let what = "right checksum of a chunk's metadata";
            let covered = checked(&mut Cursor::new(metadata), header.metadata_bytes, what)?;
            self.take_metadata(covered, header, scratch)?;
        }
        if columns == Columns::Metadata {
            return Ok(());
        }
        let text = checked(&mut cursor, header.text_bytes, "right checksum of a chunk's text")?;
        self.take_text(text, header, scratch)
    }

    fn take_sizes(&mut self, sizes: &[u8], header: &ChunkHeader, numbers: &mut Vec<u64>) -> Result<(), Malformed> {
        let mut bits = BitReader::new(sizes);
        let unit = UNITS.get(bits.take(2)? as usize).copied().unwrap_or(1);
        let entries = header.entries as usize;
        numbers.clear();
        column::take(&mut bits, entries.saturating_sub(1), numbers)?;
        let mut time = header.min.0;
        self.timestamps.reserve(entries);
        self.timestamps.push(time);
        for step in numbers.iter() {
            time = time.wrapping_add((*step as i64).wrapping_mul(unit));
            self.timestamps.push(time);
        }
        let ascends = self.timestamps.is_sorted() && time == header.max.0;
        if !ascends {
            return Err(malformed("times that ascend to the chunk's last"));
        }
        numbers.clear();
        column::take(&mut bits, entries, numbers)?;
        let most = header.line_bytes as usize + entries;
        let mut end = 0_usize;
        self.ends.reserve(entries);
        for length in numbers.iter() {
            end = end.saturating_add(usize::try_from(*length).unwrap_or(usize::MAX));
            if end >= most {
                break;
            }
            self.ends.push(end as u32);
            end += 1;
        }
        let fits = end == most && self.ends.len() == entries;
        fits.then_some(()).ok_or(malformed("lengths that add up to the chunk's lines"))
    }

    fn take_metadata(&mut self, covered: &[u8], header: &ChunkHeader, scratch: &mut Scratch) -> Result<(), Malformed> {
        let mut cursor = Cursor::new(covered);
        let len = cursor.uvarint()?;
        // One set beyond the bound may be the first of a chunk, and every entry has its number.
        let most = (CHUNK_METADATA_BYTES + CHUNK_BYTES_MAX) as u64 + 12 * u64::from(header.entries);
        if len > most {
            return Err(malformed("metadata within its bound"));
        }
        inflate(&mut scratch.zstd, cursor.take(cursor.remaining())?, len as usize, &mut scratch.inflated)?;
        let mut cursor = Cursor::new(&scratch.inflated);
        for _ in 0..cursor.count()? {
            let at = cursor;
            let set = Labels::from_raw(cursor.bytes()?).map_err(|_| at.malformed("labels of an entry"))?;
            self.sets.push(set);
        }
        let mut bits = BitReader::new(cursor.take(cursor.remaining())?);
        scratch.numbers.clear();
        column::take(&mut bits, header.entries as usize, &mut scratch.numbers)?;
        let known = self.sets.len() as u64;
        if scratch.numbers.iter().any(|set| *set >= known) {
            return Err(malformed("metadata of every entry"));
        }
        self.set_of.extend(scratch.numbers.iter().map(|set| *set as u32));
        Ok(())
    }

    fn take_text(&mut self, covered: &[u8], header: &ChunkHeader, scratch: &mut Scratch) -> Result<(), Malformed> {
        let (&encoding, stored) = covered.split_first().ok_or(malformed("encoding of a text"))?;
        let len = header.line_bytes as usize + header.entries as usize;
        let mut bytes = std::mem::take(&mut self.text).into_bytes();
        let inflated = match encoding {
            TEXT_ZSTD => inflate(&mut scratch.zstd, stored, len, &mut bytes),
            TEXT_SPLIT => scratch.join(stored, len, &mut bytes),
            _ => Err(malformed("known encoding of a text")),
        };
        let text = inflated.and_then(|()| String::from_utf8(bytes).map_err(|_| malformed("UTF-8 text")));
        self.text = text?;
        // With a break at every end no line is cut inside of a character.
        let broken = |end: &u32| self.text.as_bytes().get(*end as usize) == Some(&b'\n');
        if self.ends.iter().all(broken) { Ok(()) } else { Err(malformed("line break behind a line")) }
    }
}

impl Scratch {
    /// Reads a text that was split.
    fn join(&mut self, stored: &[u8], len: usize, into: &mut Vec<u8>) -> Result<(), Malformed> {
        let mut cursor = Cursor::new(stored);
        // A skeleton is not longer than its text; fields may have a line break each, and every column its form.
        let mut number = |most: usize| {
            let value = cursor.uvarint()?;
            let fits = usize::try_from(value).ok().filter(|value| *value <= most);
            fits.ok_or(malformed("length of a part of a text"))
        };
        let (skeleton_len, skeleton_frame) = (number(len)?, number(usize::MAX)?);
        let (values_len, values_frame) = (number(2 * len + COLUMN_BYTES_MAX)?, number(usize::MAX)?);
        let (skeleton, values) = (cursor.take(skeleton_frame)?, cursor.take(values_frame)?);
        inflate(&mut self.zstd, skeleton, skeleton_len, &mut self.inflated)?;
        inflate(&mut self.zstd, values, values_len, &mut self.values)?;
        let packed = cursor.take(cursor.remaining())?;
        let split = Split { skeleton: &self.inflated, values: &self.values, packed };
        // What was in it is overwritten.
        into.resize(len, 0);
        self.joiner.join(&split, into)
    }
}

pub(super) const fn malformed(what: &'static str) -> Malformed {
    Malformed { what, at: 0 }
}

/// Takes a checksum and what it covers, together of that length.
fn checked<'a>(cursor: &mut Cursor<'a>, len: u32, what: &'static str) -> Result<&'a [u8], Malformed> {
    let at = *cursor;
    let mut group = Cursor::new(cursor.take(len as usize)?);
    let checksum = group.u32().map_err(|_| at.malformed(what))?;
    let covered = group.take(group.remaining())?;
    if crc32c::crc32c(covered) == checksum { Ok(covered) } else { Err(at.malformed(what)) }
}

/// Inflates a frame to exactly `len` bytes, which the caller has checked against its bound.
fn inflate(
    zstd: &mut Option<Decompressor<'static>>,
    frame: &[u8],
    len: usize,
    into: &mut Vec<u8>,
) -> Result<(), Malformed> {
    let mut inflater = match zstd.take() {
        Some(inflater) => inflater,
        None => Decompressor::new().map_err(|_| malformed("memory to inflate a chunk"))?,
    };
    into.clear();
    into.reserve_exact(len);
    // The buffer may have room for more than the frame may have.
    let inflated = inflater.decompress_to_buffer(frame, into).ok().filter(|inflated| *inflated == len);
    *zstd = Some(inflater);
    inflated.map(drop).ok_or(malformed("zstd frame of the told size"))
}
