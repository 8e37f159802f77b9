//! `log_configs` and promtail's files of them: which files are tailed and what becomes of their lines.
//!
//! Invariant: every key that promtail knows is here, so that one we do not support yet is told by name and never ignored.

use super::labels::NameScheme;
use super::pipeline::{RawStages, read_pipeline};
use super::relabeling::{RawRule, read_rules};
use super::targets::{RawGroup, read_groups};
use crate::pipeline::Pipeline;
use crate::relabel::{self, Rule};
use crate::tail::{Pattern, Target, TargetLabels};
use model::labels::Labels;
use model::number::quoted;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_saphyr::{Location, Spanned};
use settings::report::{Key, Report, place_of};
use settings::source::{Source, read_files};
use settings::unsupported::Unsupported;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const PATH: &str = "__path__";
const PATH_EXCLUDE: &str = "__path_exclude__";
const ADDRESS: &str = "__address__";
const HIDDEN_PREFIX: &str = "__";

/// One entry of `log_configs`, not yet checked.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawLogJob {
    job_name: Option<Spanned<String>>,
    static_configs: Option<Vec<Spanned<RawGroup>>>,
    pods: Option<Spanned<RawPods>>,
    relabel_configs: Option<Vec<Spanned<RawRule>>>,
    pipeline_stages: RawStages,
    encoding: Option<Spanned<String>>,
    decompression: Unsupported,
    entry_parser: Unsupported,
    journal: Unsupported,
    syslog: Unsupported,
    gcplog: Unsupported,
    gelf: Unsupported,
    cloudflare: Unsupported,
    kafka: Unsupported,
    loki_push_api: Unsupported,
    windows_events: Unsupported,
    azure_event_hubs: Unsupported,
    heroku_drain: Unsupported,
    kubernetes_sd_configs: Unsupported,
    docker_sd_configs: Unsupported,
    file_sd_configs: Unsupported,
    consul_sd_configs: Unsupported,
    consulagent_sd_configs: Unsupported,
    dns_sd_configs: Unsupported,
    http_sd_configs: Unsupported,
}

/// The short form for the log tree of a node's pods.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawPods {
    path: Option<Spanned<String>>,
    labels: Option<BTreeMap<String, Spanned<String>>>,
    optional: Option<bool>,
}

/// A job: which files are tailed and what becomes of their lines.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LogJob {
    /// Its name; positions are kept under it.
    pub job_name: String,
    /// What was written, for people and to see whether a reload changes anything.
    #[serde(flatten)]
    written: Written,
    #[serde(skip)]
    targets: Targets,
}

/// A tree of pods' logs, `<namespace>_<pod>_<uid>/<container>/N.log`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PodTree {
    /// Its root, such as `/var/log/pods`.
    pub path: PathBuf,
    /// Labels that all its streams get besides `namespace`, `pod` and `container`.
    #[serde(serialize_with = "super::labels::serialize", skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
    /// Whether it may be missing or closed to us: that is worth one warning then.
    pub optional: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
struct Written {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    static_configs: Vec<super::TargetGroup>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pods: Option<PodTree>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    relabel_configs: Vec<Rule>,
    #[serde(skip_serializing_if = "Pipeline::is_empty")]
    pipeline_stages: Pipeline,
}

/// Made from what was written, so equal when that is.
#[derive(Clone, Debug, Default)]
struct Targets(Vec<Arc<Target>>);

impl PartialEq for Targets {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl LogJob {
    /// A job that tails one tree of pods.
    ///
    /// # Errors
    /// A phrase, when the path cannot be part of a pattern.
    pub fn pods(job_name: &str, tree: PodTree) -> Result<Self, String> {
        let target = pod_target(&tree, &[], Pipeline::default())?;
        let written = Written { pods: Some(tree), ..Written::default() };
        Ok(Self { job_name: job_name.to_owned(), written, targets: Targets(vec![Arc::new(target)]) })
    }

