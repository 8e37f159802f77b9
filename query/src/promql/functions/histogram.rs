//! `histogram_quantile`, `histogram_quantiles` and `histogram_fraction` of classic and native histograms.
//!
//! Invariant: the buckets of one histogram are the series that differ in `le` alone. All of them are held, since a
//! quantile at a step needs every bucket of that step.

use super::classic_histogram::{Bucket, fraction, quantile};
use crate::Error;
use crate::promql::evaluator::{Evaluator, Scalars};
use crate::promql::native;
use crate::promql::note::Forced;
use crate::vector::column::{Column, Sink, StepSeries, StepValue, is_present};
use crate::vector::merge::{Duplicates, Merge};
use language::promql::ast::{Call, Expr, Span};
use language::promql::function::Function;
use model::histogram::Histogram;
use model::labels::{BUCKET_LABEL, Labels};
use std::collections::HashMap;

/// The buckets of one histogram over all steps, ascending by bound.
#[derive(Debug)]
struct Group {
    labels: Labels,
    /// The metric's name for notes; empty where an operator has dropped it.
    metric: String,
    buckets: Vec<(f64, Column)>,
    /// The series of native histograms with the same labels, if there is one.
    native: Option<Column>,
}

/// What is read from the buckets of a step.
#[derive(Debug)]
enum Reading {
    Quantile { q: Scalars, label: Option<(String, String)> },
    Fraction { lower: Scalars, upper: Scalars },
}

/// Evaluates one of the functions.
pub(super) fn evaluate(ev: &Evaluator<'_>, call: &Call, sink: &mut Sink<'_>) -> Result<(), Error> {
    let (vector, readings) = readings(ev, call)?;
    let groups = groups(ev, vector)?;
    let mut merge = Merge::new(Duplicates::Fill);
    for group in &groups {
        for reading in &readings {
            let column = read(ev, group, reading, vector.unwrapped().span)?;
            if !column.is_empty() {
                merge.add(StepSeries { labels: reading.labels(&group.labels), column })?;
            }
        }
    }
    merge.drain(sink)
}

fn readings<'c>(ev: &Evaluator<'_>, call: &'c Call) -> Result<(&'c Expr, Vec<Reading>), Error> {
    let scalar = |at: usize| ev.scalar(super::argument(call, at)?);
    let checked = |at: usize| {
        let q = scalar(at)?;
        let span = super::argument(call, at)?.unwrapped().span;
        for value in q.distinct().iter().filter(|value| !(0.0..=1.0).contains(*value)) {
            ev.query.notes.invalid_quantile(span, *value);
        }
        Ok::<_, Error>(q)
    };
    match call.function {
        Function::HistogramFraction => {
            let reading = Reading::Fraction { lower: scalar(0)?, upper: scalar(1)? };
            Ok((super::argument(call, 2)?, vec![reading]))
        }
        Function::HistogramQuantiles => {
            let mut readings = Vec::new();
            for at in 2..call.args.len() {
                let q = checked(at)?;
                let text = open_metrics(q.get(0));
                readings.push(Reading::Quantile { q, label: Some((super::text(call, 1).to_owned(), text)) });
            }
            Ok((super::argument(call, 0)?, readings))
        }
        _ => Ok((super::argument(call, 1)?, vec![Reading::Quantile { q: checked(0)?, label: None }])),
    }
}

/// A float as OpenMetrics writes it: with a fraction or an exponent.
fn open_metrics(value: f64) -> String {
    let text = model::number::format_general(value);
    if text.contains(['.', 'e', 'N', 'I']) { text } else { format!("{text}.0") }
}

