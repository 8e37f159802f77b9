//! From the labels on a page to the labels that are stored: those of the target join, then metric relabeling.
//!
//! Invariant: the result has a metric name and is within the job's limits. Semantics follow Prometheus
//! `mutateSampleLabels` and `verifyLabelLimits`.

use super::exposition::series;
use super::failure::{Failure, FailureClass};
use crate::config::Job;
use crate::relabel;
use model::labels::{Labels, LabelsBuilder, METRIC_NAME};
use model::number::quoted;
use std::borrow::Cow;

const EXPORTED_PREFIX: &str = "exported_";
/// How much of a name or value an error shows.
const SHOWN_CHARS: usize = 50;

/// The labels to store, or `None` when relabeling drops the series. `text` is the series as the page says it, of
/// which `exposed` are the labels that are not empty.
///
/// # Errors
/// The whole scrape fails: no metric name is left, a name is not valid, a limit is passed.
pub(super) fn stored_labels(
    job: &Job,
    target: &Labels,
    text: &str,
    exposed: &Labels,
) -> Result<Option<Labels>, Failure> {
    let mut labels = exposed.to_builder();
    if job.honor_labels {
        honor(&mut labels, target, &series::empty_labels(text));
    } else {
        rename_conflicts(&mut labels, target);
    }
    if !relabel::apply(&job.metric_relabel_configs, &mut labels) {
        return Ok(None);
    }
    let labels = labels.build();
    check_names(job, &labels)?;
    check_limits(job, &labels)?;
    Ok(Some(labels))
}

/// Labels of a series that we make about the target: its labels always win.
pub(super) fn report_labels(target: &Labels, name: &str) -> Labels {
    let mut labels = target.to_builder();
    labels.set(METRIC_NAME, name);
    labels.build()
}

