//! When a group is evaluated.
//!
//! Invariant: the times of a group lie an interval apart, at an offset that only its file and name decide, so that
//! groups spread over the interval and a restart does not move them. As Prometheus's `rules.Group` does it.

use model::labels::Labels;
use model::time::{Millis, duration_millis};
use std::time::Duration;

/// The times of one group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Schedule {
    interval: i64,
    offset: i64,
}

/// The next evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Due {
    /// The time that it is evaluated for.
    pub(crate) at: Millis,
    /// Evaluations that were left out because the one before took too long.
    pub(crate) missed: u64,
}

impl Schedule {
    /// Of the group of that file and name.
    pub(crate) fn new(interval: Duration, file: &str, name: &str) -> Self {
        let interval = duration_millis(interval).max(1);
        let hash = Labels::from_pairs([("file", file), ("name", name)]).fingerprint();
        let offset = i64::try_from(hash % interval.unsigned_abs()).unwrap_or(0);
        Self { interval, offset }
    }

    /// The last of its times that is not after now.
    pub(crate) fn aligned(self, now: Millis) -> Millis {
        let into = now.0.saturating_sub(self.offset).rem_euclid(self.interval);
        now - into
    }

    /// How long to wait after the evaluation for `previous`. Where the clock stepped back by more than an interval,
    /// the times begin anew.
    pub(crate) fn wait(self, previous: &mut Millis, now: Millis) -> Duration {
        if previous.0 > now.0 {
            *previous = self.aligned(now);
        }
        let wait = previous.0.saturating_add(self.interval).saturating_sub(now.0);
        Duration::from_millis(u64::try_from(wait).unwrap_or(0))
    }

    /// What is due after that wait.
    pub(crate) fn due(self, previous: Millis, now: Millis) -> Due {
        let steps = (now.0.saturating_sub(previous.0) / self.interval).max(1);
        let at = previous + steps.saturating_mul(self.interval);
        Due { at, missed: steps.unsigned_abs() - 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_spread_over_the_interval_and_stay_where_they_are() {
        let interval = Duration::from_secs(60);
        let schedules: Vec<Schedule> =
            (0..50).map(|group| Schedule::new(interval, "a.yml", &group.to_string())).collect();
        let early = schedules.iter().filter(|schedule| schedule.offset < 30_000).count();
        assert!((10..40).contains(&early), "{early} of 50 in the first half");
        for schedule in schedules {
            let at = schedule.aligned(Millis(1_700_000_000_000));
            assert!(at.0 <= 1_700_000_000_000 && at.0 > 1_699_999_940_000, "{at:?}");
            assert_eq!((at.0 - schedule.offset) % 60_000, 0);
            assert_eq!(schedule.aligned(at), at);
            assert_eq!(schedule.aligned(at + 59_999), at);
        }
    }

    #[test]
    fn what_took_too_long_misses_times_and_never_moves_them() {
        let schedule = Schedule { interval: 10_000, offset: 3_000 };
        let check = |previous: i64, now: i64, at: i64, missed: u64| {
            assert_eq!(schedule.due(Millis(previous), Millis(now)), Due { at: Millis(at), missed }, "{previous} {now}");
        };
        check(3_000, 13_000, 13_000, 0);
        check(3_000, 12_990, 13_000, 0);
        check(3_000, 22_999, 13_000, 0);
        check(3_000, 23_000, 23_000, 1);
        check(3_000, 60_000, 53_000, 4);
        let mut previous = Millis(103_000);
        assert_eq!(schedule.wait(&mut previous, Millis(104_000)), Duration::from_secs(9));
        assert_eq!(schedule.wait(&mut previous, Millis(200_000)), Duration::ZERO);
        // The clock stepped back.
        assert_eq!(schedule.wait(&mut previous, Millis(50_000)), Duration::from_secs(3));
        assert_eq!(previous, Millis(43_000));
    }
}