    /// Where its files are.
    pub(crate) fn targets(&self) -> &[Arc<Target>] {
        &self.targets.0
    }
}

fn pod_target(tree: &PodTree, rules: &[Rule], pipeline: Pipeline) -> Result<Target, String> {
    // Brackets and stars in the root's own name are no wildcards.
    let root = tree.path.to_str().ok_or_else(|| format!("{} is not UTF-8", tree.path.display()))?;
    let root: String = root.chars().flat_map(|letter| escaped(letter).chain([letter])).collect();
    Ok(Target {
        pattern: Pattern::new(&Path::new(&root).join("*_*_*/*/*.log"))?,
        excluded: None,
        labels: TargetLabels::Pods { added: tree.labels.clone(), rules: rules.to_vec() },
        pipeline,
        is_optional: tree.optional,
    })
}

fn escaped(letter: char) -> impl Iterator<Item = char> {
    "*?[]{}\\".contains(letter).then_some('\\').into_iter()
}

/// A promtail file. What is not about jobs has its own place in Belfry and is not read.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct PromtailFile {
    scrape_configs: Option<Vec<Spanned<RawLogJob>>>,
    global: IgnoredAny,
    server: IgnoredAny,
    client: IgnoredAny,
    clients: IgnoredAny,
    positions: IgnoredAny,
    limits_config: IgnoredAny,
    target_config: IgnoredAny,
    options: IgnoredAny,
    tracing: IgnoredAny,
    wal: IgnoredAny,
}

/// Checks the jobs of the config file and of the files that the globs name.
pub(super) fn read(
    raw: Option<Vec<Spanned<RawLogJob>>>,
    globs: Option<Vec<Spanned<String>>>,
    source: &Source,
    report: &mut Report,
) -> Vec<LogJob> {
    let mut jobs = Vec::new();
    read_list(raw, &Key::root("log_configs"), source, report, &mut jobs);
    for (index, glob) in globs.into_iter().flatten().enumerate() {
        let key = Key::root("log_config_files").index(index);
        for (path, file) in read_files::<PromtailFile>(&glob, &key, source, report) {
            let folder = Path::new(&path).parent().map(Path::to_owned).unwrap_or_default();
            let mut inner = Report::new(path.clone());
            let source = Source { file: path, folder };
            read_list(file.scrape_configs, &Key::root("scrape_configs"), &source, &mut inner, &mut jobs);
            report.absorb(inner);
        }
    }
    jobs
}

/// Positions are kept under the name of a job, so names are unique over all files.
fn read_list(
    raw: Option<Vec<Spanned<RawLogJob>>>,
    key: &Key,
    source: &Source,
    report: &mut Report,
    jobs: &mut Vec<LogJob>,
) {
    for (index, raw) in raw.into_iter().flatten().enumerate() {
        let key = key.index(index);
        let place = place_of(raw.value.job_name.as_ref(), raw.referenced);
        let Some(job) = validate(raw, &key, source, report) else { continue };
        if jobs.iter().any(|other| other.job_name == job.job_name) {
            let what = format!("found multiple log configs with job name {}", quoted(&job.job_name));
            report.add(&key.field("job_name"), place, what);
        }
        jobs.push(job);
    }
}

/// Checks a job. `None` when it has no name, which is a finding like any other.
fn validate(raw: Spanned<RawLogJob>, key: &Key, source: &Source, report: &mut Report) -> Option<LogJob> {
    let Spanned { value: mut raw, referenced: place, .. } = raw;
    raw.refuse_unsupported(key, report);
    let Some(name) = raw.job_name.take().filter(|name| !name.value.is_empty()) else {
        report.add(&key.field("job_name"), place, "job_name is empty");
        return None;
    };
    report.read(&key.field("encoding"), raw.encoding.take(), |text| check_encoding(&text));
    let pipeline = read_pipeline(raw.pipeline_stages.take(), &key.field("pipeline_stages"), report);
    let names = NameScheme::Utf8;
    let rules = read_rules(raw.relabel_configs.take(), &key.field("relabel_configs"), names, report);
    let places: Vec<Location> = raw.static_configs.iter().flatten().map(|group| group.referenced).collect();
    let groups_key = key.field("static_configs");
    let groups = read_groups(raw.static_configs.take(), &groups_key, names, report);
    let mut targets = Vec::new();
    for (index, (group, place)) in groups.iter().zip(&places).enumerate() {
        let key = groups_key.index(index).field("labels");
        match static_targets(group, &rules, &pipeline, source) {
            Ok(found) => targets.extend(found.into_iter().map(Arc::new)),
            Err(error) => report.add(&key, *place, error),
        }
    }
    let pods_key = key.field("pods");
    let pods_place = place_of(raw.pods.as_ref(), place);
    let pods = raw.pods.take().and_then(|raw| read_pods(raw, &pods_key, source, report));
    if let Some(tree) = &pods {
        match pod_target(tree, &rules, pipeline.clone()) {
            Ok(target) => targets.push(Arc::new(target)),
            Err(error) => report.add(&pods_key.field("path"), pods_place, error),
        }
    }
    let written = Written { static_configs: groups, pods, relabel_configs: rules, pipeline_stages: pipeline };
    Some(LogJob { job_name: name.value, written, targets: Targets(targets) })
}

