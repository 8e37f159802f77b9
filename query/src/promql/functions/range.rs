//! Functions of a range vector: one value per window.
//!
//! Invariant: the metric name goes, except where the value is one of the window's own samples. Floats and histograms
//! in one window are told in an annotation, never mixed.

use super::native_range::{self, Place};
use super::rate::{self, Resets, Slope};
use super::{over_time, trend};
use crate::Error;
use crate::promql::evaluator::{Evaluator, Scalars, has_one_name};
use crate::promql::window::{RangeSeries, Window};
use crate::vector::column::{Column, Sink, StepSeries};
use crate::vector::merge::{Duplicates, Merge};
use language::promql::ast::{Call, Expr, Span, ValueType};
use language::promql::function::Function;
use model::histogram::Histogram;
use model::time::Millis;
use std::sync::Arc;

/// A value of a window.
pub(super) enum Output {
    Nothing,
    Float(f64),
    Histogram(Arc<Histogram>),
}

impl From<Option<f64>> for Output {
    fn from(value: Option<f64>) -> Self {
        value.map_or(Self::Nothing, Self::Float)
    }
}

/// What the last two samples of a window are.
enum Pair {
    Floats,
    Histograms,
    Mixed,
}

/// One function with its arguments beside the range vector.
struct Applied<'c, 'q> {
    ev: &'c Evaluator<'q>,
    function: Function,
    /// The scalar arguments in their order.
    scalars: Vec<Scalars>,
    /// Where the first argument stands, which annotations name.
    span: Span,
}

/// What is known of the series whose windows are walked.
struct Walk<'a> {
    series: RangeSeries<'a>,
    /// For the extrapolating functions.
    slope: Option<Slope>,
    resets: &'a Resets,
}

/// Evaluates a call with a range vector among its arguments.
pub(super) fn evaluate(ev: &Evaluator<'_>, call: &Call, sink: &mut Sink<'_>) -> Result<(), Error> {
    let mut range: Option<&Expr> = None;
    let mut scalars = Vec::new();
    for arg in &call.args {
        if arg.value_type() == ValueType::Matrix {
            range = Some(arg);
        } else {
            scalars.push(ev.scalar(arg)?);
        }
    }
    let range = range.ok_or_else(|| Error::execution("expected a range vector among the arguments"))?;
    let span = super::argument(call, 0)?.unwrapped().span;
    let applied = Applied { ev, function: call.function, scalars, span };
    applied.check()?;
    let keeps_name = matches!(call.function, Function::LastOverTime | Function::FirstOverTime);
    let unique = keeps_name || has_one_name(range);
    let mut merge = Merge::new(Duplicates::Refuse);
    let mut resets = Resets::default();
    ev.ranges(range, &mut |shape, series| {
        let mut column = ev.absent_column()?;
        let slope = Slope::of(call.function);
        if slope.is_some_and(Slope::wants_counter) {
            resets.fill(series.floats);
        }
        let walk = Walk { series, slope, resets: &resets };
        ev.slide(shape, series, |step, window| applied.put(&mut column, step, &window, &walk))?;
        if column.is_empty() {
            return Ok(());
        }
        applied.note_counter(slope, &series, &column);
        let labels = if keeps_name { series.labels.clone() } else { series.labels.without_metric_name() };
        let result = StepSeries { labels, column };
        if unique { sink(result) } else { merge.add(result) }
    })?;
    merge.drain(sink)
}

impl Applied<'_, '_> {
    fn check(&self) -> Result<(), Error> {
        let Some(first) = self.scalars.first() else { return Ok(()) };
        match self.function {
            Function::QuantileOverTime => Ok(()),
            Function::DoubleExponentialSmoothing => {
                let second = self.scalars.get(1).map_or(f64::NAN, |scalars| scalars.get(0));
                trend::smooth(&[], first.get(0), second).map(|_| ())
            }
            _ => Ok(()),
        }
    }

