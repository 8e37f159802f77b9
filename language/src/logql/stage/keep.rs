//! `keep a, b="c"`: all other labels go away.
//!
//! Invariant: `__error__` and `__error_details__` always stay.

use super::entry::Entry;
use crate::logql::ast::LabelChoice;

/// The stage `keep`.
#[derive(Clone, Debug)]
pub struct Keep {
    choices: Vec<LabelChoice>,
}

impl Keep {
    /// The stage for a list.
    pub fn new(choices: &[LabelChoice]) -> Self {
        Self { choices: choices.to_vec() }
    }

    /// Takes the other labels away.
    pub fn apply(&self, entry: &mut Entry<'_>) {
        for name in entry.names() {
            let value = entry.get(&name).unwrap_or_default();
            let kept = self.choices.iter().any(|choice| match choice {
                LabelChoice::Name(wanted) => *wanted == name,
                LabelChoice::Matching(matcher) => matcher.name() == name && matcher.matches(value),
            });
            if !kept {
                entry.remove(&name);
            }
        }
    }
}
