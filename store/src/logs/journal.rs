//! What the log store writes into its WAL. See `docs/format/wal.md`.
//!
//! Invariant: a batch makes sense by itself: the labels of its streams stand in it. One that is too long for a record
//! begins in records of the kind [`BATCH_PART`] and counts only with its last one, which is a [`BATCH`].

use super::append::PositionUpdate;
use super::limits::RECORD_BYTES;
use crate::Error;
use crate::codec::{Cursor, Malformed, put_bytes, put_uvarint, put_varint};
use crate::wal::RecordGroup;
use model::labels::Labels;

/// A batch, or the end of one.
pub(crate) const BATCH: u8 = 1;
/// The beginning of a batch that goes on in the next record.
pub(crate) const BATCH_PART: u8 = 2;
/// Positions, in checkpoints only.
pub(crate) const POSITIONS: u8 = 3;
/// The number of the sealing that the checkpoint completes, in checkpoints only.
pub(crate) const SEALED: u8 = 4;

/// Ends the entries of a stream, and the streams of a record.
const END: u64 = 0;

/// Writes one batch.
#[derive(Debug, Default)]
pub(crate) struct BatchWriter {
    payload: Vec<u8>,
    records: RecordGroup,
    at: i64,
}

impl BatchWriter {
    /// Begins the entries of a stream.
    pub(crate) fn begin_stream(&mut self, labels: &Labels) {
        put_bytes(&mut self.payload, labels.as_raw());
        self.at = 0;
    }

    /// Adds an entry to the stream of these labels, which was begun.
    #[inline]
    pub(crate) fn entry(&mut self, labels: &Labels, at: i64, line: &str, metadata: &Labels) -> Result<(), Error> {
        if self.payload.len() >= RECORD_BYTES {
            self.split(labels)?;
        }
        let told = (line.len() as u64) << 1 | u64::from(!metadata.is_empty());
        put_uvarint(&mut self.payload, told + 1);
        put_varint(&mut self.payload, at.wrapping_sub(self.at));
        self.at = at;
        if !metadata.is_empty() {
            put_bytes(&mut self.payload, metadata.as_raw());
        }
        self.payload.extend_from_slice(line.as_bytes());
        Ok(())
    }

    #[cold]
    fn split(&mut self, labels: &Labels) -> Result<(), Error> {
        self.end_stream();
        put_uvarint(&mut self.payload, END);
        self.records.push(BATCH_PART, &self.payload)?;
        self.payload.clear();
        self.begin_stream(labels);
        Ok(())
    }

    /// Ends the entries of a stream.
    pub(crate) fn end_stream(&mut self) {
        put_uvarint(&mut self.payload, END);
    }

    /// Ends the batch.
    pub(crate) fn finish(&mut self, positions: &[PositionUpdate<'_>]) -> Result<&RecordGroup, Error> {
        put_uvarint(&mut self.payload, END);
        for update in positions {
            put_position(&mut self.payload, update.key, update.value);
        }
        self.records.push(BATCH, &self.payload)?;
        Ok(&self.records)
    }

    /// As new, with the memory it has.
    pub(crate) fn clear(&mut self) {
        self.payload.clear();
        self.records.clear();
    }

    /// Bytes of memory.
    pub(crate) fn memory(&self) -> usize {
        self.payload.capacity() + self.records.memory()
    }
}

/// Writes a position, or that there is none any more.
pub(crate) fn put_position(into: &mut Vec<u8>, key: &[u8], value: Option<&[u8]>) {
    put_bytes(into, key);
    into.push(u8::from(value.is_some()));
    put_bytes(into, value.unwrap_or(&[]));
}

/// A piece of a record, in the order in which they were written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// The raw labels of the entries that follow.
    Stream(&'a [u8]),
    /// An entry; raw metadata, empty for none.
    Entry { at: i64, line: &'a str, metadata: &'a [u8] },
    /// Where a source stands now; `None` forgets it.
    Position { key: &'a [u8], value: Option<&'a [u8]> },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Streams,
    Entries,
    Positions,
}

/// Reads a record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    cursor: Cursor<'a>,
    place: Place,
    at: i64,
}

