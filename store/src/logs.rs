//! The log store.
//!
//! Invariant: an entry that [`Logs::append`] called stored survives `kill -9`, and so do the positions of its batch,
//! both or neither. Nothing here starts a task: the daemon calls [`Logs::sync_wal`] every [`Options::sync`] and
//! [`Logs::maintain`] every few seconds.

pub mod append;
pub mod limits;
pub mod listing;
pub mod options;
pub mod select;
pub mod tail;

mod duplicates;
mod filenames;
mod head;
mod ingest;
mod journal;
mod maintenance;
mod merging;
#[expect(dead_code, reason = "the index of parts comes next")]
pub(crate) mod part;
mod parts;
mod positions;
mod replay;
mod retention;
mod seal;
mod span;
mod view;

pub use append::{AppendEntry, AppendStream, Batch, Duplicates, Outcome, PositionUpdate, Refusal, Refused};
pub use listing::{LogStats, StreamQuery, StreamVolume, VolumeQuery};
pub use options::Options;
pub use select::tally::{Run, Tally};
pub use select::{Direction, EntryRef, Order, Reads, Select, Visited};
pub use tail::{Subscription, TailEntry, TailQuery};

use crate::Error;
use crate::metrics::{Listing, Sync};
use crate::wal::{self, Flush, Unwritten, Wal, WalOptions};
use duplicates::{Hashing, Repeats};
use ingest::{Bounds, Ingest, Taken};
use model::clock::Clock;
use model::instrument::{Instrument, Instruments};
use model::labels::Labels;
use model::time::{LogRange, Millis};
use parts::Parts;
use positions::Positions;
use replay::Replay;
use seal::Sealing;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use tail::Tails;
use view::{Present, View};

/// The store of one data folder. Share it behind an `Arc`; every method takes `&self` and blocks, so call them from a
/// thread that may block.
#[derive(Debug)]
pub struct Logs {
    options: Options,
    clock: Arc<dyn Clock>,
    instruments: Arc<Instruments>,
    wal: Wal,
    /// Held by who maintains; then by who seals; then come the locks of appends.
    maintaining: Mutex<()>,
    sealing: Mutex<Sealing>,
    /// Held by appends from their WAL record until their entries are in the head, and alone by who freezes the head.
    appending: RwLock<()>,
    present: Present,
    parts: Parts,
    positions: Positions,
    ingest: Ingest,
    hashing: Hashing,
    tails: Tails,
}

impl Logs {
    /// Opens the folder and replays its WAL; [`Options::progress`] tells how far that is.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Io`] when the folder cannot be read or written. Damaged files are no error: they are set
    /// aside as `*.unreadable` and logged.
    pub fn open(options: Options, clock: Arc<dyn Clock>, instruments: Arc<Instruments>) -> Result<Self, Error> {
        let disk = options.dir.disk();
        let folder = filenames::store(options.dir.path());
        disk.create_folder(&folder)?;
        let wal_folder = filenames::wal(&folder);
        let (mut view, positions) = (View::default(), Positions::default());
        let mut replay = Replay::new(&view.active, &positions, &options.progress, clock.now());
        let replayed = wal::replay(&**disk, &wal_folder, &mut replay)?;
        let found = replay.finish();
        let partitions = filenames::partitions(&folder);
        let (parts, list) = Parts::open(Arc::clone(disk), partitions, found.sealed)?;
        let sealed = list.iter().map(|part| part.sealing).max().max(found.sealed).unwrap_or(0);
        view.parts = Arc::new(list);
        let flush = match options.sync {
            Sync::Interval(_) => Flush::OnSync,
            Sync::Always => Flush::BeforeAcknowledging,
        };
        let wal_options = WalOptions { unwritten: Unwritten::Dropped, ..WalOptions::new(flush) };
        let wal = Wal::open(Arc::clone(disk), wal_folder, replayed.next_segment, wal_options);
        let mut sealing = Sealing::new(sealed, found.first_segment);
        if replayed.damaged {
            // What could be read is in memory: seal it before it is lost for good.
            sealing.hasten();
        }
        if found.sealed.is_none() {
            let first = if found.first_segment == 0 { replayed.next_segment } else { found.first_segment };
            sealing.lacks_checkpoint(first);
        }
        let logs = Self {
            options,
            clock,
            instruments,
            wal,
            maintaining: Mutex::default(),
            sealing: Mutex::new(sealing),
            appending: RwLock::default(),
            present: Present::new(view),
            parts,
            positions,
            ingest: Ingest::default(),
            hashing: Hashing::default(),
            tails: Tails::default(),
        };
        logs.begin();
        Ok(logs)
    }

    /// Writes what the first sealing needs; should that fail now, the sealing tries again.
    fn begin(&self) {
        let mut sealing = self.sealing.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = seal::first_checkpoint(self, &mut sealing) {
            tracing::error!(%error, "cannot write the first checkpoint of the logs");
        }
    }

