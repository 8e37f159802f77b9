//! Where entries of a selection come from: chunks that are not open yet, and open ones with the entries that pass.
//!
//! Invariant: what an open chunk holds in memory is charged to the budget until it is dropped.

use super::{Direction, EntryRef, Reads, Select, Visited};
use crate::logs::head::HeadChunk;
use crate::logs::part::{Candidates, Chunk, ChunkHeader, Columns};
use crate::logs::parts::SealedPart;
use crate::metrics::canceled;
use crate::{Error, ErrorKind};
use model::budget::Budget;
use model::labels::Labels;
use model::time::{LogRange, Nanos};
use std::ops::ControlFlow;
use std::sync::Arc;

/// Entries looked at between two looks at the cancel flag.
const LOOKED_AT_ONCE: u64 = 4096;
/// Buffers of chunks that are kept for the next chunks.
const SPARE_MAX: usize = 4;
/// Warnings that one selection tells.
const WARNINGS_MAX: usize = 16;

/// What a selection does and has done.
pub(super) struct Work<'a, 'v> {
    pub(super) select: &'a Select<'a>,
    pub(super) visit: &'v mut dyn FnMut(EntryRef<'_>) -> ControlFlow<()>,
    pub(super) visited: Visited,
    /// When it began, see [`Parts::tick`](crate::logs::parts::Parts::tick).
    tick: u64,
    no_labels: Labels,
    spare: Vec<Chunk>,
}

