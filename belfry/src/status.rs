//! `belfry status`: how a running daemon is doing, read from its own metrics page.
//!
//! Invariant: it reads only what the page says; a line whose metric is missing is left out. The page stays within what
//! prometheus-parse reads rightly (no `}`, `,`, `=` or escapes in label values), which a test pins.
#![expect(clippy::print_stdout, reason = "the answer of `belfry status`")]

use crate::ask;
use crate::clock::SystemClock;
use crate::exit::Exit;
use anyhow::{Context, anyhow};
use model::clock::Clock;
use model::time::Millis;
use prometheus_parse::{Sample, Scrape, Value};
use std::time::Duration;

/// Asks the page and prints what it says.
pub(crate) fn run(url: &str) -> Result<(), Exit> {
    let page = ask::page(url, "/metrics")?;
    if !page.status.is_success() {
        return Err(anyhow!("{url}/metrics: {}: {}", page.status, page.text.trim()).into());
    }
    let readings = Readings::read(&page.text).context("reading the metrics page")?;
    for (name, value) in summary(&readings, SystemClock.now()) {
        println!("{name:<9} {value}");
    }
    Ok(())
}

/// The samples of a page.
#[derive(Debug)]
pub(crate) struct Readings(Vec<Sample>);

impl Readings {
    /// Reads a page.
    pub(crate) fn read(page: &str) -> std::io::Result<Self> {
        Ok(Self(Scrape::parse(page.lines().map(|line| Ok(line.to_owned())))?.samples))
    }

    /// The sum over all series of a name, or of those with the label; `None` when there is none.
    fn sum(&self, name: &str, label: Option<(&str, &str)>) -> Option<f64> {
        let fits = |sample: &&Sample| {
            sample.metric == name && label.is_none_or(|(name, value)| sample.labels.get(name) == Some(value))
        };
        self.0.iter().filter(fits).filter_map(|sample| number(&sample.value)).reduce(|sum, value| sum + value)
    }

    fn label(&self, name: &str, label: &str) -> Option<String> {
        self.0.iter().find(|sample| sample.metric == name)?.labels.get(label).map(str::to_owned)
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Counter(value) | Value::Gauge(value) | Value::Untyped(value) => Some(*value),
        Value::Histogram(_) | Value::Summary(_) => None,
    }
}

