//! `rate`, `increase`, `delta`, `irate`, `idelta`: how fast a counter or gauge moves.
//!
//! Invariant: the extrapolation to the ends of the window, the correction of counter resets and the clamp at a
//! counter's zero are Prometheus's. Where a series never resets, a window costs constant time.

use crate::promql::window::Window;
use language::promql::function::Function;
use model::time::Millis;

/// Which of the extrapolating functions it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slope {
    /// Decreases are resets.
    counter: bool,
    /// Divided by the window's length.
    per_second: bool,
}

impl Slope {
    /// `None` for other functions.
    pub(super) fn of(function: Function) -> Option<Self> {
        match function {
            Function::Rate => Some(Self { counter: true, per_second: true }),
            Function::Increase => Some(Self { counter: true, per_second: false }),
            Function::Delta => Some(Self { counter: false, per_second: false }),
            _ => None,
        }
    }

    /// Whether the function expects a counter.
    pub(super) fn wants_counter(self) -> bool {
        self.counter
    }

    /// Whether the change is divided by the window's length.
    pub(super) fn is_per_second(self) -> bool {
        self.per_second
    }
}

/// Positions in a column at which the value is below the one before.
#[derive(Debug, Default)]
pub(super) struct Resets {
    positions: Vec<usize>,
}

impl Resets {
    /// Looks through the column once.
    pub(super) fn fill(&mut self, floats: &[f64]) {
        self.positions.clear();
        let pairs = floats.iter().zip(floats.iter().skip(1)).enumerate();
        self.positions.extend(pairs.filter(|(_, (before, now))| now < before).map(|(at, _)| at + 1));
    }

    /// The values before the resets inside a window, its first sample excluded.
    fn lost<'w>(&'w self, window: &'w Window<'_>) -> impl Iterator<Item = f64> + 'w {
        let first = window.first_float;
        let from = self.positions.partition_point(|position| *position <= first);
        let inside = self.positions.get(from..).unwrap_or(&[]).iter().map(move |position| position - first);
        inside.map_while(|position| {
            let before = window.floats.get(position.checked_sub(1)?)?;
            (position < window.floats.len()).then_some(*before)
        })
    }
}

/// The extrapolated rate, increase or delta of the floats of a window; `None` below two samples.
pub(super) fn extrapolated(slope: Slope, window: &Window<'_>, resets: &Resets) -> Option<f64> {
    let (first, last) = (*window.floats.first()?, *window.floats.last()?);
    if window.floats.len() < 2 {
        return None;
    }
    let mut change = last - first;
    if slope.counter {
        change = resets.lost(window).fold(change, |change, before| change + before);
    }
    let extent = Extent::of(window.times, window)?;
    let counted_from = (slope.counter && change > 0.0 && first >= 0.0).then(|| extent.sampled * (first / change));
    Some(change * extent.factor(counted_from, window, slope.per_second))
}

/// The stretch of time that the samples of a window cover, in seconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extent {
    sampled: f64,
    average: f64,
    to_start: f64,
    to_end: f64,
}

impl Extent {
    /// From the times of the samples that are looked at.
    pub(super) fn of(times: &[Millis], window: &Window<'_>) -> Option<Self> {
        let (first, last) = (times.first()?.0, times.last()?.0);
        let sampled = seconds(last.saturating_sub(first));
        Some(Self {
            sampled,
            average: sampled / count(times.len().saturating_sub(1)),
            to_start: seconds(first.saturating_sub(window.start)),
            to_end: seconds(window.end.saturating_sub(last)),
        })
    }

    /// From the first sample to the last.
    pub(super) fn sampled(self) -> f64 {
        self.sampled
    }

    /// By how much the sampled change is scaled. `to_zero` is how long ago a counter was zero, seen from its first
    /// sample.
    pub(super) fn factor(self, to_zero: Option<f64>, window: &Window<'_>, per_second: bool) -> f64 {
        // A sample that is missing by no more than a tenth of the usual distance is taken as about to come.
        let threshold = self.average * 1.1;
        let mut to_start = if self.to_start >= threshold { self.average / 2.0 } else { self.to_start };
        if let Some(to_zero) = to_zero.filter(|to_zero| *to_zero < to_start) {
            to_start = to_zero;
        }
        let to_end = if self.to_end >= threshold { self.average / 2.0 } else { self.to_end };
        let mut factor = 1.0;
        if self.sampled != 0.0 {
            factor = (self.sampled + to_start + to_end) / self.sampled;
        }
        if per_second {
            factor /= seconds(window.end.saturating_sub(window.start));
        }
        factor
    }
}

/// `irate` and `idelta`: from the last two floats of a window.
pub(super) fn instant(window: &Window<'_>, per_second: bool) -> Option<f64> {
    let [.., before, last] = window.floats else { return None };
    let [.., before_time, last_time] = window.times else { return None };
    let elapsed = last_time.0.saturating_sub(before_time.0);
    if elapsed == 0 {
        return None;
    }
    // After a reset a counter began at zero.
    let change = if per_second && last < before { *last } else { last - before };
    Some(if per_second { change / seconds(elapsed) } else { change })
}

/// How often the value fell.
pub(super) fn resets(floats: &[f64]) -> f64 {
    count(floats.iter().zip(floats.iter().skip(1)).filter(|(before, now)| now < before).count())
}

/// How often the value changed; from NaN to NaN is no change.
pub(super) fn changes(floats: &[f64]) -> f64 {
    let changed = |before: f64, now: f64| before != now && !(before.is_nan() && now.is_nan());
    count(floats.iter().zip(floats.iter().skip(1)).filter(|(before, now)| changed(**before, **now)).count())
}

#[expect(clippy::cast_precision_loss, reason = "windows are far shorter than 2^53 milliseconds")]
pub(super) fn seconds(millis: i64) -> f64 {
    millis as f64 / 1000.0
}

#[expect(clippy::cast_precision_loss, reason = "a window holds far fewer than 2^53 samples")]
pub(super) fn count(samples: usize) -> f64 {
    samples as f64
}
