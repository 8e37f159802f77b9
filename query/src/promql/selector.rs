//! Instant selectors: at every step the newest sample of a series, if it is young enough and no stale marker.
//!
//! Invariant: a sample counts at step `t` when it lies in `(t - lookback, t]`.

use super::evaluator::Evaluator;
use crate::Error;
use crate::vector::column::{Column, Sink, StepSeries};
use crate::vector::steps::Steps;
use language::promql::ast::{At, DurationExpr, VectorSelector};
use model::sample::is_stale;
use model::time::{MetricRange, Millis};
use store::metrics::{Hints, Reads, Select, SeriesColumns};

/// The times that a selector looks at, which `offset` and `@` move away from the steps.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reference {
    offset: i64,
    at: Option<i64>,
}

impl Reference {
    /// From the modifiers of a selector or subquery.
    pub(crate) fn new(offset: Option<&DurationExpr>, at: Option<At>) -> Self {
        let at = match at {
            Some(At::Time(time)) => Some(time),
            // Preparing the expression resolved the other two.
            Some(At::Start | At::End) | None => None,
        };
        Self { offset: offset.map_or(0, literal), at }
    }

    /// Where a step looks.
    pub(crate) fn time(self, step_time: i64) -> i64 {
        self.at.unwrap_or(step_time).saturating_sub(self.offset)
    }

    /// The earliest and the latest time that any step looks at.
    pub(crate) fn span(self, steps: Steps) -> (i64, i64) {
        (self.time(steps.start), self.time(steps.last()))
    }
}

/// The milliseconds of a duration; preparing the expression made every duration a literal.
pub(crate) fn literal(duration: &DurationExpr) -> i64 {
    match duration {
        DurationExpr::Literal(millis) => *millis,
        DurationExpr::Computed(_) => 0,
    }
}

/// What a step takes from the newest sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Take {
    Value,
    /// Its time in seconds, for `timestamp()`.
    Timestamp,
}

impl Evaluator<'_> {
    /// Evaluates an instant selector.
    pub(crate) fn select(&self, selector: &VectorSelector, take: Take, sink: &mut Sink<'_>) -> Result<(), Error> {
        let reference = Reference::new(selector.offset.as_ref(), selector.at);
        let (first, last) = reference.span(self.steps);
        let lookback = self.query.lookback;
        let mut selection = self.query.metrics.select(Select {
            matchers: &selector.matchers,
            range: window_range(first.saturating_sub(lookback), last),
            hints: Hints { step: self.hinted_step(), window: lookback, reads: Reads::Last },
            limit: 0,
            budget: self.query.ledger.budget(),
            cancel: self.query.cancel,
        })?;
        while let Some(series) = selection.next_series()? {
            self.query.saw_series();
            let column = self.newest(&series, reference, take)?;
            if !column.is_empty() {
                sink(StepSeries { labels: series.labels.clone(), column })?;
            }
        }
        self.query.store_warnings(selection.warnings());
        Ok(())
    }

    /// The step as the store wants to know it: 0 for one instant.
    pub(crate) fn hinted_step(&self) -> i64 {
        if self.steps.count == 1 { 0 } else { self.steps.step }
    }

    fn newest(&self, series: &SeriesColumns<'_>, reference: Reference, take: Take) -> Result<Column, Error> {
        let mut column = Column::absent(&self.query.ledger, self.steps.count)?;
        let mut times = series.timestamps.iter().enumerate().peekable();
        let mut newest: Option<usize> = None;
        let mut found = 0_u64;
        for (step, time) in self.steps.times().enumerate() {
            let until = reference.time(time);
            while let Some((at, _)) = times.next_if(|(_, timestamp)| timestamp.0 <= until) {
                newest = Some(at);
            }
            let Some(at) = newest else { continue };
            let (Some(timestamp), Some(value)) = (series.timestamps.get(at), series.values.get(at)) else { continue };
            if timestamp.0 <= until.saturating_sub(self.query.lookback) || is_stale(*value) {
                continue;
            }
            found += 1;
            match (take, series.histograms.get(at)) {
                (Take::Timestamp, _) => column.set(step, timestamp.as_seconds()),
                (Take::Value, Some(Some(histogram))) => column.set_histogram(step, histogram.clone())?,
                (Take::Value, _) => column.set(step, *value),
            }
        }
        self.query.saw_samples(found)?;
        Ok(column)
    }
}

/// The store's half-open range for samples in `(after, until]`.
pub(crate) fn window_range(after: i64, until: i64) -> MetricRange {
    MetricRange::new(Millis(after.saturating_add(1)), Millis(until.saturating_add(1)))
}