/// Names and values for people, in the order to print.
pub(crate) fn summary(readings: &Readings, now: Millis) -> Vec<(&'static str, String)> {
    let uptime = readings.sum("belfry_start_time_seconds", None).map(|start| now.as_seconds() - start);
    let lines = [
        ("version", version(readings)),
        ("uptime", uptime.map(duration)),
        ("targets", targets(readings)),
        ("series", readings.sum("belfry_store_series", None).map(count)),
        ("samples", samples(readings, uptime)),
        ("blocks", blocks(readings)),
        ("memory", readings.sum("process_resident_memory_bytes", None).map(bytes)),
        ("queries", readings.sum("belfry_query_seconds_count", None).map(count)),
        ("tasks", readings.sum("belfry_task_restarts_total", None).or(Some(0.0)).map(|n| format!("{n} restarted"))),
        ("config", readings.sum("belfry_config_last_reload_successful", None).map(reload)),
    ];
    lines.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

fn version(readings: &Readings) -> Option<String> {
    let version = readings.label("belfry_build_info", "version")?;
    let commit = readings.label("belfry_build_info", "commit")?;
    Some(format!("{version} (commit {commit})"))
}

fn targets(readings: &Readings) -> Option<String> {
    let of = |state| readings.sum("belfry_targets", Some(("health", state)));
    let (up, down, unknown) = (of("up")?, of("down").unwrap_or(0.0), of("unknown").unwrap_or(0.0));
    let waiting = if unknown > 0.0 { format!(", {unknown} not scraped yet") } else { String::new() };
    Some(format!("{up} up, {down} down{waiting}"))
}

fn samples(readings: &Readings, uptime: Option<f64>) -> Option<String> {
    let total = readings.sum("belfry_store_samples_total", Some(("verdict", "stored")))?;
    let per_second = uptime.filter(|seconds| *seconds >= 1.0).map_or(0.0, |seconds| total / seconds);
    Some(format!("{} stored, {per_second:.1} per second since the start", count(total)))
}

fn blocks(readings: &Readings) -> Option<String> {
    let size = readings.sum("belfry_store_block_bytes", None).map(bytes)?;
    Some(format!("{} on disk, {size}", readings.sum("belfry_store_blocks", None)?))
}

fn reload(succeeded: f64) -> String {
    if succeeded > 0.0 { "in force" } else { "the last reload failed, the one before it is in force" }.to_owned()
}

fn count(value: f64) -> String {
    format!("{value}")
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a size on a page is whole and positive")]
fn bytes(value: f64) -> String {
    model::bytes::format(value as u64)
}

/// Whole seconds, without zero parts.
fn duration(seconds: f64) -> String {
    let whole = Duration::try_from_secs_f64(seconds.floor()).unwrap_or_default();
    model::duration::format(whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::instrument::{Instrument, Instruments, Shape};

    #[test]
    fn a_page_reads_as_a_summary() {
        let page = "# TYPE belfry_start_time_seconds gauge\nbelfry_start_time_seconds 1000.5\n\
            # TYPE belfry_build_info gauge\nbelfry_build_info{version=\"0.1.0\",commit=\"abc\"} 1.0\n\
            # TYPE belfry_targets gauge\nbelfry_targets{health=\"up\"} 2\nbelfry_targets{health=\"down\"} 1\n\
            # TYPE belfry_store_series gauge\nbelfry_store_series 1234\n\
            # TYPE belfry_store_samples counter\nbelfry_store_samples_total{verdict=\"stored\"} 61720\n\
            # TYPE belfry_task_restarts counter\nbelfry_task_restarts_total{task=\"a\"} 1\n\
            belfry_task_restarts_total{task=\"b\"} 2\n# EOF\n";
        let readings = Readings::read(page).expect("it reads");
        let lines = summary(&readings, Millis(4_662_500));
        let expected = [
            ("version", "0.1.0 (commit abc)"),
            ("uptime", "1h1m2s"),
            ("targets", "2 up, 1 down"),
            ("series", "1234"),
            ("samples", "61720 stored, 16.9 per second since the start"),
            ("tasks", "3 restarted"),
        ];
        assert_eq!(lines, expected.map(|(name, value)| (name, value.to_owned())));
    }

    /// Every instrument, with a value in each label, comes out of prometheus-parse as it went in.
    #[test]
    fn our_page_is_what_prometheus_parse_reads_rightly() {
        let instruments = Instruments::new();
        let values = ["one", "/two/to", "3.5-x", "four"];
        for (index, instrument) in Instrument::ALL.iter().enumerate() {
            let spec = instrument.spec();
            let labels: Vec<&str> = values.iter().copied().take(spec.labels.len()).collect();
            match spec.shape {
                Shape::Counter => instruments.add(*instrument, &labels, index as u64 + 1),
                Shape::Gauge => instruments.set(*instrument, &labels, index as f64 + 1.0),
                Shape::Seconds => instruments.observe(*instrument, &labels, 0.25),
            }
        }
        let readings = Readings::read(&instruments.encode()).expect("it reads");
        for (index, instrument) in Instrument::ALL.iter().enumerate() {
            let spec = instrument.spec();
            let (name, expected) = match spec.shape {
                Shape::Counter => (format!("{}_total", spec.name), index as f64 + 1.0),
                Shape::Gauge => (spec.name.to_owned(), index as f64 + 1.0),
                Shape::Seconds => (format!("{}_seconds_sum", spec.name), 0.25),
            };
            let label = spec.labels.first().map(|label| (*label, "one"));
            assert_eq!(readings.sum(&name, label), Some(expected), "{name}");
        }
    }
}
