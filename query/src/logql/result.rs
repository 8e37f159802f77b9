//! From the series of the whole expression to the answer.
//!
//! Invariant: label sets of an answer differ. It is ordered by labels, but for an instant query that sorts.

use super::evaluator::Evaluator;
use super::{LogSeries, LogValue, LogVectorSample};
use crate::answer::Point;
use crate::vector::column::{StepSeries, is_present};
use crate::vector::ledger::Ledger;
use crate::vector::merge::{Duplicates, Merge};
use crate::{Error, limits};
use language::logql::ast::{MetricExpr, MetricNode, VectorOp};
use model::time::Nanos;

/// Evaluates an instant query.
pub(super) fn instant(ev: &Evaluator<'_>, expr: &MetricExpr) -> Result<LogValue, Error> {
    let timestamp = Nanos(ev.steps.start).to_millis();
    if let MetricNode::Number(value) = expr.node {
        return Ok(LogValue::Scalar(Point { timestamp, value }));
    }
    let mut samples = Vec::new();
    for series in distinct(ev.evaluate(expr)?)? {
        let value = series.column.floats().first().copied().filter(|value| is_present(*value));
        samples.extend(value.map(|value| LogVectorSample { labels: series.labels, point: Point { timestamp, value } }));
    }
    if !sorts(expr) {
        samples.sort_by(|left, right| left.labels.cmp(&right.labels));
    }
    Ok(LogValue::Vector(samples))
}

/// Evaluates a range query.
pub(super) fn range(ev: &Evaluator<'_>, expr: &MetricExpr) -> Result<LogValue, Error> {
    let mut charge = Ledger::charge(&ev.query.ledger, 0, 0)?;
    let mut all = Vec::new();
    for series in distinct(ev.evaluate(expr)?)? {
        let values = series.column.floats().iter().copied();
        let points = ev.steps.times().zip(values).filter(|(_, value)| is_present(*value));
        let points: Vec<Point> =
            points.map(|(time, value)| Point { timestamp: Nanos(time).to_millis(), value }).collect();
        charge.add(0, 256 + (points.len() * size_of::<Point>()) as u64)?;
        all.push(LogSeries { labels: series.labels, points });
    }
    all.sort_by(|left, right| left.labels.cmp(&right.labels));
    Ok(LogValue::Matrix(all))
}

/// Joins series of equal labels, which must not meet at a step.
fn distinct(all: Vec<StepSeries>) -> Result<Vec<StepSeries>, Error> {
    let mut merge = Merge::new(Duplicates::Fill);
    for series in all.into_iter().filter(|series| !series.column.is_empty()) {
        merge.add(series)?;
    }
    let mut distinct = Vec::new();
    merge.drain(&mut |series| {
        distinct.push(series);
        Ok(())
    })?;
    if distinct.len() > limits::LOG_SERIES_MAX {
        return Err(too_many_series());
    }
    Ok(distinct)
}

/// Loki's text for more series than an answer may have.
pub(super) fn too_many_series() -> Error {
    Error::limit(format!(
        "maximum number of series ({}) reached for a single query; consider reducing query cardinality by adding more \
         specific stream selectors, reducing the time range, or aggregating results with functions like sum(), count() or \
         topk()",
        limits::LOG_SERIES_MAX
    ))
}

/// Whether a sort stands anywhere in the expression.
fn sorts(expr: &MetricExpr) -> bool {
    match &expr.node {
        MetricNode::VectorAggregation(aggregation) => {
            matches!(aggregation.op, VectorOp::Sort | VectorOp::SortDesc) || sorts(&aggregation.expr)
        }
        MetricNode::LabelReplace(replace) => sorts(&replace.expr),
        MetricNode::Binary(binary) => sorts(&binary.left) || sorts(&binary.right),
        MetricNode::Number(_) | MetricNode::Vector(_) | MetricNode::RangeAggregation(_) => false,
    }
}
