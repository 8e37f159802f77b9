//! The table of a part: its streams and the headers of their chunks.
//!
//! Invariant: read as a whole and checked, never changed. Streams ascend by their raw labels; chunks are numbered
//! through the part, stream by stream, in the order in which they lie in the file, without gaps.

use super::PartMeta;
use super::writer::CHUNKS_HEAD_BYTES;
use crate::codec::{Cursor, Malformed, put_bytes, put_uvarint, put_varint};
use crate::logs::limits::{CHUNK_BYTES_MAX, CHUNK_ENTRIES_MAX, PART_CHUNKS_MAX, PART_TABLE_BYTES_MAX};
use model::labels::Labels;
use model::time::{LogRange, Nanos};
use std::ops::Range;

const MAGIC: [u8; 8] = *b"BelfrLPT";
/// The format of tables that this code writes and reads.
pub(crate) const FORMAT_VERSION: u32 = 1;
const LEVEL: i32 = 3;

/// What the table says of a chunk: enough to count it without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ChunkHeader {
    /// Its first entry.
    pub(crate) min: Nanos,
    /// Its last entry.
    pub(crate) max: Nanos,
    /// Its entries; never 0.
    pub(crate) entries: u32,
    /// Bytes of their lines, without line breaks.
    pub(crate) line_bytes: u32,
    /// Where it begins in the file of chunks.
    pub(crate) offset: u64,
    /// Bytes of its times and lengths; its metadata follow.
    pub(super) sizes_bytes: u32,
    /// Bytes of its metadata; 0 when no entry has any. Its text follows.
    pub(super) metadata_bytes: u32,
    /// Bytes of its text.
    pub(super) text_bytes: u32,
}

impl ChunkHeader {
    /// Whether any entry may lie inside.
    pub(crate) fn overlaps(&self, range: LogRange) -> bool {
        self.min < range.end && range.start <= self.max
    }

    /// Whether all entries lie inside.
    pub(crate) fn lies_within(&self, range: LogRange) -> bool {
        range.start <= self.min && self.max < range.end
    }

    /// Bytes of it on disk.
    pub(crate) fn stored_bytes(&self) -> u64 {
        u64::from(self.sizes_bytes) + u64::from(self.metadata_bytes) + u64::from(self.text_bytes)
    }
}

/// The streams and chunk headers of a part.
#[derive(Debug, Default)]
pub(crate) struct Table {
    streams: Vec<Labels>,
    /// The number of the first chunk of every stream, and the number of chunks.
    firsts: Vec<u32>,
    chunks: Vec<ChunkHeader>,
}

impl Table {
    /// How many streams.
    pub(crate) fn len(&self) -> usize {
        self.streams.len()
    }

    /// The labels of its streams, ascending by their raw form; the place is the number of the stream.
    pub(crate) fn streams(&self) -> &[Labels] {
        &self.streams
    }

    /// The number of the stream of these labels.
    pub(crate) fn stream(&self, labels: &Labels) -> Option<usize> {
        self.streams.binary_search_by(|probe| probe.as_raw().cmp(labels.as_raw())).ok()
    }

    /// The numbers of the chunks of a stream, ascending in time; empty where there is no such stream.
    pub(crate) fn chunks(&self, stream: usize) -> Range<u32> {
        match self.firsts.get(stream..) {
            Some([first, next, ..]) => *first..*next,
            _ => 0..0,
        }
    }

    /// The numbers of those chunks of a stream in which an entry may lie inside the range.
    pub(crate) fn chunks_within(&self, stream: usize, range: LogRange) -> Range<u32> {
        let all = self.chunks(stream);
        let headers = self.chunks.get(all.start as usize..all.end as usize).unwrap_or(&[]);
        let skipped = headers.partition_point(|header| header.max < range.start);
        let reached = headers.partition_point(|header| header.min < range.end);
        all.start + skipped as u32..all.start + reached.max(skipped) as u32
    }

    /// The header of a chunk.
    pub(crate) fn header(&self, chunk: u32) -> Option<&ChunkHeader> {
        self.chunks.get(chunk as usize)
    }

    /// Bytes of memory that it takes.
    pub(crate) fn memory(&self) -> usize {
        let labels: usize = self.streams.iter().map(|labels| labels.as_raw().len() + 40).sum();
        labels + self.firsts.len() * 4 + self.chunks.len() * size_of::<ChunkHeader>()
    }

    /// Begins a stream, in the place of the last one if that got no chunk; `false` when its labels are not greater.
    pub(super) fn begin_stream(&mut self, labels: &Labels) -> bool {
        let ascends = self.streams.last().is_none_or(|before| before.as_raw() < labels.as_raw());
        self.end();
        if self.firsts.is_empty() {
            self.firsts.push(0);
        }
        if ascends {
            self.streams.push(labels.clone());
            self.firsts.push(self.chunks.len() as u32);
        }
        ascends
    }

    /// Takes the last stream back if it got no chunk.
    pub(super) fn end(&mut self) {
        if self.streams.len().checked_sub(1).is_some_and(|last| self.chunks(last).is_empty()) {
            self.streams.pop();
            self.firsts.pop();
        }
    }

    /// Adds a chunk to the last stream.
    pub(super) fn add_chunk(&mut self, header: ChunkHeader) {
        self.chunks.push(header);
        if let Some(end) = self.firsts.last_mut() {
            *end = self.chunks.len() as u32;
        }
    }

