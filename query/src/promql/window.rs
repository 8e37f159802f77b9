//! Range vectors: the samples of a series that each step looks back on, from a selector or from a subquery.
//!
//! Invariant: a window is left-open, `(end - range, end]`, holds no stale marker, and slides over the columns of its
//! series with two pointers; no window is copied.

use super::evaluator::Evaluator;
use super::selector::{Reference, literal, window_range};
use crate::Error;
use crate::vector::column::{Column, StepValue};
use crate::vector::ledger::{Ledger, too_many_samples};
use crate::vector::steps::Steps;
use language::promql::ast::{Expr, MatrixSelector, Node, Subquery};
use model::histogram::{Histogram, ResetHint};
use model::labels::Labels;
use model::sample::is_stale;
use model::time::Millis;
use std::sync::Arc;
use store::metrics::{Hints, Reads, Select, SeriesColumns};

/// Where the windows of a range vector lie.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    pub(crate) reference: Reference,
    /// How far a window reaches back, in milliseconds; positive.
    pub(crate) range: i64,
}

/// All samples of one series that any step looks at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RangeSeries<'a> {
    pub(crate) labels: &'a Labels,
    pub(crate) times: &'a [Millis],
    pub(crate) floats: &'a [f64],
    pub(crate) histogram_times: &'a [Millis],
    pub(crate) histograms: &'a [Arc<Histogram>],
}

/// The samples of one series that one step looks at; at least one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window<'a> {
    /// Times of `floats`.
    pub(crate) times: &'a [Millis],
    pub(crate) floats: &'a [f64],
    /// Position of the first float among all floats of the series.
    pub(crate) first_float: usize,
    /// Times of `histograms`.
    pub(crate) histogram_times: &'a [Millis],
    pub(crate) histograms: &'a [Arc<Histogram>],
    /// The window's open end, in milliseconds.
    pub(crate) start: i64,
    /// The window's closed end.
    pub(crate) end: i64,
    /// The time of the step.
    pub(crate) time: i64,
}

/// Takes the series of a range vector one by one.
pub(crate) type RangeSink<'s> = dyn FnMut(Shape, RangeSeries<'_>) -> Result<(), Error> + 's;

/// Buffers for series whose samples have to be sorted into floats and histograms.
#[derive(Debug, Default)]
struct Sorted {
    times: Vec<Millis>,
    floats: Vec<f64>,
    histogram_times: Vec<Millis>,
    histograms: Vec<Arc<Histogram>>,
}

impl Sorted {
    fn clear(&mut self) {
        self.times.clear();
        self.floats.clear();
        self.histogram_times.clear();
        self.histograms.clear();
    }

    fn push_float(&mut self, time: Millis, float: f64) {
        self.times.push(time);
        self.floats.push(float);
    }

    fn push_histogram(&mut self, time: Millis, histogram: Arc<Histogram>) {
        self.histogram_times.push(time);
        self.histograms.push(histogram);
    }

    fn fill_from_store(&mut self, series: &SeriesColumns<'_>) {
        self.clear();
        for (at, (time, value)) in series.timestamps.iter().zip(series.values).enumerate() {
            if is_stale(*value) {
                continue;
            }
            match series.histograms.get(at) {
                Some(Some(histogram)) => self.push_histogram(*time, Arc::clone(histogram)),
                _ => self.push_float(*time, *value),
            }
        }
    }

    fn fill_from_column(&mut self, steps: Steps, column: &Column) {
        self.clear();
        for (step, time) in steps.times().enumerate() {
            match column.value(step) {
                Some(StepValue::Float(float)) => self.push_float(Millis(time), float),
                Some(StepValue::Histogram(histogram)) => {
                    self.push_histogram(Millis(time), without_reset_hint(histogram));
                }
                None => {}
            }
        }
    }

    fn series<'a>(&'a self, labels: &'a Labels) -> RangeSeries<'a> {
        RangeSeries {
            labels,
            times: &self.times,
            floats: &self.floats,
            histogram_times: &self.histogram_times,
            histograms: &self.histograms,
        }
    }
}

/// A subquery may leave out the samples between which a reset was seen, or repeat the one after it.
fn without_reset_hint(histogram: &Arc<Histogram>) -> Arc<Histogram> {
    match histogram.reset_hint {
        ResetHint::Reset | ResetHint::NotReset => {
            Arc::new(Histogram { reset_hint: ResetHint::Unknown, ..Histogram::clone(histogram) })
        }
        ResetHint::Unknown | ResetHint::Gauge => Arc::clone(histogram),
    }
}

