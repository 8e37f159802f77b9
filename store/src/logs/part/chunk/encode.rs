//! Filling and encoding chunks.
//!
//! Invariant: what is encoded is what was pushed, in the order in which it was pushed.

use super::super::column;
use super::super::table::ChunkHeader;
use super::Chunk;
use super::split::Splitter;
use crate::codec::{BitWriter, put_bytes, put_uvarint};
use crate::logs::limits::{CHUNK_BYTES, CHUNK_ENTRIES_MAX, CHUNK_METADATA_BYTES};
use crate::{Error, ErrorKind};
use model::labels::Labels;
use model::time::Nanos;
use std::collections::HashMap;
use zstd::bulk::Compressor;

/// Times of a chunk are multiples of one of these, in nanoseconds; the place is what is written.
pub(super) const UNITS: [i64; 4] = [1, 1_000, 1_000_000, 1_000_000_000];
/// Text as one zstd frame.
pub(super) const TEXT_ZSTD: u8 = 1;
/// Text as its skeleton and its fields.
pub(super) const TEXT_SPLIT: u8 = 2;
/// Shorter texts are not worth splitting.
const SPLIT_MIN: usize = 1024;

/// How much work goes into making chunks small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effort {
    /// Little: they are read a few times and written anew soon.
    Quick,
    /// As much as pays for chunks that stay.
    Thorough,
}

impl Effort {
    /// The level of zstd. Of the levels up to 4 the first leaves the least of a text that was split; 5 takes half as
    /// much time again and leaves 6 % less, and those above it little less than that.
    fn level(self) -> i32 {
        match self {
            Self::Quick => 1,
            Self::Thorough => 5,
        }
    }
}

/// A chunk that is being gathered, and what encoding it needs.
pub(crate) struct Encoder {
    pub(super) chunk: Chunk,
    known: HashMap<Labels, u32>,
    set_bytes: usize,
    zstd: Compressor<'static>,
    splitter: Splitter,
    stored: Vec<u8>,
}

/// An encoded chunk: its bytes, and a header whose offset is still 0.
pub(crate) struct Encoded<'a> {
    pub(crate) header: ChunkHeader,
    pub(crate) bytes: &'a [u8],
}

impl Encoder {
    /// An empty one.
    pub(crate) fn new(effort: Effort) -> Result<Self, Error> {
        let zstd = Compressor::new(effort.level()).map_err(failed)?;
        Ok(Self {
            chunk: Chunk::default(),
            known: HashMap::new(),
            set_bytes: 0,
            zstd,
            splitter: Splitter::default(),
            stored: Vec::new(),
        })
    }

    /// What has been gathered.
    pub(crate) fn chunk(&self) -> &Chunk {
        &self.chunk
    }

    /// Whether this entry should begin a new chunk.
    pub(crate) fn is_full_for(&self, line: &str, metadata: &Labels) -> bool {
        let chunk = &self.chunk;
        let new_set = !chunk.is_empty() && !metadata.is_empty() && !self.known.contains_key(metadata);
        !chunk.is_empty()
            && (chunk.text.len() + line.len() >= CHUNK_BYTES
                || chunk.len() >= CHUNK_ENTRIES_MAX
                || (new_set && self.set_bytes + metadata.as_raw().len() > CHUNK_METADATA_BYTES))
    }

    /// Adds an entry that is not earlier than the one before.
    pub(crate) fn push(&mut self, timestamp: Nanos, line: &str, metadata: &Labels) {
        let chunk = &mut self.chunk;
        if !metadata.is_empty() || !chunk.set_of.is_empty() {
            // Entries before the first with metadata have the empty set.
            let set = self.known.get(metadata).copied().unwrap_or_else(|| {
                let set = chunk.sets.len() as u32;
                self.set_bytes += metadata.as_raw().len();
                chunk.sets.push(metadata.clone());
                self.known.insert(metadata.clone(), set);
                set
            });
            if chunk.set_of.len() < chunk.timestamps.len() {
                // The first set is the empty one then.
                chunk.sets.insert(0, Labels::empty());
                self.known.values_mut().for_each(|set| *set += 1);
                self.known.insert(Labels::empty(), 0);
                chunk.set_of.resize(chunk.timestamps.len(), 0);
                chunk.set_of.push(set + 1);
            } else {
                chunk.set_of.push(set);
            }
        }
        chunk.timestamps.push(timestamp.0);
        chunk.text.push_str(line);
        chunk.ends.push(chunk.text.len() as u32);
        chunk.text.push('\n');
    }

