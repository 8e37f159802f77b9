//! What is known of a rule between its evaluations.

use super::super::alerting_rule::ActiveAlerts;
use super::super::series::Series;
use crate::blind::Looked;
use crate::limits::RULE_ERROR_BYTES_MAX;
use model::time::Millis;
use std::time::Duration;

/// How the last evaluation went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Health {
    /// There was none.
    #[default]
    Unknown,
    /// It went well.
    Ok,
    /// It failed.
    Err,
}

impl Health {
    /// Its name in Prometheus's API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Ok => "ok",
            Self::Err => "err",
        }
    }
}

/// What is known of a rule.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kept {
    pub(crate) alerts: ActiveAlerts,
    pub(crate) series: Series,
    pub(crate) health: Health,
    /// Why the last evaluation failed; empty when it did not.
    pub(crate) last_error: String,
    /// When it was last evaluated.
    pub(crate) evaluated_at: Option<Millis>,
    /// How long that took.
    pub(crate) took: Duration,
    /// Evaluations in which an alert that is not found goes on.
    pub(crate) tolerated: u32,
    /// What its selectors were last found to match, in their order; empty before.
    pub(crate) looked: Vec<Looked>,
    /// When that was.
    pub(crate) looked_at: Option<Millis>,
}

impl Kept {
    pub(super) fn note(&mut self, outcome: Result<(), String>, at: Millis, took: Duration) {
        self.health = if outcome.is_ok() { Health::Ok } else { Health::Err };
        self.last_error = outcome.err().unwrap_or_default();
        if self.last_error.len() > RULE_ERROR_BYTES_MAX {
            self.last_error.truncate(self.last_error.floor_char_boundary(RULE_ERROR_BYTES_MAX));
        }
        self.evaluated_at = Some(at);
        self.took = took;
    }

    pub(super) fn see(&mut self, looked: Vec<Looked>, at: Millis) {
        self.looked = looked;
        self.looked_at = Some(at);
    }
}
