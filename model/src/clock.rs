//! The time, injected: below the daemon nobody reads the system's clock.

use crate::time::{Millis, Nanos};
use std::fmt::Debug;
use std::sync::atomic::{AtomicI64, Ordering};

/// Tells the time. Two implementations: the system's (in `belfry`) and [`ManualClock`].
///
/// Contract: the wall clock may step backwards (NTP); callers never assume that it grows.
pub trait Clock: Debug + Send + Sync {
    /// Now, in nanoseconds since the epoch.
    fn now_nanos(&self) -> Nanos;

    /// Now, in milliseconds since the epoch.
    fn now(&self) -> Millis {
        Millis(self.now_nanos().0.div_euclid(1_000_000))
    }
}

/// A clock that stands still until it is set.
#[derive(Debug, Default)]
pub struct ManualClock {
    nanos: AtomicI64,
}

impl ManualClock {
    /// A clock that shows this time.
    pub fn new(now: Millis) -> Self {
        let clock = Self::default();
        clock.set(now);
        clock
    }

    /// Sets the time.
    pub fn set(&self, now: Millis) {
        self.nanos.store(now.0.saturating_mul(1_000_000), Ordering::SeqCst);
    }

    /// Moves the time forward by milliseconds.
    pub fn advance(&self, millis: i64) {
        self.nanos.fetch_add(millis.saturating_mul(1_000_000), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now_nanos(&self) -> Nanos {
        Nanos(self.nanos.load(Ordering::SeqCst))
    }
}
