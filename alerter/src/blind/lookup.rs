//! What the stores know of the selectors of a rule.
//!
//! Invariant: only indexes are read, within a budget and until the cancel flag is raised. The metadata of streams
//! alone decides for logs.

use super::explain::{Index, Missing, explain};
use super::{Watched, Watching};
use crate::config::rules::Language;
use crate::limits::{BLIND_SERIES_MAX, BLIND_VALUES_MAX};
use model::budget::{Budget, Pool};
use model::cancel::Cancel;
use model::labels::METRIC_NAME;
use model::matcher::Matcher;
use model::time::{LogRange, MetricRange, Millis};
use std::sync::Arc;
use store::logs::{Logs, StreamQuery};
use store::metrics::{Hints, LabelQuery, Listing, Metrics, Reads, Select};

/// What a selector was found to match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Looked {
    /// Series or streams, at most [`BLIND_SERIES_MAX`].
    pub series: u64,
    /// Why there are none; `None` when there are, when that is the point, or when it could not be told.
    pub missing: Option<Missing>,
}

/// Where rules look.
#[derive(Clone, Debug)]
pub(crate) struct Stores {
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) logs: Arc<Logs>,
    /// The memory that all queries share.
    pub(crate) memory: Arc<Pool>,
}

/// Looks every selector up as of a time.
///
/// # Errors
/// A store cannot answer; then nothing is known.
pub(crate) fn look_all(
    watching: &Watching,
    language: Language,
    stores: &Stores,
    now: Millis,
    cancel: &Cancel,
) -> Result<Vec<Looked>, String> {
    let one = |watched: &Watched| {
        let range = MetricRange::new(now.minus(watched.reach), now + 1);
        match language {
            Language::PromQl => look(watched, &Series { stores, range, cancel }),
            Language::LogQl => {
                let range = LogRange::new(range.start.into(), range.end.into());
                look(watched, &Streams { logs: &stores.logs, range, cancel })
            }
        }
    };
    watching.selectors.iter().map(one).collect()
}

/// Looks one selector up.
///
/// # Errors
/// The index cannot answer.
pub fn look(watched: &Watched, index: &dyn Index) -> Result<Looked, String> {
    let series = index.count(&watched.matchers)?;
    let explained = series == 0 && !watched.may_be_absent;
    let missing = if explained { explain(&watched.matchers, index)? } else { None };
    Ok(Looked { series, missing })
}

/// Series of the metrics store.
struct Series<'a> {
    stores: &'a Stores,
    range: MetricRange,
    cancel: &'a Cancel,
}

impl Series<'_> {
    fn list(
        &self,
        matchers: &[Matcher],
        limit: usize,
        list: impl FnOnce(&Metrics, &LabelQuery<'_>) -> Result<Listing, store::Error>,
    ) -> Result<Vec<String>, String> {
        let matcher_sets = [matchers.to_vec()];
        let query = LabelQuery { matcher_sets: &matcher_sets, range: self.range, limit, cancel: self.cancel };
        list(&self.stores.metrics, &query).map(|listing| listing.values).map_err(|error| error.to_string())
    }
}

impl Index for Series<'_> {
    fn count(&self, matchers: &[Matcher]) -> Result<u64, String> {
        let budget = Budget::new(Arc::clone(&self.stores.memory));
        let select = Select {
            matchers,
            range: self.range,
            hints: Hints { reads: Reads::Labels, ..Hints::default() },
            limit: BLIND_SERIES_MAX,
            budget: &budget,
            cancel: self.cancel,
        };
        let mut selection = self.stores.metrics.select(select).map_err(|error| error.to_string())?;
        let mut count = 0;
        while selection.next_series().map_err(|error| error.to_string())?.is_some() {
            count += 1;
        }
        Ok(count)
    }

    fn names(&self, matchers: &[Matcher]) -> Result<Vec<String>, String> {
        let names = self.list(matchers, 0, |metrics, query| metrics.label_names(query))?;
        Ok(names.into_iter().filter(|name| name != METRIC_NAME).collect())
    }

    fn values(&self, name: &str, matchers: &[Matcher]) -> Result<Vec<String>, String> {
        self.list(matchers, BLIND_VALUES_MAX, |metrics, query| metrics.label_values(name, query))
    }

    fn noun(&self) -> &'static str {
        "series"
    }
}

/// Streams of the log store.
struct Streams<'a> {
    logs: &'a Logs,
    range: LogRange,
    cancel: &'a Cancel,
}

impl Streams<'_> {
    fn ask<T>(
        &self,
        matchers: &[Matcher],
        limit: usize,
        ask: impl FnOnce(&Logs, &StreamQuery<'_>) -> Result<T, store::Error>,
    ) -> Result<T, String> {
        let matcher_sets = [matchers.to_vec()];
        let query = StreamQuery { matcher_sets: &matcher_sets, range: self.range, limit, cancel: self.cancel };
        ask(self.logs, &query).map_err(|error| error.to_string())
    }
}

impl Index for Streams<'_> {
    fn count(&self, matchers: &[Matcher]) -> Result<u64, String> {
        self.ask(matchers, BLIND_SERIES_MAX, |logs, query| logs.streams(query)).map(|streams| streams.len() as u64)
    }

    fn names(&self, matchers: &[Matcher]) -> Result<Vec<String>, String> {
        self.ask(matchers, 0, |logs, query| logs.label_names(query)).map(|listing| listing.values)
    }

    fn values(&self, name: &str, matchers: &[Matcher]) -> Result<Vec<String>, String> {
        self.ask(matchers, BLIND_VALUES_MAX, |logs, query| logs.label_values(name, query)).map(|listing| listing.values)
    }

    fn noun(&self) -> &'static str {
        "stream"
    }
}
