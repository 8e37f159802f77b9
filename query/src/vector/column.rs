//! The intermediate value of an expression: series, each with a column of one value per step.
//!
//! Invariant: a column is charged to the query's ledger as long as it lives, so that whatever an operator holds is
//! counted without its doing. A step without a value holds [`ABSENT`]; no operator computes that bit pattern, since
//! arithmetic never yields a signaling NaN and selectors turn stale markers into absence.

use super::ledger::{Charge, Ledger};
use crate::Error;
use model::histogram::Histogram;
use model::labels::Labels;
use model::sample::{self, SampleValue};
use std::rc::Rc;
use std::sync::Arc;

/// The float of a step that has no value, or has a histogram instead.
pub(crate) const ABSENT: f64 = f64::from_bits(sample::STALE_NAN_BITS);

/// Whether a float of a column is a value.
pub(crate) fn is_present(float: f64) -> bool {
    float.to_bits() != sample::STALE_NAN_BITS
}

/// The value of one series at one step.
#[derive(Clone, Debug)]
pub(crate) enum StepValue<'a> {
    Float(f64),
    Histogram(&'a Arc<Histogram>),
}

/// One value per step.
#[derive(Debug)]
pub(crate) struct Column {
    floats: Vec<f64>,
    /// Empty while there is no histogram, else as long as `floats`, which is absent where a histogram stands.
    histograms: Vec<Option<Arc<Histogram>>>,
    charge: Charge,
}

impl Column {
    /// A column of absent values.
    pub(crate) fn absent(ledger: &Rc<Ledger>, count: usize) -> Result<Self, Error> {
        Self::filled(ledger, count, ABSENT)
    }

    /// A column of one float.
    pub(crate) fn filled(ledger: &Rc<Ledger>, count: usize, value: f64) -> Result<Self, Error> {
        let charge = Ledger::charge_column(ledger, count)?;
        Ok(Self { floats: vec![value; count], histograms: Vec::new(), charge })
    }

    /// Charges labels that were made for the column's series; common ones are in the flat charge of a series.
    pub(crate) fn charge_labels(&mut self, bytes: usize) -> Result<(), Error> {
        self.charge.add(0, bytes as u64)
    }

    /// How many steps.
    pub(crate) fn len(&self) -> usize {
        self.floats.len()
    }

    /// The floats; [`ABSENT`] where there is none.
    pub(crate) fn floats(&self) -> &[f64] {
        &self.floats
    }

    /// The floats, to be overwritten.
    pub(crate) fn floats_mut(&mut self) -> &mut [f64] {
        &mut self.floats
    }

    /// Whether any step may hold a histogram.
    pub(crate) fn has_histograms(&self) -> bool {
        !self.histograms.is_empty()
    }

    /// The value at a step.
    pub(crate) fn value(&self, step: usize) -> Option<StepValue<'_>> {
        let float = *self.floats.get(step)?;
        if is_present(float) {
            return Some(StepValue::Float(float));
        }
        self.histograms.get(step)?.as_ref().map(StepValue::Histogram)
    }

    /// The histogram at a step.
    pub(crate) fn histogram(&self, step: usize) -> Option<&Arc<Histogram>> {
        self.histograms.get(step)?.as_ref()
    }

    /// Whether a step has a value of either kind.
    pub(crate) fn is_present_at(&self, step: usize) -> bool {
        self.value(step).is_some()
    }

    /// Sets a float.
    pub(crate) fn set(&mut self, step: usize, value: f64) {
        if let Some(slot) = self.floats.get_mut(step) {
            *slot = value;
        }
        if let Some(slot) = self.histograms.get_mut(step) {
            *slot = None;
        }
    }

    /// Sets a histogram.
    pub(crate) fn set_histogram(&mut self, step: usize, value: Arc<Histogram>) -> Result<(), Error> {
        if self.histograms.is_empty() {
            self.charge.add_histograms(self.floats.len())?;
            self.histograms = vec![None; self.floats.len()];
        }
        if let Some(slot) = self.floats.get_mut(step) {
            *slot = ABSENT;
        }
        if let Some(slot) = self.histograms.get_mut(step) {
            *slot = Some(value);
        }
        Ok(())
    }

    /// Takes the value of a step away.
    pub(crate) fn clear(&mut self, step: usize) {
        self.set(step, ABSENT);
    }

    /// Whether no step has a value.
    pub(crate) fn is_empty(&self) -> bool {
        !self.floats.iter().any(|float| is_present(*float)) && !self.histograms.iter().any(Option::is_some)
    }

    /// Replaces every float; histograms go.
    pub(crate) fn map_floats(&mut self, mut change: impl FnMut(f64) -> f64) {
        self.drop_histograms();
        for float in self.floats.iter_mut().filter(|float| is_present(**float)) {
            *float = change(*float);
        }
    }

    /// Takes all histograms away.
    pub(crate) fn drop_histograms(&mut self) {
        self.histograms = Vec::new();
    }

    /// Takes from `other` the steps that are absent here; the number of a step that both have is the refusal.
    pub(crate) fn absorb(&mut self, other: &Column) -> Result<Result<(), usize>, Error> {
        for step in 0..other.len() {
            let Some(value) = other.value(step) else { continue };
            if self.is_present_at(step) {
                return Ok(Err(step));
            }
            match value {
                StepValue::Float(float) => self.set(step, float),
                StepValue::Histogram(histogram) => self.set_histogram(step, Arc::clone(histogram))?,
            }
        }
        Ok(Ok(()))
    }
}

/// One series of an intermediate value.
#[derive(Debug)]
pub(crate) struct StepSeries {
    pub(crate) labels: Labels,
    pub(crate) column: Column,
}

/// Takes the series of an intermediate value one by one; a series that comes has at least one step with a value.
pub(crate) type Sink<'s> = dyn FnMut(StepSeries) -> Result<(), Error> + 's;

/// The owned form of a step's value.
pub(crate) fn sample_value(value: &StepValue<'_>) -> SampleValue {
    match value {
        StepValue::Float(float) => SampleValue::Float(*float),
        StepValue::Histogram(histogram) => SampleValue::Histogram(Arc::clone(histogram)),
    }
}