    fn put(&self, column: &mut Column, step: usize, window: &Window<'_>, walk: &Walk<'_>) -> Result<(), Error> {
        let output = match walk.slope {
            Some(slope) if self.is_pure(window, &walk.series) => rate::extrapolated(slope, window, walk.resets).into(),
            Some(slope) if window.floats.is_empty() => {
                native_range::extrapolated(slope, window, self.place(&walk.series))
            }
            Some(_) => Output::Nothing,
            None => self.value(step, window, &walk.series)?,
        };
        match output {
            Output::Nothing => {}
            Output::Float(float) => column.set(step, float),
            Output::Histogram(histogram) => column.set_histogram(step, histogram)?,
        }
        Ok(())
    }

    /// Whether the window holds floats only; a mix is told.
    fn is_pure(&self, window: &Window<'_>, series: &RangeSeries<'_>) -> bool {
        if !window.floats.is_empty() && !window.histograms.is_empty() {
            self.ev.query.notes.floats_and_histograms(self.span, series.labels.metric_name());
        }
        window.histograms.is_empty()
    }

    /// Whether there are floats to work on; histograms beside them are told and ignored.
    fn has_floats(&self, window: &Window<'_>, series: &RangeSeries<'_>) -> bool {
        if !window.floats.is_empty() && !window.histograms.is_empty() {
            self.ev.query.notes.histogram_ignored_in_range(self.span, series.labels.metric_name());
        }
        !window.floats.is_empty()
    }

    fn scalar(&self, at: usize, step: usize) -> f64 {
        self.scalars.get(at).map_or(f64::NAN, |scalars| scalars.get(step))
    }

    fn value(&self, step: usize, window: &Window<'_>, series: &RangeSeries<'_>) -> Result<Output, Error> {
        let floats = window.floats;
        Ok(match self.function {
            Function::CountOverTime => Output::Float(over_time::size(window)),
            Function::PresentOverTime => Output::Float(1.0),
            Function::LastOverTime => last(window),
            Function::FirstOverTime => first(window),
            Function::TsOfLastOverTime => ends(window).map(|(_, last)| rate::seconds(last)).into(),
            Function::TsOfFirstOverTime => ends(window).map(|(first, _)| rate::seconds(first)).into(),
            Function::Resets => super::sequence::resets(window),
            Function::Changes => super::sequence::changes(window),
            Function::Irate | Function::Idelta => {
                let per_second = self.function == Function::Irate;
                match self.pair(window, series) {
                    Pair::Floats => rate::instant(window, per_second).into(),
                    Pair::Histograms => native_range::instant(window, per_second, self.place(series)),
                    Pair::Mixed => Output::Nothing,
                }
            }
            Function::SumOverTime if self.is_pure(window, series) => Output::Float(over_time::sum(floats)),
            Function::AvgOverTime if self.is_pure(window, series) => over_time::average(floats).into(),
            Function::SumOverTime | Function::AvgOverTime if window.floats.is_empty() => {
                native_range::total(window.histograms, self.function == Function::AvgOverTime, self.place(series))
            }
            Function::SumOverTime | Function::AvgOverTime => Output::Nothing,
            _ if !self.has_floats(window, series) => Output::Nothing,
            _ => self.of_floats(step, window)?,
        })
    }

