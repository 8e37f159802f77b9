//! From the series of the whole expression to the answer.
//!
//! Invariant: the answer of a range query is ordered by labels; that of an instant query keeps the order in which the
//! expression gave it, which `sort` and `topk` decide.

use super::evaluator::Evaluator;
use crate::vector::column::{StepSeries, StepValue, sample_value};
use crate::vector::ledger::{Charge, Ledger};
use crate::vector::merge::same_labelset;
use crate::{Error, HistogramPoint, Point, Series, Value, VectorSample};
use language::promql::ast::{Expr, Node, ValueType};
use model::time::Millis;
use std::sync::Arc;

/// Evaluates an instant query.
pub(super) fn instant(ev: &Evaluator<'_>, expr: &Expr) -> Result<Value, Error> {
    let timestamp = Millis(ev.steps.start);
    match expr.value_type() {
        ValueType::Scalar => Ok(Value::Scalar { timestamp, value: ev.scalar(expr)?.get(0) }),
        ValueType::String => Ok(Value::String { timestamp, value: text_of(expr) }),
        ValueType::Matrix => matrix(ev, expr),
        ValueType::Vector => {
            let mut samples = Vec::new();
            ev.vector(expr, &mut |series| {
                if let Some(value) = series.column.value(0) {
                    let value = sample_value(&value);
                    // The column goes here; the answer's own charge is the labels', which the store holds anyway.
                    samples.push(VectorSample { labels: series.labels, timestamp, value });
                }
                Ok(())
            })?;
            Ok(Value::Vector(samples))
        }
    }
}

fn text_of(expr: &Expr) -> String {
    match &expr.unwrapped().node {
        Node::String(text) => text.clone(),
        _ => String::new(),
    }
}

/// Evaluates a range query.
pub(super) fn range(ev: &Evaluator<'_>, expr: &Expr) -> Result<Value, Error> {
    let mut all = Vec::new();
    let mut charge = Ledger::charge(&ev.query.ledger, 0, 0)?;
    ev.vector(expr, &mut |series| {
        let series = points(ev, series);
        hold(&mut charge, &series)?;
        all.push(series);
        Ok(())
    })?;
    all.sort_by(|left, right| left.labels.cmp(&right.labels));
    Ok(Value::Matrix(all))
}

fn hold(charge: &mut Charge, series: &Series) -> Result<(), Error> {
    let points = (series.floats.len() + series.histograms.len()) as u64;
    charge.add(points, points.saturating_mul(16).saturating_add(256))
}

fn points(ev: &Evaluator<'_>, series: StepSeries) -> Series {
    let mut answer = Series { labels: series.labels, ..Series::default() };
    for (step, time) in ev.steps.times().enumerate() {
        let timestamp = Millis(time);
        match series.column.value(step) {
            Some(StepValue::Float(value)) => answer.floats.push(Point { timestamp, value }),
            Some(StepValue::Histogram(histogram)) => {
                answer.histograms.push(HistogramPoint { timestamp, value: Arc::clone(histogram) });
            }
            None => {}
        }
    }
    answer
}

/// The samples of a range vector as they are.
fn matrix(ev: &Evaluator<'_>, expr: &Expr) -> Result<Value, Error> {
    let mut all: Vec<Series> = Vec::new();
    let mut charge = Ledger::charge(&ev.query.ledger, 0, 0)?;
    ev.ranges(expr, &mut |shape, series| {
        ev.slide(shape, series, |_, window| {
            let floats = window.times.iter().zip(window.floats);
            let histograms = window.histogram_times.iter().zip(window.histograms);
            let series = Series {
                labels: series.labels.clone(),
                floats: floats.map(|(timestamp, value)| Point { timestamp: *timestamp, value: *value }).collect(),
                histograms: histograms
                    .map(|(timestamp, value)| HistogramPoint { timestamp: *timestamp, value: Arc::clone(value) })
                    .collect(),
            };
            hold(&mut charge, &series)?;
            all.push(series);
            Ok(())
        })
    })?;
    all.sort_by(|left, right| left.labels.cmp(&right.labels));
    if all.windows(2).any(|pair| matches!(pair, [left, right] if left.labels == right.labels)) {
        return Err(same_labelset());
    }
    Ok(Value::Matrix(all))
}

/// Cuts an answer to that many series (0: as it is) and tells whether any went.
pub(super) fn truncate(value: &mut Value, limit: usize) -> bool {
    if limit == 0 {
        return false;
    }
    match value {
        Value::Vector(samples) if samples.len() > limit => samples.truncate(limit),
        Value::Matrix(series) if series.len() > limit => series.truncate(limit),
        _ => return false,
    }
    true
}