fn groups(ev: &Evaluator<'_>, vector: &Expr) -> Result<Vec<Group>, Error> {
    let span = vector.unwrapped().span;
    let mut groups: Vec<Group> = Vec::new();
    let mut positions: HashMap<Labels, usize> = HashMap::new();
    let mut group_at = |groups: &mut Vec<Group>, signature: Labels| {
        *positions.entry(signature).or_insert_with_key(|signature| {
            let metric = signature.metric_name().to_owned();
            groups.push(Group { labels: signature.without_metric_name(), metric, buckets: Vec::new(), native: None });
            groups.len() - 1
        })
    };
    ev.vector(vector, &mut |series| {
        let has_floats = series.column.floats().iter().any(|float| is_present(*float));
        if series.column.has_histograms() && !has_floats {
            let at = group_at(&mut groups, series.labels);
            if let Some(group) = groups.get_mut(at) {
                group.native = Some(series.column);
            }
            return Ok(());
        }
        let text = series.labels.get(BUCKET_LABEL).unwrap_or("");
        let Ok(bound) = text.parse::<f64>() else {
            ev.query.notes.bad_bucket_label(span, series.labels.metric_name(), text);
            return Ok(());
        };
        let at = group_at(&mut groups, series.labels.filtered(|name| name != BUCKET_LABEL));
        if let Some(group) = groups.get_mut(at) {
            group.buckets.push((bound, series.column));
        }
        Ok(())
    })?;
    for group in &mut groups {
        group.buckets.sort_by(|left, right| left.0.total_cmp(&right.0));
    }
    Ok(groups)
}

fn read(ev: &Evaluator<'_>, group: &Group, reading: &Reading, span: Span) -> Result<Column, Error> {
    let mut column = ev.absent_column()?;
    let mut buckets = Vec::with_capacity(group.buckets.len());
    for (step, time) in ev.steps.times().enumerate() {
        buckets.clear();
        buckets.extend(group.buckets.iter().filter_map(|(upper_bound, column)| match column.value(step)? {
            StepValue::Float(count) => Some(Bucket { upper_bound: *upper_bound, count }),
            StepValue::Histogram(_) => None,
        }));
        let native = group.native.as_ref().and_then(|column| column.histogram(step));
        match (buckets.is_empty(), native) {
            (true, None) => continue,
            (true, Some(histogram)) => {
                column.set(step, reading.of_native(ev, step, histogram, span));
                continue;
            }
            (false, Some(_)) => {
                ev.query.notes.classic_and_native(span, &group.metric);
                continue;
            }
            (false, None) => {}
        }
        ev.query.work(buckets.len() as u64)?;
        column.set(step, reading.value(ev, step, time, &mut buckets, span));
    }
    Ok(column)
}

impl Reading {
    fn value(&self, ev: &Evaluator<'_>, step: usize, time: i64, buckets: &mut Vec<Bucket>, span: Span) -> f64 {
        match self {
            Self::Fraction { lower, upper } => fraction(lower.get(step), upper.get(step), buckets),
            Self::Quantile { q, .. } => {
                let (value, lifted) = quantile(q.get(step), buckets);
                if let Some(lifted) = lifted {
                    let forced = Forced {
                        first_time: time,
                        last_time: time,
                        lowest_bound: lifted.lowest_bound,
                        highest_bound: lifted.highest_bound,
                        largest_difference: lifted.largest_difference,
                        samples: 1,
                    };
                    ev.query.notes.forced_monotonicity(span, forced);
                }
                value
            }
        }
    }

    fn of_native(&self, ev: &Evaluator<'_>, step: usize, histogram: &Histogram, span: Span) -> f64 {
        match self {
            Self::Fraction { lower, upper } => {
                if histogram.sum.is_nan() {
                    ev.query.notes.nan_in_fraction(span);
                }
                native::quantile::fraction(lower.get(step), upper.get(step), histogram)
            }
            Self::Quantile { q, .. } => {
                let found = native::quantile::quantile(q.get(step), histogram);
                if let Some(effect) = found.nan {
                    ev.query.notes.nan_observations(span, effect);
                }
                found.value
            }
        }
    }

    fn labels(&self, labels: &Labels) -> Labels {
        match self {
            Self::Quantile { label: Some((name, value)), .. } => {
                labels.to_builder().set(name.as_str(), value.as_str()).build()
            }
            _ => labels.clone(),
        }
    }
}
