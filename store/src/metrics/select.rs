//! What a selection asks for and what it yields: one series at a time, as columns.
//!
//! Invariant: samples of a series ascend in time and lie inside the range; the store prunes, the caller never sees
//! files. Each series is yielded once. Of a time that several sources hold the value that was written first wins, as
//! the head alone would have it: blocks in the order in which they were written, then the head.

use super::block::Block;
use super::blocks::{BlockList, Blocks};
use super::chunk::Chunk;
use super::columns::Columns;
use super::head::Head;
use super::index::Index;
use super::registry::RawHash;
use super::series::Series;
use super::starts::Starts;
use crate::{Error, ErrorKind};
use model::budget::Budget;
use model::cancel::{Cancel, Cancelled};
use model::histogram::Histogram;
use model::labels::Labels;
use model::matcher::Matcher;
use model::time::{MetricRange, Millis};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// What the labels of a series that was found take, about.
const ENTRY_LABEL_BYTES: usize = 256;

/// Series of a block that are found between two looks at the cancel flag and the budget.
const FOUND_AT_ONCE: usize = 4096;

/// The warning of a selection or listing that a limit cut.
pub(crate) const TRUNCATED: &str = "results truncated due to limit";

/// What the samples are for, so that the store may leave out what the caller would not look at.
/// Hints never change an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hints {
    /// The step of the query in milliseconds; 0 for one instant.
    pub step: i64,
    /// How far each step looks back, in milliseconds.
    pub window: i64,
    /// What is done with the samples of a window.
    pub reads: Reads,
}

/// How much of each window is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reads {
    /// Every sample.
    #[default]
    All,
    /// Only the newest sample of each window.
    Last,
    /// Only whether and under which labels a series exists (`/series`): no samples need be read.
    Labels,
}

/// A selection.
#[derive(Clone, Copy, Debug)]
pub struct Select<'a> {
    /// All of these must pass. Empty selects every series.
    pub matchers: &'a [Matcher],
    /// Samples inside it are returned; series without any are left out.
    pub range: MetricRange,
    /// See [`Hints`].
    pub hints: Hints,
    /// The most series to yield; 0 is no limit. Beyond it the rest is left out with a warning.
    pub limit: usize,
    /// Charged for what the selection holds in memory.
    pub budget: &'a Budget,
    /// Asked every few thousand samples.
    pub cancel: &'a Cancel,
}

/// The samples of one series. The columns are equally long.
#[derive(Clone, Copy, Debug)]
pub struct SeriesColumns<'a> {
    /// Which series.
    pub labels: &'a Labels,
    /// Ascending times.
    pub timestamps: &'a [Millis],
    /// A value per time; where the sample is a histogram, its sum (so that stale marks are seen here as well).
    pub values: &'a [f64],
    /// Empty when the series has only floats; else per time the histogram, or `None` for a float.
    pub histograms: &'a [Option<Arc<Histogram>>],
    /// Empty when no start is known; else per time since when the counter counts, or `None`.
    pub starts: &'a [Option<Millis>],
}

/// One series of a selection and where its samples are.
#[derive(Debug)]
struct Entry {
    labels: Labels,
    head: Option<Arc<Series>>,
    /// The place of a block in the sources, and the number of the series there.
    blocks: Vec<(usize, u64)>,
}

/// A block that a selection reads.
#[derive(Debug)]
struct Source {
    block: Arc<Block>,
    index: Arc<Index>,
}

/// The head and the blocks that a selection is made of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sources<'a> {
    pub(super) head: &'a Head,
    pub(super) blocks: &'a Blocks,
}

/// Yields the series of a selection. Buffers are reused: copy what must outlive the next call.
#[derive(Debug)]
pub struct Selection<'a> {
    select: Select<'a>,
    /// Held so that what a cut moves from the head to a block stays in the head for us, and files stay.
    list: Arc<BlockList>,
    sources: Vec<Source>,
    entries: std::vec::IntoIter<Entry>,
    current: Labels,
    columns: Columns,
    starts: Vec<Option<Millis>>,
    /// With the number of their block; the head comes after all blocks.
    chunks: Vec<(u64, Chunk)>,
    head_chunks: Vec<Chunk>,
    late: Columns,
    charged: u64,
    /// Of that, for the columns.
    columns_charged: u64,
    yielded: usize,
    warnings: Vec<String>,
}

