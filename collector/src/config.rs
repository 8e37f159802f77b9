//! The sections `global`, `scrape_configs`, `scrape_config_files`, `exporters`, `log_configs` and `log_config_files`.
//!
//! Invariant: what [`Sections::validate`] returns cannot be wrong: durations are parsed, expressions compiled, names
//! unique, limits resolved. Everything that is wrong is found in one pass and told with its place; nothing that is
//! written is silently ignored. It reads the files that the sections name and nothing else.

mod exporters;
mod file;
mod global;
mod job;
mod labels;
mod limits;
mod log;
pub(crate) mod pipeline;
mod protocol;
mod raw;
mod relabeling;
mod targets;

pub use exporters::{Exporters, RawExporters};
pub(crate) use exporters::{HOST_JOB, SELF_JOB};
pub use global::{Global, RawGlobal};
pub use job::{Job, Scheme};
pub use labels::NameScheme;
pub use limits::Limits;
pub use log::{LogJob, PodTree, RawLogJob};
pub use protocol::Protocol;
pub use raw::RawJob;
pub use settings::Source;
pub(crate) use settings::source::parse as parse_yaml;
pub use targets::{FileDiscovery, TargetGroup};

use model::finding::Finding;
use serde::{Deserialize, Serialize};
use serde_saphyr::{Location, Spanned};
use settings::report::{Key, Report};
use std::collections::BTreeMap;

/// The sections as written. `belfry::config` moves its own fields in here; each may be absent.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sections {
    /// `global:` of prometheus.yml.
    pub global: Option<RawGlobal>,
    /// `scrape_configs:` of prometheus.yml.
    pub scrape_configs: Option<Vec<Spanned<RawJob>>>,
    /// Globs of files that hold more `scrape_configs:`, relative to the config file.
    pub scrape_config_files: Option<Vec<Spanned<String>>>,
    /// The built-in targets.
    pub exporters: Option<RawExporters>,
    /// promtail's `scrape_configs:`.
    pub log_configs: Option<Vec<Spanned<RawLogJob>>>,
    /// Globs of promtail's files, relative to the config file.
    pub log_config_files: Option<Vec<Spanned<String>>>,
}

/// The sections, checked.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Config {
    /// What holds for all jobs.
    pub global: Global,
    /// The globs as written. Not shown: the jobs of their files stand among `scrape_configs`.
    #[serde(skip)]
    pub scrape_config_files: Vec<String>,
    /// The jobs of the config file and of the files that the globs name, in that order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scrape_configs: Vec<Job>,
    /// The built-in targets.
    pub exporters: Exporters,
    /// The jobs that tail files, of the config file and of the files that the globs name, in that order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub log_configs: Vec<LogJob>,
}

impl Sections {
    /// Checks everything and reads the files of `scrape_config_files`.
    ///
    /// # Errors
    /// Every finding, in the order of the file.
    pub fn validate(self, source: &Source) -> Result<Config, Vec<Finding>> {
        let mut report = Report::new(source.file.clone());
        let global = self.global.unwrap_or_default().validate(&Key::root("global"), &mut report);
        let mut scrape_configs = validate_jobs(self.scrape_configs, &global, source, &mut report);
        let mut scrape_config_files = Vec::new();
        for (index, glob) in self.scrape_config_files.into_iter().flatten().enumerate() {
            let key = Key::root("scrape_config_files").index(index);
            for (path, raw) in file::read_jobs(&glob, &key, source, &mut report) {
                let mut inner = Report::new(path);
                scrape_configs.extend(validate_jobs(raw, &global, source, &mut inner));
                report.absorb(inner);
            }
            scrape_config_files.push(glob.value);
        }
        let exporters = self.exporters.unwrap_or_default().validate(&Key::root("exporters"), &mut report);
        refuse_duplicates(&scrape_configs, &exporters, &mut report);
        let log_configs = log::read(self.log_configs, self.log_config_files, source, &mut report);
        let scrape_configs = scrape_configs.into_iter().map(|(job, _)| job).collect();
        report.finish(Config { global, scrape_config_files, scrape_configs, exporters, log_configs })
    }
}

type Located = (Job, (String, Location, String));

fn validate_jobs(
    raw: Option<Vec<Spanned<RawJob>>>,
    global: &Global,
    source: &Source,
    report: &mut Report,
) -> Vec<Located> {
    let mut jobs = Vec::new();
    for (index, raw) in raw.into_iter().flatten().enumerate() {
        let key = Key::root("scrape_configs").index(index);
        let name_key = key.field("job_name");
        let place = raw.value.job_name.as_ref().map_or(raw.referenced, |name| name.referenced);
        if let Some(job) = job::validate(raw, &key, global, source, report) {
            jobs.push((job, (report.file().to_owned(), place, name_key.to_string())));
        }
    }
    jobs
}

/// Series of two jobs of one name would be mixed up, so names are unique over all files and the built-in jobs.
fn refuse_duplicates(jobs: &[Located], exporters: &Exporters, report: &mut Report) {
    let mut seen: BTreeMap<&str, ()> = exporters.job_names().map(|name| (name, ())).collect();
    for (job, (file, place, key)) in jobs {
        if seen.insert(&job.job_name, ()).is_some() {
            let what = format!("found multiple scrape configs with job name {}", model::number::quoted(&job.job_name));
            report.add_in(file, key, *place, what);
        }
    }
}

#[cfg(test)]
mod tests;
