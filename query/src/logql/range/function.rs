//! What a range aggregation makes of the samples in a window.
//!
//! Invariant: a function is told apart by what it must hold of a series: numbers that can be joined pane by pane
//! ([`Partials`]), or the samples themselves for quantiles and counters.

use super::panes::Panes;
use super::windows::{Bounds, Cursor, Windows};
use super::{counter, quantiles};
use crate::Error;
use crate::vector::column::Column;
use language::logql::ast::{RangeAggregation, RangeOp};
use model::cancel::Cancel;

/// A function with its parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Function {
    /// The sum of the samples, which are 1 or bytes where lines are counted; per second where a length is given.
    Sum {
        seconds: Option<f64>,
    },
    Mean,
    Max,
    Min,
    Variance,
    Deviation,
    First,
    Last,
    Quantile(f64),
    CounterRate,
    /// Only whether there are samples; the columns hold 1 where there are.
    Presence,
}

impl Function {
    pub(super) fn new(aggregation: &RangeAggregation) -> Self {
        let seconds = Some(aggregation.range.range.as_secs_f64());
        match aggregation.op {
            RangeOp::Rate | RangeOp::BytesRate => Self::Sum { seconds },
            RangeOp::CountOverTime | RangeOp::BytesOverTime | RangeOp::SumOverTime => Self::Sum { seconds: None },
            RangeOp::RateCounter => Self::CounterRate,
            RangeOp::AvgOverTime => Self::Mean,
            RangeOp::MinOverTime => Self::Min,
            RangeOp::MaxOverTime => Self::Max,
            RangeOp::StdvarOverTime => Self::Variance,
            RangeOp::StddevOverTime => Self::Deviation,
            RangeOp::QuantileOverTime => Self::Quantile(aggregation.param.unwrap_or(f64::NAN)),
            RangeOp::FirstOverTime => Self::First,
            RangeOp::LastOverTime => Self::Last,
            RangeOp::AbsentOverTime => Self::Presence,
        }
    }
}

/// One sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sample {
    pub(super) at: i64,
    pub(super) value: f64,
}

/// A mean with the number of its samples.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mean {
    count: f64,
    mean: f64,
}

/// A mean, and the squares of the distances to it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spread {
    count: f64,
    mean: f64,
    squares: f64,
}

/// What is held of one series.
#[derive(Clone, Debug)]
pub(super) enum Partials {
    Sums(Panes<f64>),
    Means(Panes<Mean>),
    Extremes(Panes<f64>),
    Spreads(Panes<Spread>),
    Ends(Panes<Sample>),
    Values(Vec<(u32, f64)>),
    Samples(Vec<Sample>),
}

/// What the windows of all series of a range aggregation have in common.
#[derive(Debug)]
pub(super) struct Shape {
    pub(super) function: Function,
    pub(super) windows: Windows,
    pub(super) bounds: Vec<Bounds>,
}

impl Partials {
    /// Nothing yet.
    pub(super) fn new(function: Function) -> Self {
        match function {
            Function::Sum { .. } | Function::Presence => Self::Sums(Panes::new()),
            Function::Mean => Self::Means(Panes::new()),
            Function::Max | Function::Min => Self::Extremes(Panes::new()),
            Function::Variance | Function::Deviation => Self::Spreads(Panes::new()),
            Function::First | Function::Last => Self::Ends(Panes::new()),
            Function::Quantile(_) => Self::Values(Vec::new()),
            Function::CounterRate => Self::Samples(Vec::new()),
        }
    }

    /// Adds a sample and tells how many bytes that took.
    pub(super) fn add(&mut self, function: Function, pane: u32, sample: Sample) -> usize {
        let value = sample.value;
        match self {
            Self::Sums(panes) => panes.add(pane, value, |left, right| left + right),
            Self::Means(panes) => panes.add(pane, Mean { count: 1.0, mean: value }, Mean::join),
            Self::Extremes(panes) => panes.add(pane, value, extreme(function)),
            Self::Spreads(panes) => panes.add(pane, Spread::of(value), Spread::join),
            Self::Ends(panes) => panes.add(pane, sample, end(function)),
            Self::Values(values) => push(values, (pane, value)),
            Self::Samples(samples) => push(samples, sample),
        }
    }

