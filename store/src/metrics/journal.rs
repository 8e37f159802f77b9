//! What the metrics store writes into its WAL. See `docs/format/wal.md`.
//!
//! Invariant: a record makes sense after all records before it; replaying one twice changes nothing.

use super::append::{AppendValue, Exemplar, SeriesRef};
use super::chunk::{Chunk, Encoding, put_histogram, take_histogram};
use super::starts::Starts;
use crate::codec::{Cursor, Malformed, put_bytes, put_uvarint, put_varint};
use model::histogram::Histogram;
use model::labels::Labels;
use model::metadata::{Metadata, MetricKind};
use model::time::Millis;

/// Labels of new series.
pub(crate) const SERIES: u8 = 1;
/// Samples, exemplars and metadata of one batch.
pub(crate) const BATCH: u8 = 2;
/// Finished chunks, in checkpoints only.
pub(crate) const CHUNKS: u8 = 3;
/// The next series reference to give, in checkpoints only.
pub(crate) const NEXT_REFERENCE: u8 = 4;

const FLOAT: u64 = 0;
const HISTOGRAM: u64 = 1;
const FLOAT_WITH_START: u64 = 2;
const HISTOGRAM_WITH_START: u64 = 3;
const EXEMPLAR: u64 = 4;
const METADATA: u64 = 5;
const TAG_BITS: u32 = 3;

/// Writes the records of new series.
pub(crate) fn put_series(into: &mut Vec<u8>, reference: SeriesRef, labels: &Labels) {
    put_uvarint(into, reference.0);
    put_bytes(into, labels.as_raw());
}

/// Reads what [`put_series`] wrote, over and over.
pub(crate) fn take_series<'a>(cursor: &mut Cursor<'a>) -> Result<(SeriesRef, &'a [u8]), Malformed> {
    Ok((SeriesRef(cursor.uvarint()?), cursor.bytes()?))
}

/// Writes one batch. References and times are differences to those before.
#[derive(Debug, Default)]
pub(crate) struct BatchWriter {
    pub(crate) bytes: Vec<u8>,
    reference: u64,
    timestamp: i64,
}

impl BatchWriter {
    pub(crate) fn with_capacity(samples: usize) -> Self {
        Self { bytes: Vec::with_capacity(samples * 12 + 16), ..Self::default() }
    }

    #[inline]
    fn begin(&mut self, tag: u64, reference: SeriesRef, timestamp: i64) {
        let delta = reference.0.wrapping_sub(self.reference) as i64;
        let zigzag = ((delta << 1) ^ (delta >> 63)) as u64;
        put_uvarint(&mut self.bytes, zigzag << TAG_BITS | tag);
        put_varint(&mut self.bytes, timestamp.wrapping_sub(self.timestamp));
        self.reference = reference.0;
        self.timestamp = timestamp;
    }

    #[inline]
    pub(crate) fn sample(&mut self, reference: SeriesRef, at: i64, value: AppendValue<'_>, start: Option<i64>) {
        let tag = match (value, start) {
            (AppendValue::Float(_), None) => FLOAT,
            (AppendValue::Float(_), Some(_)) => FLOAT_WITH_START,
            (AppendValue::Histogram(_), None) => HISTOGRAM,
            (AppendValue::Histogram(_), Some(_)) => HISTOGRAM_WITH_START,
        };
        self.begin(tag, reference, at);
        if let Some(start) = start {
            put_varint(&mut self.bytes, at.wrapping_sub(start));
        }
        match value {
            AppendValue::Float(value) => self.bytes.extend_from_slice(&value.to_le_bytes()),
            AppendValue::Histogram(histogram) => put_histogram(&mut self.bytes, histogram),
        }
    }

    pub(crate) fn exemplar(&mut self, reference: SeriesRef, exemplar: &Exemplar) {
        self.begin(EXEMPLAR, reference, exemplar.timestamp.0);
        self.bytes.extend_from_slice(&exemplar.value.to_le_bytes());
        put_bytes(&mut self.bytes, exemplar.labels.as_raw());
    }

