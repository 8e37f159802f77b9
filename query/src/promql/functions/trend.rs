//! `deriv`, `predict_linear`, `double_exponential_smoothing`: where a gauge is heading.

use crate::Error;
use crate::promql::kahan::Sum;
use crate::promql::window::Window;

/// A straight line through the samples of a window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Line {
    /// Per second.
    pub(super) slope: f64,
    /// The value at the time that was asked for.
    pub(super) intercept: f64,
}

/// The least-squares line; the intercept is at `origin` milliseconds. `None` below two floats.
pub(super) fn regression(window: &Window<'_>, origin: i64) -> Option<Line> {
    let (first, rest) = window.floats.split_first()?;
    if rest.is_empty() {
        return None;
    }
    if rest.iter().all(|float| float == first) {
        let level = if first.is_infinite() { f64::NAN } else { *first };
        return Some(Line { slope: if first.is_infinite() { f64::NAN } else { 0.0 }, intercept: level });
    }
    let (mut seen, mut x, mut y) = (0.0, Sum::default(), Sum::default());
    let (mut products, mut squares) = (Sum::default(), Sum::default());
    for (time, float) in window.times.iter().zip(window.floats) {
        let at = super::rate::seconds(time.0.saturating_sub(origin));
        seen += 1.0;
        x = x.plus(at);
        y = y.plus(*float);
        products = products.plus(at * float);
        squares = squares.plus(at * at);
    }
    let (x, y) = (x.total(), y.total());
    let covariance = products.total() - x * y / seen;
    let variance = squares.total() - x * x / seen;
    let slope = covariance / variance;
    Some(Line { slope, intercept: y / seen - slope * x / seen })
}

/// The smoothed last value. `None` below two floats.
///
/// # Errors
/// A factor is not between 0 and 1.
pub(super) fn smooth(floats: &[f64], smoothing: f64, trend: f64) -> Result<Option<f64>, Error> {
    for (name, short, factor) in [("smoothing", "sf", smoothing), ("trend", "tf", trend)] {
        if factor <= 0.0 || factor >= 1.0 {
            let text = format!("invalid {name} factor. Expected: 0 < {short} < 1, got: {factor:.6}");
            return Err(Error::execution(text));
        }
    }
    let [first, second, ..] = floats else { return Ok(None) };
    let (mut before, mut level, mut slope) = (0.0, *first, second - first);
    for (index, float) in floats.iter().skip(1).enumerate() {
        if index > 0 {
            slope = trend * (level - before) + (1.0 - trend) * slope;
        }
        let next = smoothing * float + (1.0 - smoothing) * (level + slope);
        (before, level) = (level, next);
    }
    Ok(Some(level))
}
