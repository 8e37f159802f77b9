//! Native histograms to calculate with: only the buckets that hold something, each with its index.
//!
//! Invariant: indexes ascend strictly. Adding brings both sides to the coarser resolution, the wider bucket around
//! zero, or the custom bounds that they share; exponential and custom buckets never mix.

use super::buckets;
use model::histogram::{CUSTOM_BUCKETS_SCHEMA, Histogram, ResetHint, Span};

/// A histogram to calculate with.
#[derive(Clone, Debug)]
pub(crate) struct Sparse {
    pub(crate) reset_hint: ResetHint,
    pub(crate) schema: i32,
    pub(crate) zero_threshold: f64,
    pub(crate) zero_count: f64,
    pub(crate) count: f64,
    pub(crate) sum: f64,
    pub(crate) positive: Vec<(i64, f64)>,
    pub(crate) negative: Vec<(i64, f64)>,
    pub(crate) custom_values: Vec<f64>,
}

/// Exponential and custom buckets cannot be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Incompatible;

/// What adding two histograms had to settle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Settled {
    /// One side is known to follow a reset and the other not to.
    pub(crate) conflicting_resets: bool,
    /// Custom bounds differed; those that both have were kept.
    pub(crate) reconciled_bounds: bool,
}

impl Settled {
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            conflicting_resets: self.conflicting_resets || other.conflicting_resets,
            reconciled_bounds: self.reconciled_bounds || other.reconciled_bounds,
        }
    }
}

impl From<&Histogram> for Sparse {
    fn from(histogram: &Histogram) -> Self {
        Self {
            reset_hint: histogram.reset_hint,
            schema: histogram.schema,
            zero_threshold: histogram.zero_threshold,
            zero_count: histogram.zero_count,
            count: histogram.count,
            sum: histogram.sum,
            positive: buckets(&histogram.positive_spans, &histogram.positive_buckets).collect(),
            negative: buckets(&histogram.negative_spans, &histogram.negative_buckets).collect(),
            custom_values: histogram.custom_values.clone(),
        }
    }
}

impl Sparse {
    /// An empty histogram of the same layout.
    pub(crate) fn empty_like(other: &Self) -> Self {
        Self {
            reset_hint: ResetHint::Unknown,
            schema: other.schema,
            zero_threshold: other.zero_threshold,
            zero_count: 0.0,
            count: 0.0,
            sum: 0.0,
            positive: Vec::new(),
            negative: Vec::new(),
            custom_values: other.custom_values.clone(),
        }
    }

    /// Back to the form that is stored and answered; empty buckets are left out.
    pub(crate) fn into_histogram(self) -> Histogram {
        let (positive_spans, positive_buckets) = spans(&self.positive);
        let (negative_spans, negative_buckets) = spans(&self.negative);
        Histogram {
            reset_hint: self.reset_hint,
            schema: self.schema,
            zero_threshold: self.zero_threshold,
            zero_count: self.zero_count,
            count: self.count,
            sum: self.sum,
            positive_spans,
            positive_buckets,
            negative_spans,
            negative_buckets,
            custom_values: self.custom_values,
        }
    }

    /// Whether the bounds of its buckets are listed.
    pub(crate) fn is_custom(&self) -> bool {
        self.schema == CUSTOM_BUCKETS_SCHEMA
    }

    /// Multiplies everything.
    pub(crate) fn scale(&mut self, factor: f64) {
        self.map(|value| value * factor);
        if factor < 0.0 {
            self.reset_hint = ResetHint::Gauge;
        }
    }

    /// Divides everything. Division by zero leaves no buckets, since none of their counts would be a number.
    pub(crate) fn divide(&mut self, divisor: f64) {
        self.map(|value| value / divisor);
        if divisor == 0.0 {
            self.positive.clear();
            self.negative.clear();
        }
        if divisor < 0.0 {
            self.reset_hint = ResetHint::Gauge;
        }
    }

    fn map(&mut self, change: impl Fn(f64) -> f64) {
        for value in [&mut self.zero_count, &mut self.count, &mut self.sum] {
            *value = change(*value);
        }
        for (_, count) in self.positive.iter_mut().chain(&mut self.negative) {
            *count = change(*count);
        }
    }

    /// Adds `factor` times another histogram.
    pub(crate) fn add(&mut self, other: &Self, factor: f64) -> Result<Settled, Incompatible> {
        if self.is_custom() != other.is_custom() {
            return Err(Incompatible);
        }
        let mut settled = Settled { conflicting_resets: self.settle_hint(other.reset_hint), ..Settled::default() };
        let mut other = other.clone();
        if self.is_custom() {
            if self.custom_values != other.custom_values {
                settled.reconciled_bounds = true;
                let shared: Vec<f64> =
                    self.custom_values.iter().copied().filter(|bound| other.custom_values.contains(bound)).collect();
                self.rebound(&shared);
                other.rebound(&shared);
            }
        } else {
            while self.zero_threshold != other.zero_threshold {
                let wider = self.zero_threshold.max(other.zero_threshold);
                self.widen_zero(wider);
                other.widen_zero(wider);
            }
            let schema = self.schema.min(other.schema);
            self.reduce(schema);
            other.reduce(schema);
        }
        self.zero_count += factor * other.zero_count;
        self.count += factor * other.count;
        self.sum += factor * other.sum;
        self.positive = merged(&self.positive, &other.positive, factor);
        self.negative = merged(&self.negative, &other.negative, factor);
        Ok(settled)
    }

