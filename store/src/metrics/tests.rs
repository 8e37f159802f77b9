//! The store as its callers see it.

use super::*;
use crate::fs::DataDir;
use crate::fs::faulty::test_folder;
use model::budget::Budget;
use model::cancel::Cancel;
use model::clock::ManualClock;
use model::histogram::Histogram;
use model::labels::Labels;
use model::matcher::Matcher;
use std::time::Duration;

mod clock;
mod crash;
mod damage;
mod first;
mod fixture;
mod random;
mod threads;

const NOW: i64 = 1_700_000_000_000;

struct Fixture {
    metrics: Metrics,
    clock: Arc<ManualClock>,
    folder: tempfile::TempDir,
}

impl Fixture {
    fn new() -> Self {
        let folder = test_folder();
        let clock = Arc::new(ManualClock::new(Millis(NOW)));
        let metrics = open(folder.path(), &clock);
        Self { metrics, clock, folder }
    }

    fn reopened(self) -> Self {
        let Self { metrics, clock, folder } = self;
        drop(metrics);
        let metrics = open(folder.path(), &clock);
        Self { metrics, clock, folder }
    }

    fn append(&self, name: &str, timestamp: i64, value: f64) -> Verdict {
        append(&self.metrics, &labels(name), timestamp, value)
    }

    fn read(&self, name: &str) -> Vec<(i64, f64)> {
        let found = read(&self.metrics, &[Matcher::equal("__name__", name)], MetricRange::ALL);
        found.into_iter().next().map(|(_, samples)| samples).unwrap_or_default()
    }
}

fn open(folder: &std::path::Path, clock: &Arc<ManualClock>) -> Metrics {
    let options = Options::new(DataDir::open(folder).expect("lock"));
    Metrics::open(options, Arc::clone(clock) as Arc<dyn Clock>, Arc::new(Instruments::new())).expect("opens")
}

fn labels(name: &str) -> Labels {
    Labels::from_pairs([("__name__", name), ("job", "test")])
}

fn sample<'a>(series: SeriesKey<'a>, timestamp: i64, value: AppendValue<'a>) -> AppendSample<'a> {
    AppendSample { series, timestamp: Millis(timestamp), value, start: None, exemplar: None, metadata: None }
}

fn append(metrics: &Metrics, labels: &Labels, timestamp: i64, value: f64) -> Verdict {
    let samples = [sample(SeriesKey::Raw(labels.as_raw()), timestamp, AppendValue::Float(value))];
    metrics.append(&Batch { samples: &samples }).expect("appends")[0]
}

type Found = Vec<(Labels, Vec<(i64, f64)>)>;

