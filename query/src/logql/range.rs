//! Range aggregations: `rate({...} | json [5m])` at all steps, in one pass over the entries.
//!
//! Invariant: each entry is read once, whatever the number of steps whose windows hold it. An entry that no window holds
//! is not even run through the pipeline. An entry with an error that nothing dealt with ends the query.

mod counter;
mod function;
mod keys;
mod panes;
mod quantiles;
mod table;
mod wanted;
mod windows;

use super::evaluator::Evaluator;
use super::pipeline::{Pipeline, as_stored};
use crate::vector::column::{ABSENT, Column, StepSeries, is_present};
use crate::{Error, ErrorKind};
use function::{Function, Sample, Shape};
use keys::Keys;
use language::logql::ast::{Grouping, RangeAggregation, RangeOp};
use language::logql::stage::entry::{Entry, Scratch};
use language::logql::stage::unwrap::Unwrap;
use model::labels::Labels;
use model::matcher::MatchOp;
use model::time::Nanos;
use std::ops::ControlFlow;
use store::logs::{EntryRef, Order, Reads, Select, Tally};
use table::Table;
use windows::{Cursor, Windows};

/// Label sets of a stream whose series is remembered while the stream goes on.
const REMEMBERED_MAX: usize = 8;

/// Evaluates a range aggregation; `outer` is the grouping of a sum around it, which is done here as well.
pub(super) fn evaluate(
    ev: &Evaluator<'_>,
    aggregation: &RangeAggregation,
    outer: Option<&Grouping>,
) -> Result<Vec<StepSeries>, Error> {
    let mut samples = Samples::new(ev, aggregation, outer)?;
    match samples.reads(aggregation) {
        _ if samples.shape.windows.times().is_empty() => {}
        Reads::Sizes if samples.pipeline.filters().is_empty() => samples.count(aggregation)?,
        reads => samples.read(aggregation, reads)?,
    }
    let series = samples.table.finish(ev.query, &samples.shape)?;
    if aggregation.op == RangeOp::AbsentOverTime { absent(ev, aggregation, &series) } else { Ok(series) }
}

/// Whether a sum around the aggregation can be done by giving its series the labels of the sum's groups.
pub(super) fn can_sum(aggregation: &RangeAggregation) -> bool {
    let sums = matches!(
        aggregation.op,
        RangeOp::BytesOverTime | RangeOp::BytesRate | RangeOp::SumOverTime | RangeOp::Rate | RangeOp::CountOverTime
    );
    sums && aggregation.grouping.is_none()
}

/// One where there are no samples, under the labels that the selector demands.
fn absent(
    ev: &Evaluator<'_>,
    aggregation: &RangeAggregation,
    present: &[StepSeries],
) -> Result<Vec<StepSeries>, Error> {
    let mut column = Column::filled(&ev.query.ledger, ev.steps.count, 1.0)?;
    if let Some(present) = present.first() {
        for (slot, held) in column.floats_mut().iter_mut().zip(present.column.floats()) {
            *slot = if is_present(*held) { ABSENT } else { 1.0 };
        }
    }
    let matchers = &aggregation.range.log.selector.matchers;
    let demanded = matchers.iter().filter(|matcher| {
        let named = matchers.iter().filter(|other| other.name() == matcher.name()).count();
        matcher.op() == MatchOp::Equal && named == 1
    });
    let labels = Labels::from_pairs(demanded.map(|matcher| (matcher.name(), matcher.value())));
    Ok(if column.is_empty() { Vec::new() } else { vec![StepSeries { labels, column }] })
}

/// What becomes a sample.
#[derive(Debug)]
enum Extract {
    /// Every line, as one.
    Line,
    /// Every line, as its bytes.
    Bytes,
    /// The value of a label.
    Label(Unwrap),
}

/// Takes entries and holds what their samples come to.
struct Samples<'e> {
    ev: &'e Evaluator<'e>,
    pipeline: Pipeline,
    extract: Extract,
    keys: Keys,
    shape: Shape,
    cursor: Cursor,
    table: Table,
    scratch: Scratch,
    /// Errors of parsers do not end the query.
    asks_for_errors: bool,
    key: String,
    remembered: Remembered,
}

