//! The `*_over_time` family: what the floats of a window sum up to.
//!
//! Invariant: sums and means are compensated as in `sum` and `avg`; NaN loses against every number in minimum and
//! maximum.

use super::rate::count;
use crate::promql::kahan::{Mean, Sum};
use crate::promql::window::Window;
use crate::vector::quantile::quantile;
use model::time::Millis;

/// `sum_over_time`
pub(super) fn sum(floats: &[f64]) -> f64 {
    let sum = floats.iter().fold(Sum::default(), |sum, float| sum.plus(*float));
    if sum.sum.is_infinite() { sum.sum } else { sum.total() }
}

/// `avg_over_time`
pub(super) fn average(floats: &[f64]) -> Option<f64> {
    let (first, rest) = floats.split_first()?;
    let mut mean = Mean::of(*first);
    rest.iter().for_each(|float| mean.add(*float));
    Some(mean.value())
}

/// `stdvar_over_time`
pub(super) fn variance(floats: &[f64]) -> f64 {
    let mut seen = 0.0;
    let mut mean = Sum::default();
    let mut squares = Sum::default();
    for float in floats {
        seen += 1.0;
        let delta = float - mean.total();
        mean = mean.plus(delta / seen);
        squares = squares.plus(delta * (float - mean.total()));
    }
    squares.total() / seen
}

/// Which sample of a window is wanted.
#[derive(Clone, Copy, Debug)]
pub(super) enum Extreme {
    Min,
    Max,
    /// The last of equal minima.
    LastMin,
    /// The last of equal maxima.
    LastMax,
}

/// `min_over_time`, `max_over_time` and their times.
pub(super) fn extreme(window: &Window<'_>, which: Extreme) -> Option<(Millis, f64)> {
    let wins = |float: f64, best: f64| match which {
        Extreme::Min => float < best,
        Extreme::Max => float > best,
        Extreme::LastMin => float <= best,
        Extreme::LastMax => float >= best,
    };
    let mut samples = window.times.iter().copied().zip(window.floats.iter().copied());
    let first = samples.next()?;
    Some(samples.fold(first, |best, sample| if wins(sample.1, best.1) || best.1.is_nan() { sample } else { best }))
}

/// `quantile_over_time`
pub(super) fn quantile_of(q: f64, floats: &[f64]) -> f64 {
    quantile(q, &mut floats.to_vec())
}

/// `mad_over_time`: the median distance from the median.
pub(super) fn median_deviation(floats: &[f64]) -> f64 {
    if floats.iter().any(|float| float.is_nan()) {
        return f64::NAN;
    }
    let mut values = floats.to_vec();
    let median = quantile(0.5, &mut values);
    values.iter_mut().for_each(|value| *value = (*value - median).abs());
    quantile(0.5, &mut values)
}

/// `count_over_time`, histograms included.
pub(super) fn size(window: &Window<'_>) -> f64 {
    count(window.floats.len() + window.histograms.len())
}