    fn of_floats(&self, step: usize, window: &Window<'_>) -> Result<Output, Error> {
        let floats = window.floats;
        let extreme = |which| over_time::extreme(window, which);
        Ok(match self.function {
            Function::MinOverTime => extreme(over_time::Extreme::Min).map(|found| found.1).into(),
            Function::MaxOverTime => extreme(over_time::Extreme::Max).map(|found| found.1).into(),
            Function::TsOfMinOverTime => extreme(over_time::Extreme::LastMin).map(|found| found.0.as_seconds()).into(),
            Function::TsOfMaxOverTime => extreme(over_time::Extreme::LastMax).map(|found| found.0.as_seconds()).into(),
            Function::StddevOverTime => Output::Float(over_time::variance(floats).sqrt()),
            Function::StdvarOverTime => Output::Float(over_time::variance(floats)),
            Function::MadOverTime => Output::Float(over_time::median_deviation(floats)),
            Function::QuantileOverTime => {
                let q = self.scalar(0, step);
                if !(0.0..=1.0).contains(&q) {
                    self.ev.query.notes.invalid_quantile(self.span, q);
                }
                Output::Float(over_time::quantile_of(q, floats))
            }
            Function::Deriv => {
                let origin = window.times.first().map_or(0, |time| time.0);
                trend::regression(window, origin).map(|line| line.slope).into()
            }
            Function::PredictLinear => {
                let ahead = self.scalar(0, step);
                trend::regression(window, window.time).map(|line| line.slope * ahead + line.intercept).into()
            }
            Function::DoubleExponentialSmoothing => {
                trend::smooth(floats, self.scalar(0, step), self.scalar(1, step))?.into()
            }
            other => return Err(Error::execution(format!("unknown function of a range vector: {}", other.name()))),
        })
    }

    fn place<'s>(&'s self, series: &RangeSeries<'s>) -> Place<'s> {
        Place { notes: &self.ev.query.notes, span: self.span, metric: series.labels.metric_name() }
    }

    /// What the last two samples are; one of each kind is told.
    fn pair(&self, window: &Window<'_>, series: &RangeSeries<'_>) -> Pair {
        let newest = |times: &[Millis], back: usize| times.iter().rev().nth(back).map_or(i64::MIN, |time| time.0);
        let (float, histogram) = (newest(window.times, 0), newest(window.histogram_times, 0));
        if newest(window.times, 1) > histogram || window.histograms.is_empty() {
            return Pair::Floats;
        }
        if newest(window.histogram_times, 1) > float || window.floats.is_empty() {
            return Pair::Histograms;
        }
        self.ev.query.notes.floats_and_histograms(self.span, series.labels.metric_name());
        Pair::Mixed
    }

    fn note_counter(&self, slope: Option<Slope>, series: &RangeSeries<'_>, column: &Column) {
        const SUFFIXES: [&str; 4] = ["_total", "_sum", "_count", "_bucket"];
        let metric = series.labels.metric_name();
        let expects = slope.is_some_and(Slope::wants_counter) && !metric.is_empty();
        let has_floats = column.floats().iter().any(|float| crate::vector::column::is_present(*float));
        if expects && has_floats && !SUFFIXES.iter().any(|suffix| metric.ends_with(suffix)) {
            self.ev.query.notes.maybe_not_counter(self.span, metric);
        }
    }
}

/// The earliest and the latest time of either kind.
fn ends(window: &Window<'_>) -> Option<(i64, i64)> {
    let firsts = [window.times.first(), window.histogram_times.first()];
    let lasts = [window.times.last(), window.histogram_times.last()];
    let first = firsts.into_iter().flatten().min()?;
    let last = lasts.into_iter().flatten().max()?;
    Some((first.0, last.0))
}

fn last(window: &Window<'_>) -> Output {
    match (window.floats.last(), window.histograms.last()) {
        (Some(float), None) => Output::Float(*float),
        (Some(float), Some(_)) if window.times.last() > window.histogram_times.last() => Output::Float(*float),
        (_, Some(histogram)) => Output::Histogram(Arc::clone(histogram)),
        (None, None) => Output::Nothing,
    }
}

fn first(window: &Window<'_>) -> Output {
    match (window.floats.first(), window.histograms.first()) {
        (Some(float), None) => Output::Float(*float),
        (Some(float), Some(_)) if window.times.first() < window.histogram_times.first() => Output::Float(*float),
        (_, Some(histogram)) => Output::Histogram(Arc::clone(histogram)),
        (None, None) => Output::Nothing,
    }
}
