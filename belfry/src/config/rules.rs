//! The sections `rule_files` and `log_rule_files`, and the rules that are built in.
//!
//! Invariant: the built-in rules are the file that `deploy` ships, so that there is one list of them.

use alerter::config::rules::{self, Dialect, Language, RuleFiles};
use collector::config::Source;
use model::finding::Finding;
use query::Features;
use serde_saphyr::Spanned;
use settings::report::{Key, Report};

/// The eight rules that watch the blog.
const EMBEDDED_RULES: &str = include_str!("../../../deploy/rules/blog-system.yml");

/// What the built-in rules name as their file.
const EMBEDDED: &str = "embedded";

/// The rules of both languages.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rules {
    /// Those of `rule_files`, in PromQL.
    pub(crate) metrics: RuleFiles,
    /// Those of `log_rule_files`, in LogQL.
    pub(crate) logs: RuleFiles,
}

/// The globs as written.
#[derive(Debug, Default)]
pub(super) struct Globs {
    pub(super) rule_files: Vec<Spanned<String>>,
    pub(super) log_rule_files: Vec<Spanned<String>>,
}

/// Reads all files that the globs name.
pub(super) fn read(globs: Globs, features: Features, source: &Source) -> Result<Rules, Vec<Finding>> {
    let mut report = Report::new(source.file.clone());
    let mut read = |globs: Vec<Spanned<String>>, key: &str, language: Language| {
        rules::read(globs, Dialect { language, features }, &Key::root(key), source, &mut report)
    };
    let metrics = read(globs.rule_files, "rule_files", Language::PromQl);
    let logs = read(globs.log_rule_files, "log_rule_files", Language::LogQl);
    report.finish(Rules { metrics, logs })
}

/// The built-in rules.
pub(super) fn embedded(features: Features) -> Result<Rules, Vec<Finding>> {
    let dialect = Dialect { language: Language::PromQl, features };
    let groups = rules::read_text(EMBEDDED, EMBEDDED_RULES, dialect)?;
    Ok(Rules { metrics: RuleFiles { globs: Vec::new(), groups }, logs: RuleFiles::default() })
}
