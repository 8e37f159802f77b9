//! The metrics store.
//!
//! Invariant: a sample that [`Metrics::append`] called stored survives `kill -9`. Nothing here starts a task: the
//! daemon calls [`Metrics::sync_wal`] every [`Options::sync`] and [`Metrics::maintain`] about every minute.

pub mod append;
mod exemplars;
mod families;
mod head;
mod ingest;
pub mod limits;
pub mod listing;
pub mod options;
pub mod progress;
pub mod select;
pub mod statistics;

mod checkpoint;
mod compaction;
mod cut;
mod maintenance;
mod replay;
mod retention;

mod block;
mod blocks;
mod index;

mod chunk;
mod columns;
mod filenames;
mod journal;
mod postings;
pub(crate) mod probe;
mod registry;
mod series;
mod starts;

pub(crate) use registry::RawHash;
pub(crate) use select::{TRUNCATED, canceled};

pub use append::{AppendSample, AppendValue, Batch, Exemplar, SeriesKey, SeriesRef, Verdict};
pub use listing::{ExemplarQuery, LabelQuery, Listing, SeriesExemplars};
pub use options::{Options, Sync};
pub use progress::Progress;
pub use select::{Hints, Reads, Select, Selection, SeriesColumns};
pub use statistics::Statistics;

use crate::Error;
#[cfg(doc)]
use crate::ErrorKind;
use crate::wal::{self, Flush, Wal, WalOptions};
use blocks::Blocks;
use exemplars::Exemplars;
use families::Families;
use head::Head;
use ingest::{Bounds, Ingest};
use listing::{Collected, Listed};
use maintenance::Maintenance;
use model::clock::Clock;
use model::instrument::{Instrument, Instruments};
use model::metadata::Metadata;
use model::time::{MetricRange, Millis, duration_millis};
use replay::Replay;
use select::Sources;
use std::sync::{Arc, Mutex};

/// The store of one data folder. Share it behind an `Arc`; every method takes `&self` and blocks, so call them from a
/// thread that may block.
#[derive(Debug)]
pub struct Metrics {
    options: Options,
    clock: Arc<dyn Clock>,
    instruments: Arc<Instruments>,
    wal: Wal,
    head: Head,
    exemplars: Exemplars,
    families: Families,
    blocks: Blocks,
    maintenance: Mutex<Maintenance>,
}

impl Metrics {
    /// Opens the folder and replays its WAL; [`Options::progress`] tells how far that is.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] when the folder cannot be read or written. Damaged files are no error: they are set aside as
    /// `*.unreadable` and logged.
    pub fn open(options: Options, clock: Arc<dyn Clock>, instruments: Arc<Instruments>) -> Result<Self, Error> {
        let disk = options.dir.disk();
        let folder = filenames::store(options.dir.path());
        disk.create_folder(&folder)?;
        let wal_folder = filenames::wal(&folder);
        let (head, exemplars) = (Head::new(options.series_max), Exemplars::new(options.exemplars_max));
        let families = Families::default();
        let mut replay = Replay::new(&head, &exemplars, &families, &options.progress);
        let replayed = wal::replay(&**disk, &wal_folder, &mut replay)?;
        replay.finish();
        let flush = match options.sync {
            Sync::Interval(_) => Flush::OnSync,
            Sync::Always => Flush::BeforeAcknowledging,
        };
        let wal = Wal::open(Arc::clone(disk), wal_folder, replayed.next_segment, WalOptions::new(flush));
        let blocks = Blocks::open(Arc::clone(disk), filenames::blocks(&folder))?;
        let maintenance = Mutex::default();
        let metrics = Self { options, clock, instruments, wal, head, exemplars, families, blocks, maintenance };
        if replayed.damaged
            && let Err(error) = metrics.checkpoint()
        {
            // What could be read is in memory; the next cut writes a checkpoint as well.
            tracing::error!(%error, "cannot write a checkpoint of what a damaged wal still held");
        }
        Ok(metrics)
    }

