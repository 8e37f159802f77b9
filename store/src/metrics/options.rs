//! How a metrics store is opened.
//!
//! Invariant: every value is usable; `store::config` checks what a user wrote.

use super::limits;
use super::progress::Progress;
use crate::fs::DataDir;
use std::sync::Arc;
use std::time::Duration;

/// When the WAL is flushed to the disk itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sync {
    /// About this often: power loss may cost as much, `kill -9` nothing.
    Interval(Duration),
    /// Before an append returns.
    Always,
}

impl Default for Sync {
    fn default() -> Self {
        Self::Interval(Duration::from_secs(1))
    }
}

/// How a metrics store is opened.
#[derive(Clone, Debug)]
pub struct Options {
    /// The locked data folder; the store lives in `metrics` in it.
    pub dir: DataDir,
    /// How long samples are kept; zero keeps them for ever.
    pub retention: Duration,
    /// Most bytes of blocks on disk, the oldest go first; 0 is no bound.
    pub retention_size: u64,
    /// How much older than the newest sample of its series a sample may be.
    pub out_of_order_window: Duration,
    /// When the WAL is flushed.
    pub sync: Sync,
    /// Most series in memory, see [`limits::SERIES_MAX`].
    pub series_max: usize,
    /// Most exemplars in memory, see [`limits::EXEMPLARS_MAX`].
    pub exemplars_max: usize,
    /// Tells how far the replay of the WAL is while [`super::Metrics::open`] runs. Keep a clone.
    pub progress: Arc<Progress>,
}

impl Options {
    /// The defaults of the config: 90 days, no bound of bytes, 30 minutes out of order, a flush per second.
    pub fn new(dir: DataDir) -> Self {
        Self {
            dir,
            retention: Duration::from_secs(90 * 24 * 60 * 60),
            retention_size: 0,
            out_of_order_window: Duration::from_secs(30 * 60),
            sync: Sync::default(),
            series_max: limits::SERIES_MAX,
            exemplars_max: limits::EXEMPLARS_MAX,
            progress: Arc::default(),
        }
    }
}