impl<'a, 'v> Work<'a, 'v> {
    pub(super) fn new(
        select: &'a Select<'a>,
        tick: u64,
        visit: &'v mut dyn FnMut(EntryRef<'_>) -> ControlFlow<()>,
    ) -> Self {
        Self { select, visit, visited: Visited::default(), tick, no_labels: Labels::empty(), spare: Vec::new() }
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

    /// Which columns of chunks are read.
    fn columns(&self) -> Columns {
        match (self.select.reads, self.select.filters.is_empty()) {
            (Reads::All, _) => Columns::All,
            (Reads::Metadata, false) => Columns::All,
            (Reads::Metadata, true) => Columns::Metadata,
            (Reads::Sizes, false) => Columns::Lines,
            (Reads::Sizes, true) => Columns::Sizes,
        }
    }

    fn warn(&mut self, warning: String) {
        if self.visited.warnings.len() < WARNINGS_MAX && !self.visited.warnings.contains(&warning) {
            self.visited.warnings.push(warning);
        }
    }

    /// Reads a chunk; `None`, and a warning, where it is damaged.
    pub(super) fn read(&mut self, part: &SealedPart, header: &ChunkHeader) -> Result<Option<Chunk>, Error> {
        let mut chunk = self.spare.pop().unwrap_or_default();
        match part.part.read(header, self.columns(), &mut chunk) {
            Ok(()) => Ok(Some(chunk)),
            Err(error) if error.kind() == ErrorKind::Corrupt => {
                self.warn(part.note_damage(&error));
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    fn give_back(&mut self, body: Body) {
        if let Body::Part(chunk) = body {
            self.keep(*chunk);
        }
    }

    /// Keeps the memory of a chunk for the next one.
    pub(super) fn keep(&mut self, chunk: Chunk) {
        if self.spare.len() < SPARE_MAX {
            self.spare.push(chunk);
        }
    }

    /// The chunks of a part in which entries may pass.
    pub(super) fn expand(&mut self, part: &Arc<SealedPart>, held: &mut Charge<'a>) -> Result<Vec<Source>, Error> {
        self.check()?;
        let mut sources = Vec::new();
        let table = match part.part.table(self.tick) {
            Ok(table) => table,
            Err(error) if error.kind() == ErrorKind::Corrupt => {
                self.warn(part.note_unreadable(&error));
                return Ok(sources);
            }
            Err(error) => return Err(error),
        };
        let candidates = self.candidates(part)?;
        let (range, matchers) = (self.select.range, self.select.matchers);
        for (number, labels) in table.streams().iter().enumerate() {
            if number.is_multiple_of(LOOKED_AT_ONCE as usize) {
                self.check()?;
            }
            if !matchers.iter().all(|matcher| matcher.matches_labels(labels)) {
                continue;
            }
            for chunk in table.chunks_within(number, range) {
                let Some(header) = table.header(chunk) else { continue };
                if !candidates.contains(chunk) {
                    self.visited.chunks_skipped += 1;
                    continue;
                }
                let Some(bounds) = within((header.min.0, header.max.0), range) else { continue };
                let place = Place::Chunk(Arc::clone(part), Box::new(*header));
                sources.push(Source { labels: labels.clone(), bounds, order: part.order(chunk), place });
            }
        }
        held.add(sources.len() * (size_of::<Source>() + size_of::<ChunkHeader>()))?;
        Ok(sources)
    }

    fn candidates(&mut self, part: &Arc<SealedPart>) -> Result<Candidates, Error> {
        if self.select.filters.is_empty() {
            return Ok(Candidates::All);
        }
        match part.part.candidates(self.select.filters, self.tick) {
            Ok(candidates) => Ok(candidates),
            // Only speed is lost.
            Err(error) if error.kind() == ErrorKind::Corrupt => {
                tracing::error!(%error, "cannot use the index of a log part");
                Ok(Candidates::All)
            }
            Err(error) => Err(error),
        }
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

/// A chunk that is not open yet, or a part of which no chunk is known yet.
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
    /// In a part.
    Chunk(Arc<SealedPart>, Box<ChunkHeader>),
    /// All chunks of a part.
    Part(Arc<SealedPart>),
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
    Part(Box<Chunk>),
}

/// Which entries pass.
#[derive(Debug)]
enum Passing {
    /// All from one place up to, not including, another; visited from the end when the flag says so.
    Span { start: usize, end: usize, backward: bool },
    /// All of that many, which were looked at before.
    Seen { count: usize, backward: bool },
    /// Only these, in the order of the visit.
    Places(Vec<u32>),
}

/// A chunk is kept as a whole when at least this part of its text passes; else what passes is copied out of it.
const KEPT_WHOLE: usize = 4;

/// A few entries of a chunk.
fn few(chunk: &Chunk, places: &[u32]) -> HeadChunk {
    let (mut few, none) = (HeadChunk::default(), Labels::empty());
    for place in places.iter().map(|place| *place as usize) {
        let at = chunk.timestamp(place).unwrap_or_default();
        few.push(at.0, chunk.line(place), chunk.metadata(place).unwrap_or(&none));
    }
    few
}

impl Passing {
    #[inline]
    fn get(&self, number: usize) -> Option<usize> {
        match self {
            Self::Span { start, end, backward: false } => Some(start + number).filter(|place| place < end),
            Self::Span { start, end, backward: true } => end.checked_sub(number + 1).filter(|place| place >= start),
            Self::Seen { count, backward: false } => Some(number).filter(|place| place < count),
            Self::Seen { count, backward: true } => count.checked_sub(number + 1),
            Self::Places(places) => places.get(number).map(|place| *place as usize),
        }
    }
}

impl<'a> Open<'a> {
    /// Opens a chunk; `None` when nothing in it passes.
    pub(super) fn new(place: Place, direction: Direction, work: &mut Work<'a, '_>) -> Result<Option<Self>, Error> {
        work.check()?;
        let body = match place {
            Place::Head(chunk) => Some(Body::Head(chunk)),
            Place::Chunk(part, header) => work.read(&part, &header)?.map(|chunk| Body::Part(Box::new(chunk))),
            Place::Part(_) => None,
        };
        let Some(body) = body else { return Ok(None) };
        work.visited.chunks += 1;
        let range = work.select.range;
        let (start, end) = (body.position(range.start.0), body.position(range.end.0));
        let backward = direction == Direction::Backward;
        if work.select.filters.is_empty() {
            return Self::with(body, Passing::Span { start, end, backward }, work);
        }
        let mut places = Vec::new();
        let mut passing_bytes = 0;
        for place in start..end {
            let line = body.line(place);
            work.look(line.len())?;
            if work.keeps(line) {
                passing_bytes += line.len();
                places.push(place as u32);
            }
        }
        if let Body::Part(chunk) = &body
            && passing_bytes * KEPT_WHOLE < chunk.text().len()
        {
            let few = few(chunk, &places);
            work.give_back(body);
            let passing = Passing::Seen { count: places.len(), backward };
            return Self::with(Body::Head(Arc::new(few)), passing, work);
        }
        if backward {
            places.reverse();
        }
        Self::with(body, Passing::Places(places), work)
    }

    fn with(body: Body, passing: Passing, work: &mut Work<'a, '_>) -> Result<Option<Self>, Error> {
        if passing.get(0).is_none() {
            work.give_back(body);
            return Ok(None);
        }
        let places = if let Passing::Places(places) = &passing { places.capacity() * 4 } else { 0 };
        let charge = Charge::new(work.select.budget, body.memory() + places)?;
        Ok(Some(Self { body, passing, next: 0, _charge: charge }))
    }

    /// Gives its memory back.
    pub(super) fn close(self, work: &mut Work<'a, '_>) {
        work.give_back(self.body);
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
            Self::Part(chunk) => chunk.timestamps().partition_point(|timestamp| *timestamp < at),
        }
    }

    #[inline]
    fn at(&self, place: usize) -> Option<i64> {
        match self {
            Self::Head(chunk) => chunk.at(place),
            Self::Part(chunk) => chunk.timestamps().get(place).copied(),
        }
    }

    #[inline]
    fn line(&self, place: usize) -> &str {
        match self {
            Self::Head(chunk) => chunk.line(place).map_or("", |line| line.text),
            Self::Part(chunk) => chunk.line(place),
        }
    }

    #[inline]
    fn line_bytes(&self, place: usize) -> usize {
        match self {
            Self::Head(chunk) => chunk.line(place).map_or(0, |line| line.text.len()),
            Self::Part(chunk) => chunk.line_bytes(place),
        }
    }

    #[inline]
    fn metadata(&self, place: usize) -> Option<&Labels> {
        match self {
            Self::Head(chunk) => chunk.line(place).and_then(|line| line.metadata),
            Self::Part(chunk) => chunk.metadata(place),
        }
    }

    /// Bytes that a selection holds because of it.
    fn memory(&self) -> usize {
        match self {
            Self::Head(chunk) => chunk.memory(),
            Self::Part(chunk) => chunk.memory(),
        }
    }
}