impl<'a> Selection<'a> {
    /// Finds the series; their samples are read later.
    pub(super) fn new(select: Select<'a>, from: Sources<'_>) -> Result<Self, Error> {
        // The list comes before the head: what a cut moves in between is then found twice, and not never.
        let list = from.blocks.list();
        let mut selection = Self {
            select,
            list,
            sources: Vec::new(),
            entries: Vec::new().into_iter(),
            current: Labels::empty(),
            columns: Columns::default(),
            starts: Vec::new(),
            chunks: Vec::new(),
            head_chunks: Vec::new(),
            late: Columns::default(),
            charged: 0,
            columns_charged: 0,
            yielded: 0,
            warnings: Vec::new(),
        };
        selection.entries = selection.find(from)?.into_iter();
        Ok(selection)
    }

    fn find(&mut self, from: Sources<'_>) -> Result<Vec<Entry>, Error> {
        let within = self.within();
        let head = if from.head.newest() < within.start { Vec::new() } else { from.head.find(self.select.matchers) };
        let entry =
            |series: Arc<Series>| Entry { labels: series.labels.clone(), head: Some(series), blocks: Vec::new() };
        let mut entries: Vec<_> = head.into_iter().map(entry).collect();
        self.charge((entries.len() * (size_of::<Entry>() + ENTRY_LABEL_BYTES)) as u64)?;
        let blocks: Vec<_> = self.list.iter().filter(|block| block.overlaps(&within)).cloned().collect();
        if blocks.is_empty() {
            return Ok(entries);
        }
        let mut positions: HashMap<Labels, usize, RawHash> = HashMap::default();
        positions.extend(entries.iter().enumerate().map(|(position, entry)| (entry.labels.clone(), position)));
        for block in blocks {
            self.select.cancel.check().map_err(canceled)?;
            let Some(index) = from.blocks.index(&block, &mut self.warnings)? else { continue };
            let source = self.sources.len();
            let (mut found, mut held) = (0_usize, 0);
            for number in Block::find(&index, self.select.matchers, &within) {
                if found.is_multiple_of(FOUND_AT_ONCE) {
                    self.select.cancel.check().map_err(canceled)?;
                    self.charge(std::mem::take(&mut held))?;
                }
                found += 1;
                let labels = index.labels(number);
                let position = *positions.entry(labels).or_insert_with_key(|labels| {
                    held += (size_of::<Entry>() + ENTRY_LABEL_BYTES + labels.as_raw().len()) as u64;
                    entries.push(Entry { labels: labels.clone(), head: None, blocks: Vec::new() });
                    entries.len() - 1
                });
                if let Some(entry) = entries.get_mut(position) {
                    entry.blocks.push((source, number));
                }
            }
            self.charge(held)?;
            self.sources.push(Source { block, index });
        }
        from.blocks.trim();
        Ok(entries)
    }