impl<'e> Samples<'e> {
    fn new(ev: &'e Evaluator<'e>, aggregation: &RangeAggregation, outer: Option<&Grouping>) -> Result<Self, Error> {
        let range = &aggregation.range;
        let extract = match (&range.unwrap, aggregation.op) {
            (Some(unwrap), _) => {
                Extract::Label(Unwrap::new(unwrap).map_err(|reason| Error::new(ErrorKind::Invalid, reason))?)
            }
            (None, RangeOp::BytesOverTime | RangeOp::BytesRate) => Extract::Bytes,
            (None, _) => Extract::Line,
        };
        let windows = Windows::new(ev.steps, range);
        let mut scratch = Scratch::default();
        scratch.set_now(Nanos(ev.steps.last()));
        let keys = Keys::new(aggregation, outer);
        let stages = wanted::stages(range, &extract);
        if stages.len() < range.log.stages.len() {
            // What is left out must compile all the same.
            Pipeline::new(&range.log.stages)?;
        }
        let wanted = wanted::wanted(&keys, &stages, range.unwrap.as_ref());
        let asks_for_errors = wanted::asks_for_errors(&wanted);
        scratch.set_wanted(wanted);
        Ok(Self {
            ev,
            pipeline: Pipeline::new(stages.iter().copied())?,
            extract,
            keys,
            shape: Shape { function: Function::new(aggregation), windows, bounds: windows.bounds() },
            cursor: Cursor::new(windows),
            table: Table::new(ev)?,
            scratch,
            asks_for_errors,
            key: String::new(),
            remembered: Remembered::default(),
        })
    }

    /// How much of the entries the store must read.
    fn reads(&self, aggregation: &RangeAggregation) -> Reads {
        let lines = matches!(self.extract, Extract::Line | Extract::Bytes);
        if !lines || !self.pipeline.is_of_labels() {
            Reads::All
        } else if self.pipeline.is_empty() && self.keys.are_of_streams(&aggregation.range) {
            Reads::Sizes
        } else {
            Reads::Metadata
        }
    }

    /// Takes counts of entries, whose labels are their streams' alone.
    fn count(&mut self, aggregation: &RangeAggregation) -> Result<(), Error> {
        let (ev, windows) = (self.ev, self.shape.windows);
        let tally = Tally {
            matchers: &aggregation.range.log.selector.matchers,
            range: windows.times(),
            together: &|at| windows.pane_end(at),
            budget: ev.query.ledger.budget(),
            cancel: ev.query.cancel,
        };
        let none = Labels::empty();
        let bytes = self.extract_bytes();
        ev.query.tally(&tally, &mut |run| {
            let Some(pane) = self.cursor.seek(run.first.0) else { return Ok(()) };
            let (line, line_bytes) = ("", 0);
            let stored = EntryRef { labels: run.labels, timestamp: run.first, line, line_bytes, metadata: &none };
            let Some((id, _)) = self.sample(&stored)? else { return Ok(()) };
            let value = as_float(if bytes { run.bytes } else { run.entries });
            self.table.add(id, &self.shape, pane, Sample { at: run.first.0, value })
        })
    }

    /// Takes entries one by one.
    fn read(&mut self, aggregation: &RangeAggregation, reads: Reads) -> Result<(), Error> {
        let ev = self.ev;
        let filters = self.pipeline.filters().to_vec();
        let select = Select {
            matchers: &aggregation.range.log.selector.matchers,
            filters: &filters,
            range: self.shape.windows.times(),
            order: Order::ByStream,
            reads,
            expected: 0,
            budget: ev.query.ledger.budget(),
            cancel: ev.query.cancel,
        };
        ev.query.visit(&select, &mut |entry| self.take(&entry))
    }

    fn extract_bytes(&self) -> bool {
        matches!(self.extract, Extract::Bytes)
    }

