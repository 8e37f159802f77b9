//! Who was told of what, and when: what keeps anybody from being told twice, also over a restart.
//!
//! Invariant: an entry says what the last message held that arrived, for one aggregation group and one integration of a
//! receiver. When to tell again follows Alertmanager's `DedupStage`.

mod snapshot;

use crate::limits::{ENDS_REMEMBERED, GOING_ON_REMEMBERED, NOTIFICATION_LOG_KEPT, NOTIFICATION_LOG_MAX};
use model::labels::Labels;
use model::time::Millis;
use std::collections::BTreeMap;
use std::time::Duration;

/// One way in which a receiver is told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Integration {
    /// The receiver's name.
    pub receiver: String,
    /// The kind, such as `slack`.
    pub kind: String,
    /// Which of the receiver's integrations of this kind.
    pub index: usize,
}

impl Integration {
    /// `slack[0]`, as Alertmanager writes it.
    pub fn name(&self) -> String {
        format!("{}[{}]", self.kind, self.index)
    }
}

/// What an alert is called in the log: the same in every process and release.
pub fn hash(labels: &Labels) -> u64 {
    labels.fingerprint()
}

/// What the last message held.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// When it arrived.
    pub at: Millis,
    /// The alerts that it told as firing, ascending.
    pub firing: Vec<u64>,
    /// The alerts that it told as resolved, ascending.
    pub resolved: Vec<u64>,
    /// Alerts that messages before it told as resolved, ascending, each with when: an end that is posted again and again
    /// (Prometheus does so for a quarter of an hour) is told once, whatever was told in between. Alertmanager remembers
    /// the last message only.
    pub earlier: Vec<(u64, Millis)>,
    /// From when on it may be forgotten.
    pub expires_at: Millis,
}

/// The alerts of one flush, by what they are told as.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// Those that go on, ascending.
    pub firing: Vec<u64>,
    /// Those that have ended, ascending.
    pub resolved: Vec<u64>,
}

/// When an unchanged group is told of again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repeat {
    /// The route's `repeat_interval`.
    pub after: Duration,
    /// Whether the integration tells ends as well (`send_resolved`).
    pub sends_resolved: bool,
}

impl Entry {
    fn knows_end_of(&self, hash: u64) -> bool {
        self.resolved.binary_search(&hash).is_ok()
            || self.earlier.binary_search_by_key(&hash, |(hash, _)| *hash).is_ok()
    }

    /// The ends that a message after this one need not tell again.
    fn ends_known_to(&self, next: &Contents, now: Millis) -> Vec<(u64, Millis)> {
        let told = self.resolved.iter().map(|hash| (*hash, self.at)).chain(self.earlier.iter().copied());
        let is_in = |hash: u64, list: &[u64]| list.binary_search(&hash).is_ok();
        let mut known: Vec<_> = told
            .filter(|(hash, at)| *at > now.minus(ENDS_REMEMBERED) && !is_in(*hash, &next.firing))
            .filter(|(hash, _)| !is_in(*hash, &next.resolved))
            .collect();
        known.sort_unstable();
        known.dedup_by_key(|(hash, _)| *hash);
        known
    }
}

fn is_subset(part: &[u64], of: &[u64]) -> bool {
    part.iter().all(|hash| of.binary_search(hash).is_ok())
}

/// Whether these contents have to be told, given the last message.
pub fn needs_telling(last: Option<&Entry>, contents: &Contents, repeat: Repeat, now: Millis) -> bool {
    // Nobody hears of an end whose beginning was not told.
    let Some(last) = last else { return !contents.firing.is_empty() };
    if !is_subset(&contents.firing, &last.firing) {
        return true;
    }
    // Also where ends are not sent: the log must forget what fired.
    if contents.firing.is_empty() {
        return !last.firing.is_empty();
    }
    if repeat.sends_resolved && !contents.resolved.iter().all(|hash| last.knows_end_of(*hash)) {
        return true;
    }
    last.at < now.minus(repeat.after)
}

/// The log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NotificationLog {
    entries: BTreeMap<(String, Integration), Entry>,
    changes: u64,
}

impl NotificationLog {
    /// The last message of this group to this integration.
    pub fn last(&self, group_key: &str, integration: &Integration) -> Option<&Entry> {
        self.entries.get(&(group_key.to_owned(), integration.clone()))
    }

    /// A message arrived. While it tells of something that goes on it is remembered for [`GOING_ON_REMEMBERED`],
    /// so that the end is told also after a long silence or downtime; else for twice the repeat interval, at most for
    /// [`NOTIFICATION_LOG_KEPT`], as Alertmanager does with both.
    pub fn record(
        &mut self,
        group_key: &str,
        integration: &Integration,
        contents: Contents,
        repeat_after: Duration,
        now: Millis,
    ) {
        let all_ended = contents.firing.is_empty();
        let ended_kept = NOTIFICATION_LOG_KEPT.min(repeat_after.saturating_mul(2));
        let expires_at = now.plus(if all_ended { ended_kept } else { GOING_ON_REMEMBERED });
        let key = (group_key.to_owned(), integration.clone());
        let earlier = self.entries.get(&key).map_or_else(Vec::new, |last| last.ends_known_to(&contents, now));
        let entry = Entry { at: now, firing: contents.firing, resolved: contents.resolved, earlier, expires_at };
        self.entries.insert(key, entry);
        self.changes += 1;
        if self.entries.len() > NOTIFICATION_LOG_MAX {
            self.forget_oldest();
        }
    }

    /// Forgets what expired.
    pub fn forget_old(&mut self, now: Millis) {
        let before = self.entries.len();
        self.entries.retain(|_, entry| entry.expires_at > now);
        if self.entries.len() < before {
            self.changes += 1;
        }
    }

    /// Grows with every change.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nobody was told of anything.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn forget_oldest(&mut self) {
        let oldest = self.entries.iter().min_by_key(|(_, entry)| entry.at).map(|(key, _)| key.clone());
        if let Some(key) = oldest {
            self.entries.remove(&key);
            tracing::error!(
                group = key.0,
                limit = NOTIFICATION_LOG_MAX,
                "the notification log is full: forgot a group"
            );
        }
    }
}

#[cfg(test)]
mod tests;
