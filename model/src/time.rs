//! Time: metrics count milliseconds, logs nanoseconds, both since 1970-01-01 UTC. They are two types on purpose.
//!
//! Invariant: ranges are half-open, `start <= t < end`; the front converts each dialect's own convention.

use std::ops::{Add, Sub};
use std::time::Duration;

/// Milliseconds since the epoch, the time of metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct Millis(pub i64);

/// Nanoseconds since the epoch, the time of log lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct Nanos(pub i64);

impl Millis {
    /// The earliest time.
    pub const MIN: Self = Self(i64::MIN);
    /// The latest time.
    pub const MAX: Self = Self(i64::MAX);

    /// Seconds since the epoch, with a fraction.
    #[expect(clippy::cast_precision_loss, reason = "times of the next millennia are exact in 53 bits")]
    pub fn as_seconds(self) -> f64 {
        self.0 as f64 / 1000.0
    }

    /// The time `by` earlier, saturating.
    pub fn minus(self, by: Duration) -> Self {
        Self(self.0.saturating_sub(duration_millis(by)))
    }

    /// The time `by` later, saturating.
    pub fn plus(self, by: Duration) -> Self {
        Self(self.0.saturating_add(duration_millis(by)))
    }
}

impl Nanos {
    /// The earliest time.
    pub const MIN: Self = Self(i64::MIN);
    /// The latest time.
    pub const MAX: Self = Self(i64::MAX);

    /// The time `by` earlier, saturating.
    pub fn minus(self, by: Duration) -> Self {
        Self(self.0.saturating_sub(duration_nanos(by)))
    }

    /// The time `by` later, saturating.
    pub fn plus(self, by: Duration) -> Self {
        Self(self.0.saturating_add(duration_nanos(by)))
    }

    /// The millisecond that it falls in, rounded towards the past.
    pub fn to_millis(self) -> Millis {
        Millis(self.0.div_euclid(NANOS_PER_MILLI))
    }
}

/// Nanoseconds in a millisecond.
const NANOS_PER_MILLI: i64 = 1_000_000;

impl From<Millis> for Nanos {
    /// Saturates at the ends of what nanoseconds can say (the years 1677 and 2262).
    fn from(at: Millis) -> Self {
        Self(at.0.saturating_mul(NANOS_PER_MILLI))
    }
}

/// A duration in whole nanoseconds, saturating.
pub fn duration_nanos(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}

/// A duration in whole milliseconds, saturating.
pub fn duration_millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// Adds milliseconds, saturating.
impl Add<i64> for Millis {
    type Output = Self;

    fn add(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }
}

/// Subtracts milliseconds, saturating.
impl Sub<i64> for Millis {
    type Output = Self;

    fn sub(self, millis: i64) -> Self {
        Self(self.0.saturating_sub(millis))
    }
}

/// A half-open range of metric time. Empty when `end <= start`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MetricRange {
    /// First millisecond inside.
    pub start: Millis,
    /// First millisecond outside.
    pub end: Millis,
}

impl MetricRange {
    /// All time (but the last millisecond there is).
    pub const ALL: Self = Self { start: Millis::MIN, end: Millis::MAX };

    /// The half-open range.
    pub fn new(start: Millis, end: Millis) -> Self {
        Self { start, end }
    }

    /// Whether the time is inside.
    pub fn contains(self, at: Millis) -> bool {
        self.start <= at && at < self.end
    }

    /// Whether any time is inside both.
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end && !self.is_empty() && !other.is_empty()
    }

    /// Whether no time is inside.
    pub fn is_empty(self) -> bool {
        self.end <= self.start
    }
}

/// A half-open range of log time. Empty when `end <= start`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogRange {
    /// First nanosecond inside.
    pub start: Nanos,
    /// First nanosecond outside.
    pub end: Nanos,
}

impl LogRange {
    /// All time (but the last nanosecond there is).
    pub const ALL: Self = Self { start: Nanos::MIN, end: Nanos::MAX };

    /// The half-open range.
    pub fn new(start: Nanos, end: Nanos) -> Self {
        Self { start, end }
    }

    /// Whether the time is inside.
    pub fn contains(self, at: Nanos) -> bool {
        self.start <= at && at < self.end
    }

    /// Whether any time is inside both.
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end && !self.is_empty() && !other.is_empty()
    }

    /// Whether no time is inside.
    pub fn is_empty(self) -> bool {
        self.end <= self.start
    }
}
