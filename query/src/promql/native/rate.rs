//! What happened to a counter histogram, or a gauge histogram, between the samples of a window.

use super::is_reset;
use super::sparse::{Incompatible, Settled, Sparse};
use model::histogram::{Histogram, ResetHint};
use std::sync::Arc;

/// The change over a window, before any extrapolation.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) sparse: Sparse,
    pub(crate) settled: Settled,
}

/// The change from the first to the last histogram; a counter's resets are made up for. `None` below two.
pub(crate) fn change(histograms: &[Arc<Histogram>], counter: bool) -> Option<Result<Change, Incompatible>> {
    let [first, second, ..] = histograms else { return None };
    let last = histograms.last()?;
    let mut before = Sparse::from(first.as_ref());
    if counter && is_reset(first, second) {
        // What was before the reset does not matter, not even its layout.
        before = Sparse::empty_like(&Sparse::from(second.as_ref()));
    }
    Some(between(&before, histograms, last, counter))
}

fn between(
    first: &Sparse,
    histograms: &[Arc<Histogram>],
    last: &Histogram,
    counter: bool,
) -> Result<Change, Incompatible> {
    let mut sparse = Sparse::from(last);
    if counter {
        let mixed = histograms
            .iter()
            .skip(1)
            .any(|histogram| Sparse::from(histogram.as_ref()).is_custom() != first.is_custom());
        if mixed {
            return Err(Incompatible);
        }
        let lowest = histograms.iter().skip(1).map(|histogram| histogram.schema).min();
        sparse.reduce(lowest.unwrap_or(sparse.schema).min(first.schema));
    }
    let mut settled = sparse.add(first, -1.0)?;
    if counter {
        for pair in histograms.windows(2).skip(1) {
            if let [before, now] = pair
                && is_reset(before, now)
            {
                settled = settled.and(sparse.add(&Sparse::from(before.as_ref()), 1.0)?);
            }
        }
    }
    sparse.reset_hint = ResetHint::Gauge;
    Ok(Change { sparse, settled })
}

/// Whether any of the histograms is a gauge.
pub(crate) fn any_gauge(histograms: &[Arc<Histogram>]) -> bool {
    histograms.iter().any(|histogram| histogram.reset_hint == ResetHint::Gauge)
}

/// Whether the first or the last of the histograms is no gauge.
pub(crate) fn ends_not_gauge(histograms: &[Arc<Histogram>]) -> bool {
    [histograms.first(), histograms.last()].into_iter().flatten().any(|end| end.reset_hint != ResetHint::Gauge)
}
