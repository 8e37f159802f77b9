//! Classic histograms: series with a label `le`, cumulative counts per bucket.
//!
//! Invariant: buckets of one histogram are sorted, equal bounds are one bucket, and counts that fall are lifted to
//! the highest before them (told in an annotation) before anything is read from them.

/// One bucket of one histogram at one step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bucket {
    pub(super) upper_bound: f64,
    /// Observations at or below the bound.
    pub(super) count: f64,
}

/// Where counts had to be lifted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Lifted {
    pub(super) lowest_bound: f64,
    pub(super) highest_bound: f64,
    pub(super) largest_difference: f64,
}

/// Two counts closer than this, relatively, differ by rounding only.
const TOLERANCE: f64 = 1e-12;

/// The quantile of a histogram, interpolated in its bucket. `buckets` ascend by bound and are changed.
pub(super) fn quantile(q: f64, buckets: &mut Vec<Bucket>) -> (f64, Option<Lifted>) {
    if q.is_nan() {
        return (f64::NAN, None);
    }
    if q < 0.0 {
        return (f64::NEG_INFINITY, None);
    }
    if q > 1.0 {
        return (f64::INFINITY, None);
    }
    if !ends_at_infinity(buckets) {
        return (f64::NAN, None);
    }
    coalesce(buckets);
    let lifted = lift(buckets);
    (interpolated(q, buckets).unwrap_or(f64::NAN), lifted)
}

fn ends_at_infinity(buckets: &[Bucket]) -> bool {
    buckets.last().is_some_and(|bucket| bucket.upper_bound == f64::INFINITY)
}

fn interpolated(q: f64, buckets: &[Bucket]) -> Option<f64> {
    let (infinite, finite) = buckets.split_last()?;
    let highest = finite.last()?;
    let observations = infinite.count;
    if observations == 0.0 {
        return None;
    }
    let rank = q * observations;
    let at = finite.partition_point(|bucket| bucket.count < rank || bucket.count.is_nan() || rank.is_nan());
    let Some(bucket) = finite.get(at) else { return Some(highest.upper_bound) };
    let below = at.checked_sub(1).and_then(|below| finite.get(below));
    match below {
        None if bucket.upper_bound <= 0.0 => Some(bucket.upper_bound),
        None => Some(bucket.upper_bound * (rank / bucket.count)),
        Some(below) => {
            let width = bucket.upper_bound - below.upper_bound;
            Some(below.upper_bound + width * ((rank - below.count) / (bucket.count - below.count)))
        }
    }
}

/// Buckets of equal bounds become one.
fn coalesce(buckets: &mut Vec<Bucket>) {
    buckets.dedup_by(|bucket, before| {
        let equal = bucket.upper_bound == before.upper_bound;
        if equal {
            before.count += bucket.count;
        }
        equal
    });
}

fn lift(buckets: &mut [Bucket]) -> Option<Lifted> {
    let mut lifted: Option<Lifted> = None;
    let (first, rest) = buckets.split_first_mut()?;
    let mut highest = first.count;
    for bucket in rest {
        let count = bucket.count;
        if count == highest {
            continue;
        }
        if almost_equal(highest, count) {
            bucket.count = highest;
        } else if count < highest {
            bucket.count = highest;
            let difference = highest - count;
            let bound = bucket.upper_bound;
            let before = lifted.unwrap_or(Lifted {
                lowest_bound: f64::INFINITY,
                highest_bound: f64::NEG_INFINITY,
                largest_difference: 0.0,
            });
            lifted = Some(Lifted {
                lowest_bound: before.lowest_bound.min(bound),
                highest_bound: before.highest_bound.max(bound),
                largest_difference: before.largest_difference.max(difference),
            });
        } else {
            highest = count;
        }
    }
    lifted
}

