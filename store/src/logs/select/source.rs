//! Where entries of a selection come from: chunks that are not open yet, and open ones with the entries that pass.
//!
//! Invariant: what an open chunk holds in memory is charged to the budget until it is dropped.

use super::{Direction, EntryRef, Reads, Select};
use crate::logs::head::HeadChunk;
use crate::metrics::canceled;
use crate::{Error, ErrorKind};
use model::budget::Budget;
use model::labels::Labels;
use model::time::{LogRange, Nanos};
use std::ops::ControlFlow;
use std::sync::Arc;

/// Entries looked at between two looks at the cancel flag.
const LOOKED_AT_ONCE: u64 = 4096;

/// What a selection does and has done.
pub(super) struct Work<'a, 'v> {
    pub(super) select: &'a Select<'a>,
    pub(super) visit: &'v mut dyn FnMut(EntryRef<'_>) -> ControlFlow<()>,
    pub(super) visited: super::Visited,
    no_labels: Labels,
}

impl<'a, 'v> Work<'a, 'v> {
    pub(super) fn new(select: &'a Select<'a>, visit: &'v mut dyn FnMut(EntryRef<'_>) -> ControlFlow<()>) -> Self {
        Self { select, visit, visited: super::Visited::default(), no_labels: Labels::empty() }
    }

    /// Whether lines must be read at all.
    pub(super) fn reads_lines(&self) -> bool {
        self.select.reads == Reads::All || !self.select.filters.is_empty()
    }

    /// Counts an entry that is looked at.
    #[inline]
    fn look(&mut self, line_bytes: usize) -> Result<(), Error> {
        self.visited.entries += 1;
        self.visited.bytes += line_bytes as u64;
        if self.visited.entries.is_multiple_of(LOOKED_AT_ONCE) { self.check() } else { Ok(()) }
    }

    /// Whether to go on.
    pub(super) fn check(&self) -> Result<(), Error> {
        self.select.cancel.check().map_err(canceled)
    }

    fn keeps(&self, line: &str) -> bool {
        self.select.filters.iter().all(|filter| filter.keeps(line))
    }
}

/// Bytes charged to a budget as long as it lives.
#[derive(Debug)]
pub(super) struct Charge<'a> {
    budget: &'a Budget,
    bytes: u64,
}

impl<'a> Charge<'a> {
    pub(super) fn new(budget: &'a Budget, bytes: usize) -> Result<Self, Error> {
        let bytes = bytes as u64;
        budget.charge(bytes).map_err(|over| Error::new(ErrorKind::Limit, over.to_string()))?;
        Ok(Self { budget, bytes })
    }

    /// Charges more.
    pub(super) fn add(&mut self, bytes: usize) -> Result<(), Error> {
        let mut more = Self::new(self.budget, bytes)?;
        self.bytes += std::mem::take(&mut more.bytes);
        Ok(())
    }
}

impl Drop for Charge<'_> {
    fn drop(&mut self) {
        self.budget.release(self.bytes);
    }
}

/// A chunk that is not open yet.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) labels: Labels,
    /// The earliest and the latest time at which it may have entries inside the range.
    pub(super) bounds: (i64, i64),
    /// Of chunks of one stream, the smaller came first.
    pub(super) order: u64,
    pub(super) place: Place,
}

/// Where a chunk is.
#[derive(Debug)]
pub(super) enum Place {
    /// In memory.
    Head(Arc<HeadChunk>),
}

/// Bounds of a chunk inside a range; `None` when it has nothing to do with it.
pub(super) fn within(bounds: (i64, i64), range: LogRange) -> Option<(i64, i64)> {
    let clipped = (bounds.0.max(range.start.0), bounds.1.min(range.end.0.saturating_sub(1)));
    (clipped.0 <= clipped.1 && !range.is_empty()).then_some(clipped)
}

/// The entries of a chunk that pass, with the one that comes next.
#[derive(Debug)]
pub(super) struct Open<'a> {
    body: Body,
    /// Places of the entries that pass, in the order of the visit.
    passing: Passing,
    next: usize,
    _charge: Charge<'a>,
}