    pub(crate) fn metadata(&mut self, metric: &str, metadata: &Metadata) {
        put_uvarint(&mut self.bytes, METADATA);
        put_bytes(&mut self.bytes, metric.as_bytes());
        put_bytes(&mut self.bytes, metadata.kind.as_str().as_bytes());
        put_bytes(&mut self.bytes, metadata.help.as_bytes());
        put_bytes(&mut self.bytes, metadata.unit.as_bytes());
    }
}

/// One entry of a batch.
#[derive(Debug, PartialEq)]
pub(crate) enum Entry<'a> {
    Float { series: SeriesRef, at: i64, value: f64, start: Option<i64> },
    Histogram { series: SeriesRef, at: i64, value: Box<Histogram>, start: Option<i64> },
    Exemplar { series: SeriesRef, at: i64, value: f64, labels: &'a [u8] },
    Metadata { metric: &'a str, metadata: Metadata },
}

/// Reads one batch.
#[derive(Debug)]
pub(crate) struct BatchReader<'a> {
    cursor: Cursor<'a>,
    reference: u64,
    timestamp: i64,
}

impl<'a> BatchReader<'a> {
    pub(crate) fn new(payload: &'a [u8]) -> Self {
        Self { cursor: Cursor::new(payload), reference: 0, timestamp: 0 }
    }

    /// The next entry, or `None` at the end.
    #[inline]
    pub(crate) fn next(&mut self) -> Result<Option<Entry<'a>>, Malformed> {
        if self.cursor.is_empty() {
            return Ok(None);
        }
        let head = self.cursor.uvarint()?;
        let tag = head & ((1 << TAG_BITS) - 1);
        if tag == METADATA {
            return self.metadata().map(Some);
        }
        let zigzag = head >> TAG_BITS;
        self.reference = self.reference.wrapping_add(((zigzag >> 1) as i64 ^ -((zigzag & 1) as i64)) as u64);
        self.timestamp = self.timestamp.wrapping_add(self.cursor.varint()?);
        let (series, at) = (SeriesRef(self.reference), self.timestamp);
        let start = match tag {
            FLOAT_WITH_START | HISTOGRAM_WITH_START => Some(at.wrapping_sub(self.cursor.varint()?)),
            _ => None,
        };
        match tag {
            FLOAT | FLOAT_WITH_START => Ok(Some(Entry::Float { series, at, value: self.cursor.f64()?, start })),
            HISTOGRAM | HISTOGRAM_WITH_START => {
                Ok(Some(Entry::Histogram { series, at, value: Box::new(take_histogram(&mut self.cursor)?), start }))
            }
            EXEMPLAR => {
                let (value, labels) = (self.cursor.f64()?, self.cursor.bytes()?);
                Ok(Some(Entry::Exemplar { series, at, value, labels }))
            }
            _ => Err(self.cursor.malformed("kind of entry")),
        }
    }

    fn metadata(&mut self) -> Result<Entry<'a>, Malformed> {
        let metric = self.cursor.text()?;
        let kind = MetricKind::from_name(self.cursor.text()?);
        let (help, unit) = (self.cursor.text()?.to_owned(), self.cursor.text()?.to_owned());
        Ok(Entry::Metadata { metric, metadata: Metadata { family: metric.to_owned(), kind, help, unit } })
    }
}

/// Writes what a checkpoint keeps of one series.
pub(crate) fn put_chunks(into: &mut Vec<u8>, reference: SeriesRef, chunks: &[Chunk], starts: Option<&Starts>) {
    put_uvarint(into, reference.0);
    put_uvarint(into, chunks.len() as u64);
    for chunk in chunks {
        into.push(chunk.encoding as u8);
        put_uvarint(into, u64::from(chunk.count));
        put_varint(into, chunk.min);
        put_varint(into, chunk.max);
        put_bytes(into, &chunk.bytes);
    }
    let runs: Vec<_> = starts.into_iter().flat_map(|starts| starts.within(i64::MIN..i64::MAX)).collect();
    put_runs(into, &runs);
}

