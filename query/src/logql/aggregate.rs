//! Vector aggregations: `sum by (a) (...)`, `topk(3, ...)`, `sort(...)`.
//!
//! Invariant: without a grouping all series are one group. Groups come in the order in which their first series came.

mod ranked;

use super::evaluator::Evaluator;
use super::range;
use crate::Error;
use crate::vector::column::{ABSENT, Column, StepSeries, is_present};
use crate::vector::ledger::{Charge, Ledger};
use language::logql::ast::{Grouping, MetricNode, VectorAggregation, VectorOp};
use model::labels::{Labels, METRIC_NAME};
use std::collections::HashMap;

/// Evaluates an aggregation.
pub(super) fn evaluate(ev: &Evaluator<'_>, aggregation: &VectorAggregation) -> Result<Vec<StepSeries>, Error> {
    let all = Grouping { without: false, labels: Vec::new() };
    let grouping = aggregation.grouping.as_ref().unwrap_or(&all);
    if let MetricNode::RangeAggregation(inner) = &aggregation.expr.node
        && aggregation.op == VectorOp::Sum
        && range::can_sum(inner)
    {
        return range::evaluate(ev, inner, Some(grouping));
    }
    let series = ev.operand(&aggregation.expr)?;
    match aggregation.op {
        VectorOp::Topk | VectorOp::Bottomk | VectorOp::ApproxTopk | VectorOp::Sort | VectorOp::SortDesc => {
            ranked::evaluate(ev, aggregation, grouping, series)
        }
        op => fold(ev, op, grouping, series),
    }
}

/// Series by the labels of their groups.
struct Groups<G> {
    groups: Vec<(Labels, G)>,
    positions: HashMap<Labels, usize>,
}

impl<G> Groups<G> {
    fn new() -> Self {
        Self { groups: Vec::new(), positions: HashMap::new() }
    }

    /// The group of a series, made where it is the first.
    fn of(
        &mut self,
        grouping: &Grouping,
        labels: &Labels,
        make: impl FnOnce() -> Result<G, Error>,
    ) -> Result<&mut G, Error> {
        let key = group_labels(grouping, labels);
        let at = match self.positions.get(&key) {
            Some(at) => *at,
            None => {
                self.groups.push((key.clone(), make()?));
                self.positions.insert(key, self.groups.len() - 1);
                self.groups.len() - 1
            }
        };
        self.groups.get_mut(at).map(|group| &mut group.1).ok_or_else(|| Error::execution("BUG: group without a place"))
    }
}

/// The labels that a group's result has.
fn group_labels(grouping: &Grouping, labels: &Labels) -> Labels {
    let named = |name: &str| grouping.labels.iter().any(|wanted| wanted == name);
    if grouping.without { labels.filtered(|name| name != METRIC_NAME && !named(name)) } else { labels.filtered(named) }
}

/// What a group holds of one step.
#[derive(Clone, Copy, Default)]
struct Cell {
    count: f64,
    mean: f64,
    /// A sum, an extreme, or the squares of the distances to the mean.
    value: f64,
}

impl Cell {
    fn add(&mut self, op: VectorOp, value: f64) {
        self.count += 1.0;
        if self.count == 1.0 {
            self.mean = value;
            self.value = if matches!(op, VectorOp::Stddev | VectorOp::Stdvar) { 0.0 } else { value };
            return;
        }
        match op {
            VectorOp::Sum => self.value += value,
            VectorOp::Max if value > self.value || self.value.is_nan() => self.value = value,
            VectorOp::Min if value < self.value || self.value.is_nan() => self.value = value,
            VectorOp::Avg => self.average(value),
            VectorOp::Stddev | VectorOp::Stdvar => {
                let delta = value - self.mean;
                self.mean += delta / self.count;
                self.value += delta * (value - self.mean);
            }
            _ => {}
        }
    }

    /// An infinite mean stays, unless its opposite or what is no number comes.
    fn average(&mut self, value: f64) {
        let stays = self.mean.is_infinite() && !value.is_nan() && (value.is_finite() || (value == self.mean));
        if !stays {
            self.mean += (value - self.mean) / self.count;
        }
    }

    fn total(self, op: VectorOp) -> f64 {
        match op {
            _ if self.count == 0.0 => ABSENT,
            VectorOp::Avg => self.mean,
            VectorOp::Count => self.count,
            VectorOp::Stdvar => self.value / self.count,
            VectorOp::Stddev => (self.value / self.count).sqrt(),
            _ => self.value,
        }
    }
}

fn fold(
    ev: &Evaluator<'_>,
    op: VectorOp,
    grouping: &Grouping,
    series: Vec<StepSeries>,
) -> Result<Vec<StepSeries>, Error> {
    let count = ev.steps.count;
    let mut groups = Groups::<(Vec<Cell>, Charge)>::new();
    for series in series {
        ev.query.work(count as u64)?;
        let make = || {
            let bytes = (count as u64).saturating_mul(size_of::<Cell>() as u64).saturating_add(256);
            Ok((vec![Cell::default(); count], Ledger::charge(&ev.query.ledger, 0, bytes)?))
        };
        let (cells, _) = groups.of(grouping, &series.labels, make)?;
        let values = series.column.floats().iter().copied();
        for (cell, value) in cells.iter_mut().zip(values).filter(|(_, value)| is_present(*value)) {
            cell.add(op, value);
        }
    }
    let finish = |(labels, (cells, charge)): (Labels, (Vec<Cell>, Charge))| {
        let mut column = Column::absent(&ev.query.ledger, count)?;
        for (slot, cell) in column.floats_mut().iter_mut().zip(cells) {
            *slot = cell.total(op);
        }
        drop(charge);
        Ok(StepSeries { labels, column })
    };
    groups.groups.into_iter().map(finish).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_fold_as_loki_does() {
        let check = |op: VectorOp, values: &[f64], expected: f64| {
            let mut cell = Cell::default();
            values.iter().for_each(|value| cell.add(op, *value));
            let found = cell.total(op);
            assert!(found == expected || (found.is_nan() && expected.is_nan()), "{op:?} of {values:?}: {found}");
        };
        check(VectorOp::Sum, &[1.0, 2.0, 4.0], 7.0);
        check(VectorOp::Avg, &[1.0, 2.0, 6.0], 3.0);
        check(VectorOp::Avg, &[f64::INFINITY, 2.0], f64::INFINITY);
        check(VectorOp::Avg, &[f64::INFINITY, f64::NEG_INFINITY], f64::NAN);
        check(VectorOp::Max, &[f64::NAN, 2.0, 1.0], 2.0);
        check(VectorOp::Min, &[f64::NAN, 2.0, 1.0], 1.0);
        check(VectorOp::Count, &[f64::NAN, 2.0], 2.0);
        check(VectorOp::Stdvar, &[1.0, 3.0], 1.0);
        check(VectorOp::Stddev, &[2.0, 6.0], 2.0);
        check(VectorOp::Stddev, &[5.0], 0.0);
    }
}
