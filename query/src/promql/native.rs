//! Native histograms as values.
//!
//! Invariant: buckets are compared and added by where they are, not by how their spans are written.

pub(crate) mod quantile;
pub(crate) mod rate;
pub(crate) mod sparse;

use model::histogram::{CUSTOM_BUCKETS_SCHEMA, Histogram, ResetHint, Span};

/// The buckets of one side as index and count, ascending, empty ones left out.
pub(crate) fn buckets<'h>(spans: &'h [Span], counts: &'h [f64]) -> impl Iterator<Item = (i64, f64)> + 'h {
    let mut index = 0_i64;
    let indexes = spans.iter().flat_map(move |span| {
        index += i64::from(span.offset);
        let first = index;
        index += i64::from(span.length);
        first..index
    });
    indexes.zip(counts.iter().copied()).filter(|(_, count)| *count != 0.0)
}

/// Whether two histograms are the same value; the reset hint does not count.
pub(crate) fn is_equal(left: &Histogram, right: &Histogram) -> bool {
    let same = |left: f64, right: f64| left.to_bits() == right.to_bits();
    left.schema == right.schema
        && same(left.count, right.count)
        && same(left.sum, right.sum)
        && same(left.zero_threshold, right.zero_threshold)
        && same(left.zero_count, right.zero_count)
        && left.custom_values == right.custom_values
        && positive(left).eq(positive(right))
        && negative(left).eq(negative(right))
}

fn positive(histogram: &Histogram) -> impl Iterator<Item = (i64, f64)> + '_ {
    buckets(&histogram.positive_spans, &histogram.positive_buckets)
}

fn negative(histogram: &Histogram) -> impl Iterator<Item = (i64, f64)> + '_ {
    buckets(&histogram.negative_spans, &histogram.negative_buckets)
}

/// Whether a counter histogram was reset between two values: something that can only grow shrank.
pub(crate) fn is_reset(before: &Histogram, now: &Histogram) -> bool {
    match now.reset_hint {
        ResetHint::Reset => return true,
        ResetHint::NotReset | ResetHint::Gauge => return false,
        ResetHint::Unknown => {}
    }
    if now.count < before.count || now.zero_threshold < before.zero_threshold {
        return true;
    }
    let custom = |histogram: &Histogram| histogram.schema == CUSTOM_BUCKETS_SCHEMA;
    if custom(before) != custom(now) || now.schema > before.schema {
        return true;
    }
    if custom(now) && before.custom_values != now.custom_values {
        return true;
    }
    let shift = u32::try_from(before.schema.saturating_sub(now.schema)).unwrap_or(0);
    now.zero_count < before.zero_count
        || shrank(positive(before), positive(now), shift)
        || shrank(negative(before), negative(now), shift)
}

/// Whether any bucket holds less than before; the earlier buckets are `2^shift` times as fine.
fn shrank(before: impl Iterator<Item = (i64, f64)>, now: impl Iterator<Item = (i64, f64)>, shift: u32) -> bool {
    let mut now = now.peekable();
    let mut merged: Option<(i64, f64)> = None;
    let mut check = |index: i64, count: f64| {
        while now.next_if(|(candidate, _)| *candidate < index).is_some() {}
        now.peek().filter(|(candidate, _)| *candidate == index).map_or(0.0, |found| found.1) < count
    };
    for (index, count) in before {
        let index = if shift == 0 { index } else { ((index - 1) >> shift) + 1 };
        match &mut merged {
            Some((current, sum)) if *current == index => *sum += count,
            Some((current, sum)) if check(*current, *sum) => return true,
            _ => merged = Some((index, count)),
        }
    }
    merged.is_some_and(|(index, count)| check(index, count))
}
