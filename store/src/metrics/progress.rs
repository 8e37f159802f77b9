//! How far the replay of the WAL is, for `/api/v1/status/walreplay`.

use std::sync::atomic::{AtomicU64, Ordering};

/// Segment numbers of a running replay. Before and after one, `current` equals `max`.
#[derive(Debug, Default)]
pub struct Progress {
    min: AtomicU64,
    max: AtomicU64,
    current: AtomicU64,
}

impl Progress {
    /// The first segment to replay.
    pub fn min(&self) -> u64 {
        self.min.load(Ordering::Relaxed)
    }

    /// The last segment to replay.
    pub fn max(&self) -> u64 {
        self.max.load(Ordering::Relaxed)
    }

    /// The segment being replayed.
    pub fn current(&self) -> u64 {
        self.current.load(Ordering::Relaxed)
    }

    pub(crate) fn begin(&self, min: u64, max: u64) {
        self.min.store(min, Ordering::Relaxed);
        self.max.store(max, Ordering::Relaxed);
        self.current.store(min, Ordering::Relaxed);
    }

    pub(crate) fn reach(&self, segment: u64) {
        self.current.store(segment, Ordering::Relaxed);
    }
}
