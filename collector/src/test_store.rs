//! A real store in a temporary folder, and what it holds as text that tests compare.

use model::budget::Budget;
use model::cancel::Cancel;
use model::clock::Clock;
use model::instrument::Instruments;
use model::matcher::Matcher;
use model::sample::is_stale;
use model::time::{MetricRange, Millis};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::fs::DataDir;
use store::metrics::{Hints, Metrics, Options, Select};

/// The store with its folder, which goes when this does.
pub(crate) struct TestStore {
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) instruments: Arc<Instruments>,
    _folder: tempfile::TempDir,
}

impl TestStore {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        let folder = tempfile::tempdir().expect("temp dir");
        let instruments = Arc::new(Instruments::new());
        let options = Options::new(DataDir::open(folder.path()).expect("locked"));
        let metrics = Metrics::open(options, clock, Arc::clone(&instruments)).expect("opens");
        Self { metrics: Arc::new(metrics), instruments, _folder: folder }
    }

    /// Every series of a metric with its samples.
    pub(crate) fn samples(&self, metric: &str) -> BTreeMap<String, Vec<(Millis, f64)>> {
        let select = Select {
            matchers: &[Matcher::equal("__name__", metric)],
            range: MetricRange::ALL,
            hints: Hints::default(),
            limit: 0,
            budget: &Budget::unlimited(),
            cancel: &Cancel::default(),
        };
        let mut selection = self.metrics.select(select).expect("selects");
        let mut found = BTreeMap::new();
        while let Some(series) = selection.next_series().expect("reads") {
            let labels = series.labels.without_metric_name().to_string();
            let samples = series.timestamps.iter().copied().zip(series.values.iter().copied()).collect();
            found.insert(labels, samples);
        }
        found
    }

    /// The same as text: `{a="1"} 5@1000 stale@2000`.
    pub(crate) fn text(&self, metric: &str) -> Vec<String> {
        let sample = |(at, value): &(Millis, f64)| match is_stale(*value) {
            true => format!("stale@{}", at.0),
            false => format!("{value}@{}", at.0),
        };
        let line = |(labels, samples): (String, Vec<(Millis, f64)>)| {
            let samples: Vec<String> = samples.iter().map(sample).collect();
            format!("{labels} {}", samples.join(" "))
        };
        self.samples(metric).into_iter().map(line).collect()
    }

    /// The values of every series of a metric, oldest first, `stale` for a marker.
    pub(crate) fn values(&self, metric: &str) -> Vec<String> {
        let value = |value: &f64| if is_stale(*value) { "stale".to_owned() } else { value.to_string() };
        let line = |(labels, samples): (String, Vec<(Millis, f64)>)| {
            let values: Vec<String> = samples.iter().map(|(_, sample)| value(sample)).collect();
            format!("{labels} {}", values.join(" "))
        };
        self.samples(metric).into_iter().map(line).collect()
    }
}
