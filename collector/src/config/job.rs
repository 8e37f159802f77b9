//! One entry of `scrape_configs`, checked.

use super::global::Global;
use super::labels::NameScheme;
use super::limits::{Limits, RawLimits};
use super::protocol::{self, Protocol};
use super::raw::{RawJob, seconds};
use super::relabeling::read_rules;
use super::targets::{self, FileDiscovery, TargetGroup};
use crate::relabel::Rule;
use model::number::quoted;
use serde::Serialize;
use serde_saphyr::Spanned;
use settings::Source;
use settings::http::{self, HttpClient};
use settings::report::{Key, Report, place_of};
use std::collections::BTreeMap;
use std::time::Duration;

/// How a target is reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
    /// Plain.
    #[default]
    Http,
    /// TLS.
    Https,
}

impl Scheme {
    /// The URL's scheme.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    /// Reads a scheme.
    ///
    /// # Errors
    /// A phrase naming it, when it is neither.
    pub fn from_text(text: &str) -> Result<Self, String> {
        match text {
            "" | "http" => Ok(Self::Http),
            "https" => Ok(Self::Https),
            other => Err(format!("expected http or https, got {}", quoted(other))),
        }
    }
}

/// A job: where its targets come from and how they are scraped.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Job {
    /// Its name, the label `job` of its series.
    pub job_name: String,
    /// Whether a line that cannot be read is skipped and counted, where Prometheus fails the scrape. Belfry's own.
    pub lenient: bool,
    /// How often.
    #[serde(serialize_with = "seconds")]
    pub scrape_interval: Duration,
    /// How long a scrape may take; at most the interval.
    #[serde(serialize_with = "seconds")]
    pub scrape_timeout: Duration,
    /// The path of the page.
    pub metrics_path: String,
    /// How targets are reached.
    pub scheme: Scheme,
    /// URL parameters.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, Vec<String>>,
    /// Whether a label of the page wins over the same label of the target.
    pub honor_labels: bool,
    /// Whether times on the page are taken.
    pub honor_timestamps: bool,
    /// Whether series that carry their own times get stale markers as well.
    pub track_timestamps_staleness: bool,
    /// The formats asked for, best first.
    pub scrape_protocols: Vec<Protocol>,
    /// The format assumed where the target does not say one that is known. `None`: the scrape fails then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fallback_scrape_protocol: Option<Protocol>,
    /// Whether gzip is asked for.
    pub enable_compression: bool,
    /// Which names are valid.
    pub metric_name_validation_scheme: NameScheme,
    /// Whether scrapes also report their timeout, limit and body size as series.
    pub extra_scrape_metrics: bool,
    /// Limits of each scrape.
    #[serde(flatten)]
    pub limits: Limits,
    /// How the client speaks HTTP.
    #[serde(flatten)]
    pub http: HttpClient,
    /// Targets that are written down.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub static_configs: Vec<TargetGroup>,
    /// Targets that files hold.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub file_sd_configs: Vec<FileDiscovery>,
    /// Applied to targets.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub relabel_configs: Vec<Rule>,
    /// Applied to samples.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub metric_relabel_configs: Vec<Rule>,
}

impl Job {
    /// A job with every default of Prometheus and nothing to scrape; the built-in targets start from it.
    pub fn named(name: &str, global: &Global) -> Self {
        Self {
            job_name: name.to_owned(),
            lenient: false,
            scrape_interval: global.scrape_interval,
            scrape_timeout: global.scrape_timeout,
            metrics_path: "/metrics".to_owned(),
            scheme: Scheme::Http,
            params: BTreeMap::new(),
            honor_labels: false,
            honor_timestamps: true,
            track_timestamps_staleness: false,
            scrape_protocols: global.scrape_protocols.clone(),
            fallback_scrape_protocol: None,
            enable_compression: true,
            metric_name_validation_scheme: global.metric_name_validation_scheme,
            extra_scrape_metrics: global.extra_scrape_metrics,
            limits: global.limits,
            http: HttpClient::default(),
            static_configs: Vec::new(),
            file_sd_configs: Vec::new(),
            relabel_configs: Vec::new(),
            metric_relabel_configs: Vec::new(),
        }
    }
}