/// The page's labels win, also those it tells to be empty: with `instance=""` a Pushgateway says that a series has no
/// instance.
fn honor(labels: &mut LabelsBuilder, target: &Labels, empty: &[Cow<'_, str>]) {
    for (name, value) in target {
        if labels.get(name).is_none() && !empty.iter().any(|told| told == name) {
            labels.set(name, value);
        }
    }
}

/// The target's labels win; the page's are kept under `exported_`, as often as it takes to be free.
fn rename_conflicts(labels: &mut LabelsBuilder, target: &Labels) {
    let mut conflicts: Vec<(String, String)> = Vec::new();
    for (name, value) in target {
        if let Some(exposed) = labels.get(name) {
            conflicts.push((name.to_owned(), exposed.to_owned()));
        }
        labels.set(name, value);
    }
    // The shortest name first, so that the outcome does not depend on the order of the labels.
    conflicts.sort_by_key(|(name, _)| name.len());
    for (name, value) in conflicts {
        let mut renamed = format!("{EXPORTED_PREFIX}{name}");
        while labels.get(&renamed).is_some() {
            renamed.insert_str(0, EXPORTED_PREFIX);
        }
        labels.set(renamed, value);
    }
}

fn check_names(job: &Job, labels: &Labels) -> Result<(), Failure> {
    let names = job.metric_name_validation_scheme;
    let Some(metric) = labels.get(METRIC_NAME) else {
        return Err(Failure::new(FailureClass::Parse, "missing metric name (__name__ label)"));
    };
    if names.allows_metric(metric) && labels.iter().all(|(name, _)| names.allows(name)) {
        return Ok(());
    }
    Err(Failure::new(FailureClass::Parse, format!("invalid metric name or label names: {labels}")))
}

fn check_limits(job: &Job, labels: &Labels) -> Result<(), Failure> {
    let limits = &job.limits;
    let refuse = |text: String| Err(Failure::new(FailureClass::LabelLimit, text));
    let metric = cut(labels.metric_name());
    let over = |length: usize, limit: u64| limit > 0 && length as u64 > limit;
    if over(labels.len(), limits.label_limit) {
        let (count, limit) = (labels.len(), limits.label_limit);
        return refuse(format!("label_limit exceeded (metric: {metric}, number of labels: {count}, limit: {limit})"));
    }
    for (name, value) in labels {
        if over(name.len(), limits.label_name_length_limit) {
            let (length, limit, name) = (name.len(), limits.label_name_length_limit, cut(name));
            return refuse(format!(
                "label_name_length_limit exceeded (metric: {metric}, label name: {name}, length: {length}, limit: {limit})"
            ));
        }
        if over(value.len(), limits.label_value_length_limit) {
            let (length, limit) = (value.len(), limits.label_value_length_limit);
            let (name, value) = (cut(name), quoted(cut(value)));
            return refuse(format!(
                "label_value_length_limit exceeded (metric: {metric}, label name: {name}, value: {value}, length: {length}, limit: {limit})"
            ));
        }
    }
    Ok(())
}

fn cut(text: &str) -> &str {
    text.char_indices().nth(SHOWN_CHARS).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Global, NameScheme};
    use crate::relabel::{Action, Draft, Rule};

    fn job() -> Job {
        Job::named("x", &Global::default())
    }

    fn check(job: &Job, target: &[(&str, &str)], exposed: &[(&str, &str)], expected: &str) {
        let mut exposed = exposed.to_vec();
        exposed.push(("__name__", "m"));
        let labels = |pairs: &[(&str, &str)]| Labels::from_pairs(pairs.iter().copied());
        let text = match stored_labels(job, &labels(target), "m", &labels(&exposed)) {
            Ok(Some(stored)) => stored.filtered(|name| name != METRIC_NAME).to_string(),
            Ok(None) => "dropped".to_owned(),
            Err(failure) => failure.text,
        };
        assert_eq!(text, expected);
    }

    #[test]
    fn the_targets_labels_win_and_the_pages_are_exported() {
        let job = job();
        check(&job, &[("a", "t")], &[("b", "p")], "{a=\"t\", b=\"p\"}");
        check(&job, &[("a", "t")], &[("a", "p")], "{a=\"t\", exported_a=\"p\"}");
        check(&job, &[("a", "t")], &[("a", "p"), ("exported_a", "q")], {
            "{a=\"t\", exported_a=\"q\", exported_exported_a=\"p\"}"
        });
        check(&job, &[("a", "t"), ("exported_a", "u")], &[("a", "p"), ("exported_a", "q")], {
            "{a=\"t\", exported_a=\"u\", exported_exported_a=\"p\", exported_exported_exported_a=\"q\"}"
        });
    }

    #[test]
    fn honored_labels_of_the_page_win() {
        let job = Job { honor_labels: true, ..job() };
        check(&job, &[("a", "t"), ("b", "t")], &[("a", "p")], "{a=\"p\", b=\"t\"}");
    }

    #[test]
    fn a_label_that_the_page_tells_to_be_empty_is_honored() {
        let target = Labels::from_pairs([("instance", "gateway:9091"), ("job", "push")]);
        let check = |honor_labels: bool, expected: &str| {
            let text = "m{instance=\"\",job=\"batch\"}";
            let exposed = series::labels(text, model::metadata::MetricKind::Gauge).expect("labels");
            let job = Job { honor_labels, ..job() };
            let stored = stored_labels(&job, &target, text, &exposed).expect("stored").expect("kept");
            assert_eq!(stored.to_string(), expected);
        };
        check(true, "{__name__=\"m\", job=\"batch\"}");
        check(false, "{__name__=\"m\", exported_job=\"batch\", instance=\"gateway:9091\", job=\"push\"}");
    }

    #[test]
    fn limits_are_told_as_prometheus_tells_them() {
        let mut limited = job();
        limited.limits.label_limit = 2;
        check(&limited, &[], &[("a", "1")], "{a=\"1\"}");
        check(
            &limited,
            &[("b", "1")],
            &[("a", "1")],
            "label_limit exceeded (metric: m, number of labels: 3, limit: 2)",
        );
        let mut limited = job();
        limited.limits.label_name_length_limit = 8;
        check(&limited, &[], &[("abcdefghi", "1")], {
            "label_name_length_limit exceeded (metric: m, label name: abcdefghi, length: 9, limit: 8)"
        });
        let mut limited = job();
        limited.limits.label_value_length_limit = 1;
        check(&limited, &[], &[("a", "xy")], {
            "label_value_length_limit exceeded (metric: m, label name: a, value: \"xy\", length: 2, limit: 1)"
        });
    }

    #[test]
    fn metric_relabeling_drops_and_cannot_take_the_name() {
        let with = |draft: Draft| {
            let rules = vec![Rule::new(draft, NameScheme::Utf8).expect("a rule")];
            Job { metric_relabel_configs: rules, ..job() }
        };
        let source_labels = vec!["a".to_owned()];
        let regex = Some("1".to_owned());
        let drop = Draft { action: Some(Action::Drop), source_labels, regex, ..Draft::default() };
        check(&with(drop.clone()), &[], &[("a", "1")], "dropped");
        check(&with(drop), &[], &[("a", "2")], "{a=\"2\"}");
        let regex = Some("__name__".to_owned());
        let nameless = Draft { action: Some(Action::LabelDrop), regex, ..Draft::default() };
        check(&with(nameless), &[], &[("a", "1")], "missing metric name (__name__ label)");
    }

    #[test]
    fn legacy_names_are_enforced_when_asked_for() {
        let job = Job { metric_name_validation_scheme: NameScheme::Legacy, ..job() };
        check(&job, &[], &[("a.b", "1")], "invalid metric name or label names: {__name__=\"m\", \"a.b\"=\"1\"}");
    }
}
