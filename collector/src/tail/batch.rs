//! What was read and is not in the store yet: lines by stream, and the positions that hold once they are stored.
//!
//! Invariant: a batch leaves as a whole or stays as a whole; while one stays, nothing more is read.

use model::labels::Labels;
use model::time::Nanos;
use std::collections::{BTreeMap, HashMap};
use store::logs::{AppendEntry, AppendStream, Batch, Duplicates, Logs, Outcome, PositionUpdate};

use super::position;

/// One line on its way to the store.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) timestamp: Nanos,
    pub(super) text: String,
    pub(super) metadata: Labels,
}

/// The batch that is being gathered.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    streams: Vec<(Labels, Vec<Line>)>,
    places: HashMap<Labels, usize>,
    positions: BTreeMap<u64, Option<Vec<u8>>>,
    bytes: usize,
}

impl Gathered {
    /// A line of a stream.
    pub(super) fn push(&mut self, labels: &Labels, line: Line) {
        self.bytes += line.text.len() + line.metadata.as_raw().len() + size_of::<Line>();
        let place = match self.places.get(labels) {
            Some(place) => *place,
            None => {
                self.places.insert(labels.clone(), self.streams.len());
                self.streams.push((labels.clone(), Vec::new()));
                self.streams.len() - 1
            }
        };
        if let Some((_, lines)) = self.streams.get_mut(place) {
            lines.push(line);
        }
    }

    /// How far a file was read; `None` forgets it.
    pub(super) fn position(&mut self, id: u64, record: Option<Vec<u8>>) {
        self.positions.insert(id, record);
    }

    /// Memory that the lines take.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether there is nothing to tell the store.
    pub(super) fn is_empty(&self) -> bool {
        self.streams.is_empty() && self.positions.is_empty()
    }

    /// Appends everything and begins anew.
    ///
    /// # Errors
    /// The store's; the batch stays.
    pub(super) fn append(&mut self, logs: &Logs) -> Result<Outcome, store::Error> {
        let entries: Vec<Vec<AppendEntry<'_>>> = self.streams.iter().map(|(_, lines)| entries(lines)).collect();
        let streams = self.streams.iter().zip(&entries);
        let streams: Vec<AppendStream<'_>> =
            streams.map(|((labels, _), entries)| AppendStream { labels, entries }).collect();
        let positions: Vec<(Vec<u8>, Option<&[u8]>)> =
            self.positions.iter().map(|(id, record)| (position::key(*id), record.as_deref())).collect();
        let positions: Vec<PositionUpdate<'_>> =
            positions.iter().map(|(key, value)| PositionUpdate { key, value: *value }).collect();
        let batch = Batch { streams: &streams, positions: &positions, duplicates: Duplicates::Keep };
        let outcome = logs.append(&batch)?;
        *self = Self::default();
        Ok(outcome)
    }
}

fn entries(lines: &[Line]) -> Vec<AppendEntry<'_>> {
    let entries = lines.iter();
    entries.map(|line| AppendEntry { timestamp: line.timestamp, line: &line.text, metadata: &line.metadata }).collect()
}
