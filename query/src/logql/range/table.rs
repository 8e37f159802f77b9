//! The series of a range aggregation while entries come in.
//!
//! Invariant: what is held is charged as it grows; a key that was seen before costs no memory.

use super::function::{Partials, Sample, Shape};
use crate::Error;
use crate::logql::evaluator::Evaluator;
use crate::logql::query::Query;
use crate::logql::result::too_many_series;
use crate::vector::column::{Column, StepSeries};
use crate::vector::ledger::{Charge, Ledger};
use model::labels::Labels;
use std::collections::HashMap;

/// Bytes of a series beyond its key and its panes: map entry, vectors, allocator.
const SERIES_BYTES: u64 = 256;
/// Growth that is charged at once, so that the shared budget is asked seldom.
const CHARGED_BYTES: u64 = 64 << 10;

/// Series by their keys.
#[derive(Debug)]
pub(super) struct Table {
    ids: HashMap<String, usize>,
    series: Vec<Held>,
    charge: Charge,
    /// Bytes that are charged and not taken yet.
    spare: u64,
    series_max: usize,
}

#[derive(Debug)]
struct Held {
    labels: Labels,
    partials: Partials,
}

impl Table {
    /// A table without series.
    pub(super) fn new(ev: &Evaluator<'_>) -> Result<Self, Error> {
        let charge = Ledger::charge(&ev.query.ledger, 0, 0)?;
        Ok(Self { ids: HashMap::new(), series: Vec::new(), charge, spare: 0, series_max: ev.series_max })
    }

    /// The series of a key.
    pub(super) fn series(&mut self, key: &str, shape: &Shape) -> Result<usize, Error> {
        if let Some(id) = self.ids.get(key) {
            return Ok(*id);
        }
        if self.series.len() >= self.series_max {
            return Err(too_many_series());
        }
        self.take(SERIES_BYTES.saturating_add(2 * key.len() as u64))?;
        let labels = Labels::from_raw(key.as_bytes()).unwrap_or_default();
        let id = self.series.len();
        self.ids.insert(key.to_owned(), id);
        self.series.push(Held { labels, partials: Partials::new(shape.function) });
        Ok(id)
    }

    /// Adds a sample to a series.
    pub(super) fn add(&mut self, id: usize, shape: &Shape, pane: u32, sample: Sample) -> Result<(), Error> {
        let Some(held) = self.series.get_mut(id) else { return Ok(()) };
        let grown = held.partials.add(shape.function, pane, sample);
        if grown == 0 { Ok(()) } else { self.take(grown as u64) }
    }

    fn take(&mut self, bytes: u64) -> Result<(), Error> {
        if let Some(spare) = self.spare.checked_sub(bytes) {
            self.spare = spare;
            return Ok(());
        }
        let more = bytes.max(CHARGED_BYTES);
        self.charge.add(0, more)?;
        self.spare = self.spare.saturating_add(more).saturating_sub(bytes);
        Ok(())
    }

    /// What every series comes to, in the order in which they came.
    pub(super) fn finish(self, query: &Query<'_>, shape: &Shape) -> Result<Vec<StepSeries>, Error> {
        let mut all = Vec::with_capacity(self.series.len());
        drop(self.ids);
        for held in self.series {
            query.work(shape.bounds.len() as u64)?;
            let mut column = Column::absent(&query.ledger, shape.bounds.len())?;
            held.partials.finish(shape, &mut column, query.cancel)?;
            if !column.is_empty() {
                all.push(StepSeries { labels: held.labels, column });
            }
        }
        Ok(all)
    }
}
