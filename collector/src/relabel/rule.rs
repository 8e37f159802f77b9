//! One relabel rule, checked when it is made.
//!
//! Invariant: the regular expression is compiled and anchored, the action has every field that it needs and none that
//! it does not take. Refusals are in Prometheus's words.

use model::labels::is_legacy_label_name;
use model::regexp;
use regex::Regex;
use serde::Serialize;
use std::sync::LazyLock;

use crate::config::NameScheme;

const DEFAULT_REGEX: &str = "(.*)";
const DEFAULT_SEPARATOR: &str = ";";
const DEFAULT_REPLACEMENT: &str = "$1";

/// What a rule does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Sets the target label to the replacement where the expression matches.
    #[default]
    Replace,
    /// Drops what does not match.
    Keep,
    /// Drops what matches.
    Drop,
    /// Drops what has another value in the target label than the source labels joined.
    KeepEqual,
    /// Drops what has the same value in the target label as the source labels joined.
    DropEqual,
    /// Sets the target label to a hash of the source labels modulo `modulus`.
    HashMod,
    /// Copies labels whose name matches to the name that the replacement gives.
    LabelMap,
    /// Deletes labels whose name matches.
    LabelDrop,
    /// Deletes labels whose name does not match.
    LabelKeep,
    /// Sets the target label to the source labels in lower case.
    Lowercase,
    /// Sets the target label to the source labels in upper case.
    Uppercase,
}

impl Action {
    const ALL: [(&'static str, Self); 11] = [
        ("replace", Self::Replace),
        ("keep", Self::Keep),
        ("drop", Self::Drop),
        ("keepequal", Self::KeepEqual),
        ("dropequal", Self::DropEqual),
        ("hashmod", Self::HashMod),
        ("labelmap", Self::LabelMap),
        ("labeldrop", Self::LabelDrop),
        ("labelkeep", Self::LabelKeep),
        ("lowercase", Self::Lowercase),
        ("uppercase", Self::Uppercase),
    ];

    /// Reads the name in any case.
    ///
    /// # Errors
    /// A phrase naming the text, when there is no such action.
    pub fn from_name(name: &str) -> Result<Self, String> {
        let lower = name.to_lowercase();
        let found = Self::ALL.iter().find(|(known, _)| *known == lower);
        found
            .map(|(_, action)| *action)
            .ok_or_else(|| format!("unknown relabel action {}", model::number::quoted(name)))
    }

    /// The name as configs write it.
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(_, action)| *action == self).map_or("replace", |(name, _)| name)
    }
}

/// A rule as written, before it is checked. `None` is a field that was not written.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// What it does; `replace` when not written.
    pub action: Option<Action>,
    /// Names of the labels whose values are joined.
    pub source_labels: Vec<String>,
    /// What stands between the joined values; `;` when not written.
    pub separator: Option<String>,
    /// The expression; `(.*)` when not written.
    pub regex: Option<String>,
    /// What the hash is divided by.
    pub modulus: Option<u64>,
    /// The label that is set or compared.
    pub target_label: Option<String>,
    /// The new value; `$1` when not written.
    pub replacement: Option<String>,
}

/// A rule that can be applied.
#[derive(Clone, Debug, Serialize)]
pub struct Rule {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    source_labels: Vec<String>,
    separator: String,
    #[serde(rename = "regex")]
    pattern: String,
    #[serde(skip)]
    regex: Regex,
    #[serde(skip_serializing_if = "is_zero")]
    modulus: u64,
    #[serde(skip_serializing_if = "String::is_empty")]
    target_label: String,
    replacement: String,
    action: Action,
    #[serde(skip)]
    names: NameScheme,
}

fn is_zero(value: &u64) -> bool {
    *value == 0
}

impl Rule {
    /// Checks a rule.
    ///
    /// # Errors
    /// The reason in Prometheus's words: an expression that does not compile, a field that the action needs or refuses.
    pub fn new(draft: Draft, names: NameScheme) -> Result<Self, String> {
        let action = draft.action.unwrap_or_default();
        check_fields(&draft, action, names)?;
        let pattern = draft.regex.unwrap_or_else(|| DEFAULT_REGEX.to_owned());
        Ok(Self {
            source_labels: draft.source_labels,
            separator: draft.separator.unwrap_or_else(|| DEFAULT_SEPARATOR.to_owned()),
            regex: regexp::compile_anchored(&pattern)?,
            pattern,
            modulus: draft.modulus.unwrap_or(0),
            target_label: draft.target_label.unwrap_or_default(),
            replacement: draft.replacement.unwrap_or_else(|| DEFAULT_REPLACEMENT.to_owned()),
            action,
            names,
        })
    }

