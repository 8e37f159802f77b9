//! Series whose labels became equal are one series, as long as they never have a value at the same step.
//!
//! Invariant: what is given out has distinct label sets, in the order in which the sets came first.

use super::column::{Sink, StepSeries};
use crate::Error;
use model::labels::Labels;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// What happens to a second series of equal labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Duplicates {
    /// It fills steps that the first left absent; a step that both have is an error.
    Fill,
    /// It is an error.
    Refuse,
}

/// Collects series by their labels.
#[derive(Debug)]
pub(crate) struct Merge {
    duplicates: Duplicates,
    series: Vec<StepSeries>,
    positions: HashMap<Labels, usize>,
}

impl Merge {
    /// An empty collection.
    pub(crate) fn new(duplicates: Duplicates) -> Self {
        Self { duplicates, series: Vec::new(), positions: HashMap::new() }
    }

    /// Adds a series.
    ///
    /// # Errors
    /// Its labels are those of another series and both have a value at one step (or at all).
    pub(crate) fn add(&mut self, series: StepSeries) -> Result<(), Error> {
        match self.positions.entry(series.labels.clone()) {
            Entry::Vacant(vacant) => {
                vacant.insert(self.series.len());
                self.series.push(series);
                Ok(())
            }
            Entry::Occupied(_) if self.duplicates == Duplicates::Refuse => Err(same_labelset()),
            Entry::Occupied(occupied) => match self.series.get_mut(*occupied.get()) {
                Some(first) => first.column.absorb(&series.column)?.map_err(|_| same_labelset()),
                None => Ok(()),
            },
        }
    }

    /// Gives everything out.
    pub(crate) fn drain(self, sink: &mut Sink<'_>) -> Result<(), Error> {
        self.series.into_iter().try_for_each(sink)
    }
}

/// Prometheus's text for two series with equal labels.
pub(crate) fn same_labelset() -> Error {
    Error::execution("vector cannot contain metrics with the same labelset")
}
