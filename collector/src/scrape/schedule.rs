//! When a target is scraped: every interval at an offset of its own.
//!
//! Invariant: ticks are `offset + k * interval` of the wall clock, so that they are the same after a restart; a tick
//! that was missed is skipped, never made up for. Pure: the shell sleeps.

use model::time::{Millis, duration_millis};
use std::time::Duration;

/// A scrape that starts this late still carries the time of its tick, so that steady series have steady times (they
/// compress far better). As in Prometheus: 2 ms, and at most a hundredth of the interval.
const TOLERANCE_MILLIS: i64 = 2;

/// The ticks of one target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Schedule {
    interval: i64,
    offset: i64,
    last: Option<Millis>,
}

impl Schedule {
    /// Spreads targets over the interval by a hash of what they are.
    pub(crate) fn new(interval: Duration, hash: u64) -> Self {
        let interval = duration_millis(interval).max(1);
        let offset = i64::try_from(hash % interval.unsigned_abs()).unwrap_or(0);
        Self { interval, offset, last: None }
    }

    /// The next tick to wait for: after now, and after the tick before it (a timer may fire a hair early). When the
    /// clock was set back by more than an interval, the tick before no longer counts.
    pub(crate) fn next(&self, now: Millis) -> Millis {
        let after = match self.last {
            Some(last) if last.0 - now.0 <= self.interval => last.max(now),
            _ => now,
        };
        let ticks = (after.0 - self.offset).div_euclid(self.interval) + 1;
        Millis(self.offset + ticks * self.interval)
    }

    /// The tick is due and it is `now`: gives the time that the scrape's samples carry.
    pub(crate) fn reach(&mut self, tick: Millis, now: Millis) -> Millis {
        self.last = Some(tick);
        let tolerance = TOLERANCE_MILLIS.min(self.interval / 100);
        if (now.0 - tick.0).abs() <= tolerance { tick } else { now }
    }

    /// How many ticks went by unused between the last one and this.
    pub(crate) fn skipped(&self, tick: Millis) -> u64 {
        let since = self.last.map_or(0, |last| tick.0 - last.0);
        u64::try_from(since / self.interval - 1).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_aligned_to_the_offset() {
        let schedule = Schedule::new(Duration::from_secs(10), 3_007);
        let check = |now: i64, expected: i64| assert_eq!(schedule.next(Millis(now)), Millis(expected), "{now}");
        check(0, 3_007);
        check(3_006, 3_007);
        check(3_007, 13_007);
        check(99_999, 103_007);
        check(-5, 3_007);
    }

    #[test]
    fn a_missed_tick_is_skipped_and_an_early_timer_does_not_repeat_one() {
        let mut schedule = Schedule::new(Duration::from_secs(10), 0);
        let tick = schedule.next(Millis(5));
        assert_eq!(schedule.reach(tick, Millis(9_999)), tick);
        assert_eq!(schedule.next(Millis(9_999)), Millis(20_000));
        let late = schedule.next(Millis(47_000));
        assert_eq!((late, schedule.skipped(late)), (Millis(50_000), 3));
    }

    #[test]
    fn times_within_the_tolerance_are_the_ticks() {
        let check = |interval: u64, late: i64, expected: i64| {
            let mut schedule = Schedule::new(Duration::from_millis(interval), 0);
            let tick = schedule.next(Millis(0));
            assert_eq!(schedule.reach(tick, tick + late) - tick.0, Millis(expected), "{interval} {late}");
        };
        check(10_000, 2, 0);
        check(10_000, 3, 3);
        check(100, 1, 0);
        check(100, 2, 2);
    }

    #[test]
    fn a_clock_set_back_starts_anew() {
        let mut schedule = Schedule::new(Duration::from_secs(10), 0);
        schedule.reach(Millis(1_000_000), Millis(1_000_000));
        assert_eq!(schedule.next(Millis(500_000)), Millis(510_000));
        assert_eq!(schedule.skipped(Millis(510_000)), 0);
    }
}
