//! What a selection asks for and what it yields: one series at a time, as columns.
//!
//! Invariant: samples of a series ascend in time and lie inside the range; the store prunes, the caller never sees
//! files. Each series is yielded once.

use crate::Error;
use model::budget::Budget;
use model::cancel::Cancel;
use model::histogram::Histogram;
use model::labels::Labels;
use model::matcher::Matcher;
use model::time::{MetricRange, Millis};
use std::sync::Arc;

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

/// Yields the series of a selection. Buffers are reused: copy what must outlive the next call.
#[derive(Debug)]
pub struct Selection<'a> {
    select: Select<'a>,
    warnings: Vec<String>,
}

impl<'a> Selection<'a> {
    pub(super) fn empty(select: Select<'a>) -> Self {
        Self { select, warnings: Vec::new() }
    }

    /// The next series, or `None` at the end. The order is the store's own.
    ///
    /// # Errors
    /// Over budget, canceled, or a file that cannot be read.
    pub fn next_series(&mut self) -> Result<Option<SeriesColumns<'_>>, Error> {
        let _ = self.select;
        Ok(None)
    }

    /// What the caller should tell the user: a limit that cut, a block that was set aside.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }
}
