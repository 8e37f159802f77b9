//! The series that every scrape adds about itself: `up`, `scrape_duration_seconds` and the rest.
//!
//! Invariant: they carry the target's labels and nothing of the page; metric relabeling does not touch them.

use super::memory::Scrape;
use super::reading::Counts;
use super::sample_labels::report_labels;
use crate::config::Job;
use model::labels::Labels;

/// What a scrape says about itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct Report {
    pub(super) up: bool,
    pub(super) seconds: f64,
    pub(super) counts: Counts,
}

const NAMES: [&str; 5] = [
    "up",
    "scrape_duration_seconds",
    "scrape_samples_scraped",
    "scrape_samples_post_metric_relabeling",
    "scrape_series_added",
];
const EXTRA_NAMES: [&str; 3] = ["scrape_timeout_seconds", "scrape_sample_limit", "scrape_body_size_bytes"];

/// The report's series with their values.
#[expect(clippy::cast_precision_loss, reason = "counts of samples and bytes are far below 2^53")]
pub(super) fn series(scrape: &Scrape<'_>, report: &Report) -> Vec<(Labels, f64)> {
    let Counts { scraped, kept, added, bytes, .. } = report.counts;
    let values = [f64::from(u8::from(report.up)), report.seconds, scraped as f64, kept as f64, added as f64];
    // As in Prometheus, the size of a body that was not received is told as -1.
    let body = if report.up || bytes > 0 { bytes as f64 } else { -1.0 };
    let extra = [scrape.timeout_seconds, scrape.job.limits.sample_limit as f64, body];
    let all = names(scrape.job).zip(values.into_iter().chain(extra));
    all.map(|(name, value)| (report_labels(scrape.labels, name), value)).collect()
}

/// The report's series, to be marked stale.
pub(super) fn ends(target: &Labels, job: &Job) -> Vec<Labels> {
    names(job).map(|name| report_labels(target, name)).collect()
}

fn names(job: &Job) -> impl Iterator<Item = &'static str> {
    let extra = if job.extra_scrape_metrics { EXTRA_NAMES.as_slice() } else { &[] };
    NAMES.iter().chain(extra).copied()
}
