//! What was told lately, and how each integration does: for the page.
//!
//! Invariant: bounded in notifications and in the bytes of each text; it decides nothing.

use crate::limits::{NOTIFICATION_ERROR_BYTES_MAX, NOTIFICATIONS_SHOWN};
use crate::notification_log::Integration;
use model::labels::Labels;
use model::time::Millis;
use std::collections::{BTreeMap, VecDeque};

/// How a notification went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It arrived.
    Sent,
    /// It did not yet, and is tried again.
    Retrying,
    /// It was given up.
    Failed,
}

impl Outcome {
    /// As the page's JSON says it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Retrying => "retrying",
            Self::Failed => "failed",
        }
    }
}

/// A notification as the page shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// When it was last tried.
    pub at: Millis,
    /// To whom, and how.
    pub integration: Integration,
    /// The group's name.
    pub group_key: String,
    /// The labels that the group's alerts share.
    pub group_labels: Labels,
    /// Whether it told of at least one alert that goes on.
    pub firing: bool,
    /// Fingerprints of its alerts.
    pub alerts: Vec<String>,
    /// How it went.
    pub outcome: Outcome,
    /// How often it was tried.
    pub attempts: u32,
    /// What went wrong last; empty when nothing did.
    pub error: String,
}

/// How an integration does since the start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Notifications that arrived.
    pub sent: u64,
    /// Notifications that were given up.
    pub failed: u64,
    /// When one last arrived.
    pub last_success: Option<Millis>,
    /// When an attempt last failed.
    pub last_failure: Option<Millis>,
    /// Why; empty when none failed, or one arrived since.
    pub last_error: String,
}

#[derive(Debug, Default)]
pub(crate) struct History {
    shown: VecDeque<(u64, Shown)>,
    tallies: BTreeMap<Integration, Tally>,
}

impl History {
    /// An attempt ended. `id` is that of the notification: a further attempt replaces what is shown of it.
    pub(crate) fn attempted(&mut self, id: u64, mut shown: Shown) {
        shown.error = cut(shown.error);
        let tally = self.tallies.entry(shown.integration.clone()).or_default();
        match shown.outcome {
            Outcome::Sent => {
                tally.sent += 1;
                tally.last_success = Some(shown.at);
                tally.last_error.clear();
            }
            Outcome::Failed | Outcome::Retrying => {
                tally.failed += u64::from(shown.outcome == Outcome::Failed);
                tally.last_failure = Some(shown.at);
                tally.last_error.clone_from(&shown.error);
            }
        }
        self.shown.retain(|(known, before)| *known != id && !fails_again(before, &shown));
        self.shown.push_front((id, shown));
        self.shown.truncate(NOTIFICATIONS_SHOWN);
    }

    /// Newest first.
    pub(crate) fn newest_first(&self) -> Vec<Shown> {
        self.shown.iter().map(|(_, shown)| shown.clone()).collect()
    }

    /// How the integration does.
    pub(crate) fn tally(&self, integration: &Integration) -> Tally {
        self.tallies.get(integration).cloned().unwrap_or_default()
    }

    /// Forgets integrations that are configured no longer.
    pub(crate) fn keep(&mut self, integrations: impl Fn(&Integration) -> bool) {
        self.tallies.retain(|integration, _| integrations(integration));
    }
}

/// Whether the same fails once more: one receiver that is gone for a night must not drive out what others were told.
fn fails_again(before: &Shown, shown: &Shown) -> bool {
    let what = |one: &Shown| (one.integration.clone(), one.group_key.clone(), one.firing, one.alerts.clone());
    before.outcome == Outcome::Failed && shown.outcome != Outcome::Sent && what(before) == what(shown)
}

fn cut(mut text: String) -> String {
    if text.len() > NOTIFICATION_ERROR_BYTES_MAX {
        text.truncate(text.floor_char_boundary(NOTIFICATION_ERROR_BYTES_MAX));
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(group_key: &str, outcome: Outcome) -> Shown {
        let integration = Integration { receiver: "oncall".to_owned(), kind: "slack".to_owned(), index: 0 };
        let (group_key, group_labels) = (group_key.to_owned(), Labels::default());
        Shown {
            at: Millis(0),
            integration,
            group_key,
            group_labels,
            firing: true,
            alerts: Vec::new(),
            outcome,
            attempts: 1,
            error: String::new(),
        }
    }

    #[test]
    fn what_fails_again_takes_one_place() {
        let mut history = History::default();
        let night = [
            ("disk", Outcome::Failed),
            ("pod", Outcome::Sent),
            ("disk", Outcome::Failed),
            ("disk", Outcome::Sent),
            ("disk", Outcome::Failed),
        ];
        for (id, (group_key, outcome)) in (0..).zip(night) {
            history.attempted(id, shown(group_key, outcome));
        }
        let seen: Vec<_> = history.newest_first().into_iter().map(|one| (one.group_key, one.outcome)).collect();
        let expected = [("disk", Outcome::Failed), ("disk", Outcome::Sent), ("pod", Outcome::Sent)];
        assert_eq!(seen, expected.map(|(group_key, outcome)| (group_key.to_owned(), outcome)));
    }
}
