//! `rule_files` and `log_rule_files`: the rule groups of Prometheus (PromQL) and of Loki's ruler (LogQL).
//!
//! Invariant: what is returned cannot be wrong: expressions and templates parse, durations and names are valid, the
//! groups of a file have different names. What Prometheus refuses is refused; so is a rule that could never work.

mod expression;
mod position;
mod raw;
mod validate;

pub use expression::Language;

use crate::blind::Watching;
use crate::limits::{RULE_FILE_BYTES_MAX, RULE_GROUPS_MAX, RULES_MAX};
use crate::rules::Timing;
use language::promql::Features;
use model::finding::{Finding, Place};
use model::labels::Labels;
use serde_saphyr::Spanned;
use settings::Source;
use settings::report::{Key, Report};
use settings::source::read_texts;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// How expressions of a file are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// The language of its expressions.
    pub language: Language,
    /// What is switched on beyond the stable PromQL.
    pub features: Features,
}

/// The rule groups of all files of one language.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RuleFiles {
    /// The globs as written.
    pub globs: Vec<String>,
    /// The groups in the order of the files and in them. File and name together name a group.
    pub groups: Vec<Arc<Group>>,
}

/// Rules that are evaluated one after the other, at one time.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// The file that it comes from.
    pub file: String,
    /// Its name, unique in its file.
    pub name: String,
    /// The language of its expressions.
    pub language: Language,
    /// How often it is evaluated; `None` is `global.evaluation_interval`.
    pub interval: Option<Duration>,
    /// How far in the past it is evaluated; `None` is `global.rule_query_offset`.
    pub query_offset: Option<Duration>,
    /// The most alerts or series that one of its rules may yield; 0 is no limit. Beyond it the rule fails.
    pub limit: usize,
    /// Its rules, in the order of their evaluation.
    pub rules: Vec<Arc<Rule>>,
}

/// One rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// The alert's name, or the name of the series that is recorded.
    pub name: String,
    /// What becomes of what it finds.
    pub kind: Kind,
    /// Its expression in canonical form.
    pub query: String,
    /// Labels of the group and its own, which win. In alerting rules their values are templates.
    pub labels: Labels,
    /// What the expression selects.
    pub watching: Watching,
}

/// What becomes of what a rule finds.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// Each series found is an alert.
    Alerting {
        /// `for` and `keep_firing_for`.
        timing: Timing,
        /// What the alert says; values are templates.
        annotations: Labels,
    },
    /// Each series found is stored under the rule's name.
    Recording,
}

impl Rule {
    /// Whether it makes alerts.
    pub fn is_alerting(&self) -> bool {
        matches!(self.kind, Kind::Alerting { .. })
    }
}

/// Reads every file that the globs name. All findings of all files go to the report.
pub fn read(
    globs: Vec<Spanned<String>>,
    dialect: Dialect,
    key: &Key,
    source: &Source,
    report: &mut Report,
) -> RuleFiles {
    let mut files = RuleFiles::default();
    let mut seen = BTreeSet::new();
    for (index, glob) in globs.into_iter().enumerate() {
        for (file, text) in read_texts(&glob, &key.index(index), source, report) {
            if !seen.insert(file.clone()) {
                continue;
            }
            match read_text(&file, &text, dialect) {
                Ok(groups) => files.groups.extend(groups),
                Err(findings) => findings.into_iter().for_each(|finding| report.push(finding)),
            }
        }
        files.globs.push(glob.value);
    }
    if files.groups.len() > RULE_GROUPS_MAX {
        let what = format!("more than {RULE_GROUPS_MAX} rule groups, got {}", files.groups.len());
        report.push(Finding { place: Place::default(), key: key.to_string(), what });
    }
    let rules: usize = files.groups.iter().map(|group| group.rules.len()).sum();
    if rules > RULES_MAX {
        let what = format!("more than {RULES_MAX} rules, got {rules}");
        report.push(Finding { place: Place::default(), key: key.to_string(), what });
    }
    files
}

/// Reads the text of one file.
///
/// # Errors
/// Everything that is wrong, in the order of the file.
pub fn read_text(file: &str, text: &str, dialect: Dialect) -> Result<Vec<Arc<Group>>, Vec<Finding>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.len() > RULE_FILE_BYTES_MAX {
        let what = format!("is longer than {RULE_FILE_BYTES_MAX} bytes, got {}", text.len());
        let place = Place { file: file.to_owned(), ..Place::default() };
        return Err(vec![Finding { place, key: String::new(), what }]);
    }
    let raw = raw::parse(file, text).map_err(|finding| vec![finding])?;
    let mut report = Report::new(file.to_owned());
    let groups = validate::Validation { text, dialect, report: &mut report }.file(raw);
    report.finish(groups.into_iter().map(Arc::new).collect())
}

/// Whether a YAML text is a rule file rather than a config: its top-level key is `groups`.
pub fn is_rule_file(text: &str) -> bool {
    let begins =
        |line: &str| ["groups:", "\"groups\":", "{groups:", "{\"groups\":"].iter().any(|key| line.starts_with(key));
    text.trim_start_matches('\u{feff}').lines().any(begins)
}

#[cfg(test)]
mod tests;
