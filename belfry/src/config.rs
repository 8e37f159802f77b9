//! Assembles the config: file or embedded defaults, environment, flags.
//!
//! Invariant: what [`load`] returns was checked by every section's owner and can be applied; on any finding nothing is.
//! Reading a config changes nothing, so that `check` and a reload can do it at any time.

mod blog;
mod environment;
mod features;
mod file;
mod parse;
mod rules;
mod tree;

use crate::cli::ServeFlags;
use crate::limits::MOST_CONFIG_BYTES;
use alerter::config::alerting::{self, Alerting};
use alerter::config::alertmanagers::Alertmanager;
pub(crate) use blog::Blog;
use collector::config::{LogJob, PodTree, Source};
use file::{File, Parts};
use model::finding::{Finding, Place};
use model::labels::Labels;
pub(crate) use rules::Rules;
use serde::Serialize;
use settings::report::{Key, Report};
use std::path::{Path, PathBuf};

/// The config that runs when no file is named.
const EMBEDDED_DEFAULTS: &str = include_str!("config/defaults.yml");

/// Everything that was configured, checked.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// What is scraped.
    pub(crate) collector: collector::config::Config,
    /// How long and how safely it is kept.
    pub(crate) storage: store::config::Storage,
    /// Feature flags of the query language.
    pub(crate) features: query::Features,
    /// Their names, for `status/flags` and `belfry version`.
    pub(crate) feature_names: Vec<String>,
    /// Where and for whom we serve.
    pub(crate) web: dashboards::config::Web,
    /// The demonstration blog.
    pub(crate) blog: Blog,
    /// The rules of both languages.
    pub(crate) rules: Rules,
    /// Who is told of alerts.
    pub(crate) alerting: Alerting,
    /// What the user should know though it is no error, one line each.
    pub(crate) notices: Vec<String>,
}

/// Reads, expands and checks what the flags name.
///
/// # Errors
/// Every finding; a file that cannot be read is one.
pub(crate) fn load(flags: &ServeFlags) -> Result<Config, Vec<Finding>> {
    let Some(path) = &flags.config else {
        let mut config = assemble(&Source::default(), EMBEDDED_DEFAULTS, flags, &parse::process_environment)?;
        config.rules = rules::embedded(config.features)?;
        config.collector.log_configs.push(blog_lines(flags).map_err(|what| vec![finding("", what)])?);
        return Ok(config);
    };
    let (source, text) = source_of(path)?;
    assemble(&source, &text, flags, &parse::process_environment)
}

/// Reads and checks an alertmanager.yml that stands alone, as [`load`] does one that `alerting.config_file` names.
///
/// # Errors
/// Every finding; a file that cannot be read is one.
pub(crate) fn alertmanager_file(path: &Path) -> Result<Alerting, Vec<Finding>> {
    let (source, text) = source_of(path)?;
    alerting::read_text(&text, &source)
}

fn source_of(path: &Path) -> Result<(Source, String), Vec<Finding>> {
    let file = path.display().to_string();
    let text = read(path).map_err(|what| vec![finding(&file, what)])?;
    let folder = std::path::absolute(path).ok().and_then(|path| Some(path.parent()?.to_owned())).unwrap_or_default();
    Ok((Source { file, folder }, text))
}

/// Tails what the embedded blog writes, wherever the data folder is.
fn blog_lines(flags: &ServeFlags) -> Result<LogJob, String> {
    let folder = data_dir(flags).map_err(|error| format!("--data-dir: {error}"))?;
    let labels = Labels::from_pairs([("app", "was")]);
    LogJob::pods("blog-api", PodTree { path: folder.join("pods"), labels, optional: false })
}

pub(crate) fn read(path: &Path) -> Result<String, String> {
    let unreadable = |error: std::io::Error| format!("cannot be read: {error}");
    let metadata = std::fs::metadata(path).map_err(unreadable)?;
    if metadata.is_dir() {
        return Err("cannot be read: it is a folder".to_owned());
    }
    if metadata.len() > MOST_CONFIG_BYTES {
        return Err(format!("is longer than {MOST_CONFIG_BYTES} bytes, got {}", metadata.len()));
    }
    String::from_utf8(std::fs::read(path).map_err(unreadable)?).map_err(|error| format!("is not UTF-8: {error}"))
}

