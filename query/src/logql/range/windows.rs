//! Which steps look back on a time, and the panes that the windows of all steps cut time into.
//!
//! Invariant: a window is left-open, `(end - range, end]`. All times of one pane lie in the same windows; panes are
//! numbered in the order of time, so that a window is a run of panes and both its ends only move forward.

use crate::vector::steps::Steps;
use language::logql::ast;
use model::time::{LogRange, Nanos, duration_nanos};

/// The windows of a range aggregation, in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Windows {
    /// Where the window of each step ends.
    ends: Steps,
    range: i64,
}

/// Where a time lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    /// The first step whose window holds it, and the first after the last.
    steps: (usize, usize),
    /// The times of the same pane: after the first, up to the second.
    after: i64,
    until: i64,
}

/// The panes of a window, both inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bounds {
    pub(super) first: u32,
    pub(super) last: u32,
}

impl Windows {
    /// The windows that the steps of a query see through a range.
    pub(super) fn new(steps: Steps, range: &ast::LogRange) -> Self {
        let ends = Steps { start: steps.start.saturating_sub(range.offset), ..steps };
        Self { ends, range: duration_nanos(range.range) }
    }

    /// The times that any window may hold.
    pub(super) fn times(&self) -> LogRange {
        let start = self.ends.start.saturating_sub(self.range).saturating_add(1);
        LogRange::new(Nanos(start), Nanos(self.ends.last().saturating_add(1)))
    }

    /// The last time of the pane that a time lies in.
    pub(super) fn pane_end(&self, at: Nanos) -> Nanos {
        Nanos(self.place(at.0).until)
    }

    /// Where each window begins and ends, in the order of the steps.
    pub(super) fn spans(&self) -> impl Iterator<Item = (i64, i64)> {
        self.ends.times().map(|end| (end.saturating_sub(self.range), end))
    }

    /// How long a window is.
    #[expect(clippy::cast_precision_loss, reason = "a length of at most centuries")]
    pub(super) fn seconds(&self) -> f64 {
        self.range as f64 / 1e9
    }

    /// The panes of each window, in the order of the steps.
    pub(super) fn bounds(&self) -> Vec<Bounds> {
        let bounds = |end: i64| Bounds {
            first: pane(self.place(end.saturating_sub(self.range).saturating_add(1)).steps),
            last: pane(self.place(end).steps),
        };
        self.ends.times().map(bounds).collect()
    }

    fn place(&self, at: i64) -> Place {
        let (at, first, step) = (i128::from(at), i128::from(self.ends.start), i128::from(self.ends.step));
        let count = self.ends.count as i128;
        // The first step that is not before a time.
        let step_of = |time: i128| {
            let behind = time - first;
            (behind.div_euclid(step) + i128::from(behind.rem_euclid(step) > 0)).clamp(0, count)
        };
        // The times between which that is the first step.
        let times_of = |number: i128| {
            let end = first + number * step;
            (if number == 0 { i128::MIN / 2 } else { end - step }, if number == count { i128::MAX / 2 } else { end })
        };
        let range = i128::from(self.range);
        let (low, high) = (step_of(at), step_of(at + range));
        let ((low_after, low_until), (high_after, high_until)) = (times_of(low), times_of(high));
        let nanos = |time: i128| i64::try_from(time).unwrap_or(if time < 0 { i64::MIN } else { i64::MAX });
        let number = |step: i128| usize::try_from(step).unwrap_or_default();
        Place {
            steps: (number(low), number(high)),
            after: nanos(low_after.max(high_after - range)),
            until: nanos(low_until.min(high_until - range)),
        }
    }
}

/// The number of the pane whose times lie in these steps' windows.
fn pane((low, high): (usize, usize)) -> u32 {
    u32::try_from(low + high).unwrap_or(u32::MAX)
}

/// Finds the panes of times that mostly ascend.
#[derive(Clone, Debug)]
pub(super) struct Cursor {
    windows: Windows,
    place: Option<Place>,
}

impl Cursor {
    /// A cursor that has seen nothing.
    pub(super) fn new(windows: Windows) -> Self {
        Self { windows, place: None }
    }

    /// The pane of a time; `None` when no window holds it.
    pub(super) fn seek(&mut self, at: i64) -> Option<u32> {
        let place = match self.place {
            Some(place) if place.after < at && at <= place.until => place,
            _ => *self.place.insert(self.windows.place(at)),
        };
        (place.steps.0 < place.steps.1).then(|| pane(place.steps))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn windows(steps: Steps, range: i64) -> Windows {
        Windows { ends: steps, range }
    }

    #[test]
    fn a_time_lies_in_the_windows_that_hold_it() {
        let check = |start: i64, step: i64, count: usize, range: i64| {
            let windows = windows(Steps { start, step, count }, range);
            let bounds = windows.bounds();
            let mut cursor = Cursor::new(windows);
            for at in start - 2 * range - 3..=start + step * count as i64 + 3 {
                let pane = cursor.seek(at);
                let pane_end = windows.pane_end(Nanos(at)).0;
                assert!(at <= pane_end && (pane_end > at + 1_000 || cursor.clone().seek(pane_end) == pane));
                for ((_, end), bounds) in windows.spans().zip(&bounds) {
                    let expected = end - range < at && at <= end;
                    let found = pane.is_some_and(|pane| bounds.first <= pane && pane <= bounds.last);
                    assert_eq!(found, expected, "{at} in ({}, {end}], step {step}", end - range);
                    assert!(!expected || windows.times().contains(Nanos(at)));
                }
            }
        };
        check(0, 10, 5, 10);
        check(3, 10, 5, 25);
        check(-7, 10, 5, 4);
        check(100, 7, 3, 100);
        check(100, 1, 1, 13);
        check(0, 5, 20, 15);
        check(0, 5, 4, 1);
    }

    #[test]
    fn the_ends_of_time_are_no_trouble() {
        let windows = windows(Steps { start: i64::MAX - 5, step: 3, count: 4 }, i64::MAX);
        let mut cursor = Cursor::new(windows);
        for at in [i64::MIN, -1, 0, 1, i64::MAX - 6, i64::MAX] {
            let _ = cursor.seek(at);
        }
        assert_eq!(windows.bounds().len(), 4);
    }
}
