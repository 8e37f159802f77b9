//! The stages of a query, compiled, with the line filters that the store can ask apart.
//!
//! Invariant: a line filter goes to the store only when nothing before it changes the line, so that it sees the line as
//! it was stored. An entry that it leaves out would have been left out anyway, whatever stands before it.

use crate::{Error, ErrorKind};
use language::logql::ast::{self, StageNode};
use language::logql::line_filter::LineFilter;
use language::logql::stage::Stage;
use language::logql::stage::entry::{Entry, Stored};
use store::logs::EntryRef;

/// A pipeline.
#[derive(Clone, Debug)]
pub(super) struct Pipeline {
    filters: Vec<LineFilter>,
    stages: Vec<Stage>,
    reads_line: bool,
}

impl Pipeline {
    /// Compiles stages.
    ///
    /// # Errors
    /// Why one does not compile.
    pub(super) fn new<'s>(nodes: impl IntoIterator<Item = &'s ast::Stage>) -> Result<Self, Error> {
        let invalid = |reason: String| Error::new(ErrorKind::Invalid, reason);
        let (mut filters, mut stages) = (Vec::new(), Vec::new());
        let mut as_stored = true;
        for node in nodes.into_iter().map(|stage| &stage.node) {
            match node {
                StageNode::LineFilter(filter) if as_stored => {
                    filters.push(LineFilter::new(filter).map_err(invalid)?);
                    continue;
                }
                StageNode::Unpack | StageNode::LineFormat(_) | StageNode::Decolorize => as_stored = false,
                _ => {}
            }
            stages.push(Stage::new(node).map_err(invalid)?);
        }
        let reads_line = stages.iter().any(reads_line);
        Ok(Self { filters, stages, reads_line })
    }

    /// The line filters that the store asks.
    pub(super) fn filters(&self) -> &[LineFilter] {
        &self.filters
    }

    /// Whether nothing is left to do with an entry that the store gives.
    pub(super) fn is_empty(&self) -> bool {
        self.stages.is_empty()
    }

    /// Whether the stages look at nothing but labels.
    pub(super) fn is_of_labels(&self) -> bool {
        self.stages.iter().all(|stage| matches!(stage, Stage::LabelFilter(_) | Stage::Drop(_) | Stage::Keep(_)))
    }

    /// Whether the labels that come out depend on the line, not only on the labels that go in.
    pub(super) fn reads_line(&self) -> bool {
        self.reads_line
    }

    /// Applies the stages: whether the entry stays.
    pub(super) fn apply(&self, entry: &mut Entry<'_>) -> bool {
        self.stages.iter().all(|stage| stage.apply(entry))
    }
}

/// An entry of the store as the stages take it.
pub(super) fn as_stored<'a>(entry: &EntryRef<'a>) -> Stored<'a> {
    Stored { at: entry.timestamp, line: entry.line, stream: entry.labels, metadata: entry.metadata }
}

fn reads_line(stage: &Stage) -> bool {
    match stage {
        Stage::LabelFilter(_) | Stage::LineFilter(_) | Stage::Decolorize | Stage::Drop(_) | Stage::Keep(_) => false,
        Stage::Json(_)
        | Stage::Logfmt(_)
        | Stage::Regexp(_)
        | Stage::Pattern(_)
        | Stage::Unpack
        | Stage::LineFormat(_)
        | Stage::LabelFormat(_) => true,
    }
}
