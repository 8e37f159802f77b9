//! Selections from the head and from blocks: `cargo bench -p store --bench select`.
#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use model::budget::Budget;
use model::cancel::Cancel;
use model::clock::{Clock, ManualClock};
use model::instrument::Instruments;
use model::labels::Labels;
use model::matcher::Matcher;
use model::time::{MetricRange, Millis};
use std::sync::Arc;
use store::fs::DataDir;
use store::metrics::{AppendSample, AppendValue, Batch, Hints, Metrics, Options, Select, SeriesKey};

const SERIES: usize = 2_000;
const HOURS: i64 = 26;
const BEGIN: i64 = 1_700_000_000_000;

type Failure = Box<dyn std::error::Error>;

/// Seconds that this thread has run: what others do on the machine does not count.
fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|nanos| nanos.parse::<f64>().ok()).unwrap_or(0.0) / 1e9
}

fn labels(number: usize) -> Labels {
    Labels::from_pairs([
        ("__name__", format!("metric_{}", number % 20)),
        ("instance", format!("i{}", number / 20)),
        ("job", "bench".to_owned()),
    ])
}

fn fill(metrics: &Metrics, clock: &ManualClock) -> Result<f64, Failure> {
    let labels: Vec<_> = (0..SERIES).map(labels).collect();
    let mut maintained = 0.0;
    for step in 0..HOURS * 240 {
        let at = Millis(BEGIN + step * 15_000);
        clock.set(at);
        let samples: Vec<_> = labels
            .iter()
            .enumerate()
            .map(|(number, labels)| AppendSample {
                series: SeriesKey::Raw(labels.as_raw()),
                timestamp: at,
                value: AppendValue::Float((step * number as i64) as f64),
                start: None,
                exemplar: None,
                metadata: None,
            })
            .collect();
        metrics.append(&Batch { samples: &samples })?;
        if step % 40 == 0 {
            let began = cpu_seconds();
            metrics.maintain(at)?;
            maintained += cpu_seconds() - began;
        }
    }
    Ok(maintained)
}

fn measure(metrics: &Metrics, name: &str, matchers: &[Matcher], range: MetricRange) -> Result<(), Failure> {
    let (budget, cancel, rounds) = (Budget::unlimited(), Cancel::default(), 10);
    let (mut series, mut samples) = (0, 0);
    let began = cpu_seconds();
    for _ in 0..rounds {
        let select = Select { matchers, range, hints: Hints::default(), limit: 0, budget: &budget, cancel: &cancel };
        let mut selection = metrics.select(select)?;
        (series, samples) = (0, 0);
        while let Some(columns) = selection.next_series()? {
            series += 1;
            samples += columns.timestamps.len();
        }
    }
    let took = (cpu_seconds() - began) / f64::from(rounds);
    let rate = samples as f64 / took / 1e6;
    println!("{name}: {series} series, {samples} samples in {:.2} ms, {rate:.1} M samples/s", took * 1e3);
    Ok(())
}

fn main() -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let clock = Arc::new(ManualClock::new(Millis(BEGIN)));
    let options = Options::new(DataDir::open(folder.path())?);
    let metrics = Metrics::open(options, Arc::clone(&clock) as Arc<dyn Clock>, Arc::new(Instruments::new()))?;
    let maintained = fill(&metrics, &clock)?;
    let statistics = metrics.statistics();
    let bytes = statistics.block_bytes as f64 / (SERIES as i64 * (HOURS - 2) * 240) as f64;
    println!("{} blocks, {bytes:.2} bytes per sample, maintenance {maintained:.2} s in all", statistics.blocks);
    let now = clock.now();
    let one = [Matcher::equal("__name__", "metric_3"), Matcher::equal("instance", "i7")];
    let metric = [Matcher::equal("__name__", "metric_3")];
    measure(&metrics, "one series, last 5 m", &one, MetricRange::new(now - 300_000, now + 1))?;
    measure(&metrics, "all series, last 5 m", &[], MetricRange::new(now - 300_000, now + 1))?;
    measure(&metrics, "one metric, last hour", &metric, MetricRange::new(now - 3_600_000, now + 1))?;
    measure(&metrics, "one metric, all time", &metric, MetricRange::ALL)?;
    measure(&metrics, "all series, all time", &[], MetricRange::ALL)
}
