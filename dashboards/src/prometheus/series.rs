//! `/api/v1/series`: label sets of the series that selectors match.

use super::encode::{labels_bytes, refuse_large, success_with};
use super::selectors::selectors;
use crate::error::Failure;
use crate::json::Json;
use crate::limits::{LISTING_BYTES_MAX, QUERY_MAX, SERIES_LISTED_MAX};
use crate::params::Parameters;
use crate::state::{Backends, Front};
use axum::Extension;
use axum::extract::State;
use model::budget::{Budget, Pool};
use model::cancel::Cancel;
use model::labels::Labels;
use model::matcher::Matcher;
use model::time::MetricRange;
use std::collections::BTreeSet;
use std::sync::Arc;
use store::metrics::{Hints, Metrics, Reads, Select};

/// What Prometheus says when a limit cut an answer.
const TRUNCATED: &str = "results truncated due to limit";

pub(super) async fn series(
    State(front): State<Front>,
    Extension(backends): Extension<Arc<Backends>>,
    given: Parameters,
) -> Result<Json, Failure> {
    if given.all("match[]").next().is_none() {
        return Err(Failure::bad_data("no match[] parameter provided"));
    }
    let limit = given.limit()?;
    let range = given.range()?;
    let limit = if limit == 0 { SERIES_LISTED_MAX } else { limit.min(SERIES_LISTED_MAX) };
    let work = move |cancel: &Cancel| {
        let mut found = Found { limit, ..Found::default() };
        for matchers in &selectors(&given)? {
            found.add(&backends.metrics, matchers, range, cancel)?;
        }
        Ok(success_with(&found.warnings, |json| {
            json.array(&found.series, |json, labels| {
                json.labels(labels);
            });
        }))
    };
    front.compute(QUERY_MAX, work).await
}

/// Label sets found so far, each once and in their order.
#[derive(Default)]
struct Found {
    limit: usize,
    series: BTreeSet<Labels>,
    /// What they take in the answer.
    bytes: usize,
    warnings: Vec<String>,
}

impl Found {
    fn add(
        &mut self,
        metrics: &Metrics,
        matchers: &[Matcher],
        range: MetricRange,
        cancel: &Cancel,
    ) -> Result<(), Failure> {
        let budget = Budget::new(Pool::new(LISTING_BYTES_MAX));
        let hints = Hints { reads: Reads::Labels, ..Hints::default() };
        // The store knows no order of labels, so that the first ones are found only by looking at all.
        let select = Select { matchers, range, hints, limit: 0, budget: &budget, cancel };
        let mut selection = metrics.select(select)?;
        while let Some(columns) = selection.next_series()? {
            self.keep(columns.labels)?;
        }
        selection.warnings().iter().for_each(|warning| self.warn(warning));
        Ok(())
    }

    /// Keeps the set if it is among the first ones.
    fn keep(&mut self, labels: &Labels) -> Result<(), Failure> {
        let is_full = self.series.len() >= self.limit;
        if is_full && self.series.last().is_some_and(|last| last < labels) {
            self.warn(TRUNCATED);
            return Ok(());
        }
        if self.series.insert(labels.clone()) {
            self.bytes += labels_bytes(labels);
            if let Some(last) = is_full.then(|| self.series.pop_last()).flatten() {
                self.bytes -= labels_bytes(&last);
                self.warn(TRUNCATED);
            }
        }
        refuse_large(self.bytes)
    }

    fn warn(&mut self, warning: &str) {
        if !self.warnings.iter().any(|known| known == warning) {
            self.warnings.push(warning.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn long_label_sets_are_bounded_by_what_they_take() {
        let labels = |number: usize| Labels::from_pairs([("a", format!("{number:04}{}", "x".repeat(1 << 20)))]);
        let mut all = Found { limit: 1_000, ..Found::default() };
        let refused = (0..1_000).find_map(|number| all.keep(&labels(number)).err()).expect("refused");
        assert_eq!(refused.kind, ErrorKind::Execution);
        let mut few = Found { limit: 2, ..Found::default() };
        assert!((0..1_000).rev().all(|number| few.keep(&labels(number)).is_ok()), "what is left out takes nothing");
        assert_eq!(few.series.iter().collect::<Vec<_>>(), [&labels(0), &labels(1)]);
    }
}
