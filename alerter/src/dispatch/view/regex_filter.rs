//! A receiver's name by regular expression.
//!
//! Invariant: it matches the whole name.

use model::matcher::{MatchOp, Matcher};

/// Which receivers are asked for.
#[derive(Clone, Debug)]
pub struct ReceiverFilter(Matcher);

impl ReceiverFilter {
    /// Of an expression that must match the whole name.
    ///
    /// # Errors
    /// It does not compile.
    pub fn new(expression: &str) -> Result<Self, String> {
        Matcher::new("receiver", MatchOp::Regex, expression).map(Self)
    }

    pub(super) fn matches(&self, name: &str) -> bool {
        self.0.matches(name)
    }
}
