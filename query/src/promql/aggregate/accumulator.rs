//! `sum`, `avg`, `count`, `group`, `min`, `max`, `stddev`, `stdvar`: what one group holds per step.
//!
//! Invariant: a step holds a few floats whatever the number of series. Floats and histograms in one sum or mean give
//! nothing and an annotation; the others count or ignore histograms.

use crate::Error;
use crate::promql::evaluator::Evaluator;
use crate::promql::kahan::{Mean, Sum};
use crate::promql::native::sparse::{Incompatible, Settled, Sparse};
use crate::vector::column::{ABSENT, Column, StepSeries, is_present};
use crate::vector::ledger::{Charge, Ledger};
use language::promql::ast::{AggregateOp, Span};
use model::histogram::{Histogram, ResetHint};
use std::sync::Arc;

/// The state of one group over all steps.
pub(super) struct Accumulator {
    state: State,
    /// The sum of the histograms per step; empty until the first one comes.
    histograms: Vec<Option<HistogramSum>>,
    _charge: Charge,
}

enum State {
    Sum(Vec<Option<Sum>>),
    Average(Vec<Option<Mean>>),
    /// Count, or 1 for `group`.
    Count {
        counts: Vec<f64>,
        ones: bool,
    },
    Extreme {
        best: Vec<f64>,
        max: bool,
    },
    Deviation {
        spreads: Vec<Spread>,
        root: bool,
    },
}

/// The histograms of a group at one step.
#[derive(Clone)]
struct HistogramSum {
    /// `None` once histograms came that cannot be added.
    sum: Option<Box<Sparse>>,
    count: f64,
    after_reset: bool,
    not_after_reset: bool,
}

impl HistogramSum {
    fn of(histogram: &Histogram) -> Self {
        let mut first = Self { sum: None, count: 0.0, after_reset: false, not_after_reset: false };
        first.count(histogram);
        first.sum = Some(Box::new(Sparse::from(histogram)));
        first
    }

    fn count(&mut self, histogram: &Histogram) {
        self.count += 1.0;
        self.after_reset |= histogram.reset_hint == ResetHint::Reset;
        self.not_after_reset |= histogram.reset_hint == ResetHint::NotReset;
    }

    /// Adds one more; `None` where it does not fit to the others.
    fn add(&mut self, histogram: &Histogram) -> Option<Settled> {
        self.count(histogram);
        let Some(sum) = &mut self.sum else { return Some(Settled::default()) };
        match sum.add(&Sparse::from(histogram), 1.0) {
            Ok(settled) => Some(settled),
            Err(Incompatible) => {
                self.sum = None;
                None
            }
        }
    }

    fn settled(&self) -> Settled {
        Settled { conflicting_resets: self.after_reset && self.not_after_reset, reconciled_bounds: false }
    }
}

/// Welford's running variance.
#[derive(Clone, Copy, Default)]
struct Spread {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Spread {
    fn add(&mut self, value: f64) {
        self.count += 1.0;
        if self.count == 1.0 {
            self.mean = value;
            self.squares = if value.is_finite() { 0.0 } else { f64::NAN };
            return;
        }
        let delta = value - self.mean;
        self.mean += delta / self.count;
        self.squares += delta * (value - self.mean);
    }
}

impl Accumulator {
    /// An empty group.
    pub(super) fn new(ev: &Evaluator<'_>, op: AggregateOp) -> Result<Self, Error> {
        let count = ev.steps.count;
        let bytes = (count as u64).saturating_mul(40).saturating_add(256);
        let charge = Ledger::charge(&ev.query.ledger, count as u64, bytes)?;
        let state = match op {
            AggregateOp::Avg => State::Average(vec![None; count]),
            AggregateOp::Count | AggregateOp::Group => {
                State::Count { counts: vec![ABSENT; count], ones: op == AggregateOp::Group }
            }
            AggregateOp::Min | AggregateOp::Max => {
                State::Extreme { best: vec![ABSENT; count], max: op == AggregateOp::Max }
            }
            AggregateOp::Stddev | AggregateOp::Stdvar => {
                State::Deviation { spreads: vec![Spread::default(); count], root: op == AggregateOp::Stddev }
            }
            _ => State::Sum(vec![None; count]),
        };
        Ok(Self { state, histograms: Vec::new(), _charge: charge })
    }

