//! What the stages of one source remember between its lines.
//!
//! Invariant: bounded; a stage that holds lines back says from where on.

use std::sync::Arc;

/// Lines that stages dropped, by the reason that the config gives.
pub type Drops = Vec<(Arc<str>, u64)>;

/// The memory of one source: held lines, and drops that have not been counted yet.
#[derive(Debug, Default)]
pub struct PipelineState {
    drops: Drops,
}

impl PipelineState {
    /// The start of the oldest line that a stage holds back; `None` when none is held.
    pub fn held_from(&self) -> Option<u64> {
        None
    }

    /// The drops since the last call, to be counted.
    pub fn take_drops(&mut self) -> Drops {
        std::mem::take(&mut self.drops)
    }
}