fn read(metrics: &Metrics, matchers: &[Matcher], range: MetricRange) -> Found {
    let (budget, cancel) = (Budget::unlimited(), Cancel::default());
    let select = Select { matchers, range, hints: Hints::default(), limit: 0, budget: &budget, cancel: &cancel };
    let mut selection = metrics.select(select).expect("selects");
    let mut found = Vec::new();
    while let Some(series) = selection.next_series().expect("reads") {
        let samples = series.timestamps.iter().zip(series.values).map(|(t, v)| (t.0, *v)).collect();
        found.push((series.labels.clone(), samples));
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

#[test]
fn what_was_appended_is_selected() {
    let store = Fixture::new();
    let Verdict::Stored(series) = store.append("up", NOW, 1.0) else { panic!("refused") };
    let (up, down) = (labels("up"), labels("down"));
    let samples = [
        sample(SeriesKey::Ref(series), NOW + 1, AppendValue::Float(2.0)),
        sample(SeriesKey::Raw(up.as_raw()), NOW + 2, AppendValue::Float(3.0)),
        sample(SeriesKey::Raw(down.as_raw()), NOW + 2, AppendValue::Float(4.0)),
    ];
    let verdicts = store.metrics.append(&Batch { samples: &samples }).expect("appends");
    assert_eq!(verdicts[..2], [Verdict::Stored(series), Verdict::Stored(series)]);
    assert_eq!(store.read("up"), [(NOW, 1.0), (NOW + 1, 2.0), (NOW + 2, 3.0)]);
    assert_eq!(store.read("down"), [(NOW + 2, 4.0)]);
    let range = MetricRange::new(Millis(NOW + 1), Millis(NOW + 2));
    assert_eq!(read(&store.metrics, &[], range), [(labels("up"), vec![(NOW + 1, 2.0)])]);
}

#[test]
fn every_sample_has_its_verdict() {
    let store = Fixture::new();
    let Verdict::Stored(series) = store.append("up", NOW, 1.0) else { panic!("refused") };
    let check = |timestamp: i64, value: f64, expected: Verdict| {
        assert_eq!(store.append("up", timestamp, value), expected, "at {timestamp}");
    };
    check(NOW, 1.0, Verdict::Repeated(series));
    check(NOW, 2.0, Verdict::DuplicateTimestamp(series));
    check(NOW - 1_800_000, 3.0, Verdict::Stored(series));
    check(NOW - 1_800_000, 3.0, Verdict::Repeated(series));
    check(NOW - 1_800_000, 4.0, Verdict::DuplicateTimestamp(series));
    check(NOW - 1_800_001, 3.0, Verdict::TooOld(series));
    check(NOW + 600_000, 5.0, Verdict::Stored(series));
    check(NOW + 600_001, 5.0, Verdict::TooFarAhead);
    assert_eq!(store.read("up"), [(NOW - 1_800_000, 3.0), (NOW, 1.0), (NOW + 600_000, 5.0)]);
    let broken = Histogram { schema: 99, ..Histogram::default() };
    let long = Labels::from_pairs([("a", "x".repeat(limits::LABEL_BYTES_MAX + 1))]);
    let samples = [
        sample(SeriesKey::Ref(SeriesRef(999)), NOW, AppendValue::Float(1.0)),
        sample(SeriesKey::Raw(b"\xff"), NOW, AppendValue::Float(1.0)),
        sample(SeriesKey::Raw(long.as_raw()), NOW, AppendValue::Float(1.0)),
        sample(SeriesKey::Ref(series), NOW, AppendValue::Histogram(&broken)),
    ];
    let verdicts = store.metrics.append(&Batch { samples: &samples }).expect("appends");
    let expected = [Verdict::UnknownSeries, Verdict::InvalidLabels, Verdict::InvalidLabels, Verdict::InvalidHistogram];
    assert_eq!(verdicts, expected);
}

#[test]
fn everything_is_there_after_a_restart() {
    let mut store = Fixture::new();
    let histogram = Histogram { schema: 3, count: 4.0, sum: 7.0, ..Histogram::default() };
    let exemplar = Exemplar { labels: Labels::from_pairs([("trace_id", "1")]), value: 3.0, timestamp: Millis(NOW + 1) };
    let metadata = Metadata { family: "up".to_owned(), help: "whether it is up".to_owned(), ..Metadata::default() };
    let (up, latency) = (labels("up"), labels("latency"));
    store.append("up", NOW - 10, 0.5);
    let samples = [
        AppendSample {
            start: Some(Millis(NOW - 5)),
            exemplar: Some(&exemplar),
            metadata: Some(&metadata),
            ..sample(SeriesKey::Raw(up.as_raw()), NOW, AppendValue::Float(1.0))
        },
        sample(SeriesKey::Raw(latency.as_raw()), NOW, AppendValue::Histogram(&histogram)),
        sample(SeriesKey::Raw(up.as_raw()), NOW - 1000, AppendValue::Float(0.25)),
    ];
    store.metrics.append(&Batch { samples: &samples }).expect("appends");
    for round in 0..3 {
        assert_eq!(store.read("up"), [(NOW - 1000, 0.25), (NOW - 10, 0.5), (NOW, 1.0)], "round {round}");
        assert_eq!(store.read("latency"), [(NOW, 7.0)]);
        assert_eq!(store.metrics.metadata(None, 0), [("up".to_owned(), metadata.clone())]);
        let (budget, cancel) = (Budget::unlimited(), Cancel::default());
        let matchers = [Matcher::equal("__name__", "up")];
        let range = MetricRange::ALL;
        let hints = Hints::default();
        let select = Select { matchers: &matchers, range, hints, limit: 0, budget: &budget, cancel: &cancel };
        let mut selection = store.metrics.select(select).expect("selects");
        let series = selection.next_series().expect("reads").expect("a series");
        assert_eq!(series.starts, [None, None, Some(Millis(NOW - 5))]);
        let query = ExemplarQuery { matcher_sets: &[matchers.to_vec()], range, cancel: &cancel };
        let found = store.metrics.exemplars(&query).expect("finds");
        assert_eq!((&found[0].labels, found[0].exemplars[0].value), (&up, 3.0));
        drop(selection);
        if round == 1 {
            store.metrics.checkpoint().expect("writes");
        }
        store = store.reopened();
    }
    assert!(matches!(store.append("up", NOW, 1.0), Verdict::Repeated(_)));
}

#[test]
fn limits_cut_with_a_warning() {
    let store = Fixture::new();
    for name in ["a", "b", "c"] {
        store.append(name, NOW, 1.0);
    }
    let (budget, cancel) = (Budget::unlimited(), Cancel::default());
    let select = Select {
        matchers: &[],
        range: MetricRange::ALL,
        hints: Hints::default(),
        limit: 2,
        budget: &budget,
        cancel: &cancel,
    };
    let mut selection = store.metrics.select(select).expect("selects");
    let mut yielded = 0;
    while selection.next_series().expect("reads").is_some() {
        yielded += 1;
    }
    assert_eq!((yielded, selection.warnings()), (2, &["results truncated due to limit".to_owned()][..]));
    drop(selection);
    assert_eq!(budget.charged_bytes(), 0);
    let query = LabelQuery { matcher_sets: &[], range: MetricRange::ALL, limit: 2, cancel: &cancel };
    let listing = store.metrics.label_values("__name__", &query).expect("lists");
    assert_eq!(listing.values, ["a", "b"]);
    assert_eq!(listing.warnings, ["results truncated due to limit"]);
}

#[test]
fn a_selection_is_charged_before_it_reads() {
    let store = Fixture::new();
    let up = labels("up");
    let samples: Vec<_> =
        (0..5000).map(|at| sample(SeriesKey::Raw(up.as_raw()), NOW + at, AppendValue::Float(0.0))).collect();
    store.metrics.append(&Batch { samples: &samples }).expect("appends");
    let (budget, cancel) = (Budget::new(model::budget::Pool::new(70_000)), Cancel::default());
    let (range, hints) = (MetricRange::ALL, Hints::default());
    let select = Select { matchers: &[], range, hints, limit: 0, budget: &budget, cancel: &cancel };
    let mut selection = store.metrics.select(select).expect("selects");
    assert_eq!(selection.next_series().expect_err("80,000 bytes").kind(), crate::ErrorKind::Limit);
    drop(selection);
    // What the list of series takes is no credit for the samples.
    let range = MetricRange::new(Millis(NOW), Millis(NOW + 100));
    let mut selection = store.metrics.select(Select { range, ..select }).expect("selects");
    let listed = budget.charged_bytes();
    selection.next_series().expect("reads");
    assert!(budget.charged_bytes() >= listed + 100 * 16, "{} after {listed}", budget.charged_bytes());
}

#[test]
fn samples_leave_the_answers_at_the_retention() {
    let store = Fixture::new();
    store.append("up", NOW, 1.0);
    store.append("up", NOW + 1000, 2.0);
    store.clock.advance(Duration::from_secs(90 * 86_400).as_millis() as i64 + 1);
    assert_eq!(store.read("up"), [(NOW + 1000, 2.0)]);
}

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

/// Appends a sample a minute to a few series for some hours, with maintenance as the daemon does it.
fn run_for(store: &Fixture, hours: i64) -> Vec<(i64, f64)> {
    let from = store.clock.now().0;
    let mut expected = Vec::new();
    for minute in 0..hours * 60 {
        let now = from + minute * MINUTE;
        store.clock.set(Millis(now));
        assert!(store.append("up", now, minute as f64).is_stored());
        assert!(store.append("down", now, 0.0).is_stored());
        expected.push((now, minute as f64));
        if minute % 10 == 0 {
            store.metrics.maintain(Millis(now)).expect("maintains");
        }
    }
    expected
}

#[test]
fn samples_move_to_blocks_and_stay_readable() {
    let mut store = Fixture::new();
    let expected = run_for(&store, 30);
    for _ in 0..2 {
        assert_eq!(store.read("up"), expected);
        let statistics = store.metrics.statistics();
        assert!((3..=8).contains(&statistics.blocks), "{statistics:?}");
        assert!(statistics.max_time > statistics.blocks_min_time && statistics.series == 2);
        let cancel = Cancel::default();
        let early = MetricRange::new(Millis(NOW), Millis(NOW + HOUR));
        let query = LabelQuery { matcher_sets: &[], range: early, limit: 0, cancel: &cancel };
        assert_eq!(store.metrics.label_values("__name__", &query).expect("lists").values, ["down", "up"]);
        store = store.reopened();
    }
}

#[test]
fn a_selection_reads_on_while_samples_move() {
    let store = Fixture::new();
    let expected = run_for(&store, 2);
    let (budget, cancel) = (Budget::unlimited(), Cancel::default());
    let matchers = [Matcher::equal("__name__", "up")];
    let (range, hints) = (MetricRange::new(Millis(NOW), Millis(NOW + 2 * HOUR)), Hints::default());
    let select = Select { matchers: &matchers, range, hints, limit: 0, budget: &budget, cancel: &cancel };
    let mut selection = store.metrics.select(select).expect("selects");
    store.clock.advance(MINUTE);
    run_for(&store, 28);
    let series = selection.next_series().expect("reads").expect("a series");
    assert_eq!(series.timestamps.len(), expected.len());
}

#[test]
fn old_blocks_and_gone_series_leave() {
    let store = Fixture::new();
    store.append("gone", NOW, 1.0);
    run_for(&store, 6);
    assert_eq!(store.metrics.statistics().series, 2);
    assert_eq!(store.read("gone"), [(NOW, 1.0)]);
    store.clock.set(Millis(NOW + 91 * 24 * HOUR));
    store.metrics.maintain(store.clock.now()).expect("maintains");
    assert!(store.metrics.statistics().blocks > 0, "the clock alone removes nothing");
    let expected = run_for(&store, 4);
    assert_eq!((store.read("gone"), store.read("up")), (vec![], expected));
    assert_eq!(store.metrics.statistics().blocks, 1);
    assert_eq!(std::fs::read_dir(store.folder.path().join("metrics/blocks")).expect("lists").count(), 1);
}
