//! What a selection asks for and what it yields: one series at a time, as columns.
//!
//! Invariant: samples of a series ascend in time and lie inside the range; the store prunes, the caller never sees
//! files. Each series is yielded once.

use super::chunk::Chunk;
use super::columns::Columns;
use super::head::Head;
use super::series::Series;
use crate::{Error, ErrorKind};
use model::budget::Budget;
use model::cancel::{Cancel, Cancelled};
use model::histogram::Histogram;
use model::labels::Labels;
use model::matcher::Matcher;
use model::time::{MetricRange, Millis};
use std::ops::Range;
use std::sync::Arc;

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
pub(crate) struct Entry {
    pub(crate) labels: Labels,
    pub(crate) head: Option<Arc<Series>>,
}

/// Yields the series of a selection. Buffers are reused: copy what must outlive the next call.
#[derive(Debug)]
pub struct Selection<'a> {
    select: Select<'a>,
    entries: std::vec::IntoIter<Entry>,
    current: Labels,
    columns: Columns,
    starts: Vec<Option<Millis>>,
    chunks: Vec<Chunk>,
    charged: u64,
    yielded: usize,
    warnings: Vec<String>,
}

impl<'a> Selection<'a> {
    pub(super) fn new(select: Select<'a>, entries: Vec<Entry>, warnings: Vec<String>) -> Result<Self, Error> {
        let mut selection = Self {
            select,
            entries: Vec::new().into_iter(),
            current: Labels::empty(),
            columns: Columns::default(),
            starts: Vec::new(),
            chunks: Vec::new(),
            charged: 0,
            yielded: 0,
            warnings,
        };
        selection.charge((entries.len() * size_of::<Entry>()) as u64)?;
        selection.entries = entries.into_iter();
        Ok(selection)
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
            && entry.head.as_ref().is_some_and(|series| Head::overlaps(series, &self.within()))
    }

    fn read(&mut self, entry: &Entry) -> Result<(), Error> {
        self.columns.clear();
        self.starts.clear();
        if self.select.hints.reads == Reads::Labels {
            return Ok(());
        }
        let within = self.within();
        if let Some(series) = &entry.head {
            series.window().snapshot(within.clone(), &mut self.chunks, &mut self.columns);
        }
        self.chunks.sort_by_key(|chunk| chunk.min);
        for chunk in self.chunks.drain(..) {
            chunk.decode(within.clone(), &mut self.columns).map_err(|malformed| {
                let context = format!("reading a chunk of {} in the head", entry.labels);
                Error::new(ErrorKind::Corrupt, context).caused_by(malformed)
            })?;
        }
        self.columns.restore_order();
        if let Some(series) = &entry.head {
            fill_starts(series, &self.columns, &mut self.starts);
        }
        self.charge_columns()
    }

    fn charge_columns(&mut self) -> Result<(), Error> {
        let held = (self.columns.memory() + self.starts.capacity() * 16) as u64;
        if held > self.charged { self.charge(held - self.charged) } else { Ok(()) }
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

fn fill_starts(series: &Series, columns: &Columns, into: &mut Vec<Option<Millis>>) {
    if let Some(starts) = series.window().starts() {
        into.extend(columns.timestamps.iter().map(|timestamp| starts.at(timestamp.0)));
        if into.iter().all(Option::is_none) {
            into.clear();
        }
    }
}

/// The error of work that was told to stop.
pub(crate) fn canceled(reason: Cancelled) -> Error {
    match reason {
        Cancelled::ByCaller => Error::new(ErrorKind::Canceled, "selection was canceled by its caller"),
        Cancelled::TimedOut => Error::new(ErrorKind::Timeout, "selection ran out of time"),
    }
}
