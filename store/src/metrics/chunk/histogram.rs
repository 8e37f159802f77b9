//! Native histograms: the layout once per run of equal ones, then counts.
//!
//! Invariant: what is decoded equals what was pushed, bit for bit in every float.

use super::{Chunk, Encoding};
use crate::codec::{Cursor, Malformed, put_uvarint, put_varint};
use crate::metrics::columns::Columns;
use crate::metrics::limits::HISTOGRAM_BUCKETS_MAX;
use model::histogram::{Histogram, ResetHint, Span};
use model::time::Millis;
use std::sync::Arc;

/// Set in the first byte of a sample that carries its own layout; the low bits hold the reset hint.
const LAYOUT: u8 = 0x80;

/// A histogram chunk that grows.
#[derive(Clone, Debug)]
pub(crate) struct HistogramEncoder {
    bytes: Vec<u8>,
    count: u16,
    first: i64,
    last: i64,
    previous: Arc<Histogram>,
}

impl HistogramEncoder {
    /// A chunk of one sample.
    pub(crate) fn new(timestamp: i64, histogram: Arc<Histogram>) -> Self {
        let mut bytes = Vec::new();
        put_varint(&mut bytes, timestamp);
        put_sample(&mut bytes, &histogram, Layout::Told);
        Self { bytes, count: 1, first: timestamp, last: timestamp, previous: histogram }
    }

    /// Appends a sample later than the last.
    pub(crate) fn push(&mut self, timestamp: i64, histogram: Arc<Histogram>) {
        put_varint(&mut self.bytes, timestamp.wrapping_sub(self.last));
        let layout = if same_layout(&self.previous, &histogram) { Layout::AsBefore } else { Layout::Told };
        put_sample(&mut self.bytes, &histogram, layout);
        self.last = timestamp;
        self.count += 1;
        self.previous = histogram;
    }

    pub(crate) fn count(&self) -> u16 {
        self.count
    }

    pub(crate) fn first(&self) -> i64 {
        self.first
    }

    pub(crate) fn last(&self) -> (i64, &Arc<Histogram>) {
        (self.last, &self.previous)
    }

    /// The chunk as it is now.
    pub(crate) fn snapshot(&self) -> Chunk {
        let bytes = self.bytes.as_slice().into();
        Chunk { encoding: Encoding::Histogram, count: self.count, min: self.first, max: self.last, bytes }
    }

