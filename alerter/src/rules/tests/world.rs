//! Stores in a temporary folder, rules over them, and whoever is told.

use crate::config::rules::{self, Dialect, Language, RuleFiles};
use crate::links::Links;
use crate::posted::PostedAlert;
use crate::rules::{Engines, Prepared, RuleView, Rules, RulesParts, Settings};
use language::promql::Features;
use model::budget::Budget;
use model::cancel::Cancel;
use model::clock::{Clock, ManualClock};
use model::instrument::Instruments;
use model::labels::Labels;
use model::matcher::Matcher;
use model::time::{MetricRange, Millis, Nanos};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use store::fs::DataDir;
use store::logs::{AppendEntry, AppendStream, Duplicates, Logs};
use store::metrics::{AppendSample, AppendValue, Batch, Hints, Metrics, Options, Select, SeriesKey};
use store::state::States;

/// When tests begin, in seconds; a whole number of days.
pub(super) const START: i64 = 1_700_006_400;

/// A time in seconds after the start.
pub(super) fn at(seconds: i64) -> Millis {
    Millis((START + seconds) * 1_000)
}

/// Everything that rules work with.
pub(super) struct World {
    pub(super) metrics: Arc<Metrics>,
    pub(super) logs: Arc<Logs>,
    pub(super) states: States,
    pub(super) clock: Arc<ManualClock>,
    pub(super) instruments: Arc<Instruments>,
    pub(super) rules: Arc<Rules>,
    pub(super) told: Arc<Mutex<Vec<PostedAlert>>>,
    pub(super) folder: tempfile::TempDir,
}

/// The groups of a text.
pub(super) fn files(text: &str, language: Language) -> RuleFiles {
    let dialect = Dialect { language, features: Features::default() };
    let groups = rules::read_text("rules.yml", text, dialect).expect(text);
    RuleFiles { globs: Vec::new(), groups }
}

impl World {
    /// Rules in PromQL over empty stores.
    pub(super) fn new(text: &str) -> Self {
        Self::with(&[files(text, Language::PromQl)])
    }

    pub(super) fn with(files: &[RuleFiles]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let clock = Arc::new(ManualClock::new(at(0)));
        let shared = Arc::clone(&clock) as Arc<dyn Clock>;
        let instruments = Arc::new(Instruments::new());
        let dir = DataDir::open(folder.path()).expect("the lock");
        let states = States::open(dir.clone()).expect("a folder");
        let metrics = Metrics::open(Options::new(dir.clone()), Arc::clone(&shared), Arc::clone(&instruments));
        let metrics = Arc::new(metrics.expect("opens"));
        let logs = Logs::open(store::logs::Options::new(dir), shared, Arc::clone(&instruments));
        let logs = Arc::new(logs.expect("opens"));
        let told = Arc::default();
        let rules = begin(files, (&metrics, &logs), &states, &clock, &instruments, &told);
        Self { metrics, logs, states, clock, instruments, rules, told, folder }
    }

    /// As after a kill: what was in memory is gone, the stores and states are what was written.
    pub(super) fn restart(&mut self, files: &[RuleFiles]) {
        self.told.lock().expect("whole").clear();
        let stores = (&self.metrics, &self.logs);
        self.rules = begin(files, stores, &self.states, &self.clock, &self.instruments, &self.told);
    }

    pub(super) fn prepared(&self, files: &[RuleFiles]) -> Prepared {
        Prepared::new(files, settings(&self.metrics, &self.logs))
    }

    /// Appends one sample to the series written as `name{label="value"}`.
    pub(super) fn append(&self, series: &str, seconds: i64, value: f64) {
        let matchers = language::promql::parse_selector(series).expect("a selector");
        let labels = Labels::from_pairs(matchers.iter().map(|matcher| (matcher.name(), matcher.value())));
        self.append_to(&labels, at(seconds), value);
    }

    pub(super) fn append_to(&self, labels: &Labels, timestamp: Millis, value: f64) {
        let (series, value) = (SeriesKey::Raw(labels.as_raw()), AppendValue::Float(value));
        let samples = [AppendSample { series, timestamp, value, start: None, exemplar: None, metadata: None }];
        let verdicts = self.metrics.append(&Batch { samples: &samples }).expect("appends");
        assert!(verdicts.iter().all(|verdict| verdict.is_stored()), "{verdicts:?} {labels}");
    }

