//! `limitk` and `limit_ratio`: some series of each group, whatever their values.
//!
//! Invariant: nothing is held but a counter per group and step; which series a ratio keeps depends on their labels
//! alone, and a negative ratio keeps the others.

use super::Groups;
use crate::Error;
use crate::promql::evaluator::Evaluator;
use crate::vector::column::Sink;
use crate::vector::ledger::{Charge, Ledger};
use language::promql::ast::{AggregateOp, Aggregation, Span};
use model::labels::Labels;

pub(super) fn evaluate(ev: &Evaluator<'_>, aggregation: &Aggregation, sink: &mut Sink<'_>) -> Result<(), Error> {
    if aggregation.op == AggregateOp::LimitRatio { ratio(ev, aggregation, sink) } else { count(ev, aggregation, sink) }
}

/// How many series of a group were kept per step.
struct Kept {
    counts: Vec<usize>,
    _charge: Charge,
}

fn count(ev: &Evaluator<'_>, aggregation: &Aggregation, sink: &mut Sink<'_>) -> Result<(), Error> {
    let Some(limits) = super::counts(ev, aggregation)? else { return Ok(()) };
    let mut groups = Groups::<Kept>::new(&aggregation.grouping);
    let steps = ev.steps.count;
    let make = || {
        let charge = Ledger::charge(&ev.query.ledger, 0, steps as u64 * 8 + 256)?;
        Ok(Kept { counts: vec![0; steps], _charge: charge })
    };
    ev.vector(&aggregation.expr, &mut |mut series| {
        let kept = groups.of(&series.labels, make)?;
        for (step, count) in kept.counts.iter_mut().enumerate() {
            if !series.column.is_present_at(step) {
                continue;
            }
            if *count < super::count_at(&limits, step) {
                *count += 1;
            } else {
                series.column.clear(step);
            }
        }
        ev.query.work(steps as u64)?;
        if series.column.is_empty() { Ok(()) } else { sink(series) }
    })
}

fn ratio(ev: &Evaluator<'_>, aggregation: &Aggregation, sink: &mut Sink<'_>) -> Result<(), Error> {
    let ratios = super::param(ev, aggregation)?;
    let span = aggregation.param.as_ref().map_or(Span::default(), |param| param.unwrapped().span);
    let values = ratios.distinct();
    if values.iter().all(|value| *value == 0.0) {
        return Ok(());
    }
    if values.iter().any(|value| value.is_nan()) {
        return Err(Error::execution("Ratio value is NaN"));
    }
    let max = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let min = values.iter().copied().fold(f64::INFINITY, f64::min);
    if max > 1.0 {
        ev.query.notes.invalid_ratio(span, max, 1.0);
    }
    if min < -1.0 {
        ev.query.notes.invalid_ratio(span, min, -1.0);
    }
    ev.vector(&aggregation.expr, &mut |mut series| {
        let place = place(&series.labels);
        for step in 0..ev.steps.count {
            if !is_kept(ratios.get(step).clamp(-1.0, 1.0), place) {
                series.column.clear(step);
            }
        }
        ev.query.work(ev.steps.count as u64)?;
        if series.column.is_empty() { Ok(()) } else { sink(series) }
    })
}

/// Where a series stands between 0 and 1, evenly spread and the same in every query.
#[expect(clippy::cast_precision_loss, reason = "only the upper bits of the hash matter")]
fn place(labels: &Labels) -> f64 {
    labels.fingerprint() as f64 / u64::MAX as f64
}

fn is_kept(ratio: f64, place: f64) -> bool {
    (ratio > 0.0 && place < ratio) || (ratio < 0.0 && place >= 1.0 + ratio)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_negative_ratio_keeps_the_others() {
        for place in [0.0, 0.24, 0.25, 0.26, 0.99] {
            assert_ne!(is_kept(0.25, place), is_kept(-0.75, place), "{place}");
        }
        assert!(is_kept(1.0, 0.999) && is_kept(-1.0, 0.0) && !is_kept(0.0, 0.0));
    }
}
