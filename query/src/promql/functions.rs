//! The functions of PromQL, one family per file.
//!
//! Invariant: argument types were checked by the parser; what a family returns has no metric name unless its values
//! are samples of the input.

mod absent;
pub(crate) mod calendar;
mod classic_histogram;
mod histogram;
pub(crate) mod label;
mod math;
mod native_range;
mod over_time;
mod range;
mod rate;
mod sequence;
mod sort;
mod time;
mod trend;

use super::evaluator::{Evaluator, Scalars, has_one_name};
use super::native;
use super::selector::Take;
use crate::Error;
use crate::vector::column::{Column, Sink, StepSeries, StepValue};
use crate::vector::merge::Duplicates;
use language::promql::ast::{Call, Expr, Node, ValueType};
use language::promql::function::Function;
use model::labels::{Labels, METRIC_NAME};

/// An argument; the parser has checked that it is there.
pub(crate) fn argument(call: &Call, at: usize) -> Result<&Expr, Error> {
    call.args.get(at).ok_or_else(|| Error::execution(format!("{} lacks argument {}", call.function.name(), at + 1)))
}

/// A string argument; empty where it is none.
pub(crate) fn text(call: &Call, at: usize) -> &str {
    match call.args.get(at).map(|arg| &arg.unwrapped().node) {
        Some(Node::String(text)) => text,
        _ => "",
    }
}

/// Evaluates a call that returns an instant vector.
pub(crate) fn call(ev: &Evaluator<'_>, call: &Call, sink: &mut Sink<'_>) -> Result<(), Error> {
    match call.function {
        Function::Absent => absent::of_vector(ev, argument(call, 0)?, sink),
        Function::AbsentOverTime => absent::of_range(ev, argument(call, 0)?, sink),
        Function::LabelReplace => label::replace(ev, call, sink),
        Function::LabelJoin => label::join(ev, call, sink),
        Function::Sort | Function::SortDesc | Function::SortByLabel | Function::SortByLabelDesc => {
            sort::evaluate(ev, call, sink)
        }
        Function::HistogramQuantile | Function::HistogramQuantiles | Function::HistogramFraction => {
            histogram::evaluate(ev, call, sink)
        }
        Function::Timestamp => timestamp(ev, argument(call, 0)?, sink),
        Function::Vector_ => {
            let column = ev.scalar(argument(call, 0)?)?.into_column(&ev.query.ledger, ev.steps.count)?;
            sink(StepSeries { labels: Labels::empty(), column })
        }
        _ if call.args.iter().any(|arg| arg.value_type() == ValueType::Matrix) => range::evaluate(ev, call, sink),
        function => elementwise(ev, call, function, sink),
    }
}

/// Functions of one float and its step.
fn elementwise(ev: &Evaluator<'_>, call: &Call, function: Function, sink: &mut Sink<'_>) -> Result<(), Error> {
    if let Some(change) = math::of(function) {
        return map(ev, argument(call, 0)?, sink, |_, value| change(value));
    }
    if let Some(part) = time::of(function) {
        return match call.args.first() {
            Some(arg) => map(ev, arg, sink, |_, value| time::apply(part, value)),
            None => {
                let mut column = evaluation_times(ev)?;
                column.map_floats(|seconds| time::apply(part, seconds.floor()));
                sink(StepSeries { labels: Labels::empty(), column })
            }
        };
    }
    let scalar = |at: usize, default: f64| match call.args.get(at) {
        Some(arg) => ev.scalar(arg),
        None => Ok(Scalars::Constant(default)),
    };
    let bounds = match function {
        Function::Round => {
            let nearest = scalar(1, 1.0)?;
            return map(ev, argument(call, 0)?, sink, |step, value| math::round(value, nearest.get(step)));
        }
        Function::Clamp => (scalar(1, f64::NAN)?, scalar(2, f64::NAN)?),
        Function::ClampMin => (scalar(1, f64::NAN)?, Scalars::Constant(f64::INFINITY)),
        Function::ClampMax => (Scalars::Constant(f64::NEG_INFINITY), scalar(1, f64::NAN)?),
        Function::HistogramCount => return of_histograms(ev, argument(call, 0)?, sink, |h| h.count),
        Function::HistogramSum => return of_histograms(ev, argument(call, 0)?, sink, |h| h.sum),
        Function::HistogramAvg => return of_histograms(ev, argument(call, 0)?, sink, |h| h.sum / h.count),
        Function::HistogramStdvar => return of_histograms(ev, argument(call, 0)?, sink, native::quantile::variance),
        Function::HistogramStddev => {
            return of_histograms(ev, argument(call, 0)?, sink, |h| native::quantile::variance(h).sqrt());
        }
        other => return Err(Error::execution(format!("function {} is not supported", other.name()))),
    };
    ev.rename(argument(call, 0)?, Duplicates::Fill, sink, |mut series| {
        series.column.drop_histograms();
        for step in 0..ev.steps.count {
            let (lower, upper) = (bounds.0.get(step), bounds.1.get(step));
            if upper < lower {
                series.column.clear(step);
            } else if let Some(StepValue::Float(value)) = series.column.value(step) {
                series.column.set(step, math::clamp(value, lower, upper));
            }
        }
        Ok(Some(series.column))
    })
}

