//! The aggregation operators.
//!
//! Invariant: a series is folded into its group and dropped; only `quantile` holds its input, `topk` and `bottomk`
//! hold the values that may still win, and `limitk` and `limit_ratio` hold nothing.

mod accumulator;
mod count_values;
mod limited;
mod quantile;
mod ranked;

use super::evaluator::{Evaluator, Scalars};
use crate::Error;
use crate::vector::column::{Sink, StepSeries};
use accumulator::Accumulator;
use language::promql::ast::{AggregateOp, Aggregation, Grouping, Span};
use model::labels::{Labels, METRIC_NAME};
use std::collections::HashMap;

/// Evaluates an aggregation; `span` is the whole of it.
pub(crate) fn evaluate(
    ev: &Evaluator<'_>,
    aggregation: &Aggregation,
    span: Span,
    sink: &mut Sink<'_>,
) -> Result<(), Error> {
    match aggregation.op {
        AggregateOp::CountValues => count_values::evaluate(ev, aggregation, sink),
        AggregateOp::Quantile => quantile::evaluate(ev, aggregation, sink),
        AggregateOp::Topk | AggregateOp::Bottomk => ranked::evaluate(ev, aggregation, span, sink),
        AggregateOp::Limitk | AggregateOp::LimitRatio => limited::evaluate(ev, aggregation, sink),
        _ => accumulate(ev, aggregation, sink),
    }
}

fn accumulate(ev: &Evaluator<'_>, aggregation: &Aggregation, sink: &mut Sink<'_>) -> Result<(), Error> {
    let span = aggregation.expr.unwrapped().span;
    let mut groups = Groups::<Accumulator>::new(&aggregation.grouping);
    ev.vector(&aggregation.expr, &mut |series| {
        let group = groups.of(&series.labels, || Accumulator::new(ev, aggregation.op))?;
        group.fold(ev, &series, span)?;
        ev.query.work(ev.steps.count as u64)
    })?;
    for (labels, group) in groups.into_groups() {
        let column = group.finish(ev, span)?;
        if !column.is_empty() {
            sink(StepSeries { labels, column })?;
        }
    }
    Ok(())
}

/// Groups in the order in which their first series came.
struct Groups<'g, G> {
    grouping: &'g Grouping,
    groups: Vec<(Labels, G)>,
    positions: HashMap<Labels, usize>,
}

impl<'g, G> Groups<'g, G> {
    fn new(grouping: &'g Grouping) -> Self {
        Self { grouping, groups: Vec::new(), positions: HashMap::new() }
    }

    /// The group of a series, made where it is the first.
    fn of(&mut self, labels: &Labels, make: impl FnOnce() -> Result<G, Error>) -> Result<&mut G, Error> {
        let key = group_labels(self.grouping, labels);
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

    fn into_groups(self) -> Vec<(Labels, G)> {
        self.groups
    }
}

/// The labels that a group's result has.
fn group_labels(grouping: &Grouping, labels: &Labels) -> Labels {
    match grouping {
        Grouping::None => Labels::empty(),
        Grouping::By(names) => labels.filtered(|name| names.iter().any(|wanted| wanted == name)),
        Grouping::Without(names) => {
            labels.filtered(|name| name != METRIC_NAME && !names.iter().any(|dropped| dropped == name))
        }
    }
}

/// Whether results have no metric name.
pub(crate) fn drops_name(aggregation: &Aggregation) -> bool {
    use AggregateOp::{Bottomk, LimitRatio, Limitk, Topk};
    let picks = matches!(aggregation.op, Topk | Bottomk | Limitk | LimitRatio);
    let by_name = matches!(&aggregation.grouping, Grouping::By(names) if names.iter().any(|name| name == METRIC_NAME));
    !picks && !by_name
}

/// The scalar parameter.
fn param(ev: &Evaluator<'_>, aggregation: &Aggregation) -> Result<Scalars, Error> {
    match &aggregation.param {
        Some(param) => ev.scalar(param),
        None => Err(Error::execution("aggregation lacks its parameter")),
    }
}

/// The parameter of topk, bottomk and limitk as counts; `None` where no step asks for any.
fn counts(ev: &Evaluator<'_>, aggregation: &Aggregation) -> Result<Option<Scalars>, Error> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    let scalars = param(ev, aggregation)?;
    let values = scalars.distinct();
    let max = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let min = values.iter().copied().fold(f64::INFINITY, f64::min);
    if max < 1.0 && !values.iter().any(|value| value.is_nan()) {
        return Ok(None);
    }
    if values.iter().any(|value| value.is_nan()) {
        return Err(Error::execution("Parameter value is NaN"));
    }
    if min <= -LIMIT {
        let text = model::number::format_general(min);
        return Err(Error::execution(format!("Scalar value {text} underflows int64")));
    }
    if max >= LIMIT {
        let text = model::number::format_general(max);
        return Err(Error::execution(format!("Scalar value {text} overflows int64")));
    }
    Ok(Some(scalars))
}

/// A count from the parameter at a step; 0 where it is below one.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "negative counts saturate to zero")]
fn count_at(scalars: &Scalars, step: usize) -> usize {
    scalars.get(step) as usize
}