impl Evaluator<'_> {
    /// Evaluates a range vector, series by series.
    pub(crate) fn ranges(&self, expr: &Expr, sink: &mut RangeSink<'_>) -> Result<(), Error> {
        match &expr.node {
            Node::MatrixSelector(matrix) => self.matrix(matrix, sink),
            Node::Subquery(subquery) => self.subquery(subquery, sink),
            Node::Paren(inner) | Node::StepInvariant(inner) => self.ranges(inner, sink),
            _ => Err(Error::execution(format!("expected a range vector, got {:?}", expr.value_type()))),
        }
    }

    fn matrix(&self, matrix: &MatrixSelector, sink: &mut RangeSink<'_>) -> Result<(), Error> {
        let selector = &matrix.selector;
        let reference = Reference::new(selector.offset.as_ref(), selector.at);
        let shape = Shape { reference, range: literal(&matrix.range) };
        let (first, last) = reference.span(self.steps);
        let mut selection = self.query.metrics.select(Select {
            matchers: &selector.matchers,
            range: window_range(first.saturating_sub(shape.range), last),
            hints: Hints { step: self.hinted_step(), window: shape.range, reads: Reads::All },
            limit: 0,
            budget: self.query.ledger.budget(),
            cancel: self.query.cancel,
        })?;
        let mut sorted = Sorted::default();
        while let Some(series) = selection.next_series()? {
            self.query.saw_series();
            self.query.work(series.timestamps.len() as u64)?;
            let _held = Ledger::charge(&self.query.ledger, series.timestamps.len() as u64, 0)?;
            let plain = series.histograms.is_empty() && !series.values.iter().any(|value| is_stale(*value));
            if plain {
                let series = RangeSeries {
                    labels: series.labels,
                    times: series.timestamps,
                    floats: series.values,
                    histogram_times: &[],
                    histograms: &[],
                };
                sink(shape, series)?;
            } else {
                sorted.fill_from_store(&series);
                sink(shape, sorted.series(series.labels))?;
            }
        }
        self.query.store_warnings(selection.warnings());
        Ok(())
    }

    fn subquery(&self, subquery: &Subquery, sink: &mut RangeSink<'_>) -> Result<(), Error> {
        let reference = Reference::new(subquery.offset.as_ref(), subquery.at);
        let shape = Shape { reference, range: literal(&subquery.range) };
        let steps = self.subquery_steps(subquery, shape);
        if steps.count == 0 {
            return Ok(());
        }
        if steps.count as u64 > self.query.ledger.samples_max() {
            return Err(too_many_samples());
        }
        // Beside its column, a series is held once more as times and values.
        let _held = Ledger::charge(&self.query.ledger, 0, (steps.count as u64).saturating_mul(16))?;
        let mut sorted = Sorted::default();
        self.over(steps).vector(&subquery.expr, &mut |series| {
            sorted.fill_from_column(steps, &series.column);
            drop(series.column);
            sink(shape, sorted.series(&series.labels))
        })
    }

    /// The steps of a subquery are multiples of its step, whatever the steps of the query are.
    pub(crate) fn subquery_steps(&self, subquery: &Subquery, shape: Shape) -> Steps {
        let step = subquery.step.as_ref().map_or(self.query.subquery_step, literal).max(1);
        let (first, last) = shape.reference.span(self.steps);
        let after = first.saturating_sub(shape.range);
        let mut start = (after / step).saturating_mul(step);
        if start <= after {
            start = start.saturating_add(step);
        }
        Steps::range(start, last, step)
    }

    /// Calls `each` with every step whose window holds a sample.
    pub(crate) fn slide<'a>(
        &self,
        shape: Shape,
        series: RangeSeries<'a>,
        mut each: impl FnMut(usize, Window<'a>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut floats = Slider::default();
        let mut histograms = Slider::default();
        for (step, time) in self.steps.times().enumerate() {
            let end = shape.reference.time(time);
            let start = end.saturating_sub(shape.range);
            floats.move_to(series.times, start, end);
            histograms.move_to(series.histogram_times, start, end);
            let size = floats.len() + histograms.len();
            if size == 0 {
                continue;
            }
            self.query.saw_samples(size as u64)?;
            let window = Window {
                times: floats.of(series.times),
                floats: floats.of(series.floats),
                first_float: floats.from,
                histogram_times: histograms.of(series.histogram_times),
                histograms: histograms.of(series.histograms),
                start,
                end,
                time,
            };
            each(step, window)?;
        }
        Ok(())
    }
}

/// The two pointers of a window over one column.
#[derive(Clone, Copy, Debug, Default)]
struct Slider {
    from: usize,
    to: usize,
}

impl Slider {
    fn move_to(&mut self, times: &[Millis], start: i64, end: i64) {
        while times.get(self.to).is_some_and(|time| time.0 <= end) {
            self.to += 1;
        }
        while self.from < self.to && times.get(self.from).is_some_and(|time| time.0 <= start) {
            self.from += 1;
        }
    }

    fn len(self) -> usize {
        self.to - self.from
    }

    fn of<T>(self, column: &[T]) -> &[T] {
        column.get(self.from..self.to).unwrap_or(&[])
    }
}