fn map(ev: &Evaluator<'_>, arg: &Expr, sink: &mut Sink<'_>, change: impl Fn(usize, f64) -> f64) -> Result<(), Error> {
    ev.rename(arg, Duplicates::Fill, sink, |mut series| {
        series.column.drop_histograms();
        for (step, float) in series.column.floats_mut().iter_mut().enumerate() {
            if crate::vector::column::is_present(*float) {
                *float = change(step, *float);
            }
        }
        Ok(Some(series.column))
    })
}

/// A float of each histogram; floats are left out.
fn of_histograms(
    ev: &Evaluator<'_>,
    arg: &Expr,
    sink: &mut Sink<'_>,
    read: impl Fn(&model::histogram::Histogram) -> f64,
) -> Result<(), Error> {
    ev.rename(arg, Duplicates::Fill, sink, |series| {
        if !series.column.has_histograms() {
            return Ok(None);
        }
        let mut column = ev.absent_column()?;
        for step in 0..ev.steps.count {
            if let Some(histogram) = series.column.histogram(step) {
                column.set(step, read(histogram));
            }
        }
        Ok(Some(column))
    })
}

fn timestamp(ev: &Evaluator<'_>, arg: &Expr, sink: &mut Sink<'_>) -> Result<(), Error> {
    if let Node::VectorSelector(selector) = &arg.node {
        let mut merge = crate::vector::merge::Merge::new(Duplicates::Fill);
        let unique = has_one_name(arg);
        ev.select(selector, Take::Timestamp, &mut |series| {
            let series = StepSeries { labels: series.labels.without_metric_name(), column: series.column };
            if unique { sink(series) } else { merge.add(series) }
        })?;
        return merge.drain(sink);
    }
    let times = evaluation_times(ev)?;
    ev.rename(arg, Duplicates::Fill, sink, |mut series| {
        for step in 0..ev.steps.count {
            if let (true, Some(time)) = (series.column.is_present_at(step), times.floats().get(step)) {
                series.column.set(step, *time);
            }
        }
        Ok(Some(series.column))
    })
}

fn evaluation_times(ev: &Evaluator<'_>) -> Result<Column, Error> {
    let mut column = ev.absent_column()?;
    for (float, time) in column.floats_mut().iter_mut().zip(ev.steps.times()) {
        *float = rate::seconds(time);
    }
    Ok(column)
}

/// Evaluates a call that returns a scalar.
pub(crate) fn scalar(ev: &Evaluator<'_>, call: &Call) -> Result<Scalars, Error> {
    match call.function {
        Function::Pi => Ok(Scalars::Constant(std::f64::consts::PI)),
        Function::Time => Ok(Scalars::PerStep(evaluation_times(ev)?)),
        Function::Scalar_ => single(ev, argument(call, 0)?),
        Function::MaxOf => super::binary::pairwise(ev, argument(call, 0)?, argument(call, 1)?, math::larger),
        Function::MinOf => super::binary::pairwise(ev, argument(call, 0)?, argument(call, 1)?, math::smaller),
        other => Err(Error::execution(format!("function {} returns no scalar here", other.name()))),
    }
}

/// `scalar(v)`: the only float of each step, NaN where there is none or more than one.
fn single(ev: &Evaluator<'_>, arg: &Expr) -> Result<Scalars, Error> {
    let mut found = ev.absent_column()?;
    let mut twice = vec![false; ev.steps.count];
    ev.vector(arg, &mut |series| {
        let floats = series.column.floats();
        for ((slot, twice), float) in found.floats_mut().iter_mut().zip(&mut twice).zip(floats) {
            if crate::vector::column::is_present(*float) {
                *twice |= crate::vector::column::is_present(*slot);
                *slot = *float;
            }
        }
        ev.query.work(ev.steps.count as u64)
    })?;
    for (slot, twice) in found.floats_mut().iter_mut().zip(&twice) {
        if *twice || !crate::vector::column::is_present(*slot) {
            *slot = f64::NAN;
        }
    }
    Ok(Scalars::PerStep(found))
}

/// Whether all series of the call's result surely have the same metric name, or none.
pub(crate) fn keeps_one_name(call: &Call) -> bool {
    match call.function {
        Function::LabelReplace | Function::LabelJoin => text(call, 1) != METRIC_NAME && first_has_one_name(call),
        Function::LastOverTime
        | Function::FirstOverTime
        | Function::Info
        | Function::Sort
        | Function::SortDesc
        | Function::SortByLabel
        | Function::SortByLabelDesc => first_has_one_name(call),
        _ => true,
    }
}

fn first_has_one_name(call: &Call) -> bool {
    call.args.first().is_some_and(has_one_name)
}