    /// The last entry of the last stream; `None` when it has no chunk.
    pub(super) fn last_time(&self) -> Option<Nanos> {
        let chunks = self.chunks(self.streams.len().checked_sub(1)?);
        self.header(chunks.last()?).map(|header| header.max)
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut body = Vec::new();
        put_uvarint(&mut body, self.streams.len() as u64);
        for (stream, labels) in self.streams.iter().enumerate() {
            put_bytes(&mut body, labels.as_raw());
            put_uvarint(&mut body, self.chunks(stream).len() as u64);
        }
        let mut before = 0_i64;
        for header in &self.chunks {
            put_varint(&mut body, header.min.0.wrapping_sub(before));
            put_uvarint(&mut body, header.max.0.wrapping_sub(header.min.0) as u64);
            before = header.max.0;
            let counts = [header.entries, header.line_bytes, header.sizes_bytes, header.metadata_bytes];
            for count in counts.into_iter().chain([header.text_bytes]) {
                put_uvarint(&mut body, u64::from(count));
            }
        }
        let stored = zstd::bulk::compress(&body, LEVEL).unwrap_or_default();
        let mut covered = Vec::with_capacity(stored.len() + 10);
        put_uvarint(&mut covered, body.len() as u64);
        covered.extend_from_slice(&stored);
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
        bytes.extend_from_slice(&crc32c::crc32c(&covered).to_le_bytes());
        bytes.extend_from_slice(&covered);
        bytes
    }

    pub(super) fn decode(bytes: &[u8], meta: &PartMeta) -> Result<Self, Malformed> {
        let mut cursor = Cursor::new(bytes);
        if cursor.take(8)? != MAGIC {
            return Err(Malformed { what: "magic of a log part's table", at: 0 });
        }
        if cursor.u32()? != FORMAT_VERSION {
            return Err(Malformed { what: "log table format version 1", at: 8 });
        }
        let checksum = cursor.u32()?;
        let covered = cursor.take(cursor.remaining())?;
        if crc32c::crc32c(covered) != checksum {
            return Err(Malformed { what: "right checksum of a log part's table", at: 12 });
        }
        let mut cursor = Cursor::new(covered);
        let len = cursor.uvarint()?;
        let stored = cursor.take(cursor.remaining())?;
        let fits = usize::try_from(len).ok().filter(|_| len <= PART_TABLE_BYTES_MAX);
        let body = fits.and_then(|len| zstd::bulk::decompress(stored, len).ok().filter(|body| body.len() == len));
        let body = body.ok_or(Malformed { what: "zstd frame of the told size", at: 16 })?;
        Self::decode_body(&body, meta)
    }

    /// Reads what the frame of the table holds.
    pub(super) fn decode_body(body: &[u8], meta: &PartMeta) -> Result<Self, Malformed> {
        let mut cursor = Cursor::new(body);
        let mut table = Self { firsts: vec![0], ..Self::default() };
        let mut chunks = 0_usize;
        for _ in 0..cursor.count()? {
            let at = cursor;
            let labels = Labels::from_raw(cursor.bytes()?).map_err(|_| at.malformed("labels of a stream"))?;
            if table.streams.last().is_some_and(|before| before.as_raw() >= labels.as_raw()) {
                return Err(at.malformed("stream after the one before"));
            }
            chunks = chunks.saturating_add(cursor.count()?);
            if chunks > PART_CHUNKS_MAX {
                return Err(at.malformed("at most as many chunks as a part may have"));
            }
            table.streams.push(labels);
            table.firsts.push(chunks as u32);
        }
        let (mut before, mut offset) = (0_i64, CHUNKS_HEAD_BYTES as u64);
        for _ in 0..chunks {
            let header = take_header(&mut cursor, before, offset)?;
            before = header.max.0;
            offset += header.stored_bytes();
            table.chunks.push(header);
        }
        if !cursor.is_empty() {
            return Err(cursor.malformed("end of the table"));
        }
        if offset != meta.chunk_bytes || table.streams.len() as u64 != meta.streams {
            return Err(cursor.malformed("table of the part's chunks"));
        }
        Ok(table)
    }
}

fn take_header(cursor: &mut Cursor<'_>, before: i64, offset: u64) -> Result<ChunkHeader, Malformed> {
    let at = *cursor;
    let min = before.wrapping_add(cursor.varint()?);
    let span = cursor.uvarint()?;
    let max = i128::from(min) + i128::from(span);
    let max = i64::try_from(max).map_err(|_| at.malformed("time of a chunk"))?;
    let mut number = |what, max: usize| {
        let at = *cursor;
        let value = cursor.uvarint()?;
        u32::try_from(value).ok().filter(|value| *value as usize <= max).ok_or_else(|| at.malformed(what))
    };
    let header = ChunkHeader {
        min: Nanos(min),
        max: Nanos(max),
        entries: number("number of a chunk's entries", CHUNK_ENTRIES_MAX)?,
        line_bytes: number("bytes of a chunk's lines", CHUNK_BYTES_MAX)?,
        offset,
        sizes_bytes: number("bytes of a chunk's sizes", CHUNK_BYTES_MAX)?,
        metadata_bytes: number("bytes of a chunk's metadata", CHUNK_BYTES_MAX)?,
        text_bytes: number("bytes of a chunk's text", 2 * CHUNK_BYTES_MAX)?,
    };
    if header.entries == 0 { Err(at.malformed("chunk with entries")) } else { Ok(header) }
}
