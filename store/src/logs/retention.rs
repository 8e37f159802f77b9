//! Which parts go: pure.
//!
//! Invariant: by age whole partitions go, the oldest first, and one stays as long as any time of it is kept. By size the
//! oldest parts go. A clock that is far ahead of all parts is not believed: what it would have us remove could not be
//! brought back, while answers end at the retention anyway. Once entries are sealed at its times it counts.

use super::limits::CLOCK_AHEAD_MAX;
use super::span::Span;
use model::time::Nanos;
use std::time::Duration;

/// What is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    /// How long; zero is for ever.
    pub(crate) time: Duration,
    /// How many bytes on disk; 0 is no bound.
    pub(crate) bytes: u64,
}

/// A part, as far as the plan is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) span: Span,
    /// Its last entry.
    pub(crate) max: Nanos,
    /// Bytes on disk.
    pub(crate) bytes: u64,
}

/// The places in `parts` of those that go, ascending.
pub(crate) fn plan(parts: &[Candidate], kept: Kept, now: Nanos) -> Vec<usize> {
    let newest = parts.iter().map(|part| part.max).max().unwrap_or(Nanos::MIN);
    let believed = now.min(newest.plus(CLOCK_AHEAD_MAX));
    let oldest = if kept.time.is_zero() { Nanos::MIN } else { believed.minus(kept.time) };
    let mut by_age: Vec<_> = parts.iter().enumerate().collect();
    by_age.sort_by_key(|(place, part)| std::cmp::Reverse((part.span, part.max, *place)));
    let mut bytes = 0_u64;
    let mut gone = Vec::new();
    for (place, part) in by_age {
        bytes = bytes.saturating_add(part.bytes);
        if part.span.end() <= oldest || (kept.bytes > 0 && bytes > kept.bytes) {
            gone.push(place);
        }
    }
    gone.sort_unstable();
    gone
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000_000_000;

    fn check(days: &[i64], kept: Kept, now_hours: i64, expected: &[usize]) {
        let part = |day: &i64| Candidate {
            span: Span::of(day * 24 * HOUR, 24),
            max: Nanos((day * 24 + 23) * HOUR),
            bytes: 100,
        };
        let parts: Vec<_> = days.iter().map(part).collect();
        assert_eq!(plan(&parts, kept, Nanos(now_hours * HOUR)), expected, "{days:?} {kept:?} at hour {now_hours}");
    }

    #[test]
    fn whole_partitions_go_by_age() {
        let kept = Kept { time: Duration::from_secs(48 * 3600), bytes: 0 };
        check(&[0, 0, 1, 2, 3], kept, 71, &[]);
        check(&[0, 0, 1, 2, 3], kept, 72, &[0, 1]);
        check(&[0, 0, 1, 2, 3], kept, 96, &[0, 1, 2]);
        check(&[0, 1, 2], Kept { time: Duration::ZERO, bytes: 0 }, 1_000_000, &[]);
    }

    #[test]
    fn a_clock_far_ahead_of_all_parts_removes_what_was_due_anyway() {
        let kept = Kept { time: Duration::from_secs(72 * 3600), bytes: 0 };
        check(&[0, 1, 2], kept, 1_000_000, &[]);
        check(&[0, 1, 2, 3], kept, 1_000_000, &[0]);
        check(&[0, 1, 2, 41_666], kept, 1_000_000, &[0, 1, 2]);
    }

    #[test]
    fn the_oldest_parts_go_by_size() {
        let kept = |bytes| Kept { time: Duration::ZERO, bytes };
        check(&[0, 0, 1, 2], kept(400), 72, &[]);
        check(&[0, 0, 1, 2], kept(399), 72, &[0]);
        check(&[0, 0, 1, 2], kept(250), 72, &[0, 1]);
        check(&[0, 0, 1, 2], kept(1), 72, &[0, 1, 2, 3]);
    }
}
