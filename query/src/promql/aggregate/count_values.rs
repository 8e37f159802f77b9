//! `count_values`: how many series of a group have each value.
//!
//! Invariant: a result series comes into being per group and value; every one is charged, so that values that never
//! repeat end the query instead of the memory.

use super::group_labels;
use crate::promql::evaluator::Evaluator;
use crate::vector::column::{Column, Sink, StepSeries, StepValue};
use crate::{Error, promql::functions::label::check_label_name};
use language::promql::ast::{Aggregation, Grouping, Node};
use model::labels::Labels;
use model::number::format_decimal;
use std::collections::HashMap;

pub(super) fn evaluate(ev: &Evaluator<'_>, aggregation: &Aggregation, sink: &mut Sink<'_>) -> Result<(), Error> {
    let label = match aggregation.param.as_ref().map(|param| &param.unwrapped().node) {
        Some(Node::String(label)) => label.as_str(),
        _ => "",
    };
    check_label_name(label)?;
    let grouping = match &aggregation.grouping {
        Grouping::Without(names) => Grouping::Without(names.clone()),
        Grouping::By(names) => Grouping::By(names.iter().cloned().chain([label.to_owned()]).collect()),
        Grouping::None => Grouping::By(vec![label.to_owned()]),
    };
    let mut results: Vec<StepSeries> = Vec::new();
    let mut positions: HashMap<Labels, usize> = HashMap::new();
    ev.vector(&aggregation.expr, &mut |series| {
        let mut last: Option<(String, usize)> = None;
        for step in 0..ev.steps.count {
            let Some(value) = series.column.value(step) else { continue };
            let text = text_of(&value);
            let at = match &last {
                Some((before, at)) if *before == text => *at,
                _ => {
                    let counted = series.labels.to_builder().set(label, text.as_str()).build();
                    position(ev, group_labels(&grouping, &counted), &mut positions, &mut results)?
                }
            };
            if let Some(result) = results.get_mut(at) {
                count_one(&mut result.column, step);
            }
            last = Some((text, at));
        }
        ev.query.work(ev.steps.count as u64)
    })?;
    results.into_iter().try_for_each(sink)
}

fn text_of(value: &StepValue<'_>) -> String {
    match value {
        StepValue::Float(float) => format_decimal(*float),
        StepValue::Histogram(histogram) => format!("{{count:{}, sum:{}}}", histogram.count, histogram.sum),
    }
}

fn position(
    ev: &Evaluator<'_>,
    labels: Labels,
    positions: &mut HashMap<Labels, usize>,
    results: &mut Vec<StepSeries>,
) -> Result<usize, Error> {
    if let Some(at) = positions.get(&labels) {
        return Ok(*at);
    }
    ev.query.work(ev.steps.count as u64)?;
    results.push(StepSeries { labels: labels.clone(), column: ev.absent_column()? });
    positions.insert(labels, results.len() - 1);
    Ok(results.len() - 1)
}

fn count_one(column: &mut Column, step: usize) {
    let count = match column.value(step) {
        Some(StepValue::Float(count)) => count + 1.0,
        _ => 1.0,
    };
    column.set(step, count);
}
