//! Promtail's pipeline stages: what happens to a line between the file and the store.
//!
//! Invariant: a pipeline is compiled once and shared; whatever it remembers between lines is in the [`PipelineState`] of
//! one source, bounded, and time is handed in. Nothing here reads files, appends, or asks for the time.
//!
//! How a source stays exact: every entry carries the span of the source that it was made from. What has come out may be
//! appended once nothing older is held back: with [`PipelineState::held_from`] at `Some(offset)`, append the entries
//! whose span ends at or before it and record `offset` as the position; with `None`, append everything and record how
//! far the source has been read.

pub mod entry;
mod state;

pub use entry::{Entry, EntryLabels, Extracted, Span, Value};
pub use state::{Drops, PipelineState};

use model::time::Nanos;
use std::sync::Arc;

/// Where the entries go that come out.
pub type Sink<'a> = &'a mut dyn FnMut(Entry<'_>);

/// Compiled stages. The one without stages lets every line through as it is.
#[derive(Clone, Debug, Default)]
pub struct Pipeline {
    stages: Arc<[Stage]>,
}

/// One stage.
#[derive(Debug)]
enum Stage {}

impl Pipeline {
    /// Whether there is no stage.
    pub fn is_empty(&self) -> bool {
        self.stages.is_empty()
    }

    /// What a source needs to remember between its lines.
    pub fn new_state(&self) -> PipelineState {
        PipelineState::default()
    }

    /// Runs one line. None, one or several entries come out: a stage may drop the line, hold it back, or let go of what
    /// it held.
    pub fn process(&self, _state: &mut PipelineState, entry: Entry<'_>, _now: Nanos, out: Sink<'_>) {
        out(entry);
    }

    /// Lets go of what has been held longer than its stage may wait. Call it every second or so while
    /// [`PipelineState::held_from`] is not `None`.
    pub fn flush_due(&self, _state: &mut PipelineState, _now: Nanos, _out: Sink<'_>) {}

    /// Lets go of everything that is held: the source has ended or is replaced.
    pub fn flush_all(&self, _state: &mut PipelineState, _now: Nanos, _out: Sink<'_>) {}
}
