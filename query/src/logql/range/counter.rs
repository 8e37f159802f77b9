//! `rate_counter`: samples as a counter that may have been reset, extrapolated to the ends of the window.
//!
//! Invariant: a window with one sample has the rate 0, as in Loki.

use super::function::{Sample, Shape};
use super::panes::Panes;

/// What a run of samples comes to.
#[derive(Clone, Copy, Debug)]
struct Run {
    first: Sample,
    last: Sample,
    count: f64,
    /// What was lost at resets.
    lost: f64,
}

impl Run {
    fn of(sample: Sample) -> Self {
        // A counter begins at zero.
        Self { first: sample, last: sample, count: 1.0, lost: 0.0 }
    }

    fn join(self, later: Self) -> Self {
        let reset = if later.first.value < self.last.value { self.last.value } else { 0.0 };
        Self {
            first: self.first,
            last: later.last,
            count: self.count + later.count,
            lost: self.lost + later.lost + reset,
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "distances of times within a window")]
    fn rate(self, window: (i64, i64), seconds: f64) -> f64 {
        if self.count < 2.0 {
            return 0.0;
        }
        let between = |from: i64, to: i64| to.saturating_sub(from) as f64 / 1e9;
        let increase = self.last.value - self.first.value + self.lost;
        let sampled = between(self.first.at, self.last.at);
        let gap = sampled / (self.count - 1.0);
        // Samples near an end of the window suggest that the counter went on to it.
        let reach = |distance: f64| if distance >= gap * 1.1 { gap / 2.0 } else { distance };
        let mut before = reach(between(window.0, self.first.at));
        if increase > 0.0 && self.first.value >= 0.0 {
            // A counter was never below zero.
            before = before.min(sampled * (self.first.value / increase));
        }
        let after = reach(between(self.last.at, window.1));
        increase * ((sampled + before + after) / sampled) / seconds
    }
}

/// Gives the rate of every window that has samples.
pub(super) fn rates(
    mut samples: Vec<Sample>,
    shape: &Shape,
    mut pane_of: impl FnMut(i64) -> Option<u32>,
    mut give: impl FnMut(usize, f64),
) {
    if !samples.is_sorted_by_key(|sample| sample.at) {
        samples.sort_by_key(|sample| sample.at);
    }
    let mut panes = Panes::new();
    for sample in samples {
        if let Some(pane) = pane_of(sample.at) {
            panes.add(pane, Run::of(sample), Run::join);
        }
    }
    let windows: Vec<(i64, i64)> = shape.windows.spans().collect();
    let seconds = shape.windows.seconds();
    panes.fold(&shape.bounds, Run::join, |step, run| {
        if let Some(window) = windows.get(step) {
            give(step, run.rate(*window, seconds));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_extrapolated() {
        let check = |samples: &[(i64, f64)], window: (i64, i64), expected: f64| {
            let seconds = |time: i64| time * 1_000_000_000;
            let run = samples.iter().map(|(at, value)| Run::of(Sample { at: seconds(*at), value: *value }));
            let rate = run
                .reduce(Run::join)
                .unwrap()
                .rate((seconds(window.0), seconds(window.1)), (window.1 - window.0) as f64);
            assert!((rate - expected).abs() < 1e-9, "{samples:?}: {rate}");
        };
        check(&[(5, 1.0)], (0, 10), 0.0);
        check(&[(0, 0.0), (10, 10.0)], (0, 10), 1.0);
        check(&[(1, 0.0), (9, 8.0)], (0, 10), 0.9);
        check(&[(1, 10.0), (5, 14.0), (9, 4.0)], (0, 10), 8.0 / 8.0 * 10.0 / 10.0);
    }
}
