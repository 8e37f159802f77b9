//! How long the queries of a dashboard take over 1,000 series of an hour: `cargo bench -p query`.
//!
//! It prints the median and the fastest of a few rounds; a name as argument runs the queries that contain it.
#![expect(clippy::print_stdout, clippy::expect_used, reason = "a benchmark prints and may end early")]

use model::cancel::Cancel;
use model::clock::ManualClock;
use model::labels::Labels;
use model::time::Millis;
use query::{Config, Engine, RangeRequest};
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::metrics::{AppendSample, AppendValue, Batch, Metrics, Options, SeriesKey};

const STEP_MILLIS: i64 = 15_000;
const SAMPLES: i64 = 260;
const ROUNDS: usize = 11;

const QUERIES: [(&str, &str); 7] = [
    ("selector", "requests_total"),
    ("sum_by_rate", "sum by (pod) (rate(requests_total[5m]))"),
    ("rate", "rate(requests_total[5m])"),
    ("histogram_quantile", "histogram_quantile(0.95, sum by (le) (rate(latency_bucket[5m])))"),
    ("join", "requests_total * on (pod, n) group_left (node) pod_node"),
    ("topk", "topk(10, requests_total)"),
    ("avg_over_time", "avg(avg_over_time(requests_total[10m]))"),
];

fn main() {
    let filter = std::env::args().nth(1).filter(|argument| !argument.starts_with('-')).unwrap_or_default();
    let folder = tempfile::tempdir().expect("temporary folder");
    let engine = Engine::new(Config::default(), Arc::new(filled(folder.path())));
    let end = Millis(STEP_MILLIS * SAMPLES);
    let start = Millis(end.0 - STEP_MILLIS * 239);
    for (name, text) in QUERIES.iter().filter(|(name, _)| name.contains(&filter)) {
        let mut rounds: Vec<Duration> = (0..ROUNDS)
            .map(|_| {
                let began = Instant::now();
                let step = Duration::from_secs(15);
                let cancel = &Cancel::default();
                let request = RangeRequest { text, start, end, step, lookback: None, limit: 0, cancel };
                let answer = engine.range(&request).expect("answers");
                assert!(answer.stats.series > 0, "{name} selects nothing");
                began.elapsed()
            })
            .collect();
        rounds.sort();
        let median = rounds.get(ROUNDS / 2).copied().unwrap_or_default();
        let fastest = rounds.first().copied().unwrap_or_default();
        println!("{name:<20} median {median:>10.2?}   fastest {fastest:>10.2?}   240 steps: {text}");
    }
}

fn filled(folder: &std::path::Path) -> Metrics {
    let mut options = Options::new(store::fs::DataDir::open(folder).expect("data folder"));
    options.retention = Duration::ZERO;
    let clock = Arc::new(ManualClock::new(Millis(4_102_444_800_000)));
    let metrics = Metrics::open(options, clock, Arc::default()).expect("store");
    let text = |value: usize| value.to_string();
    for number in 0..1_000 {
        let (pod, n) = (format!("pod-{}", number % 50), text(number));
        let pairs = [("__name__", "requests_total".to_owned()), ("pod", pod.clone()), ("n", n.clone())];
        append(&metrics, &Labels::from_pairs(pairs), number);
        let pairs = [("__name__", "pod_node".to_owned()), ("pod", pod), ("n", n), ("node", text(number % 7))];
        append(&metrics, &Labels::from_pairs(pairs), number);
    }
    for number in 0..100 {
        for le in ["0.005", "0.01", "0.05", "0.1", "0.5", "1", "2.5", "5", "10", "+Inf"] {
            let pairs = [("__name__", "latency_bucket".to_owned()), ("n", text(number)), ("le", le.to_owned())];
            append(&metrics, &Labels::from_pairs(pairs), number + le.len());
        }
    }
    metrics
}

#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn append(metrics: &Metrics, labels: &Labels, slope: usize) {
    let samples: Vec<AppendSample<'_>> = (0..=SAMPLES)
        .map(|at| AppendSample {
            series: SeriesKey::Raw(labels.as_raw()),
            timestamp: Millis(at * STEP_MILLIS),
            value: AppendValue::Float(at as f64 * (slope % 17 + 1) as f64),
            start: None,
            exemplar: None,
            metadata: None,
        })
        .collect();
    let verdicts = metrics.append(&Batch { samples: &samples }).expect("append");
    assert!(verdicts.iter().all(|verdict| verdict.is_stored()));
}
