//! One alert: which, since when, and in which state.
//!
//! Invariant: an alert is named by its labels alone, `alertname` included; value and annotations may change while it
//! goes on.

use model::labels::Labels;
use model::time::Millis;

/// The label that holds the rule's name.
pub const ALERT_NAME: &str = "alertname";

/// Where an alert is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Its condition holds no longer; kept for a while so that everybody hears of the end.
    Resolved,
    /// Its condition holds, but not for as long as the rule's `for` asks.
    Pending,
    /// Its condition holds, or has held so recently that `keep_firing_for` says it does.
    Firing,
}

impl State {
    /// As Prometheus's API and the label `alertstate` say it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Resolved => "inactive",
            Self::Pending => "pending",
            Self::Firing => "firing",
        }
    }
}

/// An alert of a rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Alert {
    /// Which alert: the labels of the rule's series and the rule's own, `alertname` included.
    pub labels: Labels,
    /// What it says to people; rendered anew at each evaluation.
    pub annotations: Labels,
    /// The value of the rule's expression when it was last found.
    pub value: f64,
    /// Where it is in its life.
    pub state: State,
    /// Since when its condition holds.
    pub active_at: Millis,
    /// Since when it fires; `None` while it is pending.
    pub fired_at: Option<Millis>,
    /// When its condition was first found to hold no longer while `keep_firing_for` keeps it firing.
    pub keep_firing_since: Option<Millis>,
    /// When it ended; `None` while it goes on.
    pub resolved_at: Option<Millis>,
    /// When it was last posted to the dispatcher; `None` when not since the start.
    pub posted_at: Option<Millis>,
}