    /// The next series, or `None` at the end. The order is the store's own.
    ///
    /// # Errors
    /// Over budget, canceled, or a file that cannot be read.
    pub fn next_series(&mut self) -> Result<Option<SeriesColumns<'_>>, Error> {
        loop {
            self.select.cancel.check().map_err(canceled)?;
            let Some(entry) = self.entries.next() else { return Ok(None) };
            self.read(&entry)?;
            if self.columns.is_empty() && !self.yields_without_samples(&entry) {
                continue;
            }
            if self.select.limit > 0 && self.yielded >= self.select.limit {
                self.entries = Vec::new().into_iter();
                self.warnings.push(TRUNCATED.to_owned());
                return Ok(None);
            }
            self.yielded += 1;
            self.current = entry.labels;
            return Ok(Some(SeriesColumns {
                labels: &self.current,
                timestamps: &self.columns.timestamps,
                values: &self.columns.values,
                histograms: &self.columns.histograms,
                starts: &self.starts,
            }));
        }
    }

    /// What the caller should tell the user: a limit that cut, a block that was set aside. Complete at the end only.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    fn within(&self) -> Range<i64> {
        self.select.range.start.0..self.select.range.end.0
    }

    /// With [`Reads::Labels`] the bounds of chunks decide whether a series has samples.
    fn yields_without_samples(&self, entry: &Entry) -> bool {
        self.select.hints.reads == Reads::Labels
            && (!entry.blocks.is_empty()
                || entry.head.as_ref().is_some_and(|series| Head::overlaps(series, &self.within())))
    }

    fn read(&mut self, entry: &Entry) -> Result<(), Error> {
        self.columns.clear();
        self.starts.clear();
        self.chunks.clear();
        if self.select.hints.reads == Reads::Labels {
            return Ok(());
        }
        let within = self.within();
        let mut runs = Starts::default();
        for (source, number) in &entry.blocks {
            self.read_block(*source, *number, &mut runs)?;
        }
        self.late.clear();
        if let Some(series) = &entry.head {
            let window = series.window();
            window.snapshot(within.clone(), &mut self.head_chunks, &mut self.late);
            runs.merge(window.starts().into_iter().flat_map(|starts| starts.within(within.clone())));
        }
        self.chunks.extend(self.head_chunks.drain(..).map(|chunk| (u64::MAX, chunk)));
        self.chunks.sort_by_key(|(_, chunk)| chunk.min);
        if !self.chunks.is_sorted_by(|(_, earlier), (_, later)| earlier.max < later.min) {
            self.chunks.sort_by_key(|(written, _)| *written);
        }
        let samples: u64 = self.chunks.iter().map(|(_, chunk)| u64::from(chunk.count)).sum();
        self.charge_columns(samples * 16)?;
        for (_, chunk) in self.chunks.drain(..) {
            chunk.decode(within.clone(), &mut self.columns).map_err(|malformed| {
                let context = format!("reading a chunk of {}", entry.labels);
                Error::new(ErrorKind::Corrupt, context).caused_by(malformed)
            })?;
        }
        self.columns.append(&self.late);
        self.columns.restore_order();
        if !runs.is_empty() {
            self.starts.extend(self.columns.timestamps.iter().map(|timestamp| runs.at(timestamp.0)));
        }
        self.charge_columns((self.columns.memory() + self.starts.capacity() * 16) as u64)
    }

    /// Adds what a block holds of a series. Damage there costs those samples, with a warning, and not the answer.
    fn read_block(&mut self, source: usize, number: u64, runs: &mut Starts) -> Result<(), Error> {
        let within = self.within();
        let Some(source) = self.sources.get(source) else { return Ok(()) };
        match source.block.region(&source.index, number) {
            Ok(region) => {
                let written = source.block.number;
                let chunks = region.chunks.into_iter().filter(|chunk| chunk.overlaps(&within));
                self.chunks.extend(chunks.map(|chunk| (written, chunk)));
                runs.merge(region.starts.into_iter());
            }
            Err(error) if error.kind() == ErrorKind::Corrupt => {
                tracing::error!(%error, "left damaged samples out of a selection");
                self.warnings.push(format!("samples are missing: {error}"));
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// The columns are reused, so only what they grow by is charged.
    fn charge_columns(&mut self, held: u64) -> Result<(), Error> {
        self.charge(held.saturating_sub(self.columns_charged))?;
        self.columns_charged = self.columns_charged.max(held);
        Ok(())
    }

    fn charge(&mut self, bytes: u64) -> Result<(), Error> {
        self.select.budget.charge(bytes).map_err(|over| Error::new(ErrorKind::Limit, over.to_string()))?;
        self.charged += bytes;
        Ok(())
    }
}

impl Drop for Selection<'_> {
    fn drop(&mut self) {
        self.select.budget.release(self.charged);
    }
}

/// The error of work that was told to stop.
pub(crate) fn canceled(reason: Cancelled) -> Error {
    match reason {
        Cancelled::ByCaller => Error::new(ErrorKind::Canceled, "selection was canceled by its caller"),
        Cancelled::TimedOut => Error::new(ErrorKind::Timeout, "selection ran out of time"),
    }
}
