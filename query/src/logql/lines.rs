//! Log queries: lines in the order of time, each through the pipeline, until there are enough.
//!
//! Invariant: lines are read no further than the limit needs; what is held of them is charged.

use super::pipeline::{Pipeline, as_stored};
use super::query::Query;
use super::{LogLine, LogRangeRequest};
use crate::Error;
use crate::vector::ledger::Ledger;
use language::logql::ast::LogExpr;
use language::logql::stage::entry::{Category, Entry, Scratch};
use model::labels::Labels;
use model::time::{LogRange, Nanos, duration_nanos};
use std::ops::ControlFlow;
use store::logs::{Direction, Order, Reads, Select};

/// Bytes of a line beyond its text and its labels.
const LINE_BYTES: u64 = 96;

/// Evaluates a log query.
pub(super) fn evaluate(
    query: &Query<'_>,
    expr: &LogExpr,
    request: &LogRangeRequest<'_>,
) -> Result<Vec<LogLine>, Error> {
    let pipeline = Pipeline::new(&expr.stages)?;
    let range = LogRange::new(request.start, request.end);
    let mut lines = Vec::new();
    if range.is_empty() || request.limit == 0 {
        return Ok(lines);
    }
    let select = Select {
        matchers: &expr.selector.matchers,
        filters: pipeline.filters(),
        range,
        order: Order::ByTime(request.direction),
        reads: Reads::All,
        expected: request.limit,
        budget: query.ledger.budget(),
        cancel: query.cancel,
    };
    let mut scratch = Scratch::default();
    scratch.set_now(request.end);
    let mut spacing = Spacing::new(request);
    let mut charge = Ledger::charge(&query.ledger, 0, 0)?;
    query.visit(&select, &mut |stored| {
        query.work(1)?;
        let mut entry = Entry::new(as_stored(&stored), &mut scratch);
        if !pipeline.apply(&mut entry) || !spacing.admits(stored.timestamp) {
            return Ok(ControlFlow::Continue(()));
        }
        let line = line(stored.timestamp, &entry);
        charge.add(0, held_bytes(&line, stored.labels))?;
        lines.push(line);
        Ok(if lines.len() < request.limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
    })?;
    Ok(lines)
}

/// An entry as it left the pipeline.
pub(super) fn line(timestamp: Nanos, entry: &Entry<'_>) -> LogLine {
    LogLine {
        timestamp,
        line: entry.line().to_owned(),
        stream: entry.labels_of(Category::Stream),
        metadata: entry.labels_of(Category::Metadata),
        parsed: entry.labels_of(Category::Parsed),
    }
}

/// Bytes that a line holds. The labels of its stream are shared with the store where nothing changed them.
fn held_bytes(line: &LogLine, stored: &Labels) -> u64 {
    let labels = |labels: &Labels| labels.as_raw().len();
    let stream = if line.stream == *stored { 0 } else { labels(&line.stream) };
    let bytes = line.line.len() + stream + labels(&line.metadata) + labels(&line.parsed);
    LINE_BYTES.saturating_add(bytes as u64)
}

/// The least distance between lines.
struct Spacing {
    interval: i64,
    direction: Direction,
    last: Option<i64>,
}

impl Spacing {
    fn new(request: &LogRangeRequest<'_>) -> Self {
        Self { interval: duration_nanos(request.interval), direction: request.direction, last: None }
    }

    /// Whether a line is far enough from the last one that was; the next is measured from it.
    fn admits(&mut self, at: Nanos) -> bool {
        let far = match (self.last, self.direction) {
            (None, _) => true,
            (Some(last), Direction::Forward) => at.0 >= last.saturating_add(self.interval),
            (Some(last), Direction::Backward) => at.0 <= last.saturating_sub(self.interval),
        };
        if far {
            self.last = Some(at.0);
        }
        far || self.interval == 0
    }
}
