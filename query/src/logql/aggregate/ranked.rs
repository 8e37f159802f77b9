//! `topk`, `bottomk`, `approx_topk`, `sort` and `sort_desc`: series by their values.
//!
//! Invariant: labels stay as they are. What is no number comes last; of equal values the lesser label set comes first,
//! so that an answer does not depend on the order in which lines were read. `approx_topk` is exact.

use super::Groups;
use crate::Error;
use crate::logql::evaluator::Evaluator;
use crate::vector::column::{Column, StepSeries, is_present};
use language::logql::ast::{Grouping, VectorAggregation, VectorOp};
use std::cmp::Ordering;

/// Keeps and orders series. Their order is that at the first step, which is the only one of an instant query.
pub(super) fn evaluate(
    ev: &Evaluator<'_>,
    aggregation: &VectorAggregation,
    grouping: &Grouping,
    mut series: Vec<StepSeries>,
) -> Result<Vec<StepSeries>, Error> {
    series.sort_by(|left, right| left.labels.cmp(&right.labels));
    let mut groups = Groups::<Vec<StepSeries>>::new();
    for series in series {
        groups.of(grouping, &series.labels, || Ok(Vec::new()))?.push(series);
    }
    let ascending = matches!(aggregation.op, VectorOp::Bottomk | VectorOp::Sort);
    let most = aggregation.param.map(|param| usize::try_from(param).unwrap_or(usize::MAX));
    let mut all = Vec::new();
    for (_, mut group) in groups.groups {
        if let Some(most) = most {
            group = strongest(ev, group, most, ascending)?;
        }
        let first = |series: &StepSeries| series.column.floats().first().copied().filter(|value| is_present(*value));
        group.sort_by(|left, right| order(ascending, first(left), first(right)));
        all.extend(group);
    }
    Ok(all)
}

/// Takes all values away but the strongest of each step.
fn strongest(
    ev: &Evaluator<'_>,
    mut series: Vec<StepSeries>,
    most: usize,
    ascending: bool,
) -> Result<Vec<StepSeries>, Error> {
    if most == 0 {
        return Ok(Vec::new());
    }
    if series.len() <= most {
        return Ok(series);
    }
    let mut values: Vec<(f64, usize)> = Vec::with_capacity(series.len());
    for step in 0..ev.steps.count {
        ev.query.work(series.len() as u64)?;
        values.clear();
        let of_step = |(at, series): (usize, &StepSeries)| (series.column.floats().get(step).copied(), at);
        values.extend(
            series
                .iter()
                .enumerate()
                .map(of_step)
                .filter_map(|(value, at)| Some((value.filter(|v| is_present(*v))?, at))),
        );
        if values.len() <= most {
            continue;
        }
        let rank = |left: &(f64, usize), right: &(f64, usize)| {
            order(ascending, Some(left.0), Some(right.0)).then(left.1.cmp(&right.1))
        };
        values.select_nth_unstable_by(most - 1, rank);
        for (_, at) in values.iter().skip(most) {
            if let Some(weak) = series.get_mut(*at) {
                weak.column.clear(step);
            }
        }
    }
    series.retain(|series| !Column::is_empty(&series.column));
    Ok(series)
}

/// What is no number is last, and what is not there after it.
fn order(ascending: bool, left: Option<f64>, right: Option<f64>) -> Ordering {
    let class = |value: Option<f64>| match value {
        Some(value) if !value.is_nan() => 0,
        Some(_) => 1,
        None => 2,
    };
    class(left).cmp(&class(right)).then_with(|| {
        let (Some(left), Some(right)) = (left, right) else { return Ordering::Equal };
        let order = left.partial_cmp(&right).unwrap_or(Ordering::Equal);
        if ascending { order } else { order.reverse() }
    })
}