    /// Bytes of memory behind it.
    pub(crate) fn memory(&self) -> usize {
        self.bytes.capacity()
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Layout {
    Told,
    AsBefore,
}

fn same_layout(a: &Histogram, b: &Histogram) -> bool {
    let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
    a.schema == b.schema
        && a.zero_threshold.to_bits() == b.zero_threshold.to_bits()
        && a.positive_spans == b.positive_spans
        && a.negative_spans == b.negative_spans
        && bits(&a.custom_values) == bits(&b.custom_values)
}

/// Whether two histograms are the same bit for bit, NaN included.
pub(crate) fn same_histogram(a: &Histogram, b: &Histogram) -> bool {
    let encoded = |histogram: &Histogram| {
        let mut bytes = Vec::new();
        put_histogram(&mut bytes, histogram);
        bytes
    };
    encoded(a) == encoded(b)
}

/// Appends one histogram that stands alone, as the WAL holds it.
pub(crate) fn put_histogram(into: &mut Vec<u8>, histogram: &Histogram) {
    put_sample(into, histogram, Layout::Told);
}

/// Reads what [`put_histogram`] wrote.
pub(crate) fn take_histogram(cursor: &mut Cursor<'_>) -> Result<Histogram, Malformed> {
    take_sample(cursor, None)
}

fn put_sample(into: &mut Vec<u8>, histogram: &Histogram, layout: Layout) {
    let hint = match histogram.reset_hint {
        ResetHint::Unknown => 0,
        ResetHint::Reset => 1,
        ResetHint::NotReset => 2,
        ResetHint::Gauge => 3,
    };
    into.push(if layout == Layout::Told { hint | LAYOUT } else { hint });
    if layout == Layout::Told {
        put_varint(into, i64::from(histogram.schema));
        into.extend_from_slice(&histogram.zero_threshold.to_le_bytes());
        put_spans(into, &histogram.positive_spans);
        put_spans(into, &histogram.negative_spans);
        put_uvarint(into, histogram.custom_values.len() as u64);
        for value in &histogram.custom_values {
            into.extend_from_slice(&value.to_le_bytes());
        }
    }
    into.extend_from_slice(&histogram.sum.to_le_bytes());
    put_count(into, histogram.zero_count);
    put_count(into, histogram.count);
    for bucket in histogram.positive_buckets.iter().chain(&histogram.negative_buckets) {
        put_count(into, *bucket);
    }
}

fn put_spans(into: &mut Vec<u8>, spans: &[Span]) {
    put_uvarint(into, spans.len() as u64);
    for span in spans {
        put_varint(into, i64::from(span.offset));
        put_uvarint(into, u64::from(span.length));
    }
}

/// Counts are nearly always whole: those are a varint of twice the number; others an odd varint and the float.
fn put_count(into: &mut Vec<u8>, count: f64) {
    let whole = count as u64;
    if (whole as f64).to_bits() == count.to_bits() && whole < 1 << 53 {
        put_uvarint(into, whole << 1);
    } else {
        put_uvarint(into, 1);
        into.extend_from_slice(&count.to_le_bytes());
    }
}

fn take_count(cursor: &mut Cursor<'_>) -> Result<f64, Malformed> {
    let at = *cursor;
    match cursor.uvarint()? {
        1 => cursor.f64(),
        whole if whole & 1 == 0 => Ok((whole >> 1) as f64),
        _ => Err(at.malformed("count of observations")),
    }
}

fn take_spans(cursor: &mut Cursor<'_>) -> Result<Vec<Span>, Malformed> {
    let count = cursor.count()?;
    let mut spans = Vec::with_capacity(count.min(64));
    for _ in 0..count {
        let at = *cursor;
        let offset = i32::try_from(cursor.varint()?).map_err(|_| at.malformed("span offset"))?;
        let length = u32::try_from(cursor.uvarint()?).map_err(|_| at.malformed("span length"))?;
        spans.push(Span { offset, length });
    }
    Ok(spans)
}

fn take_buckets(cursor: &mut Cursor<'_>, spans: &[Span]) -> Result<Vec<f64>, Malformed> {
    let buckets: u64 = spans.iter().map(|span| u64::from(span.length)).sum();
    // A bucket takes a byte at least, so a lie about their number ends at the end of the bytes.
    if buckets > cursor.remaining() as u64 || buckets > HISTOGRAM_BUCKETS_MAX as u64 {
        return Err(cursor.malformed("fewer buckets"));
    }
    (0..buckets).map(|_| take_count(cursor)).collect()
}

fn take_sample(cursor: &mut Cursor<'_>, previous: Option<&Histogram>) -> Result<Histogram, Malformed> {
    let at = *cursor;
    let head = cursor.u8()?;
    let reset_hint = match head & !LAYOUT {
        0 => ResetHint::Unknown,
        1 => ResetHint::Reset,
        2 => ResetHint::NotReset,
        3 => ResetHint::Gauge,
        _ => return Err(at.malformed("reset hint")),
    };
    let mut histogram = if head & LAYOUT != 0 {
        take_layout(cursor)?
    } else {
        let before = previous.ok_or_else(|| at.malformed("histogram layout"))?;
        Histogram {
            schema: before.schema,
            zero_threshold: before.zero_threshold,
            positive_spans: before.positive_spans.clone(),
            negative_spans: before.negative_spans.clone(),
            custom_values: before.custom_values.clone(),
            ..Histogram::default()
        }
    };
    histogram.reset_hint = reset_hint;
    histogram.sum = cursor.f64()?;
    histogram.zero_count = take_count(cursor)?;
    histogram.count = take_count(cursor)?;
    histogram.positive_buckets = take_buckets(cursor, &histogram.positive_spans)?;
    histogram.negative_buckets = take_buckets(cursor, &histogram.negative_spans)?;
    Ok(histogram)
}

fn take_layout(cursor: &mut Cursor<'_>) -> Result<Histogram, Malformed> {
    let at = *cursor;
    let schema = i32::try_from(cursor.varint()?).map_err(|_| at.malformed("histogram schema"))?;
    let zero_threshold = cursor.f64()?;
    let positive_spans = take_spans(cursor)?;
    let negative_spans = take_spans(cursor)?;
    let custom = cursor.count()?;
    let custom_values = (0..custom).map(|_| cursor.f64()).collect::<Result<_, _>>()?;
    Ok(Histogram { schema, zero_threshold, positive_spans, negative_spans, custom_values, ..Histogram::default() })
}

/// Reads the samples of a chunk that lie inside `within`.
pub(super) fn decode(chunk: &Chunk, within: std::ops::Range<i64>, into: &mut Columns) -> Result<(), Malformed> {
    let mut cursor = Cursor::new(&chunk.bytes);
    let mut timestamp = cursor.varint()?;
    let mut previous: Option<Arc<Histogram>> = None;
    for position in 0..chunk.count {
        if position > 0 {
            let at = cursor;
            let delta = cursor.varint()?;
            timestamp = timestamp.checked_add(delta).filter(|_| delta > 0).ok_or(at.malformed("ascending time"))?;
        }
        let histogram = Arc::new(take_sample(&mut cursor, previous.as_deref())?);
        if timestamp >= within.end {
            break;
        }
        if timestamp >= within.start {
            into.push_histogram(Millis(timestamp), Arc::clone(&histogram));
        }
        previous = Some(histogram);
    }
    Ok(())
}