    /// What is known of resets after adding; `true` where both sides are sure and contradict each other.
    fn settle_hint(&mut self, other: ResetHint) -> bool {
        use ResetHint::{Gauge, Unknown};
        let (hint, conflict) = match (self.reset_hint, other) {
            (left, right) if left == right => (left, false),
            (Gauge, _) | (_, Gauge) => (Gauge, false),
            (Unknown, _) | (_, Unknown) => (Unknown, false),
            _ => (Unknown, true),
        };
        self.reset_hint = hint;
        conflict
    }

    /// Halves the resolution until the schema is reached.
    pub(crate) fn reduce(&mut self, schema: i32) {
        let shift = u32::try_from(self.schema.saturating_sub(schema)).unwrap_or(0);
        if shift == 0 {
            return;
        }
        for side in [&mut self.positive, &mut self.negative] {
            *side = coalesced(side.iter().map(|(index, count)| (((index - 1) >> shift) + 1, *count)));
        }
        self.schema = schema;
    }

    /// Maps custom buckets onto fewer bounds.
    fn rebound(&mut self, bounds: &[f64]) {
        let own = &self.custom_values;
        let place = |index: i64| {
            let upper = usize::try_from(index).ok().and_then(|at| own.get(at)).copied().unwrap_or(f64::INFINITY);
            i64::try_from(bounds.partition_point(|bound| *bound < upper)).unwrap_or(i64::MAX)
        };
        self.positive = coalesced(self.positive.iter().map(|(index, count)| (place(*index), *count)));
        self.custom_values = bounds.to_vec();
    }

    /// Widens the bucket around zero at least to the threshold; a bucket that it would cut goes in whole.
    fn widen_zero(&mut self, threshold: f64) {
        if threshold <= self.zero_threshold {
            return;
        }
        let mut threshold = threshold;
        let schema = self.schema;
        for (index, _) in self.positive.iter().chain(&self.negative) {
            let (lower, upper) = (bound(schema, index - 1), bound(schema, *index));
            if lower < threshold && upper > threshold {
                threshold = upper;
            }
        }
        for side in [&mut self.positive, &mut self.negative] {
            side.retain(|(index, count)| {
                let inside = bound(schema, *index) <= threshold;
                if inside {
                    self.zero_count += count;
                }
                !inside
            });
        }
        self.zero_threshold = threshold;
    }

    /// All buckets in ascending order as lower bound, upper bound and count; empty ones are left out.
    pub(crate) fn ascending(&self) -> Vec<(f64, f64, f64)> {
        if self.is_custom() {
            let upper = |index: i64| usize::try_from(index).ok().and_then(|at| self.custom_values.get(at)).copied();
            let range = |index: i64| {
                let lower = if index == 0 { f64::NEG_INFINITY } else { upper(index - 1).unwrap_or(f64::INFINITY) };
                (lower, upper(index).unwrap_or(f64::INFINITY))
            };
            return self.positive.iter().map(|(index, count)| (range(*index).0, range(*index).1, *count)).collect();
        }
        let range = |index: i64| (bound(self.schema, index - 1), bound(self.schema, index));
        let negative = self.negative.iter().rev().map(|(index, count)| (-range(*index).1, -range(*index).0, *count));
        let zero = (self.zero_count != 0.0).then_some((-self.zero_threshold, self.zero_threshold, self.zero_count));
        let positive = self.positive.iter().map(|(index, count)| (range(*index).0, range(*index).1, *count));
        negative.chain(zero).chain(positive).collect()
    }
}

/// The upper bound of an exponential bucket.
#[expect(clippy::cast_precision_loss, reason = "indexes have 32 bits")]
fn bound(schema: i32, index: i64) -> f64 {
    (index as f64 * f64::from(-schema).exp2()).exp2()
}

/// Equal neighbors become one.
fn coalesced(buckets: impl Iterator<Item = (i64, f64)>) -> Vec<(i64, f64)> {
    let mut all: Vec<(i64, f64)> = Vec::new();
    for (index, count) in buckets {
        match all.last_mut() {
            Some(last) if last.0 == index => last.1 += count,
            _ => all.push((index, count)),
        }
    }
    all
}

/// `left + factor * right`, empty buckets left out.
fn merged(left: &[(i64, f64)], right: &[(i64, f64)], factor: f64) -> Vec<(i64, f64)> {
    let mut all: Vec<(i64, f64)> =
        left.iter().copied().chain(right.iter().map(|(i, count)| (*i, factor * count))).collect();
    all.sort_by_key(|(index, _)| *index);
    let mut sums = coalesced(all.into_iter());
    sums.retain(|(_, count)| *count != 0.0);
    sums
}

fn spans(buckets: &[(i64, f64)]) -> (Vec<Span>, Vec<f64>) {
    let mut spans: Vec<Span> = Vec::new();
    let mut next = 0_i64;
    for (index, _) in buckets.iter().filter(|(_, count)| *count != 0.0) {
        match spans.last_mut() {
            Some(last) if *index == next => last.length += 1,
            _ => spans.push(Span { offset: i32::try_from(index - next).unwrap_or(i32::MAX), length: 1 }),
        }
        next = index + 1;
    }
    (spans, buckets.iter().map(|(_, count)| *count).filter(|count| *count != 0.0).collect())
}
