//! Live tail: what a subscription to the store asks for, and what becomes of each entry that comes.
//!
//! Invariant: an entry that a plan keeps is one that the log query of the same text would have answered.

use super::pipeline::Pipeline;
use super::{LogLine, lines, parse};
use crate::{Error, ErrorKind};
use language::logql::Expr;
use language::logql::stage::entry::{Entry, Scratch, Stored};
use model::matcher::Matcher;
use store::logs::{TailEntry, TailQuery};

/// A log query, ready to be tailed.
#[derive(Debug)]
pub struct TailPlan {
    matchers: Vec<Matcher>,
    pipeline: Pipeline,
    scratch: Scratch,
}

impl TailPlan {
    /// Reads a log query.
    pub(super) fn new(text: &str) -> Result<Self, Error> {
        match parse(text)? {
            Expr::Log(log) => Ok(Self {
                pipeline: Pipeline::new(&log.stages)?,
                matchers: log.selector.matchers,
                scratch: Scratch::default(),
            }),
            Expr::Metric(_) => Err(Error::new(ErrorKind::Invalid, "only log selector is supported")),
        }
    }

    /// What to subscribe to.
    pub fn query(&self) -> TailQuery {
        TailQuery { matchers: self.matchers.clone(), filters: self.pipeline.filters().to_vec() }
    }

    /// What becomes of an entry of the subscription; `None` when the pipeline drops it.
    pub fn apply(&mut self, stored: &TailEntry) -> Option<LogLine> {
        let (at, line) = (stored.timestamp, stored.line.as_str());
        let mut entry =
            Entry::new(Stored { at, line, stream: &stored.labels, metadata: &stored.metadata }, &mut self.scratch);
        self.pipeline.apply(&mut entry).then(|| lines::line(at, &entry))
    }
}