fn check_encoding(text: &str) -> Result<(), String> {
    match text.to_ascii_lowercase().as_str() {
        "" | "utf-8" | "utf8" => Ok(()),
        _ => Err(format!("not supported yet, got {text}")),
    }
}

fn read_pods(raw: Spanned<RawPods>, key: &Key, source: &Source, report: &mut Report) -> Option<PodTree> {
    let Spanned { value: raw, referenced: place, .. } = raw;
    let labels = super::labels::read_labels(raw.labels, &key.field("labels"), NameScheme::Utf8, report);
    let Some(path) = raw.path.filter(|path| !path.value.is_empty()) else {
        report.add(&key.field("path"), place, "path is empty, expected the folder of the pods' logs");
        return None;
    };
    Some(PodTree { path: source.resolve(&path.value), labels, optional: raw.optional.unwrap_or(false) })
}

/// The targets of a group: one for each address, since relabeling may tell them apart. Without one there is one.
fn static_targets(
    group: &super::TargetGroup,
    rules: &[Rule],
    pipeline: &Pipeline,
    source: &Source,
) -> Result<Vec<Target>, String> {
    let localhost = ["localhost".to_owned()];
    let addresses = if group.targets.is_empty() { &localhost[..] } else { &group.targets };
    let mut targets: Vec<Target> = Vec::new();
    for address in addresses {
        let mut labels = group.labels.to_builder();
        labels.set(ADDRESS, address);
        if !relabel::apply(rules, &mut labels) {
            continue;
        }
        let pattern = |name: &str| {
            let path = labels.get(name).filter(|path| !path.is_empty());
            path.map(|path| Pattern::new(&source.resolve(path)).map_err(|error| format!("{name}: {error}, got {path}")))
        };
        let excluded = pattern(PATH_EXCLUDE).transpose()?;
        let missing = || format!("no label {}, which names the files", quoted(PATH));
        let pattern = pattern(PATH).ok_or_else(missing)??;
        labels.retain(|name| !name.starts_with(HIDDEN_PREFIX));
        let labels = TargetLabels::Written(labels.build());
        let is_repeated = targets.iter().any(|target| (&target.labels, &target.pattern) == (&labels, &pattern));
        if !is_repeated {
            targets.push(Target { pattern, excluded, labels, pipeline: pipeline.clone(), is_optional: false });
        }
    }
    Ok(targets)
}

macro_rules! refuse_all {
    ($raw:ident, $key:ident, $report:ident: $($field:ident)*) => {
        $($raw.$field.refuse(stringify!($field), $key, $report);)*
    };
}

impl RawLogJob {
    fn refuse_unsupported(&self, key: &Key, report: &mut Report) {
        refuse_all!(self, key, report:
            decompression entry_parser journal syslog gcplog gelf cloudflare kafka loki_push_api
            windows_events azure_event_hubs heroku_drain kubernetes_sd_configs docker_sd_configs file_sd_configs
            consul_sd_configs consulagent_sd_configs dns_sd_configs http_sd_configs
        );
    }
}

#[cfg(test)]
mod tests;
