//! The config file as written: which sections there are, and which crate each belongs to.
//!
//! Invariant: every section of a prometheus.yml is known. One that has no function yet is accepted unread and named in
//! a notice, so that a file written for Prometheus starts and nobody believes that something runs which does not.

use super::blog::BlogSection;
use super::rules::Globs;
use super::tree::Unread;
use alerter::config::alerting::RawAlerting;
use collector::config::{RawExporters, RawGlobal, RawJob, RawLogJob, Sections};
use dashboards::config::WebSection;
use serde::Deserialize;
use serde_saphyr::Spanned;

/// All top-level keys.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct File {
    global: Option<RawGlobal>,
    scrape_configs: Option<Vec<Spanned<RawJob>>>,
    scrape_config_files: Option<Vec<Spanned<String>>>,
    exporters: Option<RawExporters>,
    log_configs: Option<Vec<Spanned<RawLogJob>>>,
    log_config_files: Option<Vec<Spanned<String>>>,
    storage: Option<store::config::RawStorage>,
    features: Option<Vec<Spanned<String>>>,
    web: Option<WebSection>,
    rule_files: Option<Vec<Spanned<String>>>,
    alerting: Option<Spanned<RawAlerting>>,
    remote_write: Unread,
    remote_read: Unread,
    tracing: Unread,
    otlp: Unread,
    runtime: Unread,
    log_rule_files: Option<Vec<Spanned<String>>>,
    limits: Unread,
    blog_api: Option<BlogSection>,
}

/// The sections, each for its owner.
#[derive(Debug, Default)]
pub(super) struct Parts {
    pub(super) collector: Sections,
    pub(super) storage: store::config::RawStorage,
    pub(super) features: Vec<Spanned<String>>,
    pub(super) web: WebSection,
    pub(super) blog: BlogSection,
    pub(super) rules: Globs,
    pub(super) alerting: Option<Spanned<RawAlerting>>,
    /// Names of sections and keys that are written and take no effect yet.
    pub(super) without_function: Vec<&'static str>,
}

impl File {
    /// Hands the sections out.
    pub(super) fn into_parts(self) -> Parts {
        let without_function = self.without_function();
        Parts {
            collector: Sections {
                global: self.global,
                scrape_configs: self.scrape_configs,
                scrape_config_files: self.scrape_config_files,
                exporters: self.exporters,
                log_configs: self.log_configs,
                log_config_files: self.log_config_files,
            },
            storage: self.storage.unwrap_or_default(),
            features: self.features.unwrap_or_default(),
            web: self.web.unwrap_or_default(),
            blog: self.blog_api.unwrap_or_default(),
            rules: Globs {
                rule_files: self.rule_files.unwrap_or_default(),
                log_rule_files: self.log_rule_files.unwrap_or_default(),
            },
            alerting: self.alerting,
            without_function,
        }
    }

    fn without_function(&self) -> Vec<&'static str> {
        let unread = [
            ("remote_write", &self.remote_write),
            ("remote_read", &self.remote_read),
            ("tracing", &self.tracing),
            ("otlp", &self.otlp),
            ("runtime", &self.runtime),
            ("limits", &self.limits),
        ];
        let sections = unread.into_iter().filter(|(_, section)| section.is_written).map(|(name, _)| name);
        sections.chain(self.storage.iter().flat_map(store::config::RawStorage::without_function)).collect()
    }
}
