//! `drop a, b="c"`: labels go away, by name or when their value matches.
//!
//! Invariant: `__error__` and `__error_details__` go away like any label, which is how errors are dismissed.

use super::entry::Entry;
use crate::logql::ast::LabelChoice;

/// The stage `drop`.
#[derive(Clone, Debug)]
pub struct Drop {
    choices: Vec<LabelChoice>,
}

impl Drop {
    /// The stage for a list.
    pub fn new(choices: &[LabelChoice]) -> Self {
        Self { choices: choices.to_vec() }
    }

    /// Takes the labels away.
    pub fn apply(&self, entry: &mut Entry<'_>) {
        for choice in &self.choices {
            match choice {
                LabelChoice::Name(name) => entry.remove(name),
                LabelChoice::Matching(matcher) => {
                    if entry.get(matcher.name()).is_some_and(|value| matcher.matches(value)) {
                        entry.remove(matcher.name());
                    }
                }
            }
        }
    }
}