/// Equal but for rounding; near zero the difference itself must be tiny.
fn almost_equal(left: f64, right: f64) -> bool {
    if left == right || (left.is_nan() && right.is_nan()) {
        return true;
    }
    let difference = (left - right).abs();
    let sum = left.abs() + right.abs();
    if left == 0.0 || right == 0.0 || sum < f64::MIN_POSITIVE {
        return difference < TOLERANCE * f64::MIN_POSITIVE;
    }
    difference / sum.min(f64::MAX) < TOLERANCE
}

/// Which part of the observations lies between two values. `buckets` ascend by bound and are changed.
pub(super) fn fraction(lower: f64, upper: f64, buckets: &mut Vec<Bucket>) -> f64 {
    if !ends_at_infinity(buckets) {
        return f64::NAN;
    }
    coalesce(buckets);
    let total = buckets.last().map_or(0.0, |bucket| bucket.count);
    if total == 0.0 || lower.is_nan() || upper.is_nan() {
        return f64::NAN;
    }
    if lower >= upper {
        return 0.0;
    }
    let below = |value: f64| observations_below(value, buckets).unwrap_or(total).min(total);
    (below(upper) - below(lower)) / total
}

/// Observations below a value, or `None` where it is beyond the last bucket.
fn observations_below(value: f64, buckets: &[Bucket]) -> Option<f64> {
    let first = buckets.first()?;
    // A first bound above zero tells that nothing was below zero.
    let mut lower_bound = if first.upper_bound <= 0.0 { f64::NEG_INFINITY } else { 0.0 };
    let mut rank = 0.0;
    for bucket in buckets {
        if lower_bound >= value {
            return Some(rank);
        }
        if bucket.upper_bound > value {
            let reached = if lower_bound == f64::NEG_INFINITY {
                bucket.count
            } else {
                rank + (bucket.count - rank) * (value - lower_bound) / (bucket.upper_bound - lower_bound)
            };
            return Some(reached);
        }
        rank = bucket.count;
        lower_bound = bucket.upper_bound;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buckets(pairs: &[(f64, f64)]) -> Vec<Bucket> {
        pairs.iter().map(|(upper_bound, count)| Bucket { upper_bound: *upper_bound, count: *count }).collect()
    }

    #[test]
    fn quantiles_lie_inside_their_bucket() {
        let check = |q: f64, pairs: &[(f64, f64)], expected: f64, lifted: bool| {
            let (found, seen) = quantile(q, &mut buckets(pairs));
            assert!((found - expected).abs() < 1e-9 || (found.is_nan() && expected.is_nan()), "{q}: {found}");
            assert_eq!(seen.is_some(), lifted);
        };
        let plain = [(0.1, 1.0), (0.2, 3.0), (f64::INFINITY, 4.0)];
        check(0.5, &plain, 0.15, false);
        check(0.99, &plain, 0.2, false);
        check(0.125, &plain, 0.05, false);
        check(0.5, &[(-1.0, 1.0), (f64::INFINITY, 1.0)], -1.0, false);
        check(0.5, &[(0.1, 1.0), (0.2, 3.0)], f64::NAN, false);
        check(0.5, &[(0.1, 0.0), (f64::INFINITY, 0.0)], f64::NAN, false);
        check(0.5, &[(0.1, 4.0), (0.2, 2.0), (f64::INFINITY, 4.0)], 0.05, true);
        check(0.5, &[(0.1, 1.0), (0.1, 1.0), (f64::INFINITY, 4.0)], 0.1, false);
    }

    #[test]
    fn fractions_interpolate_both_ends() {
        let check = |lower: f64, upper: f64, expected: f64| {
            let mut buckets = buckets(&[(1.0, 1.0), (2.0, 3.0), (f64::INFINITY, 4.0)]);
            let found = fraction(lower, upper, &mut buckets);
            assert!((found - expected).abs() < 1e-9, "{lower} to {upper}: {found}");
        };
        check(0.0, 2.0, 0.75);
        check(0.5, 1.5, 0.375);
        check(f64::NEG_INFINITY, f64::INFINITY, 1.0);
        check(2.0, 1.0, 0.0);
    }
}