    /// Takes one series.
    pub(super) fn fold(&mut self, ev: &Evaluator<'_>, series: &StepSeries, span: Span) -> Result<(), Error> {
        if series.column.has_histograms() {
            self.see_histograms(ev, series, span);
        }
        let floats = series.column.floats().iter().copied();
        match &mut self.state {
            State::Sum(sums) => present(sums, floats)
                .for_each(|(slot, float)| *slot = Some(slot.map_or(Sum::of(float), |sum| sum.plus(float)))),
            State::Average(means) => present(means, floats).for_each(|(slot, float)| match slot {
                Some(mean) => mean.add(float),
                None => *slot = Some(Mean::of(float)),
            }),
            State::Count { counts, ones } => present(counts, floats).for_each(|(slot, _)| count_one(slot, *ones)),
            State::Extreme { best, max } => present(best, floats).for_each(|(slot, float)| {
                let better = if *max { float > *slot } else { float < *slot };
                if better || slot.is_nan() {
                    *slot = float;
                }
            }),
            State::Deviation { spreads, .. } => {
                present(spreads, floats).for_each(|(spread, float)| spread.add(float));
            }
        }
        Ok(())
    }

    fn see_histograms(&mut self, ev: &Evaluator<'_>, series: &StepSeries, span: Span) {
        let column = &series.column;
        let steps = (0..column.len()).filter(|step| column.histogram(*step).is_some());
        match &mut self.state {
            State::Count { counts, ones } => steps.for_each(|step| {
                if let Some(slot) = counts.get_mut(step) {
                    count_one(slot, *ones);
                }
            }),
            State::Sum(_) | State::Average(_) => {
                self.histograms.resize(column.len(), None);
                for (slot, step) in self.histograms.iter_mut().zip(0..) {
                    let Some(histogram) = column.histogram(step) else { continue };
                    let Some(sum) = slot else {
                        *slot = Some(HistogramSum::of(histogram));
                        continue;
                    };
                    match sum.add(histogram) {
                        Some(settled) => ev.query.notes.reconciled(span, settled, "aggregation"),
                        None => ev.query.notes.exponential_and_custom(span, series.labels.metric_name()),
                    }
                }
            }
            State::Extreme { max, .. } => {
                let name = if *max { "max" } else { "min" };
                ev.query.notes.histogram_ignored_in_aggregation(span, name);
            }
            State::Deviation { root, .. } => {
                let name = if *root { "stddev" } else { "stdvar" };
                ev.query.notes.histogram_ignored_in_aggregation(span, name);
            }
        }
    }

    /// The result of the group.
    pub(super) fn finish(self, ev: &Evaluator<'_>, span: Span) -> Result<Column, Error> {
        let mut column = ev.absent_column()?;
        let slots = column.floats_mut();
        match &self.state {
            State::Sum(sums) => give(slots, sums.iter().map(|sum| sum.map(Sum::total))),
            State::Average(means) => give(slots, means.iter().map(|mean| mean.map(Mean::value))),
            State::Count { counts: values, .. } | State::Extreme { best: values, .. } => slots.copy_from_slice(values),
            State::Deviation { spreads, root } => give(
                slots,
                spreads.iter().map(|spread| {
                    let variance = spread.squares / spread.count;
                    (spread.count > 0.0).then(|| if *root { variance.sqrt() } else { variance })
                }),
            ),
        }
        let mean = matches!(self.state, State::Average(_));
        for (step, sum) in self.histograms.into_iter().enumerate() {
            let Some(sum) = sum else { continue };
            if column.is_present_at(step) {
                ev.query.notes.floats_and_histograms_aggregated(span);
                column.clear(step);
                continue;
            }
            ev.query.notes.settled(span, sum.settled(), "aggregation");
            let Some(mut total) = sum.sum else { continue };
            if mean {
                total.divide(sum.count);
            }
            column.set_histogram(step, Arc::new(total.into_histogram()))?;
        }
        Ok(column)
    }
}

/// The slots of steps that have a float.
fn present<'s, S>(
    slots: &'s mut [S],
    floats: impl Iterator<Item = f64> + 's,
) -> impl Iterator<Item = (&'s mut S, f64)> + 's {
    slots.iter_mut().zip(floats).filter(|(_, float)| is_present(*float))
}

fn count_one(slot: &mut f64, ones: bool) {
    *slot = if ones || !is_present(*slot) { 1.0 } else { *slot + 1.0 };
}

fn give(slots: &mut [f64], values: impl Iterator<Item = Option<f64>>) {
    for (slot, value) in slots.iter_mut().zip(values) {
        *slot = value.unwrap_or(ABSENT);
    }
}
