//! `absent` and `absent_over_time`: 1 where nothing is.

use crate::Error;
use crate::promql::evaluator::Evaluator;
use crate::vector::column::{Column, Sink, StepSeries, is_present};
use language::promql::ast::{Expr, Node};
use model::labels::{Labels, LabelsBuilder, METRIC_NAME};
use model::matcher::{MatchOp, Matcher};

/// `absent(v)`
pub(super) fn of_vector(ev: &Evaluator<'_>, arg: &Expr, sink: &mut Sink<'_>) -> Result<(), Error> {
    let mut column = Column::filled(&ev.query.ledger, ev.steps.count, 1.0)?;
    ev.vector(arg, &mut |series| {
        for step in 0..ev.steps.count {
            if series.column.is_present_at(step) {
                column.clear(step);
            }
        }
        ev.query.work(ev.steps.count as u64)
    })?;
    give(arg, column, sink)
}

/// `absent_over_time(m)`
pub(super) fn of_range(ev: &Evaluator<'_>, arg: &Expr, sink: &mut Sink<'_>) -> Result<(), Error> {
    let mut column = Column::filled(&ev.query.ledger, ev.steps.count, 1.0)?;
    ev.ranges(arg, &mut |shape, series| {
        ev.slide(shape, series, |step, _| {
            column.clear(step);
            Ok(())
        })
    })?;
    give(arg, column, sink)
}

fn give(arg: &Expr, column: Column, sink: &mut Sink<'_>) -> Result<(), Error> {
    if column.floats().iter().any(|float| is_present(*float)) {
        sink(StepSeries { labels: labels_of(arg), column })?;
    }
    Ok(())
}

/// The labels that a selected series would have had: those that the selector asks for with one `=`.
fn labels_of(arg: &Expr) -> Labels {
    match &arg.unwrapped().node {
        Node::VectorSelector(selector) => labels_from(&selector.matchers),
        Node::MatrixSelector(matrix) => labels_from(&matrix.selector.matchers),
        _ => Labels::empty(),
    }
}

fn labels_from(matchers: &[Matcher]) -> Labels {
    let mut builder = LabelsBuilder::new();
    let mut seen = Vec::new();
    for matcher in matchers.iter().filter(|matcher| matcher.name() != METRIC_NAME) {
        if matcher.op() == MatchOp::Equal && !seen.contains(&matcher.name()) {
            seen.push(matcher.name());
            builder.set(matcher.name(), matcher.value());
        } else {
            builder.delete(matcher.name());
        }
    }
    builder.build()
}