    /// Encodes what was gathered. [`Encoder::clear`] makes room for the next chunk.
    pub(crate) fn encode(&mut self) -> Result<Encoded<'_>, Error> {
        self.stored.clear();
        let sizes_bytes = self.put_sizes();
        let metadata_bytes = self.put_metadata()?;
        let text_bytes = self.put_text()?;
        let chunk = &self.chunk;
        let header = ChunkHeader {
            min: Nanos(chunk.timestamps.first().copied().unwrap_or(0)),
            max: Nanos(chunk.timestamps.last().copied().unwrap_or(0)),
            entries: chunk.len() as u32,
            line_bytes: (chunk.text.len() - chunk.len()) as u32,
            offset: 0,
            sizes_bytes,
            metadata_bytes,
            text_bytes,
        };
        Ok(Encoded { header, bytes: &self.stored })
    }

    /// Forgets the entries.
    pub(crate) fn clear(&mut self) {
        self.chunk.clear();
        self.known.clear();
        self.set_bytes = 0;
    }

    /// Appends a checksum and what it covers; how many bytes both are.
    fn put_checked(&mut self, covered: &[u8]) -> u32 {
        self.stored.extend_from_slice(&crc32c::crc32c(covered).to_le_bytes());
        self.stored.extend_from_slice(covered);
        covered.len() as u32 + 4
    }

    fn put_sizes(&mut self) -> u32 {
        let times = &self.chunk.timestamps;
        let divides = |unit: &&i64| times.iter().all(|time| time % **unit == 0);
        let unit = UNITS.iter().rev().find(divides).copied().unwrap_or(1);
        let code = UNITS.iter().position(|known| *known == unit).unwrap_or(0);
        let steps = times.iter().zip(times.iter().skip(1)).map(|(before, time)| time.wrapping_sub(*before) as u64);
        let steps: Vec<_> = steps.map(|step| step / unit as u64).collect();
        let starts = std::iter::once(0).chain(self.chunk.ends.iter().map(|end| end + 1));
        let lengths: Vec<_> = self.chunk.ends.iter().zip(starts).map(|(end, start)| u64::from(end - start)).collect();
        let mut bits = BitWriter::default();
        bits.push(code as u64, 2);
        column::put(&mut bits, &steps);
        column::put(&mut bits, &lengths);
        self.put_checked(&bits.snapshot())
    }

    fn put_metadata(&mut self) -> Result<u32, Error> {
        if self.chunk.set_of.is_empty() {
            return Ok(0);
        }
        let mut body = Vec::new();
        put_uvarint(&mut body, self.chunk.sets.len() as u64);
        for set in &self.chunk.sets {
            put_bytes(&mut body, set.as_raw());
        }
        let sets: Vec<_> = self.chunk.set_of.iter().map(|set| u64::from(*set)).collect();
        let mut bits = BitWriter::default();
        column::put(&mut bits, &sets);
        body.extend_from_slice(&bits.snapshot());
        let frame = self.zstd.compress(&body).map_err(failed)?;
        let mut covered = Vec::with_capacity(frame.len() + 5);
        put_uvarint(&mut covered, body.len() as u64);
        covered.extend_from_slice(&frame);
        Ok(self.put_checked(&covered))
    }

    fn put_text(&mut self) -> Result<u32, Error> {
        let text = self.chunk.text.as_bytes();
        let mut covered = Vec::new();
        if text.len() >= SPLIT_MIN && self.splitter.split(text) {
            let skeleton = self.zstd.compress(&self.splitter.skeleton).map_err(failed)?;
            let values = self.zstd.compress(&self.splitter.values).map_err(failed)?;
            covered.push(TEXT_SPLIT);
            for len in [self.splitter.skeleton.len(), skeleton.len(), self.splitter.values.len(), values.len()] {
                put_uvarint(&mut covered, len as u64);
            }
            covered.extend_from_slice(&skeleton);
            covered.extend_from_slice(&values);
            covered.extend_from_slice(&self.splitter.packed);
        } else {
            covered.push(TEXT_ZSTD);
            covered.extend_from_slice(&self.zstd.compress(text).map_err(failed)?);
        }
        Ok(self.put_checked(&covered))
    }
}

fn failed(error: std::io::Error) -> Error {
    Error::new(ErrorKind::Unavailable, "compressing a chunk of log lines").caused_by(error)
}
