//! What a selection of log lines asks for and how it is visited.
//!
//! Invariant: every entry that is visited passes all matchers and line filters and lies inside the range; the store
//! prunes with its index, the caller never sees files. Each stored entry is visited once.

mod merge;
mod source;
pub(super) mod tally;

use super::parts::{Parts, SealedPart};
use super::view::View;
use crate::Error;
use language::logql::line_filter::LineFilter;
use model::budget::Budget;
use model::cancel::Cancel;
use model::labels::Labels;
use model::matcher::Matcher;
use model::time::{LogRange, Nanos};
use source::{Charge, Place, Source, Work};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

/// Which end of the range comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Oldest first.
    Forward,
    /// Newest first.
    Backward,
}

/// The order of the visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// By time over all streams. Entries of one time come in the order of their streams' labels, and of one stream in
    /// the order in which they came (backwards: the exact reverse). Only what is visited is read: a visit that breaks
    /// after 100 entries costs no more than those need.
    ByTime(Direction),
    /// One stream after the other, each ascending in time: the cheapest way to see everything.
    ByStream,
}

/// How much of each entry is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    /// Everything.
    All,
    /// Everything but the line, which may be empty. Filters still see it.
    Metadata,
    /// Time and length of the line only; `line` and `metadata` may be empty. Filters still see the lines.
    Sizes,
}

/// A selection.
#[derive(Clone, Copy, Debug)]
pub struct Select<'a> {
    /// All of these must pass. Empty selects every stream.
    pub matchers: &'a [Matcher],
    /// Line filters that stand before every other stage; all must keep the line as it was stored.
    pub filters: &'a [LineFilter],
    /// Entries inside it are visited.
    pub range: LogRange,
    /// In which order.
    pub order: Order,
    /// How much is looked at.
    pub reads: Reads,
    /// About how many entries the visit will take before it breaks; 0 when it takes all. A hint, never a limit.
    pub expected: usize,
    /// Charged for what the selection holds in memory.
    pub budget: &'a Budget,
    /// Asked every few thousand entries.
    pub cancel: &'a Cancel,
}

/// One entry, as long as the visit lasts.
#[derive(Clone, Copy, Debug)]
pub struct EntryRef<'a> {
    /// The labels of its stream.
    pub labels: &'a Labels,
    /// When it was written.
    pub timestamp: Nanos,
    /// Its text; see [`Reads::Metadata`].
    pub line: &'a str,
    /// Bytes of its text, whatever was read.
    pub line_bytes: usize,
    /// Its structured metadata; see [`Reads::Sizes`].
    pub metadata: &'a Labels,
}

/// What a visit cost.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Visited {
    /// Entries that were looked at, those that filters left out included.
    pub entries: u64,
    /// Bytes of their lines.
    pub bytes: u64,
    /// Chunks that were opened.
    pub chunks: u64,
    /// Chunks that the index left out.
    pub chunks_skipped: u64,
    /// What the caller should tell the user, such as a part that was set aside.
    pub warnings: Vec<String>,
}

/// Of chunks of one stream those of the heads came last.
const HEADS_ORDER: u64 = 1 << 63;

/// Visits what the selection finds in a view.
pub(super) fn run(
    view: &View,
    parts: &Parts,
    select: &Select<'_>,
    visit: &mut dyn FnMut(EntryRef<'_>) -> ControlFlow<()>,
) -> Result<Visited, Error> {
    let mut work = Work::new(select, parts.tick(), visit);
    let mut held = Charge::new(select.budget, 0)?;
    let mut sources = of_heads(view, &work, &mut held)?;
    let overlapping = view.parts.iter().filter(|part| part.part.overlaps(select.range));
    match select.order {
        Order::ByTime(direction) => {
            sources.extend(overlapping.filter_map(|part| unexpanded(part, select.range)));
            held.add(view.parts.len() * size_of::<Source>())?;
            _ = merge::visit(sources, direction, &mut work)?;
        }
        Order::ByStream => {
            for part in overlapping {
                sources.extend(work.expand(part, &mut held)?);
            }
            by_stream(sources, &mut work)?;
        }
    }
    Parts::trim(&view.parts);
    Ok(work.visited)
}

fn unexpanded(part: &Arc<SealedPart>, range: LogRange) -> Option<Source> {
    let meta = part.part.meta();
    let bounds = source::within((meta.min.0, meta.max.0), range)?;
    Some(Source { labels: Labels::empty(), bounds, order: part.order(0), place: Place::Part(Arc::clone(part)) })
}

fn by_stream(sources: Vec<Source>, work: &mut Work<'_, '_>) -> Result<(), Error> {
    let mut streams: BTreeMap<Labels, Vec<Source>> = BTreeMap::new();
    for source in sources {
        streams.entry(source.labels.clone()).or_default().push(source);
    }
    for (_, sources) in streams {
        if merge::visit(sources, Direction::Forward, work)?.is_break() {
            break;
        }
    }
    Ok(())
}

fn of_heads(view: &View, work: &Work<'_, '_>, held: &mut Charge<'_>) -> Result<Vec<Source>, Error> {
    let range = work.select.range;
    let mut sources = Vec::new();
    for (head, age) in view.heads().zip(0_u64..) {
        for stream in head.find(work.select.matchers) {
            let chunks = {
                let buffer = stream.buffer();
                if buffer.overlaps(range) { buffer.chunks(range) } else { Vec::new() }
            };
            work.check()?;
            for (chunk, number) in chunks.into_iter().zip(0_u64..) {
                let Some(bounds) = chunk.bounds().and_then(|bounds| source::within(bounds, range)) else { continue };
                let order = HEADS_ORDER + (age << 32) + number;
                held.add(size_of::<Source>() + chunk.memory())?;
                sources.push(Source { labels: stream.labels.clone(), bounds, order, place: Place::Head(chunk) });
            }
        }
    }
    Ok(sources)
}