impl<'a> Reader<'a> {
    /// Reads a record of the kinds [`BATCH`] and [`BATCH_PART`].
    pub(crate) fn new(payload: &'a [u8]) -> Self {
        Self { cursor: Cursor::new(payload), place: Place::Streams, at: 0 }
    }

    /// Reads a record of the kind [`POSITIONS`].
    pub(crate) fn of_positions(payload: &'a [u8]) -> Self {
        Self { place: Place::Positions, ..Self::new(payload) }
    }

    /// The next piece, or `None` at the end.
    #[inline]
    pub(crate) fn next(&mut self) -> Result<Option<Piece<'a>>, Malformed> {
        loop {
            match self.place {
                Place::Streams => {
                    let labels = self.cursor.bytes()?;
                    if !labels.is_empty() {
                        (self.place, self.at) = (Place::Entries, 0);
                        return Ok(Some(Piece::Stream(labels)));
                    }
                    self.place = Place::Positions;
                }
                Place::Entries => {
                    let told = self.cursor.uvarint()?;
                    if told != END {
                        return self.entry(told - 1).map(Some);
                    }
                    self.place = Place::Streams;
                }
                Place::Positions if self.cursor.is_empty() => return Ok(None),
                Place::Positions => {
                    let (key, known) = (self.cursor.bytes()?, self.cursor.u8()? != 0);
                    let value = self.cursor.bytes()?;
                    return Ok(Some(Piece::Position { key, value: known.then_some(value) }));
                }
            }
        }
    }

    #[inline]
    fn entry(&mut self, told: u64) -> Result<Piece<'a>, Malformed> {
        self.at = self.at.wrapping_add(self.cursor.varint()?);
        let metadata = if told & 1 == 1 { self.cursor.bytes()? } else { &[] };
        let length = usize::try_from(told >> 1).map_err(|_| self.cursor.malformed("length of a line"))?;
        let at = self.cursor;
        let line = std::str::from_utf8(self.cursor.take(length)?).map_err(|_| at.malformed("UTF-8 line"))?;
        Ok(Piece::Entry { at: self.at, line, metadata })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_round_trip() {
        let (a, b) = (Labels::from_pairs([("a", "1")]), Labels::from_pairs([("b", "2")]));
        let mut writer = BatchWriter::default();
        writer.begin_stream(&a);
        writer.entry(&a, 7, "seven", &Labels::empty()).expect("fits");
        writer.entry(&a, i64::MIN, "", &b).expect("fits");
        writer.end_stream();
        writer.begin_stream(&b);
        writer.entry(&b, i64::MAX, "ä", &Labels::empty()).expect("fits");
        writer.end_stream();
        let gone = PositionUpdate { key: b"gone", value: None };
        writer.finish(&[PositionUpdate { key: b"key", value: Some(b"") }, gone]).expect("fits");
        let expected = [
            Piece::Stream(a.as_raw()),
            Piece::Entry { at: 7, line: "seven", metadata: b"" },
            Piece::Entry { at: i64::MIN, line: "", metadata: b.as_raw() },
            Piece::Stream(b.as_raw()),
            Piece::Entry { at: i64::MAX, line: "ä", metadata: b"" },
            Piece::Position { key: b"key", value: Some(b"") },
            Piece::Position { key: b"gone", value: None },
        ];
        let mut reader = Reader::new(&writer.payload);
        for piece in expected {
            assert_eq!(reader.next(), Ok(Some(piece)));
        }
        assert_eq!(reader.next(), Ok(None));
        // Cut anywhere it is an error or a batch that ends earlier, never a panic.
        for end in 0..writer.payload.len() {
            let mut reader = Reader::new(&writer.payload[..end]);
            while let Ok(Some(_)) = reader.next() {}
        }
    }
}