/// Checks a job. `None` when it has no name, which is a finding like any other.
pub(super) fn validate(
    raw: Spanned<RawJob>,
    key: &Key,
    global: &Global,
    source: &Source,
    report: &mut Report,
) -> Option<Job> {
    let Spanned { value: mut raw, referenced: place, .. } = raw;
    raw.refuse_unsupported(key, report);
    let Some(name) = raw.job_name.take().filter(|name| !name.value.is_empty()) else {
        report.add(&key.field("job_name"), place, "job_name is empty");
        return None;
    };
    let mut job = Job::named(&name.value, global);
    read_timing(&mut job, &mut raw, key, report);
    read_request(&mut job, &mut raw, key, report);
    job.http = http::read(raw.take_http(), key, place, source, report);
    job.limits = limits_of(&mut raw).validate(key, &global.limits, report);
    let names_key = key.field("metric_name_validation_scheme");
    let names = report.read(&names_key, raw.metric_name_validation_scheme.take(), |text| NameScheme::from_text(&text));
    let names = names.unwrap_or(global.metric_name_validation_scheme);
    job.metric_name_validation_scheme = names;
    job.static_configs = targets::read_groups(raw.static_configs, &key.field("static_configs"), names, report);
    job.file_sd_configs = targets::read_files(raw.file_sd_configs, &key.field("file_sd_configs"), source, report);
    job.relabel_configs = read_rules(raw.relabel_configs, &key.field("relabel_configs"), names, report);
    let rules_key = key.field("metric_relabel_configs");
    job.metric_relabel_configs = read_rules(raw.metric_relabel_configs, &rules_key, names, report);
    Some(job)
}

fn read_timing(job: &mut Job, raw: &mut RawJob, key: &Key, report: &mut Report) {
    let timeout_key = key.field("scrape_timeout");
    let timeout_place = place_of(raw.scrape_timeout.as_ref(), serde_saphyr::Location::UNKNOWN);
    let interval = report.duration(&key.field("scrape_interval"), raw.scrape_interval.take());
    let timeout = report.duration(&timeout_key, raw.scrape_timeout.take());
    job.scrape_interval = interval.unwrap_or(job.scrape_interval);
    if timeout.is_some_and(|timeout| timeout > job.scrape_interval) {
        let name = quoted(&job.job_name);
        let what = format!("scrape timeout greater than scrape interval for scrape config with job name {name}");
        report.add(&timeout_key, timeout_place, what);
    }
    job.scrape_timeout = timeout.unwrap_or(job.scrape_timeout.min(job.scrape_interval));
}

fn read_request(job: &mut Job, raw: &mut RawJob, key: &Key, report: &mut Report) {
    job.lenient = raw.lenient.unwrap_or(false);
    let path = raw.metrics_path.take().map(|path| path.value).filter(|path| !path.is_empty());
    job.metrics_path = path.unwrap_or_else(|| job.metrics_path.clone());
    let scheme = report.read(&key.field("scheme"), raw.scheme.take(), |text| Scheme::from_text(&text));
    job.scheme = scheme.unwrap_or_default();
    job.params = raw.params.take().unwrap_or_default();
    job.honor_labels = raw.honor_labels.unwrap_or(false);
    job.honor_timestamps = raw.honor_timestamps.unwrap_or(true);
    job.track_timestamps_staleness = raw.track_timestamps_staleness.unwrap_or(false);
    job.enable_compression = raw.enable_compression.unwrap_or(true);
    job.extra_scrape_metrics = raw.extra_scrape_metrics.unwrap_or(job.extra_scrape_metrics);
    if let Some(protocols) = protocol::read_list(raw.scrape_protocols.take(), &key.field("scrape_protocols"), report) {
        job.scrape_protocols = protocols;
    }
    let fallback_key = key.field("fallback_scrape_protocol");
    job.fallback_scrape_protocol = protocol::read_fallback(raw.fallback_scrape_protocol.take(), &fallback_key, report);
}

fn limits_of(raw: &mut RawJob) -> RawLimits {
    RawLimits {
        body_size_limit: raw.body_size_limit.take(),
        sample_limit: raw.sample_limit,
        target_limit: raw.target_limit,
        label_limit: raw.label_limit,
        label_name_length_limit: raw.label_name_length_limit,
        label_value_length_limit: raw.label_value_length_limit,
        keep_dropped_targets: raw.keep_dropped_targets,
    }
}
