//! Appends with their WAL, and the replay of it: `cargo bench -p store --bench wal_append`.
//!
//! 10,000 series, batches of 2,000 samples by reference, as a scrape or a remote write with a cache appends.
#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use model::clock::ManualClock;
use model::instrument::Instruments;
use model::labels::Labels;
use model::time::Millis;
use std::sync::Arc;
use store::fs::DataDir;
use store::metrics::{AppendSample, AppendValue, Batch, Metrics, Options, SeriesKey, SeriesRef};

const SERIES: usize = 10_000;
const BATCH: usize = 2_000;
const SCRAPES: usize = 480;
const BEGIN: i64 = 1_700_000_000_000;

type Failure = Box<dyn std::error::Error>;

/// Seconds that this thread has run: what others do on the machine does not count.
fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|nanos| nanos.parse::<f64>().ok()).unwrap_or(0.0) / 1e9
}

fn labels(number: usize) -> Labels {
    Labels::from_pairs([
        ("__name__", format!("http_request_duration_seconds_bucket_{}", number % 100)),
        ("cluster", "home".to_owned()),
        ("instance", format!("10.0.{}.{}:9100", number / 1000, number % 10)),
        ("job", "kubernetes-pods".to_owned()),
        ("namespace", "blog-system".to_owned()),
        ("pod", format!("was-{}", number / 100)),
        ("status", "200".to_owned()),
        ("uri", "/api/v1/posts/{id}".to_owned()),
    ])
}

fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse().ok()).unwrap_or(0)
}

fn open(folder: &std::path::Path, clock: &Arc<ManualClock>) -> Result<Metrics, Failure> {
    let options = Options::new(DataDir::open(folder)?);
    Ok(Metrics::open(options, Arc::clone(clock) as _, Arc::new(Instruments::new()))?)
}

fn sample(series: SeriesKey<'_>, at: i64, value: f64) -> AppendSample<'_> {
    let (timestamp, value) = (Millis(at), AppendValue::Float(value));
    AppendSample { series, timestamp, value, start: None, exemplar: None, metadata: None }
}

fn append_by_labels(metrics: &Metrics, labels: &[Labels], at: i64) -> Result<Vec<SeriesRef>, Failure> {
    let mut references = Vec::with_capacity(SERIES);
    for labels in labels.chunks(BATCH) {
        let samples: Vec<_> = labels.iter().map(|labels| sample(SeriesKey::Raw(labels.as_raw()), at, 1.0)).collect();
        references.extend(metrics.append(&Batch { samples: &samples })?.into_iter().filter_map(|v| v.series()));
    }
    Ok(references)
}

fn main() -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let clock = Arc::new(ManualClock::new(Millis(BEGIN)));
    let labels: Vec<_> = (0..SERIES).map(labels).collect();
    let (metrics, before) = (open(folder.path(), &clock)?, resident_kib());

    let began = cpu_seconds();
    let references = append_by_labels(&metrics, &labels, BEGIN)?;
    println!("new series: {:.2} us each", (cpu_seconds() - began) * 1e6 / SERIES as f64);
    let series_kib = resident_kib() - before;
    let began = cpu_seconds();
    append_by_labels(&metrics, &labels, BEGIN + 15_000)?;
    println!("by raw labels: {:.3} us per sample", (cpu_seconds() - began) * 1e6 / SERIES as f64);

    let mut appended = 0;
    let mut took = 0.0;
    for scrape in 2..SCRAPES {
        let at = BEGIN + scrape as i64 * 15_000;
        clock.set(Millis(at));
        for (number, references) in references.chunks(BATCH).enumerate() {
            let value = |i: usize| (scrape * (i % 997 + 1) + (number * BATCH + i) * 7919) as f64;
            let samples: Vec<_> =
                references.iter().enumerate().map(|(i, r)| sample(SeriesKey::Ref(*r), at, value(i))).collect();
            let began = cpu_seconds();
            metrics.append(&Batch { samples: &samples })?;
            took += cpu_seconds() - began;
            appended += samples.len();
        }
    }
    println!("by reference: {:.3} us per sample with WAL, {appended} samples", took * 1e6 / appended as f64);
    println!(
        "memory: {:.2} KiB per series at first, {:.2} with {SCRAPES} samples each",
        series_kib as f64 / SERIES as f64,
        (resident_kib() - before) as f64 / SERIES as f64
    );
    drop(metrics);
    let wal: u64 = std::fs::read_dir(folder.path().join("metrics/wal"))?
        .filter_map(|entry| Some(entry.ok()?.metadata().ok()?.len()))
        .sum();
    println!("wal: {:.2} bytes per sample", wal as f64 / (SCRAPES * SERIES) as f64);

    let began = cpu_seconds();
    let metrics = open(folder.path(), &clock)?;
    let replayed = (SCRAPES * SERIES) as f64 / (cpu_seconds() - began);
    println!("replay: {:.1} M samples/s", replayed / 1e6);
    println!("head: {} bytes of chunks", metrics.statistics().chunk_bytes);
    Ok(())
}