/// Writes runs of starts.
pub(crate) fn put_runs(into: &mut Vec<u8>, runs: &[(i64, Option<i64>)]) {
    put_uvarint(into, runs.len() as u64);
    for (from, start) in runs {
        put_varint(into, *from);
        into.push(u8::from(start.is_some()));
        put_varint(into, start.unwrap_or(0));
    }
}

/// A run: from which sample on, and since when those count.
pub(crate) type Run = (i64, Option<i64>);

/// Reads what [`put_runs`] wrote.
pub(crate) fn take_runs(cursor: &mut Cursor<'_>) -> Result<Vec<Run>, Malformed> {
    let count = cursor.count()?;
    let run = |_| Ok((cursor.varint()?, (cursor.u8()? != 0, cursor.varint()?)));
    let runs: Vec<(i64, (bool, i64))> = (0..count).map(run).collect::<Result<_, Malformed>>()?;
    Ok(runs.into_iter().map(|(from, (told, start))| (from, told.then_some(start))).collect())
}

/// Reads what [`put_chunks`] wrote.
pub(crate) fn take_chunks(cursor: &mut Cursor<'_>) -> Result<(SeriesRef, Vec<Chunk>, Vec<Run>), Malformed> {
    let series = SeriesRef(cursor.uvarint()?);
    let count = cursor.count()?;
    let chunks = (0..count).map(|_| take_chunk(cursor)).collect::<Result<_, _>>()?;
    Ok((series, chunks, take_runs(cursor)?))
}

fn take_chunk(cursor: &mut Cursor<'_>) -> Result<Chunk, Malformed> {
    let at = *cursor;
    let encoding = Encoding::from_byte(cursor.u8()?).ok_or_else(|| at.malformed("chunk encoding"))?;
    let count = u16::try_from(cursor.uvarint()?).ok().filter(|count| *count > 0);
    let count = count.ok_or_else(|| at.malformed("count of samples"))?;
    let (min, max) = (cursor.varint()?, cursor.varint()?);
    if min > max {
        return Err(at.malformed("ascending bounds"));
    }
    Ok(Chunk { encoding, count, min, max, bytes: cursor.bytes()?.into() })
}

/// An exemplar as it was read.
pub(crate) fn exemplar(at: i64, value: f64, labels: &[u8]) -> Option<Exemplar> {
    Some(Exemplar { labels: Labels::from_raw(labels).ok()?, value, timestamp: Millis(at) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_round_trip() {
        let histogram = Histogram { schema: 3, sum: 4.0, ..Histogram::default() };
        let metadata =
            Metadata { family: "up".to_owned(), kind: MetricKind::Counter, help: "h".to_owned(), unit: String::new() };
        let labels = Labels::from_pairs([("trace_id", "1")]);
        let mut writer = BatchWriter::with_capacity(4);
        writer.sample(SeriesRef(9), 100, AppendValue::Float(1.5), None);
        writer.sample(SeriesRef(3), 90, AppendValue::Histogram(&histogram), Some(-7));
        writer.metadata("up", &metadata);
        writer.exemplar(SeriesRef(3), &Exemplar { labels: labels.clone(), value: 2.0, timestamp: Millis(95) });
        writer.sample(SeriesRef(1 << 40), i64::MAX, AppendValue::Float(2.5), Some(i64::MIN));
        let mut reader = BatchReader::new(&writer.bytes);
        let expected = [
            Entry::Float { series: SeriesRef(9), at: 100, value: 1.5, start: None },
            Entry::Histogram { series: SeriesRef(3), at: 90, value: Box::new(histogram), start: Some(-7) },
            Entry::Metadata { metric: "up", metadata },
            Entry::Exemplar { series: SeriesRef(3), at: 95, value: 2.0, labels: labels.as_raw() },
            Entry::Float { series: SeriesRef(1 << 40), at: i64::MAX, value: 2.5, start: Some(i64::MIN) },
        ];
        for entry in expected {
            assert_eq!(reader.next(), Ok(Some(entry)));
        }
        assert_eq!(reader.next(), Ok(None));
    }
}