    /// Appends one line.
    pub(super) fn append_line(&self, labels: &[(&str, &str)], seconds: i64, line: &str) {
        let labels = Labels::from_pairs(labels.iter().copied());
        let metadata = Labels::empty();
        let entries = [AppendEntry { timestamp: Nanos::from(at(seconds)), line, metadata: &metadata }];
        let streams = [AppendStream { labels: &labels, entries: &entries }];
        let batch = store::logs::Batch { streams: &streams, positions: &[], duplicates: Duplicates::Keep };
        assert_eq!(self.logs.append(&batch).expect("appends").stored, 1);
    }

    /// Evaluates all groups for a time, which becomes now.
    pub(super) async fn evaluate(&self, seconds: i64) {
        self.clock.set(at(seconds));
        self.rules.evaluate_all(at(seconds)).await;
    }

    /// A rule as it is shown.
    pub(super) fn rule(&self, name: &str) -> RuleView {
        let groups = [Language::PromQl, Language::LogQl].map(|language| self.rules.groups(language));
        let mut rules = groups.into_iter().flatten().flat_map(|group| group.rules);
        rules.find(|view| view.rule.name == name).expect(name)
    }

    /// The alerts of a rule: value of the label `pod` (or of all) and state.
    pub(super) fn alerts(&self, name: &str) -> String {
        let alert = |view: &crate::rules::AlertView| {
            format!("{}:{}", view.alert.labels.get("pod").unwrap_or("-"), view.alert.state.as_str())
        };
        self.rule(name).alerts.iter().map(alert).collect::<Vec<_>>().join(" ")
    }

    /// What was told since it was last asked: the label `pod`, and whether it goes on (`+`) or ended (`-`).
    pub(super) fn told(&self) -> String {
        let told = std::mem::take(&mut *self.told.lock().expect("whole"));
        let now = self.clock.now();
        let one = |posted: &PostedAlert| {
            format!("{}{}", if posted.is_resolved(now) { "-" } else { "+" }, posted.labels.get("pod").unwrap_or("?"))
        };
        told.iter().map(one).collect::<Vec<_>>().join(" ")
    }

    /// The samples of a series written as a selector: seconds after the start and value, `x` for a stale marker.
    pub(super) fn samples(&self, selector: &str) -> String {
        let matchers: Vec<Matcher> = language::promql::parse_selector(selector).expect("a selector");
        let pool = model::budget::Pool::new(1 << 20);
        let select = Select {
            matchers: &matchers,
            range: MetricRange::ALL,
            hints: Hints::default(),
            limit: 0,
            budget: &Budget::new(pool),
            cancel: &Cancel::default(),
        };
        let mut selection = self.metrics.select(select).expect("selects");
        let mut shown = Vec::new();
        while let Some(series) = selection.next_series().expect("reads") {
            for (timestamp, value) in series.timestamps.iter().zip(series.values) {
                let value = if model::sample::is_stale(*value) { "x".to_owned() } else { value.to_string() };
                shown.push(format!("{}:{value}", timestamp.0 / 1_000 - START));
            }
        }
        shown.join(" ")
    }
}

fn settings(metrics: &Arc<Metrics>, logs: &Arc<Logs>) -> Settings {
    let engine = Arc::new(query::Engine::new(query::Config::default(), Arc::clone(metrics)));
    let pool = Arc::clone(engine.pool());
    let log_engine = Arc::new(query::LogEngine::new(query::Config::default(), Arc::clone(logs), pool));
    Settings {
        evaluation_interval: Duration::from_secs(60),
        query_offset: Duration::ZERO,
        external_labels: Labels::from_pairs([("cluster", "home")]),
        links: Links::new("http://belfry:9090"),
        engines: Engines { metrics: engine, logs: log_engine },
    }
}

fn begin(
    files: &[RuleFiles],
    (metrics, logs): (&Arc<Metrics>, &Arc<Logs>),
    states: &States,
    clock: &Arc<ManualClock>,
    instruments: &Arc<Instruments>,
    told: &Arc<Mutex<Vec<PostedAlert>>>,
) -> Arc<Rules> {
    let telling = Arc::clone(told);
    let parts = RulesParts {
        metrics: Arc::clone(metrics),
        logs: Arc::clone(logs),
        states: states.clone(),
        clock: Arc::clone(clock) as Arc<dyn Clock>,
        instruments: Arc::clone(instruments),
        post: Arc::new(move |alerts| telling.lock().expect("whole").extend(alerts)),
    };
    let prepared = Prepared::new(files, settings(metrics, logs));
    Arc::new(Rules::new(prepared, parts).expect("readable"))
}

/// The root of the repository.
pub(super) fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}
