//! Stores that released versions wrote open for ever. `UPDATE_FIXTURES=1` writes the one of the current version.

use super::damage::copy;
use super::*;
use std::path::{Path, PathBuf};

const HISTOGRAM_AT: i64 = NOW + 5 * HOUR;

fn fixture(version: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(version)
}

fn histogram() -> Histogram {
    let span = model::histogram::Span { offset: -3, length: 2 };
    let positive_buckets = vec![1.0, 2.5];
    Histogram { schema: 3, count: 3.5, sum: 9.0, positive_spans: vec![span], positive_buckets, ..Histogram::default() }
}

/// Five hours with a cut, a late sample, a start, an exemplar, metadata and a histogram.
fn write(folder: &Path) {
    let clock = Arc::new(ManualClock::new(Millis(NOW)));
    let metrics = open(folder, &clock);
    let labels = labels("up");
    let exemplar =
        Exemplar { labels: Labels::from_pairs([("trace_id", "abc")]), value: 3.0, timestamp: Millis(NOW + 4 * HOUR) };
    let metadata = Metadata { help: "whether it is up".to_owned(), ..Metadata::default() };
    for step in 0..=20 {
        let at = NOW + step * 15 * MINUTE;
        clock.set(Millis(at));
        let told = AppendSample {
            start: Some(Millis(NOW)),
            exemplar: Some(&exemplar),
            metadata: Some(&metadata),
            ..sample(SeriesKey::Raw(labels.as_raw()), at, AppendValue::Float(step as f64 / 4.0))
        };
        metrics.append(&Batch { samples: &[told] }).expect("appends");
        metrics.maintain(Millis(at)).expect("maintains");
    }
    assert!(append(&metrics, &labels, NOW + 5 * HOUR - 1, 99.0).is_stored());
    let histogram = histogram();
    let value = AppendValue::Histogram(&histogram);
    let latency = super::labels("latency");
    let samples = [sample(SeriesKey::Raw(latency.as_raw()), HISTOGRAM_AT, value)];
    metrics.append(&Batch { samples: &samples }).expect("appends");
    assert_eq!(metrics.statistics().blocks, 2);
}

fn check(version: &str) {
    let copied = test_folder();
    copy(&fixture(version), copied.path());
    let clock = Arc::new(ManualClock::new(Millis(HISTOGRAM_AT)));
    let metrics = open(copied.path(), &clock);
    let mut expected: Vec<_> = (0..=20).map(|step| (NOW + step * 15 * MINUTE, step as f64 / 4.0)).collect();
    expected.insert(20, (NOW + 5 * HOUR - 1, 99.0));
    let found = read(&metrics, &[], MetricRange::ALL);
    assert_eq!(found, [(labels("latency"), vec![(HISTOGRAM_AT, 9.0)]), (labels("up"), expected)]);
    assert_eq!(metrics.metadata(Some("up"), 0)[0].1.help, "whether it is up");
    let (budget, cancel) = (Budget::unlimited(), Cancel::default());
    let range = MetricRange::ALL;
    let latency = [Matcher::equal("__name__", "latency")];
    let select =
        Select { matchers: &latency, range, hints: Hints::default(), limit: 0, budget: &budget, cancel: &cancel };
    let mut selection = metrics.select(select).expect("selects");
    let series = selection.next_series().expect("reads").expect("series");
    assert_eq!(series.histograms, [Some(Arc::new(histogram()))]);
    drop(selection);
    let up = [Matcher::equal("__name__", "up")];
    let select = Select { matchers: &up, ..select };
    let mut selection = metrics.select(select).expect("selects");
    let series = selection.next_series().expect("reads").expect("series");
    assert_eq!(series.starts, [Some(Millis(NOW)); 22]);
    let query = ExemplarQuery { matcher_sets: &[vec![]], range, cancel: &cancel };
    assert_eq!(metrics.exemplars(&query).expect("finds")[0].exemplars[0].value, 3.0);
    let left: Vec<_> = std::fs::read_dir(copied.path().join("metrics/wal")).expect("lists").collect();
    assert!(left.iter().flatten().all(|entry| !entry.file_name().to_string_lossy().contains("unreadable")));
}

#[test]
fn the_store_of_version_1_opens() {
    if std::env::var_os("UPDATE_FIXTURES").is_some() {
        let written = test_folder();
        write(written.path());
        let fixture = fixture("v1");
        let _ = std::fs::remove_dir_all(&fixture);
        copy(written.path(), &fixture);
        std::fs::remove_file(fixture.join("lock")).expect("removes");
    }
    check("v1");
}
