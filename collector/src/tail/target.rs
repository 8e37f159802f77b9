//! Where the files of a job are and which labels their lines get.
//!
//! Invariant: the labels of a file depend on its target and its path only, so that a restart gives the same ones.

use super::pattern::Pattern;
use crate::pipeline::Pipeline;
use crate::relabel::{self, Rule};
use model::labels::{Labels, LabelsBuilder};
use std::path::Path;

const FILENAME: &str = "filename";
const PATH: &str = "__path__";
const HIDDEN_PREFIX: &str = "__";

/// Files that share labels and stages.
#[derive(Clone, Debug)]
pub struct Target {
    pub(crate) pattern: Pattern,
    /// Files that the pattern names and that are left out.
    pub(crate) excluded: Option<Pattern>,
    pub(crate) labels: TargetLabels,
    pub(crate) pipeline: Pipeline,
    /// Whether a folder that cannot be read is worth one warning only.
    pub(crate) is_optional: bool,
}

/// How the labels of a file are made.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum TargetLabels {
    /// These, and `filename`, as promtail does.
    Written(Labels),
    /// From the folders `<namespace>_<pod>_<uid>/<container>` of a tree of pods, and these.
    Pods {
        /// What the config adds.
        added: Labels,
        /// Applied to the labels of each file; may drop it.
        rules: Vec<Rule>,
    },
}

/// Why a file is not tailed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoLabels {
    /// Relabeling dropped it.
    Dropped,
    /// Its folders are not those of a pod.
    NotOfPod,
}

impl Target {
    /// Whether it names the path.
    pub(super) fn excludes(&self, path: &Path) -> bool {
        self.excluded.as_ref().is_some_and(|excluded| excluded.names(path))
    }

    /// Whether what was rotated away before a file was first seen is read too: of containers, whose lines tell their
    /// times and are old only as far as the retention allows. Of other files promtail leaves it.
    pub(super) fn has_past(&self) -> bool {
        matches!(self.labels, TargetLabels::Pods { .. })
    }

    /// The labels of a file.
    pub(super) fn labels_of(&self, path: &Path) -> Result<Labels, NoLabels> {
        match &self.labels {
            TargetLabels::Written(labels) => {
                let mut labels = labels.to_builder();
                Ok(labels.set(FILENAME, path.display().to_string()).build())
            }
            TargetLabels::Pods { added, rules } => pod_labels(path, added, rules),
        }
    }
}

fn pod_labels(path: &Path, added: &Labels, rules: &[Rule]) -> Result<Labels, NoLabels> {
    let (namespace, pod, uid, container) = pod_of(path).ok_or(NoLabels::NotOfPod)?;
    let mut labels = LabelsBuilder::new();
    for (name, value) in [("namespace", namespace), ("pod", pod), ("container", container)] {
        labels.set(name, value);
    }
    for (name, value) in added {
        labels.set(name, value);
    }
    for (name, value) in [
        ("__meta_kubernetes_namespace", namespace),
        ("__meta_kubernetes_pod_name", pod),
        ("__meta_kubernetes_pod_uid", uid),
        ("__meta_kubernetes_pod_container_name", container),
    ] {
        labels.set(name, value);
    }
    labels.set(PATH, path.display().to_string());
    if !relabel::apply(rules, &mut labels) {
        return Err(NoLabels::Dropped);
    }
    labels.retain(|name| !name.starts_with(HIDDEN_PREFIX));
    Ok(labels.build())
}

/// Namespace, pod, uid and container; neither may hold a `_`.
fn pod_of(path: &Path) -> Option<(&str, &str, &str, &str)> {
    let container_folder = path.parent()?;
    let pod_folder = container_folder.parent()?.file_name()?.to_str()?;
    let mut parts = pod_folder.split('_');
    let (namespace, pod, uid) = (parts.next()?, parts.next()?, parts.next()?);
    let container = container_folder.file_name()?.to_str()?;
    let is_whole = parts.next().is_none() && ![namespace, pod, container].contains(&"");
    is_whole.then_some((namespace, pod, uid, container))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, expected: Option<&str>) {
        let target = Target {
            pattern: Pattern::new(Path::new("/p/*/*/*.log")).expect("a pattern"),
            excluded: None,
            labels: TargetLabels::Pods { added: Labels::from_pairs([("app", "was")]), rules: Vec::new() },
            pipeline: Pipeline::default(),
            is_optional: false,
        };
        let labels = target.labels_of(Path::new(path)).ok().map(|labels| labels.to_string());
        assert_eq!(labels.as_deref(), expected, "{path}");
    }

    #[test]
    fn folders_of_pods_become_labels() {
        let expected = r#"{app="was", container="was", namespace="blog-system", pod="was-0"}"#;
        check("/p/blog-system_was-0_0f3b/was/0.log", Some(expected));
        check("/p/blog-system_was-0/was/0.log", None);
        check("/p/a_b_c_d/was/0.log", None);
        check("/p/_b_c/was/0.log", None);
        check("/0.log", None);
    }
}
