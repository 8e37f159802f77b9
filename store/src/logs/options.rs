//! How a log store is opened.
//!
//! Invariant: every value is usable; `store::config` checks what a user wrote.

use crate::fs::DataDir;
use crate::metrics::{Progress, Sync};
use std::sync::Arc;
use std::time::Duration;

/// How a log store is opened.
#[derive(Clone, Debug)]
pub struct Options {
    /// The locked data folder; the store lives in `logs` in it.
    pub dir: DataDir,
    /// How long lines are kept; zero keeps them for ever.
    pub retention: Duration,
    /// Most bytes of sealed partitions on disk, the oldest go first; 0 is no bound.
    pub retention_size: u64,
    /// When the WAL is flushed.
    pub sync: Sync,
    /// Tells how far the replay of the WAL is while [`super::Logs::open`] runs. Keep a clone.
    pub progress: Arc<Progress>,
}

impl Options {
    /// The defaults of the config: 168 hours, no bound of bytes, a flush per second.
    pub fn new(dir: DataDir) -> Self {
        Self {
            dir,
            retention: Duration::from_secs(168 * 60 * 60),
            retention_size: 0,
            sync: Sync::default(),
            progress: Arc::default(),
        }
    }
}