    /// Appends a batch. What is stored when this returns survives `kill -9` (and power loss, with [`Sync::Always`]).
    ///
    /// # Errors
    /// [`crate::ErrorKind::Unavailable`] while the store is read-only after an I/O error: nothing of the batch is
    /// stored, send it again.
    pub fn append(&self, batch: &Batch<'_>) -> Result<Outcome, Error> {
        self.wal.check()?;
        seal::make_room(self)?;
        let now = self.clock.now_nanos();
        let mut outcome = Outcome::default();
        let appending = self.appending.read().unwrap_or_else(PoisonError::into_inner);
        let view = self.present.get();
        let mut taken = self.ingest.take(&view.active, batch, Bounds::at(now, &self.options), &mut outcome);
        let streams = duplicates::streams(&taken);
        let held = match batch.duplicates {
            Duplicates::Keep => Vec::new(),
            Duplicates::Drop => {
                let held = duplicates::hold(&streams);
                outcome.repeated = Repeats::new(&view, self.hashing).leave_out(&mut taken);
                held
            }
        };
        if taken.iter().any(|stream| stream.len() > 0) || !batch.positions.is_empty() {
            let position = self.ingest.write(&taken, batch, |records| self.wal.enqueue_all(records))?;
            self.wal.wait(position)?;
        }
        outcome.stored = ingest::push(&view.active, &taken, now.to_millis()) as u64;
        self.positions.update(batch.positions);
        drop(held);
        drop(appending);
        self.tails.offer(&taken);
        self.count(&outcome, &taken);
        Ok(outcome)
    }

    fn count(&self, outcome: &Outcome, taken: &[Taken<'_>]) {
        let lines = taken.iter().flat_map(Taken::entries).map(|entry| entry.line.len() as u64);
        self.instruments.add(Instrument::LogBytes, &[], lines.sum());
        self.instruments.add(Instrument::LogEntries, &["stored"], outcome.stored);
        if outcome.repeated > 0 {
            self.instruments.add(Instrument::LogEntries, &["repeated"], outcome.repeated);
        }
        for refusal in &outcome.refused {
            self.instruments.add(Instrument::LogEntries, &[refusal.why.as_str()], 1);
        }
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
        let select = Select { range: self.retained(select.range), ..*select };
        select::run(&self.present.get(), &self.parts, &select, visit)
    }

    /// Calls `visit` with counts of the entries that are asked for, until it breaks. No line is read.
    ///
    /// # Errors
    /// Over budget, canceled, or a file that cannot be read.
    pub fn tally(
        &self,
        tally: &Tally<'_>,
        visit: &mut dyn FnMut(Run<'_>) -> ControlFlow<()>,
    ) -> Result<Visited, Error> {
        let tally = Tally { range: self.retained(tally.range), ..*tally };
        select::tally::run(&self.present.get(), &self.parts, &tally, visit)
    }

    /// Names of the labels of the streams that the query names, ascending.
    ///
    /// # Errors
    /// Canceled, or a file that cannot be read.
    pub fn label_names(&self, query: &StreamQuery<'_>) -> Result<Listing, Error> {
        let streams = self.listed(query)?;
        Ok(listing::texts(&streams, query.limit, |labels| labels.iter().map(|(name, _)| name).collect()))
    }

    /// Values of a label in the streams that the query names, ascending.
    ///
    /// # Errors
    /// Canceled, or a file that cannot be read.
    pub fn label_values(&self, name: &str, query: &StreamQuery<'_>) -> Result<Listing, Error> {
        let streams = self.listed(query)?;
        Ok(listing::texts(&streams, query.limit, |labels| labels.get(name).into_iter().collect()))
    }

    /// The label sets of the streams that the query names, ascending.
    ///
    /// # Errors
    /// Canceled, or a file that cannot be read.
    pub fn streams(&self, query: &StreamQuery<'_>) -> Result<Vec<Labels>, Error> {
        let limit = if query.limit == 0 { usize::MAX } else { query.limit };
        Ok(self.listed(query)?.0.into_iter().take(limit).collect())
    }

    fn listed(&self, query: &StreamQuery<'_>) -> Result<listing::Listed, Error> {
        listing::streams(&self.present.get(), &self.parts, &StreamQuery { range: self.retained(query.range), ..*query })
    }

    /// How many streams, chunks, bytes and entries a query of this selector would go over. Whole chunks are counted.
    ///
    /// # Errors
    /// Canceled, or a file that cannot be read.
    pub fn stats(&self, query: &StreamQuery<'_>) -> Result<LogStats, Error> {
        listing::stats(&self.present.get(), &self.parts, &StreamQuery { range: self.retained(query.range), ..*query })
    }

    /// Bytes of lines per stream and span of time.
    ///
    /// # Errors
    /// Canceled, or a file that cannot be read.
    pub fn volume(&self, query: &VolumeQuery<'_>) -> Result<Vec<StreamVolume>, Error> {
        listing::volume(&self.present.get(), &self.parts, query, self.retained(query.range))
    }

    /// Subscribes to what is appended from now on.
    pub fn subscribe(&self, query: TailQuery) -> Subscription {
        self.tails.subscribe(query)
    }

    /// The positions that appends have written and none has removed, ascending by key.
    pub fn positions(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        self.positions.list()
    }

    /// Does what is due: seals the head, merges parts, drops partitions older than the retention, leaves read-only
    /// mode. Blocking and sometimes long: one task calls it every few seconds, never two at once.
    ///
    /// # Errors
    /// What could not be done; it is tried again at the next call.
    pub fn maintain(&self, now: Millis) -> Result<(), Error> {
        maintenance::run(self, now)
    }

    /// Flushes the WAL to the disk itself.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Io`]; the store is read-only from then on until `maintain` could open a new segment.
    pub fn sync_wal(&self) -> Result<(), Error> {
        self.wal.sync()
    }

    /// Flushes the WAL; later appends are refused as unavailable.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Io`].
    pub fn close(&self) -> Result<(), Error> {
        self.wal.close()
    }

    /// The part of a range that the retention keeps.
    fn retained(&self, range: LogRange) -> LogRange {
        if self.options.retention.is_zero() {
            return range;
        }
        LogRange { start: range.start.max(self.clock.now_nanos().minus(self.options.retention)), ..range }
    }
}

#[cfg(test)]
mod tests;