    /// Appends a batch: a verdict per sample, in its order. What is stored when this returns survives `kill -9` (and
    /// power loss, with [`Sync::Always`]).
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`] while the store is read-only after an I/O error: nothing of the batch is
    /// acknowledged, send it again.
    pub fn append(&self, batch: &Batch<'_>) -> Result<Vec<Verdict>, Error> {
        self.wal.check()?;
        let late_by_max = duration_millis(self.options.out_of_order_window);
        let bounds = Bounds::at(self.clock.now(), duration_millis(self.options.retention), late_by_max);
        let ingest = Ingest { head: &self.head, exemplars: &self.exemplars, families: &self.families, bounds };
        let taken = ingest.take(batch, |record| self.wal.enqueue(journal::SERIES, &record).map(drop))?;
        for record in taken.records.iter().filter(|record| !record.bytes.is_empty()) {
            let position = self.wal.enqueue(journal::BATCH, &record.bytes)?;
            self.wal.wait(position)?;
        }
        self.count(&taken.verdicts);
        Ok(taken.verdicts)
    }

    /// Finds series and their samples. The samples are read as [`Selection::next_series`] is called.
    ///
    /// # Errors
    /// Over budget, canceled, or a file that cannot be read.
    pub fn select<'a>(&self, select: Select<'a>) -> Result<Selection<'a>, Error> {
        let select = Select { range: self.retained(select.range), ..select };
        Selection::new(select, Sources { head: &self.head, blocks: &self.blocks })
    }

    /// Names of labels in use, ascending, of the series that the query names.
    ///
    /// # Errors
    /// Canceled, or a file that cannot be read.
    pub fn label_names(&self, query: &LabelQuery<'_>) -> Result<Listing, Error> {
        self.list(Listed::Names, query)
    }

    /// Values of a label, ascending, in the series that the query names.
    ///
    /// # Errors
    /// Canceled, or a file that cannot be read.
    pub fn label_values(&self, name: &str, query: &LabelQuery<'_>) -> Result<Listing, Error> {
        self.list(Listed::Values(name), query)
    }

    /// What metric families last said of themselves, ascending by name: of one, or of at most `limit` (0: all).
    pub fn metadata(&self, metric: Option<&str>, limit: usize) -> Vec<(String, Metadata)> {
        self.families.list(metric, limit)
    }

    /// Exemplars in memory of the series that the query names, ascending by time in each.
    ///
    /// # Errors
    /// Canceled.
    pub fn exemplars(&self, query: &ExemplarQuery<'_>) -> Result<Vec<SeriesExemplars>, Error> {
        self.exemplars.find(query)
    }

    /// How much is held, and which names and labels hold most of it.
    pub fn statistics(&self) -> Statistics {
        statistics::collect(&self.head, &self.blocks.list())
    }

    /// Does what is due: cuts a block, merges blocks, drops what is older than the retention, leaves read-only mode.
    /// Blocking and sometimes long: one task calls it about every minute, never two at once.
    ///
    /// # Errors
    /// What could not be done; it is tried again at the next call.
    pub fn maintain(&self, now: Millis) -> Result<(), Error> {
        maintenance::run(self, now)
    }

    /// Flushes the WAL to the disk itself. The daemon calls it every [`Sync::Interval`]; with [`Sync::Always`] there
    /// is nothing left to do.
    ///
    /// # Errors
    /// [`ErrorKind::Io`]; the store is read-only from then on until `maintain` could open a new segment.
    pub fn sync_wal(&self) -> Result<(), Error> {
        self.wal.sync()
    }

    /// Flushes the WAL; later appends are refused as unavailable. Dropping without it loses nothing but the last
    /// [`Options::sync`] on power loss.
    ///
    /// # Errors
    /// [`ErrorKind::Io`].
    pub fn close(&self) -> Result<(), Error> {
        self.wal.close()
    }

    fn count(&self, verdicts: &[Verdict]) {
        let stored = verdicts.iter().filter(|verdict| matches!(verdict, Verdict::Stored(_))).count() as u64;
        self.instruments.add(Instrument::StoreSamples, &["stored"], stored);
        for verdict in verdicts.iter().filter(|verdict| !matches!(verdict, Verdict::Stored(_))) {
            self.instruments.add(Instrument::StoreSamples, &[verdict.as_str()], 1);
        }
    }

    fn checkpoint(&self) -> Result<(), Error> {
        checkpoint::write(&self.wal, &self.head, &self.exemplars, &self.families)
    }

    fn list(&self, listed: Listed<'_>, query: &LabelQuery<'_>) -> Result<Listing, Error> {
        let query = &LabelQuery { range: self.retained(query.range), ..*query };
        let mut collected = Collected::default();
        listing::collect_blocks(&self.blocks, listed, query, &mut collected)?;
        listing::collect_head(&self.head, listed, query, &mut collected)?;
        Ok(listing::finish(collected, query.limit))
    }

    /// The part of a range that the retention keeps.
    fn retained(&self, range: MetricRange) -> MetricRange {
        if self.options.retention.is_zero() {
            return range;
        }
        MetricRange { start: range.start.max(self.clock.now().minus(self.options.retention)), ..range }
    }
}

#[cfg(test)]
mod tests;
