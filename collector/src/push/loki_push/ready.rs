//! From what was read to what is appended: streams by their labels, lines with their level.
//!
//! Invariant: sets that lines share are made once per push; a line with nothing but a level shares one set with all
//! others of the daemon.

use super::outcome::{Class, Outcome};
use super::plan::{MetadataText, Plan, PlannedEntry, PlannedStream};
use super::{ByteCache, metadata};
use crate::enrichment::{Level, Stream, TRUNCATED, Told, cut_line, line_level, with_level};
use model::labels::Labels;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ops::Range;
use store::logs::{AppendEntry, AppendStream};

/// What of a plan can be appended.
#[derive(Debug, Default)]
pub(super) struct Ready<'a> {
    streams: Vec<(Stream, Range<usize>)>,
    entries: Vec<ReadyEntry>,
    sets: Sets<'a>,
}

/// A line that can be appended.
#[derive(Clone, Copy, Debug)]
struct ReadyEntry {
    /// Which of the plan's.
    planned: usize,
    /// How much of its text is kept.
    length: usize,
    metadata: Set,
}

/// Structured metadata with its level.
#[derive(Clone, Copy, Debug)]
enum Set {
    /// Nothing but a level.
    Level(Level),
    /// One of [`Sets::made`].
    Made(usize),
}

impl<'a> Ready<'a> {
    /// Resolves labels, levels and metadata; what is wrong is refused.
    pub(super) fn new(plan: &Plan<'a>, known: &ByteCache<Stream>, outcome: &mut Outcome) -> Self {
        let mut ready = Self { entries: Vec::with_capacity(plan.entries.len()), ..Self::default() };
        for planned in plan.streams.iter().filter(|planned| !planned.entries.is_empty()) {
            match stream_of(planned, known) {
                Ok(stream) => ready.add_stream(plan, planned, stream, outcome),
                Err(why) => outcome.reject(Class::InvalidLabels, planned.entries.len(), || why),
            }
        }
        ready
    }

    fn add_stream(&mut self, plan: &Plan<'a>, planned: &PlannedStream<'a>, stream: Stream, outcome: &mut Outcome) {
        let first = self.entries.len();
        for index in planned.entries.clone() {
            let Some(entry) = plan.entries.get(index) else { continue };
            match self.sets.of_entry(plan, entry, &stream) {
                Ok((metadata, length)) => {
                    outcome.cut += usize::from(length < plan.text(entry.line).len());
                    self.entries.push(ReadyEntry { planned: index, length, metadata });
                }
                Err(why) => {
                    outcome.reject(Class::InvalidMetadata, 1, || format!("stream '{}' {why}", stream.labels));
                }
            }
        }
        if self.entries.len() > first {
            self.streams.push((stream, first..self.entries.len()));
        }
    }

    /// The lines, in order, ready for a batch.
    pub(super) fn entries<'b>(&'b self, plan: &'b Plan<'a>) -> Vec<AppendEntry<'b>> {
        let entry = |ready: &'b ReadyEntry| {
            let planned = plan.entries.get(ready.planned)?;
            let line = plan.text(planned.line).get(..ready.length)?;
            let metadata = match ready.metadata {
                Set::Level(level) => level.metadata(),
                Set::Made(index) => self.sets.made.get(index)?,
            };
            Some(AppendEntry { timestamp: planned.timestamp, line, metadata })
        };
        // Places in the list are counted on, so none is ever left out: all of the above are there.
        self.entries.iter().filter_map(entry).collect()
    }

    /// The streams of these entries.
    pub(super) fn streams<'b>(&'b self, entries: &'b [AppendEntry<'b>]) -> Vec<AppendStream<'b>> {
        let stream = |(stream, range): &'b (Stream, Range<usize>)| AppendStream {
            labels: &stream.labels,
            entries: entries.get(range.clone()).unwrap_or_default(),
        };
        self.streams.iter().map(stream).collect()
    }
}

fn stream_of(planned: &PlannedStream<'_>, known: &ByteCache<Stream>) -> Result<Stream, String> {
    let bytes = planned.labels.as_bytes();
    if let Some(stream) = known.get(bytes) {
        return Ok(stream);
    }
    let stream = planned.labels.read()?;
    known.insert(bytes, stream.clone(), stream.labels.as_raw().len());
    Ok(stream)
}

/// The sets of structured metadata of one push.
#[derive(Debug, Default)]
struct Sets<'a> {
    made: Vec<Labels>,
    own: HashMap<MetadataText<'a>, Own>,
}

/// What a line's own metadata is, and which sets were made of it.
#[derive(Clone, Debug)]
struct Own {
    labels: Labels,
    told: Told,
    /// By level; the first for what is told.
    made: [Option<usize>; 8],
}

impl<'a> Sets<'a> {
    /// The set of a line, and how much of the line is kept.
    fn of_entry(&mut self, plan: &Plan<'a>, entry: &PlannedEntry<'a>, stream: &Stream) -> Result<(Set, usize), String> {
        let whole = plan.text(entry.line);
        let (line, cut) = cut_line(whole);
        if cut > 0 {
            return Ok((self.of_cut_line(entry, stream, line, cut)?, line.len()));
        }
        if entry.metadata == MetadataText::None {
            return Ok((self.of_bare_line(stream, line), line.len()));
        }
        let own = match self.own.entry(entry.metadata) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                let labels = metadata::read(entry.metadata)?;
                let told = Told::by_metadata(&labels);
                new.insert(Own { labels, told, made: [None; 8] })
            }
        };
        let told = match (&stream.told, &own.told) {
            (Told::Nothing, Told::Nothing) => Told::Level(line_level(line)),
            (Told::Nothing, own) => own.clone(),
            (stream, _) => stream.clone(),
        };
        // Lines of one push under another stream that tells something odd would share a slot: they get their own.
        let slot = match &told {
            Told::Level(level) => own.made.get_mut(*level as usize),
            _ => None,
        };
        if let Some(Some(made)) = slot {
            return Ok((Set::Made(*made), line.len()));
        }
        self.made.push(with_level(&own.labels, &told));
        let made = self.made.len() - 1;
        if let Some(slot) = slot {
            *slot = Some(made);
        }
        Ok((Set::Made(made), line.len()))
    }

    fn of_bare_line(&mut self, stream: &Stream, line: &str) -> Set {
        match &stream.told {
            Told::Level(level) => Set::Level(*level),
            Told::Nothing => Set::Level(line_level(line)),
            Told::Other(_) => self.of_odd_stream(stream),
        }
    }

    /// All bare lines of a stream whose level is none of ours share one set; streams come one after another.
    fn of_odd_stream(&mut self, stream: &Stream) -> Set {
        let set = with_level(&Labels::empty(), &stream.told);
        if self.made.last() != Some(&set) {
            self.made.push(set);
        }
        Set::Made(self.made.len() - 1)
    }

    fn of_cut_line(
        &mut self,
        entry: &PlannedEntry<'a>,
        stream: &Stream,
        line: &str,
        cut: usize,
    ) -> Result<Set, String> {
        let own = metadata::read(entry.metadata)?;
        let told = match (&stream.told, Told::by_metadata(&own)) {
            (Told::Nothing, Told::Nothing) => Told::Level(line_level(line)),
            (Told::Nothing, own) => own,
            (stream, _) => stream.clone(),
        };
        let own = own.to_builder().set(TRUNCATED, cut.to_string()).build();
        self.made.push(with_level(&own, &told));
        Ok(Set::Made(self.made.len() - 1))
    }
}
