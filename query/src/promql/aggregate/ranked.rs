//! `topk` and `bottomk`: per group and step the largest or smallest values, with their series' labels.
//!
//! Invariant: per step no more than k values are held. Of equal values those that came first stay; NaN loses against
//! every number. An instant query's answer is ordered by value.

use super::{Groups, count_at};
use crate::Error;
use crate::promql::evaluator::{Evaluator, Scalars};
use crate::vector::column::{Column, Sink, StepSeries, is_present};
use crate::vector::ledger::{Charge, Ledger};
use language::promql::ast::{AggregateOp, Aggregation, Span};
use model::labels::Labels;
use std::cmp::Ordering;

/// A value and the number of its series.
#[derive(Clone, Copy, Debug)]
struct Entry {
    value: f64,
    series: usize,
}

/// The heaps of one group, one per step, the weakest entry first.
struct Heaps {
    steps: Vec<Vec<Entry>>,
    charge: Charge,
}

#[derive(Clone, Copy)]
struct Order {
    largest: bool,
}

impl Order {
    /// Whether the left value is weaker, that is, leaves before the right.
    fn weaker(self, left: f64, right: f64) -> bool {
        left.is_nan() || if self.largest { left < right } else { left > right }
    }

    /// Whether a value takes the place of the weakest.
    fn replaces(self, value: f64, weakest: f64) -> bool {
        let beats = if self.largest { weakest < value } else { weakest > value };
        beats || (weakest.is_nan() && !value.is_nan())
    }

    fn strongest_first(self, left: f64, right: f64) -> Ordering {
        match (left.is_nan(), right.is_nan()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => {
                let ascending = left.partial_cmp(&right).unwrap_or(Ordering::Equal);
                if self.largest { ascending.reverse() } else { ascending }
            }
        }
    }

    fn push(self, heap: &mut Vec<Entry>, entry: Entry) {
        heap.push(entry);
        let mut at = heap.len() - 1;
        while at > 0 {
            let parent = (at - 1) / 2;
            if !self.in_order(heap, at, parent) {
                break;
            }
            heap.swap(at, parent);
            at = parent;
        }
    }

    /// Moves the first entry down to where it belongs.
    fn sink_first(self, heap: &mut [Entry]) {
        let mut at = 0;
        loop {
            let (left, right) = (2 * at + 1, 2 * at + 2);
            if left >= heap.len() {
                return;
            }
            let weakest = if right < heap.len() && self.in_order(heap, right, left) { right } else { left };
            if !self.in_order(heap, weakest, at) {
                return;
            }
            heap.swap(at, weakest);
            at = weakest;
        }
    }

    /// Whether the entry at `left` is weaker than the one at `right`.
    fn in_order(self, heap: &[Entry], left: usize, right: usize) -> bool {
        match (heap.get(left), heap.get(right)) {
            (Some(left), Some(right)) => self.weaker(left.value, right.value),
            _ => false,
        }
    }
}

pub(super) fn evaluate(
    ev: &Evaluator<'_>,
    aggregation: &Aggregation,
    span: Span,
    sink: &mut Sink<'_>,
) -> Result<(), Error> {
    let order = Order { largest: aggregation.op == AggregateOp::Topk };
    let Some(limits) = super::counts(ev, aggregation)? else { return Ok(()) };
    let mut groups = Groups::<Heaps>::new(&aggregation.grouping);
    let mut labels: Vec<Labels> = Vec::new();
    ev.vector(&aggregation.expr, &mut |series| {
        if series.column.has_histograms() {
            let name = if order.largest { "topk" } else { "bottomk" };
            ev.query.notes.histogram_ignored_in_aggregation(span, name);
        }
        let heaps = groups.of(&series.labels, || {
            let charge = Ledger::charge(&ev.query.ledger, 0, (ev.steps.count as u64).saturating_mul(24))?;
            Ok(Heaps { steps: vec![Vec::new(); ev.steps.count], charge })
        })?;
        heaps.take(order, &limits, series.column.floats(), labels.len())?;
        labels.push(series.labels);
        ev.query.work(ev.steps.count as u64)
    })?;
    let heaps: Vec<Heaps> = groups.into_groups().into_iter().map(|(_, heaps)| heaps).collect();
    if ev.steps.count == 1 {
        return ordered(ev, order, &labels, heaps, sink);
    }
    over_steps(ev, labels, heaps, sink)
}

impl Heaps {
    fn take(&mut self, order: Order, limits: &Scalars, floats: &[f64], series: usize) -> Result<(), Error> {
        let mut pushed = 0;
        for (step, (heap, value)) in self.steps.iter_mut().zip(floats).enumerate() {
            if !is_present(*value) {
                continue;
            }
            let entry = Entry { value: *value, series };
            if heap.len() < count_at(limits, step) {
                order.push(heap, entry);
                pushed += 1;
            } else if let Some(weakest) = heap.first_mut().filter(|weakest| order.replaces(*value, weakest.value)) {
                *weakest = entry;
                order.sink_first(heap);
            }
        }
        // A vector that grows holds up to twice what was pushed.
        self.charge.add(pushed, pushed * 32)
    }
}

fn ordered(
    ev: &Evaluator<'_>,
    order: Order,
    labels: &[Labels],
    groups: Vec<Heaps>,
    sink: &mut Sink<'_>,
) -> Result<(), Error> {
    for mut heap in groups.into_iter().filter_map(|group| group.steps.into_iter().next()) {
        heap.sort_by(|left, right| order.strongest_first(left.value, right.value));
        for entry in heap {
            let Some(labels) = labels.get(entry.series) else { continue };
            let column = Column::filled(&ev.query.ledger, 1, entry.value)?;
            sink(StepSeries { labels: labels.clone(), column })?;
        }
    }
    Ok(())
}

fn over_steps(ev: &Evaluator<'_>, labels: Vec<Labels>, groups: Vec<Heaps>, sink: &mut Sink<'_>) -> Result<(), Error> {
    let mut columns: Vec<Option<Column>> = Vec::new();
    columns.resize_with(labels.len(), || None);
    for group in groups {
        for (step, heap) in group.steps.iter().enumerate() {
            for entry in heap {
                let Some(slot) = columns.get_mut(entry.series) else { continue };
                if slot.is_none() {
                    *slot = Some(ev.absent_column()?);
                }
                if let Some(column) = slot {
                    column.set(step, entry.value);
                }
            }
            ev.query.work(heap.len() as u64)?;
        }
    }
    for (labels, column) in labels.into_iter().zip(columns) {
        if let Some(column) = column {
            sink(StepSeries { labels, column })?;
        }
    }
    Ok(())
}
