//! Counts of entries that nobody needs to tell apart: of whole chunks where their headers say enough, else of runs of
//! times.
//!
//! Invariant: every entry of the selection is in exactly one run, and no line is read.

use super::source::{Place, Source, Work};
use super::{Charge, Order, Reads, Select, View, Visited, of_heads};
use crate::Error;
use crate::logs::head::HeadChunk;
use crate::logs::part::Chunk;
use crate::logs::parts::Parts;
use model::budget::Budget;
use model::cancel::Cancel;
use model::labels::Labels;
use model::matcher::Matcher;
use model::time::{LogRange, Nanos};
use std::ops::{ControlFlow, Range};

/// Asks for counts.
#[derive(Clone, Copy)]
pub struct Tally<'a> {
    /// All of these must pass. Empty selects every stream.
    pub matchers: &'a [Matcher],
    /// Entries inside it count.
    pub range: LogRange,
    /// The last time whose entries need not be told apart from those of the given time and in between.
    pub together: &'a dyn Fn(Nanos) -> Nanos,
    /// Charged for what is held in memory.
    pub budget: &'a Budget,
    /// Asked every few thousand entries.
    pub cancel: &'a Cancel,
}

/// Entries of one stream that need not be told apart.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    /// The labels of the stream.
    pub labels: &'a Labels,
    /// The first time.
    pub first: Nanos,
    /// How many; at least one.
    pub entries: u64,
    /// Bytes of their lines.
    pub bytes: u64,
}

/// Visits runs in no order.
pub(in crate::logs) fn run(
    view: &View,
    parts: &Parts,
    tally: &Tally<'_>,
    visit: &mut dyn FnMut(Run<'_>) -> ControlFlow<()>,
) -> Result<Visited, Error> {
    let select = Select {
        matchers: tally.matchers,
        filters: &[],
        range: tally.range,
        order: Order::ByStream,
        reads: Reads::Sizes,
        expected: 0,
        budget: tally.budget,
        cancel: tally.cancel,
    };
    let mut no_entries = |_: super::EntryRef<'_>| ControlFlow::Continue(());
    let mut work = Work::new(&select, parts.tick(), &mut no_entries);
    let mut held = Charge::new(tally.budget, 0)?;
    let mut sources = of_heads(view, &work, &mut held)?;
    for part in view.parts.iter().filter(|part| part.part.overlaps(tally.range)) {
        sources.extend(work.expand(part, &mut held)?);
    }
    for source in sources {
        if of_source(source, tally, &mut work, visit)?.is_break() {
            break;
        }
    }
    Parts::trim(&view.parts);
    Ok(work.visited)
}

fn of_source(
    source: Source,
    tally: &Tally<'_>,
    work: &mut Work<'_, '_>,
    visit: &mut dyn FnMut(Run<'_>) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, Error> {
    work.check()?;
    let labels = &source.labels;
    match source.place {
        Place::Part(_) => Ok(ControlFlow::Continue(())),
        Place::Head(chunk) => {
            work.visited.chunks += 1;
            Ok(of_times(&Times::Head(&chunk), labels, tally, work, visit))
        }
        Place::Chunk(_, header) if header.lies_within(tally.range) && (tally.together)(header.min) >= header.max => {
            let (entries, bytes) = (u64::from(header.entries), u64::from(header.line_bytes));
            work.visited.entries += entries;
            work.visited.bytes += bytes;
            Ok(visit(Run { labels, first: header.min, entries, bytes }))
        }
        Place::Chunk(part, header) => {
            let Some(chunk) = work.read(&part, &header)? else { return Ok(ControlFlow::Continue(())) };
            work.visited.chunks += 1;
            let flow = of_times(&Times::Part(&chunk), labels, tally, work, visit);
            work.keep(chunk);
            Ok(flow)
        }
    }
}

/// The times of a chunk's entries.
enum Times<'c> {
    Head(&'c HeadChunk),
    Part(&'c Chunk),
}

impl Times<'_> {
    fn at(&self, entry: usize) -> Option<i64> {
        match self {
            Self::Head(chunk) => chunk.at(entry),
            Self::Part(chunk) => chunk.timestamps().get(entry).copied(),
        }
    }

    /// The first entry that is not before the time.
    fn position(&self, at: i64) -> usize {
        match self {
            Self::Head(chunk) => chunk.position(at),
            Self::Part(chunk) => chunk.timestamps().partition_point(|timestamp| *timestamp < at),
        }
    }

    fn bytes(&self, entries: Range<usize>) -> u64 {
        match self {
            Self::Head(chunk) => entries.filter_map(|entry| chunk.line(entry)).map(|line| line.text.len() as u64).sum(),
            Self::Part(chunk) => chunk.bytes_within(entries),
        }
    }
}

fn of_times(
    times: &Times<'_>,
    labels: &Labels,
    tally: &Tally<'_>,
    work: &mut Work<'_, '_>,
    visit: &mut dyn FnMut(Run<'_>) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let (mut entry, end) = (times.position(tally.range.start.0), times.position(tally.range.end.0));
    while entry < end {
        let Some(at) = times.at(entry) else { break };
        let until = (tally.together)(Nanos(at)).0;
        let next = times.position(until.saturating_add(1)).clamp(entry + 1, end);
        let entries = (next - entry) as u64;
        let bytes = times.bytes(entry..next);
        work.visited.entries += entries;
        work.visited.bytes += bytes;
        visit(Run { labels, first: Nanos(at), entries, bytes })?;
        entry = next;
    }
    ControlFlow::Continue(())
}
