//! `quantile`: the only aggregation that must see all values of a group at once.

use super::Groups;
use crate::Error;
use crate::promql::evaluator::{Evaluator, Scalars};
use crate::vector::column::{Column, Sink, StepSeries, is_present};
use crate::vector::quantile::quantile;
use language::promql::ast::{Aggregation, Span};

pub(super) fn evaluate(ev: &Evaluator<'_>, aggregation: &Aggregation, sink: &mut Sink<'_>) -> Result<(), Error> {
    let q = super::param(ev, aggregation)?;
    let param_span = aggregation.param.as_ref().map_or(Span::default(), |param| param.unwrapped().span);
    note_invalid(ev, &q, param_span);
    let mut groups = Groups::<Vec<Column>>::new(&aggregation.grouping);
    ev.vector(&aggregation.expr, &mut |mut series| {
        if series.column.has_histograms() {
            ev.query.notes.histogram_ignored_in_aggregation(aggregation.expr.unwrapped().span, "quantile");
            series.column.drop_histograms();
        }
        if !series.column.is_empty() {
            groups.of(&series.labels, || Ok(Vec::new()))?.push(series.column);
        }
        Ok(())
    })?;
    let mut values = Vec::new();
    for (labels, columns) in groups.into_groups() {
        let mut column = ev.absent_column()?;
        for step in 0..ev.steps.count {
            values.clear();
            let floats = columns.iter().filter_map(|column| column.floats().get(step).copied());
            values.extend(floats.filter(|float| is_present(*float)));
            ev.query.work(columns.len() as u64)?;
            if !values.is_empty() {
                column.set(step, quantile(q.get(step), &mut values));
            }
        }
        sink(StepSeries { labels, column })?;
    }
    Ok(())
}

fn note_invalid(ev: &Evaluator<'_>, q: &Scalars, span: Span) {
    let values = q.distinct();
    if values.iter().any(|value| value.is_nan()) {
        ev.query.notes.invalid_quantile(span, f64::NAN);
    }
    let max = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let min = values.iter().copied().fold(f64::INFINITY, f64::min);
    for beyond in [(max > 1.0).then_some(max), (min < 0.0).then_some(min)].into_iter().flatten() {
        ev.query.notes.invalid_quantile(span, beyond);
    }
}
