//! The span of time that a partition holds.
//!
//! Invariant: a span begins at a multiple of its length since the epoch, so every time is in exactly one span of a
//! length. Spans of one length do not overlap; those of several lengths may, after the retention was changed.

use model::rfc3339;
use model::time::{LogRange, Nanos, duration_nanos};
use std::time::Duration;

const HOUR_NANOS: i64 = 60 * 60 * 1_000_000_000;
/// Lengths of partitions in hours, the greatest first. Each divides the day.
const HOURS: [i64; 8] = [24, 12, 8, 6, 4, 3, 2, 1];

/// The span of one partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Span {
    /// Hours since the epoch.
    start: i64,
    hours: i64,
}

/// How long partitions are: at most a day, and so long that the retention is at least two of them.
pub(crate) fn length(retention: Duration) -> i64 {
    if retention.is_zero() {
        return 24;
    }
    let half = duration_nanos(retention) / HOUR_NANOS / 2;
    HOURS.into_iter().find(|hours| *hours <= half).unwrap_or(1)
}

impl Span {
    /// The span of that many hours in which a time is.
    pub(crate) fn of(at: i64, hours: i64) -> Self {
        Self { start: at.div_euclid(HOUR_NANOS).div_euclid(hours) * hours, hours }
    }

    /// Its first nanosecond.
    pub(crate) fn start(self) -> Nanos {
        Nanos(self.start.saturating_mul(HOUR_NANOS))
    }

    /// The first nanosecond after it.
    pub(crate) fn end(self) -> Nanos {
        Nanos((self.start + self.hours).saturating_mul(HOUR_NANOS))
    }

    /// All of it.
    pub(crate) fn range(self) -> LogRange {
        LogRange::new(self.start(), self.end())
    }

    /// `2026-11-28T00-24h`: when it begins and how long it is.
    pub(crate) fn name(self) -> String {
        let start = rfc3339::format(self.start());
        format!("{}-{}h", start.get(..13).unwrap_or_default(), self.hours)
    }

    /// Reads what [`Span::name`] wrote; `None` for any other name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        let (start, length) = name.split_at_checked(13)?;
        let hours = length.strip_prefix('-')?.strip_suffix('h')?.parse().ok()?;
        let at = rfc3339::parse(&format!("{start}:00:00Z"))?.as_nanos();
        let span = HOURS.contains(&hours).then(|| Self::of(at.0, hours))?;
        (span.name() == name).then_some(span)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        let check = |at: i64, hours: i64, name: &str| {
            let span = Span::of(at, hours);
            assert_eq!((span.name().as_str(), Span::from_name(name)), (name, Some(span)));
            assert!(span.range().contains(Nanos(at)), "{name}");
        };
        check(0, 24, "1970-01-01T00-24h");
        check(-1, 24, "1969-12-31T00-24h");
        check(1_795_867_200_000_000_000, 24, "2026-11-28T00-24h");
        check(1_795_867_200_000_000_000, 1, "2026-11-28T12-1h");
        check(1_795_867_199_999_999_999, 8, "2026-11-28T08-8h");
        for name in
            ["2026-11-28T12-24h", "2026-11-28T00-5h", "2026-11-28T00-24h.deleting", "wal", "", "2026-13-01T00-24h"]
        {
            assert_eq!(Span::from_name(name), None, "{name}");
        }
    }

    #[test]
    fn partitions_are_at_most_half_the_retention() {
        let check = |hours: u64, expected: i64| {
            assert_eq!(length(Duration::from_secs(hours * 3600)), expected, "{hours} hours");
        };
        check(0, 24);
        check(168, 24);
        check(48, 24);
        check(47, 12);
        check(24, 12);
        check(5, 2);
        check(1, 1);
    }
}