    /// What it does.
    pub fn action(&self) -> Action {
        self.action
    }

    pub(super) fn source_labels(&self) -> &[String] {
        &self.source_labels
    }

    pub(super) fn separator(&self) -> &str {
        &self.separator
    }

    pub(super) fn regex(&self) -> &Regex {
        &self.regex
    }

    pub(super) fn modulus(&self) -> u64 {
        self.modulus
    }

    pub(super) fn target_label(&self) -> &str {
        &self.target_label
    }

    pub(super) fn replacement(&self) -> &str {
        &self.replacement
    }

    pub(super) fn names(&self) -> NameScheme {
        self.names
    }
}

/// Two rules are equal when they were written equally; a reload keeps a pool whose rules did not change.
impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        let key = |rule: &Self| {
            let texts = [&rule.separator, &rule.pattern, &rule.target_label, &rule.replacement].map(Clone::clone);
            (rule.source_labels.clone(), texts, rule.modulus, rule.action, rule.names)
        };
        key(self) == key(other)
    }
}

impl Eq for Rule {}

fn check_fields(draft: &Draft, action: Action, names: NameScheme) -> Result<(), String> {
    let (name, target) = (action.as_str(), draft.target_label.as_deref().unwrap_or(""));
    let replacement = draft.replacement.as_deref().unwrap_or(DEFAULT_REPLACEMENT);
    let quoted = model::number::quoted;
    if action == Action::HashMod && draft.modulus.unwrap_or(0) == 0 {
        return Err("relabel configuration for hashmod requires non-zero modulus".to_owned());
    }
    if takes_target(action) && target.is_empty() {
        return Err(format!("relabel configuration for {name} action requires 'target_label' value"));
    }
    if takes_target(action) && !is_valid_target(target, action, names) {
        return Err(format!("{} is invalid 'target_label' for {name} action", quoted(target)));
    }
    if matches!(action, Action::Lowercase | Action::Uppercase) && replacement != DEFAULT_REPLACEMENT {
        return Err(format!("'replacement' can not be set for {name} action"));
    }
    if action == Action::LabelMap && !is_template(replacement, names) {
        return Err(format!("{} is invalid 'replacement' for {name} action", quoted(replacement)));
    }
    match action {
        Action::KeepEqual | Action::DropEqual if !only_source_and_target(draft) => {
            Err(format!("{name} action requires only 'source_labels' and `target_label`, and no other fields"))
        }
        Action::LabelDrop | Action::LabelKeep if !only_regex(draft) => {
            Err(format!("{name} action requires only 'regex', and no other fields"))
        }
        _ => Ok(()),
    }
}

fn takes_target(action: Action) -> bool {
    !matches!(action, Action::Keep | Action::Drop | Action::LabelMap | Action::LabelDrop | Action::LabelKeep)
}

fn is_valid_target(target: &str, action: Action, names: NameScheme) -> bool {
    if action == Action::Replace && target.contains('$') { is_template(target, names) } else { names.allows(target) }
}

fn is_template(text: &str, names: NameScheme) -> bool {
    // Compiled from a constant that a test runs; were it ever wrong, no template would be valid.
    static LEGACY: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"^(?:(?:[a-zA-Z_]|\$(?:\{[0-9A-Za-z_]+\}|[0-9A-Za-z_]+))+[0-9A-Za-z_]*)+$").ok());
    match names {
        NameScheme::Utf8 => !text.is_empty(),
        NameScheme::Legacy => is_legacy_label_name(text) || LEGACY.as_ref().is_some_and(|regex| regex.is_match(text)),
    }
}

fn only_source_and_target(draft: &Draft) -> bool {
    let same = |field: &Option<String>, default: &str| field.as_deref().unwrap_or(default) == default;
    same(&draft.regex, DEFAULT_REGEX)
        && same(&draft.separator, DEFAULT_SEPARATOR)
        && same(&draft.replacement, DEFAULT_REPLACEMENT)
        && draft.modulus.unwrap_or(0) == 0
}

fn only_regex(draft: &Draft) -> bool {
    let same = |field: &Option<String>, default: &str| field.as_deref().unwrap_or(default) == default;
    draft.source_labels.is_empty()
        && same(&draft.target_label, "")
        && same(&draft.separator, DEFAULT_SEPARATOR)
        && same(&draft.replacement, DEFAULT_REPLACEMENT)
        && draft.modulus.unwrap_or(0) == 0
}
