//! `static_configs` and `file_sd_configs` as written.

use super::labels::{self, NameScheme, read_labels};
use super::raw::seconds;
use model::labels::Labels;
use model::number::quoted;
use serde::{Deserialize, Serialize};
use serde_saphyr::Spanned;
use settings::Source;
use settings::report::{Key, Report};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

const REFRESH_DEFAULT: Duration = Duration::from_secs(300);

/// Targets that share labels.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TargetGroup {
    /// `host:port` each.
    pub targets: Vec<String>,
    /// Labels of all of them.
    #[serde(serialize_with = "labels::serialize", skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
}

/// Files that hold target groups.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileDiscovery {
    /// Globs as written.
    pub files: Vec<String>,
    /// The same, resolved from the config file's folder.
    #[serde(skip)]
    pub paths: Vec<PathBuf>,
    /// How often the files are read again, besides on change.
    #[serde(serialize_with = "seconds")]
    pub refresh_interval: Duration,
}

/// A group as written.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawGroup {
    targets: Option<Vec<Spanned<String>>>,
    labels: Option<BTreeMap<String, Spanned<String>>>,
}

/// `file_sd_configs` as written.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawFileDiscovery {
    files: Option<Vec<Spanned<String>>>,
    refresh_interval: Option<Spanned<String>>,
}

/// Checks static groups.
pub(super) fn read_groups(
    raw: Option<Vec<Spanned<RawGroup>>>,
    key: &Key,
    names: NameScheme,
    report: &mut Report,
) -> Vec<TargetGroup> {
    let mut groups = Vec::new();
    for (index, Spanned { value: raw, .. }) in raw.into_iter().flatten().enumerate() {
        let key = key.index(index);
        let mut targets = Vec::new();
        for (index, target) in raw.targets.into_iter().flatten().enumerate() {
            let key = key.field("targets").index(index);
            targets.extend(report.read(&key, Some(target), check_address));
        }
        groups.push(TargetGroup { targets, labels: read_labels(raw.labels, &key.field("labels"), names, report) });
    }
    groups
}

/// An address is `host:port`; a path or a scheme in it is the commonest mistake.
fn check_address(address: String) -> Result<String, String> {
    if address.contains('/') {
        return Err(format!("{} is not a valid hostname", quoted(&address)));
    }
    Ok(address)
}

/// Checks file discoveries.
pub(super) fn read_files(
    raw: Option<Vec<Spanned<RawFileDiscovery>>>,
    key: &Key,
    source: &Source,
    report: &mut Report,
) -> Vec<FileDiscovery> {
    let mut discoveries = Vec::new();
    for (index, Spanned { value: raw, referenced: place, .. }) in raw.into_iter().flatten().enumerate() {
        let key = key.index(index);
        let mut files = Vec::new();
        if raw.files.as_ref().is_none_or(Vec::is_empty) {
            report.add(&key.field("files"), place, "file service discovery config must contain at least one path name");
        }
        for (index, file) in raw.files.into_iter().flatten().enumerate() {
            files.extend(report.read(&key.field("files").index(index), Some(file), check_file_glob));
        }
        let refresh = report.duration(&key.field("refresh_interval"), raw.refresh_interval);
        discoveries.push(FileDiscovery {
            paths: files.iter().map(|file| source.resolve(file)).collect(),
            files,
            refresh_interval: refresh.unwrap_or(REFRESH_DEFAULT),
        });
    }
    discoveries
}

/// Only the last segment may hold a `*`, and the ending tells the format.
fn check_file_glob(glob: String) -> Result<String, String> {
    let lower = glob.to_lowercase();
    let known_ending = [".json", ".yml", ".yaml"].iter().any(|ending| lower.ends_with(ending));
    let star_in_folder = glob.rfind('/').is_some_and(|slash| glob.find('*').is_some_and(|star| star < slash));
    if known_ending && !star_in_folder {
        Ok(glob)
    } else {
        Err(format!("path name {} is not valid for file discovery", quoted(&glob)))
    }
}
