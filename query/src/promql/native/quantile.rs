//! Quantiles, fractions and spread of native histograms.
//!
//! Invariant: inside an exponential bucket observations are taken as evenly spread on a logarithmic scale, inside a
//! custom bucket or the one around zero on a linear one.

use super::sparse::Sparse;
use model::histogram::Histogram;

/// A quantile and what should be told of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Found {
    pub(crate) value: f64,
    /// Observations of NaN made it so.
    pub(crate) nan: Option<NanEffect>,
}

/// What observations of NaN did to a quantile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NanEffect {
    /// There is no result.
    NoResult,
    /// The result is higher than without them.
    Skewed,
}

/// `histogram_quantile` of one histogram.
pub(crate) fn quantile(q: f64, histogram: &Histogram) -> Found {
    let plain = |value: f64| Found { value, nan: None };
    if q < 0.0 {
        return plain(f64::NEG_INFINITY);
    }
    if q > 1.0 {
        return plain(f64::INFINITY);
    }
    if histogram.count == 0.0 || q.is_nan() {
        return plain(f64::NAN);
    }
    let sparse = Sparse::from(histogram);
    let mut buckets = sparse.ascending();
    let has_nan = histogram.sum.is_nan();
    let forward = has_nan || q < 0.5;
    if !forward {
        buckets.reverse();
    }
    let rank = if forward { q } else { 1.0 - q } * histogram.count;
    let mut seen = 0.0;
    let mut reached = None;
    for bucket in &buckets {
        seen += bucket.2;
        reached = Some(*bucket);
        if seen >= rank {
            break;
        }
    }
    let Some((lower, upper, count)) = reached else {
        return Found { value: if has_nan { f64::NAN } else { 0.0 }, nan: has_nan.then_some(NanEffect::NoResult) };
    };
    let (lower, upper) = match natural_bounds(&sparse, lower, upper) {
        Ok(bounds) => bounds,
        Err(value) => return plain(value),
    };
    let seen = seen.min(histogram.count);
    if seen < rank {
        return if has_nan { Found { value: f64::NAN, nan: Some(NanEffect::NoResult) } } else { plain(upper) };
    }
    let inside = if forward { rank - (seen - count) } else { seen - rank };
    let total: f64 = buckets.iter().map(|bucket| bucket.2).sum();
    let skewed = (has_nan && total < histogram.count).then_some(NanEffect::Skewed);
    Found { value: interpolated(&sparse, lower, upper, inside / count), nan: skewed }
}

/// The bounds to interpolate between, or the value where that makes no sense.
fn natural_bounds(sparse: &Sparse, lower: f64, upper: f64) -> Result<(f64, f64), f64> {
    if sparse.is_custom() {
        return match (lower, upper) {
            (f64::NEG_INFINITY, upper) if upper <= 0.0 => Err(upper),
            (f64::NEG_INFINITY, upper) => Ok((0.0, upper)),
            (lower, f64::INFINITY) => Err(lower),
            bounds => Ok(bounds),
        };
    }
    if lower < 0.0 && upper > 0.0 {
        return Ok(match (sparse.negative.is_empty(), sparse.positive.is_empty()) {
            (true, false) => (0.0, upper),
            (false, true) => (lower, 0.0),
            _ => (lower, upper),
        });
    }
    Ok((lower, upper))
}

fn interpolated(sparse: &Sparse, lower: f64, upper: f64, fraction: f64) -> f64 {
    if sparse.is_custom() || (lower <= 0.0 && upper >= 0.0) {
        return lower + (upper - lower) * fraction;
    }
    let (log_lower, log_upper) = (lower.abs().log2(), upper.abs().log2());
    if lower > 0.0 {
        (log_lower + (log_upper - log_lower) * fraction).exp2()
    } else {
        -(log_upper + (log_lower - log_upper) * (1.0 - fraction)).exp2()
    }
}

/// `histogram_fraction` of one histogram.
pub(crate) fn fraction(lower: f64, upper: f64, histogram: &Histogram) -> f64 {
    if histogram.count == 0.0 || lower.is_nan() || upper.is_nan() {
        return f64::NAN;
    }
    if lower >= upper {
        return 0.0;
    }
    let sparse = Sparse::from(histogram);
    let buckets = sparse.ascending();
    let total: f64 = buckets.iter().map(|bucket| bucket.2).sum();
    let below = |value: f64| observations_below(value, &sparse, &buckets).min(total);
    (below(upper) - below(lower)) / histogram.count
}

fn observations_below(value: f64, sparse: &Sparse, buckets: &[(f64, f64, f64)]) -> f64 {
    let mut rank = 0.0;
    for (lower, upper, count) in buckets.iter().copied() {
        let (lower, upper) = match natural_bounds(sparse, lower, upper) {
            Ok(bounds) => bounds,
            Err(_) => (lower, upper),
        };
        if lower >= value {
            return rank;
        }
        if upper > value {
            return rank + count * position(sparse, lower, upper, value);
        }
        rank += count;
    }
    rank
}

/// How far into a bucket a value lies, from 0 to 1.
fn position(sparse: &Sparse, lower: f64, upper: f64, value: f64) -> f64 {
    if lower == f64::NEG_INFINITY {
        return 1.0;
    }
    if upper == f64::INFINITY {
        return 0.0;
    }
    if sparse.is_custom() || (lower <= 0.0 && upper >= 0.0) {
        return (value - lower) / (upper - lower);
    }
    let (log_lower, log_upper, log_value) = (lower.abs().log2(), upper.abs().log2(), value.abs().log2());
    if value > 0.0 {
        (log_value - log_lower) / (log_upper - log_lower)
    } else {
        1.0 - (log_value - log_upper) / (log_lower - log_upper)
    }
}

/// The variance of the observations, each taken as the middle of its bucket.
pub(crate) fn variance(histogram: &Histogram) -> f64 {
    let sparse = Sparse::from(histogram);
    let mean = histogram.sum / histogram.count;
    let middle = |lower: f64, upper: f64| {
        if sparse.is_custom() {
            f64::midpoint(lower, upper)
        } else if lower <= 0.0 && upper >= 0.0 {
            0.0
        } else {
            (lower * upper).sqrt().copysign(upper)
        }
    };
    let squares =
        sparse.ascending().into_iter().fold(super::super::kahan::Sum::default(), |sum, (lower, upper, count)| {
            let delta = middle(lower, upper) - mean;
            sum.plus(count * delta * delta)
        });
    squares.total() / histogram.count
}
