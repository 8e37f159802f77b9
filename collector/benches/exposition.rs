//! How fast exposition pages are read, beside `prometheus-parse` in the same run.
//!
//! `cargo bench -p collector --bench exposition`; each figure is the best of many runs on one thread. `known` is what
//! a scrape of a known target costs (series found by their text), `labels` what its first scrape costs.
#![expect(clippy::print_stdout, reason = "a benchmark prints")]

use collector::exporter::host::{HostExporter, Roots};
use collector::scrape::exposition::{Entry, Format, Mode, Parser, Sample, series};
use model::time::Nanos;
use std::collections::HashMap;
use std::fmt::Write;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// How long each measurement repeats itself.
const REPEAT_FOR: Duration = Duration::from_secs(1);

fn main() {
    let host = HostExporter::new(Roots::default()).page(Nanos(0)).body;
    run("this machine's page", &host, Format::Text);
    run("long labels, 20,000 samples", &long_labels("", ""), Format::Text);
    run(
        "the same in OpenMetrics with exemplars",
        &long_labels(" # {trace_id=\"0123456789abcdef\"} 0.5", "# EOF\n"),
        Format::OpenMetrics,
    );
}

/// A page as kube-state-metrics writes it.
fn long_labels(behind: &str, end: &str) -> String {
    let mut page =
        String::from("# HELP kube_pod_status_phase The pods current phase.\n# TYPE kube_pod_status_phase gauge\n");
    for number in 0..20_000 {
        let line = writeln!(
            page,
            "kube_pod_status_phase{{namespace=\"team-{}\",pod=\"checkout-7d9f8b6c5d-{number:05}\",\
             uid=\"9f8b6c5d-0000-4000-8000-{number:012}\",phase=\"Running\"}} {}{behind}",
            number % 40,
            number % 3,
        );
        assert!(line.is_ok(), "a string takes all text");
    }
    page + end
}

fn run(name: &str, page: &str, format: Format) {
    let count = samples(page, format).count();
    println!("{name}: {} KB, {count} samples", page.len() / 1000);
    let known: HashMap<&str, u64> = samples(page, format).zip(0..).map(|(sample, id)| (sample.series, id)).collect();
    let report = |what: &str, work: &mut dyn FnMut()| {
        let seconds = best(work).as_secs_f64();
        let megabytes = page.len() as f64 / 1e6 / seconds;
        println!("  {what:<18} {megabytes:>8.0} MB/s {:>8.2} M samples/s", count as f64 / 1e6 / seconds);
    };
    report("parse", &mut || {
        black_box(samples(page, format).map(|sample| sample.value).sum::<f64>());
    });
    report("parse, known", &mut || {
        black_box(samples(page, format).filter_map(|sample| known.get(sample.series)).sum::<u64>());
    });
    report("parse, labels", &mut || {
        for sample in samples(page, format) {
            black_box(series::labels(sample.series, sample.kind).is_ok());
        }
    });
    if format == Format::Text {
        report("prometheus-parse", &mut || {
            let lines = page.lines().map(|line| Ok::<_, std::io::Error>(line.to_owned()));
            black_box(prometheus_parse::Scrape::parse(lines).is_ok());
        });
    }
}

fn samples(page: &str, format: Format) -> impl Iterator<Item = Sample<'_>> {
    Parser::new(page.as_bytes(), format, Mode::Strict).filter_map(|entry| match entry {
        Ok(Entry::Sample(sample)) => Some(sample),
        _ => None,
    })
}

/// The shortest of many runs.
fn best(work: &mut dyn FnMut()) -> Duration {
    let start = Instant::now();
    let mut best = Duration::MAX;
    while start.elapsed() < REPEAT_FOR {
        let run = Instant::now();
        work();
        best = best.min(run.elapsed());
    }
    best
}
