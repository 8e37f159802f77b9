//! `scrape_config_files`: files that hold more jobs.

use super::raw::RawJob;
use serde::Deserialize;
use serde_saphyr::Spanned;
use settings::report::{Key, Report};
use settings::source::{Source, read_files};

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct JobFile {
    scrape_configs: Option<Vec<Spanned<RawJob>>>,
}

/// The raw jobs of one file with the file's name.
pub(super) type JobsOfFile = (String, Option<Vec<Spanned<RawJob>>>);

/// Reads every file that the glob names, in the order of their names.
pub(super) fn read_jobs(glob: &Spanned<String>, key: &Key, source: &Source, report: &mut Report) -> Vec<JobsOfFile> {
    let files = read_files::<JobFile>(glob, key, source, report);
    files.into_iter().map(|(name, file)| (name, file.scrape_configs)).collect()
}
