//! `global:`: what holds for all jobs and rules.

use super::labels::{self, NameScheme, read_labels};
use super::limits::{Limits, RawLimits};
use super::protocol::{self, Protocol};
use super::raw::seconds;
use model::labels::Labels;
use serde::{Deserialize, Serialize};
use serde_saphyr::{Location, Spanned};
use settings::report::{Key, Report, place_of};
use settings::unsupported::Unsupported;
use std::collections::BTreeMap;
use std::time::Duration;

/// As written.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawGlobal {
    scrape_interval: Option<Spanned<String>>,
    scrape_timeout: Option<Spanned<String>>,
    evaluation_interval: Option<Spanned<String>>,
    rule_query_offset: Option<Spanned<String>>,
    external_labels: Option<BTreeMap<String, Spanned<String>>>,
    scrape_protocols: Option<Spanned<Vec<Spanned<String>>>>,
    metric_name_validation_scheme: Option<Spanned<String>>,
    extra_scrape_metrics: Option<bool>,
    body_size_limit: Option<Spanned<String>>,
    sample_limit: Option<u64>,
    target_limit: Option<u64>,
    label_limit: Option<u64>,
    label_name_length_limit: Option<u64>,
    label_value_length_limit: Option<u64>,
    keep_dropped_targets: Option<u64>,
    always_scrape_classic_histograms: Option<bool>,
    scrape_native_histograms: Option<Spanned<bool>>,
    convert_classic_histograms_to_nhcb: Option<Spanned<bool>>,
    query_log_file: Unsupported,
    scrape_failure_log_file: Unsupported,
    metric_name_escaping_scheme: Unsupported,
}

/// What holds for all jobs and rules.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Global {
    /// How often targets are scraped, unless a job says otherwise. Default 1m.
    #[serde(serialize_with = "seconds")]
    pub scrape_interval: Duration,
    /// How long a scrape may take. Default 10s, or the interval where that is shorter.
    #[serde(serialize_with = "seconds")]
    pub scrape_timeout: Duration,
    /// How often rules are evaluated, unless a group says otherwise. Default 1m.
    #[serde(serialize_with = "seconds")]
    pub evaluation_interval: Duration,
    /// How far in the past rules are evaluated, unless a group says otherwise. Default 0.
    #[serde(serialize_with = "seconds")]
    pub rule_query_offset: Duration,
    /// Labels that are added where samples and alerts leave this Belfry; not stored with the samples.
    #[serde(serialize_with = "labels::serialize", skip_serializing_if = "Labels::is_empty")]
    pub external_labels: Labels,
    /// The formats asked for, best first.
    pub scrape_protocols: Vec<Protocol>,
    /// Which names are valid.
    pub metric_name_validation_scheme: NameScheme,
    /// Whether scrapes also report their timeout, limit and body size as series.
    pub extra_scrape_metrics: bool,
    /// Limits that hold for all jobs that do not set their own.
    #[serde(flatten)]
    pub limits: Limits,
}

const MINUTE: Duration = Duration::from_secs(60);
const TIMEOUT: Duration = Duration::from_secs(10);

impl Default for Global {
    /// Prometheus's defaults.
    fn default() -> Self {
        Self {
            scrape_interval: MINUTE,
            scrape_timeout: TIMEOUT,
            evaluation_interval: MINUTE,
            rule_query_offset: Duration::ZERO,
            external_labels: Labels::empty(),
            scrape_protocols: Protocol::DEFAULT.to_vec(),
            metric_name_validation_scheme: NameScheme::Utf8,
            extra_scrape_metrics: false,
            limits: Limits::default(),
        }
    }
}

impl RawGlobal {
    pub(super) fn validate(self, key: &Key, report: &mut Report) -> Global {
        self.refuse_unsupported(key, report);
        let default = Global::default();
        let timeout_place = place_of(self.scrape_timeout.as_ref(), Location::UNKNOWN);
        let interval = report.duration(&key.field("scrape_interval"), self.scrape_interval);
        let scrape_interval = interval.unwrap_or(default.scrape_interval);
        let timeout_key = key.field("scrape_timeout");
        let timeout = report.duration(&timeout_key, self.scrape_timeout);
        if timeout.is_some_and(|timeout| timeout > scrape_interval) {
            report.add(&timeout_key, timeout_place, "global scrape timeout greater than scrape interval");
        }
        let evaluation = report.duration(&key.field("evaluation_interval"), self.evaluation_interval);
        let offset = report.duration(&key.field("rule_query_offset"), self.rule_query_offset);
        let scheme_key = key.field("metric_name_validation_scheme");
        let names = report.read(&scheme_key, self.metric_name_validation_scheme, |text| NameScheme::from_text(&text));
        let names = names.unwrap_or_default();
        let raw_limits = RawLimits {
            body_size_limit: self.body_size_limit,
            sample_limit: self.sample_limit,
            target_limit: self.target_limit,
            label_limit: self.label_limit,
            label_name_length_limit: self.label_name_length_limit,
            label_value_length_limit: self.label_value_length_limit,
            keep_dropped_targets: self.keep_dropped_targets,
        };
        Global {
            scrape_interval,
            scrape_timeout: timeout.unwrap_or(TIMEOUT.min(scrape_interval)),
            evaluation_interval: evaluation.unwrap_or(default.evaluation_interval),
            rule_query_offset: offset.unwrap_or(Duration::ZERO),
            external_labels: read_labels(self.external_labels, &key.field("external_labels"), names, report),
            scrape_protocols: protocol::read_list(self.scrape_protocols, &key.field("scrape_protocols"), report)
                .unwrap_or(default.scrape_protocols),
            metric_name_validation_scheme: names,
            extra_scrape_metrics: self.extra_scrape_metrics.unwrap_or(false),
            limits: raw_limits.validate(key, &Limits::default(), report),
        }
    }

    fn refuse_unsupported(&self, key: &Key, report: &mut Report) {
        // Classic histograms are always scraped, so either value of that switch is what happens.
        let _ = self.always_scrape_classic_histograms;
        self.query_log_file.refuse("query_log_file", key, report);
        self.scrape_failure_log_file.refuse("scrape_failure_log_file", key, report);
        self.metric_name_escaping_scheme.refuse("metric_name_escaping_scheme", key, report);
        for (name, raw) in [
            ("scrape_native_histograms", &self.scrape_native_histograms),
            ("convert_classic_histograms_to_nhcb", &self.convert_classic_histograms_to_nhcb),
        ] {
            if let Some(raw) = raw.as_ref().filter(|raw| raw.value) {
                report.add(&key.field(name), raw.referenced, "not supported yet, got true");
            }
        }
    }
}
