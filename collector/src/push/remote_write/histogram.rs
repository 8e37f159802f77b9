//! Native histograms of remote write 1.0: integer counts with deltas, or float counts, both into floats.
//!
//! Invariant: what is built is as large as the message, whatever its spans claim; the store checks that they fit.

use crate::push::protobuf::{Reader, WireError};
use model::histogram::{Histogram, ResetHint, Span};
use model::time::Millis;

/// Reads a histogram message.
#[expect(clippy::cast_precision_loss, reason = "integer counts become floats, as the engine computes with floats")]
pub(super) fn read(mut message: Reader<'_>) -> Result<(Millis, Histogram), WireError> {
    let mut histogram = Histogram::default();
    let mut timestamp = Millis(0);
    let mut positive_deltas = Vec::new();
    let mut negative_deltas = Vec::new();
    while let Some(field) = message.next_field()? {
        match field.number {
            1 => histogram.count = field.varint()? as f64,
            2 => histogram.count = field.double()?,
            3 => histogram.sum = field.double()?,
            4 => histogram.schema = field.sint32()?,
            5 => histogram.zero_threshold = field.double()?,
            6 => histogram.zero_count = field.varint()? as f64,
            7 => histogram.zero_count = field.double()?,
            8 => histogram.negative_spans.push(span(field.bytes()?)?),
            9 => field.sint64s(&mut negative_deltas)?,
            10 => field.doubles(&mut histogram.negative_buckets)?,
            11 => histogram.positive_spans.push(span(field.bytes()?)?),
            12 => field.sint64s(&mut positive_deltas)?,
            13 => field.doubles(&mut histogram.positive_buckets)?,
            14 => histogram.reset_hint = reset_hint(field.varint()?),
            15 => timestamp = Millis(field.int64()?),
            16 => field.doubles(&mut histogram.custom_values)?,
            _ => {}
        }
    }
    append_absolute(&mut histogram.positive_buckets, &positive_deltas);
    append_absolute(&mut histogram.negative_buckets, &negative_deltas);
    Ok((timestamp, histogram))
}

fn span(mut message: Reader<'_>) -> Result<Span, WireError> {
    let mut span = Span { offset: 0, length: 0 };
    while let Some(field) = message.next_field()? {
        match field.number {
            1 => span.offset = field.sint32()?,
            2 => span.length = u32::try_from(field.varint()?).unwrap_or(u32::MAX),
            _ => {}
        }
    }
    Ok(span)
}

fn reset_hint(number: u64) -> ResetHint {
    match number {
        1 => ResetHint::Reset,
        2 => ResetHint::NotReset,
        3 => ResetHint::Gauge,
        _ => ResetHint::Unknown,
    }
}

/// Each delta counts from the bucket before it; the first from zero.
#[expect(clippy::cast_precision_loss, reason = "integer counts become floats, as the engine computes with floats")]
fn append_absolute(buckets: &mut Vec<f64>, deltas: &[i64]) {
    let mut count = 0_i64;
    for delta in deltas {
        count = count.saturating_add(*delta);
        buckets.push(count as f64);
    }
}