    fn take(&mut self, stored: &EntryRef<'_>) -> Result<ControlFlow<()>, Error> {
        self.ev.query.work(1)?;
        let at = stored.timestamp.0;
        let Some(pane) = self.cursor.seek(at) else { return Ok(ControlFlow::Continue(())) };
        if let Some((id, value)) = self.sample(stored)? {
            self.table.add(id, &self.shape, pane, Sample { at, value })?;
        }
        Ok(ControlFlow::Continue(()))
    }

    /// The series and the value of an entry's sample; `None` when it gives none.
    fn sample(&mut self, stored: &EntryRef<'_>) -> Result<Option<(usize, f64)>, Error> {
        let of_labels = self.pipeline.is_of_labels();
        let counted = match &self.extract {
            Extract::Line => Some(1.0),
            Extract::Bytes => Some(as_float(stored.line_bytes as u64)),
            Extract::Label(_) => None,
        };
        if let Some(value) = counted.filter(|_| of_labels)
            && let Some(series) = self.remembered.find(stored)
        {
            return Ok(series.map(|id| (id, value)));
        }
        let mut entry = Entry::new(as_stored(stored), &mut self.scratch);
        if !self.pipeline.apply(&mut entry) {
            if of_labels {
                self.remembered.note(stored, None);
            }
            return Ok(None);
        }
        let value = match &self.extract {
            Extract::Line => 1.0,
            Extract::Bytes if of_labels => as_float(stored.line_bytes as u64),
            Extract::Bytes => as_float(entry.line().len() as u64),
            Extract::Label(unwrap) => match unwrap.sample(&mut entry) {
                Some(value) => value,
                None => return Ok(None),
            },
        };
        if entry.has_failed() && !(self.asks_for_errors && wanted::is_of_parser(&entry)) {
            return Err(pipeline_error(&entry.labels()));
        }
        let by_line = self.pipeline.reads_line();
        if let Some(id) = (!by_line).then(|| self.remembered.find(stored)).flatten().flatten() {
            return Ok(Some((id, value)));
        }
        self.keys.write(&entry, &mut self.key);
        let id = self.table.series(&self.key, &self.shape)?;
        if !by_line {
            self.remembered.note(stored, Some(id));
        }
        Ok(Some((id, value)))
    }
}

#[expect(clippy::cast_precision_loss, reason = "no store holds 2^53 bytes")]
fn as_float(count: u64) -> f64 {
    count as f64
}

/// Loki's text for an entry with an error that nothing dealt with.
fn pipeline_error(labels: &Labels) -> Error {
    let error = labels.get(language::logql::stage::entry::ERROR).unwrap_or_default();
    let text = format!(
        "pipeline error: '{error}' for series: '{labels}'.\n\
         Use a label filter to intentionally skip this error. (e.g | __error__!=\"{error}\").\n\
         To skip all potential errors you can match empty errors.(e.g __error__=\"\")\n\
         The label filter can also be specified after unwrap. (e.g | unwrap latency | __error__=\"\" )\n"
    );
    Error::new(ErrorKind::Invalid, text)
}

/// The series of the label sets that a stream's entries came with lately, where the lines do not matter.
#[derive(Debug, Default)]
struct Remembered {
    stream: Option<Labels>,
    /// Structured metadata with the series; `None` where the pipeline drops the entry.
    sets: Vec<(Labels, Option<usize>)>,
}

impl Remembered {
    fn find(&self, stored: &EntryRef<'_>) -> Option<Option<usize>> {
        if !self.stream.as_ref().is_some_and(|stream| same(stream, stored.labels)) {
            return None;
        }
        self.sets.iter().find(|(metadata, _)| metadata == stored.metadata).map(|(_, id)| *id)
    }

    fn note(&mut self, stored: &EntryRef<'_>, id: Option<usize>) {
        if !self.stream.as_ref().is_some_and(|stream| same(stream, stored.labels)) {
            self.stream = Some(stored.labels.clone());
            self.sets.clear();
        }
        if self.sets.len() >= REMEMBERED_MAX {
            self.sets.remove(0);
        }
        self.sets.push((stored.metadata.clone(), id));
    }
}

/// Whether two label sets are one and the same in memory, which the labels of a stream are from entry to entry.
fn same(left: &Labels, right: &Labels) -> bool {
    std::ptr::eq(left.as_raw(), right.as_raw())
}
