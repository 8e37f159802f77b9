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
pub(crate) mod join;
pub(crate) mod keep;
pub(crate) mod label;
pub(crate) mod line;
pub(crate) mod parse;
mod run;
mod stage;
mod state;
mod template;
pub(crate) mod timestamp;

pub use entry::{Entry, EntryLabels, Extracted, Span, Value};
pub use state::{Drops, PipelineState};

pub(crate) use stage::Stage;

use model::time::Nanos;
use run::{Turn, flush, run};
use serde::{Serialize, Serializer};
use std::sync::Arc;

/// Where the entries go that come out.
pub type Sink<'a> = &'a mut dyn FnMut(Entry<'_>);

/// Compiled stages. The one without stages lets every line through as it is. Equal when the same was written.
#[derive(Clone, Debug, Default)]
pub struct Pipeline {
    stages: Arc<[Stage]>,
    written: Arc<[serde_json::Value]>,
}

/// Which of the held lines are let go of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flush {
    /// Those that have waited for as long as their stage waits.
    Due,
    /// All.
    All,
}

impl Pipeline {
    /// Compiled stages, and how they were written.
    pub(crate) fn new(stages: Vec<Stage>, written: Vec<serde_json::Value>) -> Self {
        Self { stages: stages.into(), written: written.into() }
    }

    /// Whether there is no stage.
    pub fn is_empty(&self) -> bool {
        self.stages.is_empty()
    }

    /// What a source needs to remember between its lines.
    pub fn new_state(&self) -> PipelineState {
        PipelineState::new(&self.stages)
    }

    /// Runs one line. None, one or several entries come out: a stage may drop the line, hold it back, or let go of what
    /// it held.
    pub fn process(&self, state: &mut PipelineState, entry: Entry<'_>, now: Nanos, out: Sink<'_>) {
        let PipelineState { memories, drops } = state;
        run(&self.stages, memories, entry, &mut Turn { now, drops, out });
    }

    /// Lets go of what has been held longer than its stage may wait. Call it every second or so while
    /// [`PipelineState::held_from`] is not `None`.
    pub fn flush_due(&self, state: &mut PipelineState, now: Nanos, out: Sink<'_>) {
        let PipelineState { memories, drops } = state;
        flush(&self.stages, memories, Flush::Due, &mut Turn { now, drops, out });
    }

    /// Lets go of everything that is held: the source has ended or is replaced.
    pub fn flush_all(&self, state: &mut PipelineState, now: Nanos, out: Sink<'_>) {
        let PipelineState { memories, drops } = state;
        flush(&self.stages, memories, Flush::All, &mut Turn { now, drops, out });
    }
}

impl PartialEq for Pipeline {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}

/// As it was written.
impl Serialize for Pipeline {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.written.iter())
    }
}

#[cfg(test)]
mod tests;