fn finding(file: &str, what: String) -> Finding {
    Finding { place: Place { file: file.to_owned(), ..Place::default() }, key: String::new(), what }
}

fn assemble(
    source: &Source,
    text: &str,
    flags: &ServeFlags,
    environment: parse::Lookup<'_>,
) -> Result<Config, Vec<Finding>> {
    let parsed = parse::parse::<File>(&source.file, text, environment)?;
    let prepared = parsed.prepared;
    let mut parts = parsed.value.into_parts();
    if let Some(listen) = &flags.listen {
        parts.web.set_listen(listen);
    }
    validate(parts, source, &flags.enable_feature)
        .map_err(|findings| parse::with_original_columns(&prepared, &source.file, findings))
}

/// Asks every owner, and gathers what all of them find.
fn validate(parts: Parts, source: &Source, enabled: &[String]) -> Result<Config, Vec<Finding>> {
    let mut findings = Vec::new();
    let collector = keep(parts.collector.validate(source), &mut findings);
    let storage = keep(parts.storage.validate(&source.file), &mut findings);
    let web = keep(parts.web.validate(&source.file, &source.folder), &mut findings);
    let blog = keep(parts.blog.validate(&source.file), &mut findings);
    let mut report = Report::new(source.file.clone());
    let alerting = alerting::read(parts.alerting, &Key::root("alerting"), source, &mut report);
    let alerting = keep(report.finish(alerting), &mut findings);
    let chosen = features::read(parts.features, enabled, &source.file, &mut findings);
    let rules = keep(rules::read(parts.rules, chosen.features, source), &mut findings);
    let notices = parts.without_function.iter().map(|section| without_function(&source.file, section)).collect();
    match (collector, storage, web, blog, rules, alerting) {
        (Some(collector), Some(storage), Some(web), Some(blog), Some(rules), Some(alerting)) if findings.is_empty() => {
            Ok(Config {
                collector,
                storage,
                features: chosen.features,
                feature_names: chosen.names,
                web,
                blog,
                rules,
                notices: [notices, alerting.notices.clone(), chosen.notices].concat(),
                alerting,
            })
        }
        _ => {
            findings.sort_by(|a, b| a.place.cmp(&b.place));
            Err(findings)
        }
    }
}

fn keep<T>(checked: Result<T, Vec<Finding>>, findings: &mut Vec<Finding>) -> Option<T> {
    checked.map_err(|found| findings.extend(found)).ok()
}

fn without_function(file: &str, section: &str) -> String {
    format!("{file}: {section}: is accepted and takes no effect yet in belfry {}", crate::version::VERSION)
}

/// The data folder that the flags name, absolute.
pub(crate) fn data_dir(flags: &ServeFlags) -> std::io::Result<PathBuf> {
    std::path::absolute(flags.data_dir.as_deref().unwrap_or(Path::new("data")))
}

impl Config {
    /// The config in force as YAML: defaults filled in, secrets replaced.
    pub(crate) fn to_yaml(&self) -> String {
        #[derive(Serialize)]
        struct ShownAlerting<'a> {
            #[serde(flatten)]
            alerting: &'a Alerting,
            #[serde(skip_serializing_if = "<[Alertmanager]>::is_empty")]
            alertmanagers: &'a [Alertmanager],
        }
        #[derive(Serialize)]
        struct Shown<'a> {
            #[serde(flatten)]
            collector: &'a collector::config::Config,
            alerting: ShownAlerting<'a>,
            storage: &'a store::config::Storage,
            #[serde(skip_serializing_if = "<[String]>::is_empty")]
            rule_files: &'a [String],
            #[serde(skip_serializing_if = "<[String]>::is_empty")]
            log_rule_files: &'a [String],
            blog_api: &'a Blog,
            features: &'a [String],
        }
        let shown = Shown {
            collector: &self.collector,
            alerting: ShownAlerting { alerting: &self.alerting, alertmanagers: &self.alerting.alertmanagers },
            storage: &self.storage,
            rule_files: &self.rules.metrics.globs,
            log_rule_files: &self.rules.logs.globs,
            blog_api: &self.blog,
            features: &self.feature_names,
        };
        serde_saphyr::to_string(&shown).unwrap_or_else(|error| format!("# cannot be shown: {error}\n"))
    }
}

#[cfg(test)]
mod tests;