#[derive(Debug)]
enum Body {
    Head(Arc<HeadChunk>),
}

/// Which entries pass.
#[derive(Debug)]
enum Passing {
    /// All from one place up to, not including, another; visited from the end when the flag says so.
    Span { start: usize, end: usize, backward: bool },
    /// Only these, in the order of the visit.
    Places(Vec<u32>),
}

impl Passing {
    #[inline]
    fn get(&self, number: usize) -> Option<usize> {
        match self {
            Self::Span { start, end, backward: false } => Some(start + number).filter(|place| place < end),
            Self::Span { start, end, backward: true } => end.checked_sub(number + 1).filter(|place| place >= start),
            Self::Places(places) => places.get(number).map(|place| *place as usize),
        }
    }
}

impl<'a> Open<'a> {
    /// Opens a chunk; `None` when nothing in it passes.
    pub(super) fn new(place: Place, direction: Direction, work: &mut Work<'a, '_>) -> Result<Option<Self>, Error> {
        work.check()?;
        work.visited.chunks += 1;
        let body = match place {
            Place::Head(chunk) => Body::Head(chunk),
        };
        let range = work.select.range;
        let (start, end) = (body.position(range.start.0), body.position(range.end.0));
        let backward = direction == Direction::Backward;
        let passing = if work.select.filters.is_empty() {
            Passing::Span { start, end, backward }
        } else {
            let mut places = Vec::new();
            for place in start..end {
                let line = body.line(place);
                work.look(line.len())?;
                if work.keeps(line) {
                    places.push(place as u32);
                }
            }
            if backward {
                places.reverse();
            }
            Passing::Places(places)
        };
        if passing.get(0).is_none() {
            return Ok(None);
        }
        let places = if let Passing::Places(places) = &passing { places.capacity() * 4 } else { 0 };
        let charge = Charge::new(work.select.budget, body.memory() + places)?;
        Ok(Some(Self { body, passing, next: 0, _charge: charge }))
    }

    /// The time of the entry that comes next; `None` at the end.
    #[inline]
    pub(super) fn at(&self) -> Option<i64> {
        self.passing.get(self.next).and_then(|place| self.body.at(place))
    }

    /// Visits the entry that comes next.
    #[inline]
    pub(super) fn visit(&mut self, labels: &Labels, work: &mut Work<'_, '_>) -> Result<ControlFlow<()>, Error> {
        let Some(place) = self.passing.get(self.next) else { return Ok(ControlFlow::Continue(())) };
        self.next += 1;
        let line_bytes = self.body.line_bytes(place);
        if matches!(self.passing, Passing::Span { .. }) {
            work.look(line_bytes)?;
        }
        let timestamp = Nanos(self.body.at(place).unwrap_or_default());
        let line = if work.reads_lines() { self.body.line(place) } else { "" };
        let metadata = self.body.metadata(place).unwrap_or(&work.no_labels);
        Ok((work.visit)(EntryRef { labels, timestamp, line, line_bytes, metadata }))
    }
}

impl Body {
    /// The place of the first entry that is not before the time.
    fn position(&self, at: i64) -> usize {
        match self {
            Self::Head(chunk) => chunk.position(at),
        }
    }

    #[inline]
    fn at(&self, place: usize) -> Option<i64> {
        match self {
            Self::Head(chunk) => chunk.at(place),
        }
    }

    #[inline]
    fn line(&self, place: usize) -> &str {
        match self {
            Self::Head(chunk) => chunk.line(place).map_or("", |line| line.text),
        }
    }

    #[inline]
    fn line_bytes(&self, place: usize) -> usize {
        match self {
            Self::Head(chunk) => chunk.line(place).map_or(0, |line| line.text.len()),
        }
    }

    #[inline]
    fn metadata(&self, place: usize) -> Option<&Labels> {
        match self {
            Self::Head(chunk) => chunk.line(place).and_then(|line| line.metadata),
        }
    }

    /// Bytes that a selection holds because of it.
    fn memory(&self) -> usize {
        match self {
            Self::Head(chunk) => chunk.memory(),
        }
    }
}
