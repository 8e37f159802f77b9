//! Functions of a range vector whose windows hold native histograms only.
//!
//! Invariant: the extrapolation is that of floats, with the number of observations in the place of the value; what
//! cannot be added is told in an annotation and gives nothing.

use super::range::Output;
use super::rate::{Extent, Slope, count, seconds};
use crate::promql::native::rate::{any_gauge, change, ends_not_gauge};
use crate::promql::native::sparse::{Incompatible, Settled, Sparse};
use crate::promql::native::{is_reset, sparse};
use crate::promql::note::Notes;
use crate::promql::window::Window;
use language::promql::ast::Span;
use model::histogram::{Histogram, ResetHint};
use std::sync::Arc;

/// Where annotations go and what they name.
#[derive(Clone, Copy)]
pub(super) struct Place<'n> {
    pub(super) notes: &'n Notes,
    pub(super) span: Span,
    pub(super) metric: &'n str,
}

impl Place<'_> {
    fn incompatible(self) -> Output {
        self.notes.exponential_and_custom(self.span, self.metric);
        Output::Nothing
    }

    fn reconciled(self, settled: Settled, operation: &str) {
        self.notes.reconciled(self.span, settled, operation);
    }
}

fn output(sparse: Sparse) -> Output {
    Output::Histogram(Arc::new(sparse.into_histogram()))
}

/// `rate`, `increase`, `delta`
pub(super) fn extrapolated(slope: Slope, window: &Window<'_>, place: Place<'_>) -> Output {
    let counter = slope.wants_counter();
    let Some(change) = change(window.histograms, counter) else { return Output::Nothing };
    if counter && any_gauge(window.histograms) {
        place.notes.histogram_not_counter(place.span, place.metric);
    }
    if !counter && ends_not_gauge(window.histograms) {
        place.notes.histogram_not_gauge(place.span, place.metric);
    }
    let Ok(mut change) = change else { return place.incompatible() };
    place.reconciled(change.settled, "subtraction");
    let Some(extent) = Extent::of(window.histogram_times, window) else { return Output::Nothing };
    let first = window.histograms.first().map_or(0.0, |first| first.count);
    let counted = change.sparse.count;
    let to_zero = (counter && counted > 0.0 && first >= 0.0).then(|| extent.sampled() * (first / counted));
    change.sparse.scale(extent.factor(to_zero, window, slope.is_per_second()));
    output(change.sparse)
}

/// `irate` and `idelta`, from the last two histograms.
pub(super) fn instant(window: &Window<'_>, per_second: bool, place: Place<'_>) -> Output {
    let [.., before, last] = window.histograms else { return Output::Nothing };
    let [.., before_time, last_time] = window.histogram_times else { return Output::Nothing };
    let pair = [Arc::clone(before), Arc::clone(last)];
    if per_second && any_gauge(&pair) {
        place.notes.histogram_not_counter(place.span, place.metric);
    }
    if !per_second && ends_not_gauge(&pair) {
        place.notes.histogram_not_gauge(place.span, place.metric);
    }
    let mut sparse = Sparse::from(last.as_ref());
    if !per_second || !is_reset(before, last) {
        match sparse.add(&Sparse::from(before.as_ref()), -1.0) {
            Ok(settled) => place.reconciled(settled, "subtraction"),
            Err(Incompatible) => return place.incompatible(),
        }
    }
    sparse.reset_hint = ResetHint::Gauge;
    if per_second {
        sparse.divide(seconds(last_time.0.saturating_sub(before_time.0)));
    }
    output(sparse)
}

/// `sum_over_time`, and `avg_over_time` with `mean`.
pub(super) fn total(histograms: &[Arc<Histogram>], mean: bool, place: Place<'_>) -> Output {
    let Some((first, rest)) = histograms.split_first() else { return Output::Nothing };
    let mut sum = Sparse::from(first.as_ref());
    let mut settled = Settled::default();
    let hints = |wanted: ResetHint| histograms.iter().any(|histogram| histogram.reset_hint == wanted);
    for histogram in rest {
        match sum.add(&Sparse::from(histogram.as_ref()), 1.0) {
            Ok(more) => settled = settled.and(more),
            Err(sparse::Incompatible) => return place.incompatible(),
        }
    }
    settled.conflicting_resets = hints(ResetHint::Reset) && hints(ResetHint::NotReset);
    place.notes.settled(place.span, settled, "aggregation");
    if mean {
        sum.divide(count(histograms.len()));
    }
    output(sum)
}