    /// Writes what each window comes to.
    pub(super) fn finish(self, shape: &Shape, column: &mut Column, cancel: &Cancel) -> Result<(), Error> {
        let (function, bounds) = (shape.function, shape.bounds.as_slice());
        match self {
            Self::Sums(panes) => {
                let (divisor, present) = match function {
                    Function::Sum { seconds } => (seconds.unwrap_or(1.0), false),
                    _ => (1.0, true),
                };
                panes.fold(
                    bounds,
                    |left, right| left + right,
                    |step, sum| {
                        column.set(step, if present { 1.0 } else { sum / divisor });
                    },
                );
            }
            Self::Means(panes) => panes.fold(bounds, Mean::join, |step, mean| column.set(step, mean.mean)),
            Self::Extremes(panes) => panes.fold(bounds, extreme(function), |step, value| column.set(step, value)),
            Self::Spreads(panes) => panes.fold(bounds, Spread::join, |step, spread| {
                let variance = spread.squares / spread.count;
                column.set(step, if function == Function::Deviation { variance.sqrt() } else { variance });
            }),
            Self::Ends(panes) => panes.fold(bounds, end(function), |step, sample| column.set(step, sample.value)),
            Self::Values(values) => {
                let Function::Quantile(q) = function else { return Ok(()) };
                quantiles::over(q, values, bounds, cancel, |step, value| column.set(step, value))?;
            }
            Self::Samples(samples) => {
                let mut cursor = Cursor::new(shape.windows);
                counter::rates(samples, shape, |at| cursor.seek(at), |step, rate| column.set(step, rate));
            }
        }
        Ok(())
    }
}

fn push<T>(into: &mut Vec<T>, value: T) -> usize {
    let before = into.capacity();
    into.push(value);
    (into.capacity() - before) * size_of::<T>()
}

/// The greater or lesser of two values; NaN only where there is nothing else.
fn extreme(function: Function) -> impl Fn(f64, f64) -> f64 {
    let max = function == Function::Max;
    move |held, value| {
        let better = if max { value > held } else { value < held };
        if better || held.is_nan() { value } else { held }
    }
}

/// The earlier or later of two samples. Of two at one time the one that was read first is the earlier.
fn end(function: Function) -> impl Fn(Sample, Sample) -> Sample {
    let first = function == Function::First;
    move |held, sample| {
        let replaces = if first { sample.at < held.at } else { sample.at >= held.at };
        if replaces { sample } else { held }
    }
}

impl Mean {
    fn join(self, other: Self) -> Self {
        let count = self.count + other.count;
        let infinite = self.mean.is_infinite() || other.mean.is_infinite();
        let mean = if infinite {
            // Opposite infinities have no mean; a number changes nothing.
            match (self.mean.is_infinite(), other.mean.is_infinite()) {
                (true, false) if !other.mean.is_nan() => self.mean,
                _ => self.mean + other.mean,
            }
        } else {
            self.mean + (other.mean / count - self.mean / count) * other.count
        };
        Self { count, mean }
    }
}

impl Spread {
    fn of(value: f64) -> Self {
        // The spread of one value that is no number is none either.
        Self { count: 1.0, mean: value, squares: if value.is_finite() { 0.0 } else { f64::NAN } }
    }

    fn join(self, other: Self) -> Self {
        let count = self.count + other.count;
        let delta = other.mean - self.mean;
        Self {
            count,
            mean: self.mean + delta * other.count / count,
            squares: self.squares + other.squares + delta * delta * self.count * other.count / count,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joined_parts_are_as_good_as_the_whole() {
        let values = [4.0, -1.5, 8.25, 1e6, 3.0, 2.0];
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
        for split in 1..values.len() {
            let (left, right) = values.split_at(split);
            let spread = |values: &[f64]| values.iter().map(|value| Spread::of(*value)).reduce(Spread::join).unwrap();
            let average = |values: &[f64]| {
                values.iter().map(|value| Mean { count: 1.0, mean: *value }).reduce(Mean::join).unwrap()
            };
            let spread = spread(left).join(spread(right));
            assert!((spread.squares / spread.count / variance - 1.0).abs() < 1e-12);
            assert!((average(left).join(average(right)).mean / mean - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn an_infinite_mean_stays() {
        let check = |values: &[f64], expected: f64| {
            let mean = values.iter().map(|value| Mean { count: 1.0, mean: *value }).reduce(Mean::join).unwrap().mean;
            assert!(mean == expected || (mean.is_nan() && expected.is_nan()), "{values:?}: {mean}");
        };
        check(&[f64::INFINITY, 1.0], f64::INFINITY);
        check(&[1.0, f64::INFINITY, 2.0], f64::INFINITY);
        check(&[1.0, f64::NEG_INFINITY], f64::NEG_INFINITY);
        check(&[f64::INFINITY, f64::NEG_INFINITY], f64::NAN);
        check(&[f64::INFINITY, f64::NAN], f64::NAN);
        check(&[f64::MAX, f64::MAX], f64::MAX);
    }
}
