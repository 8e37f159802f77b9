//! The alerts that are held: everything that was posted and goes on, or has ended so recently that it may matter.
//!
//! Invariant: one alert per label set; what is posted of an alert again replaces it or is merged with it as
//! Alertmanager's `provider/mem` does.

use crate::limits::{ALERT_BYTES_MAX, ALERTS_BYTES_MAX, ALERTS_MAX};
use crate::posted::PostedAlert;
use model::labels::Labels;
use model::time::Millis;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// Where the end of a posted alert comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It was posted with it.
    Given,
    /// It was posted without one: `resolve_timeout` from then on.
    Assumed,
}

/// An alert with when it was posted last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) alert: PostedAlert,
    pub(crate) updated_at: Millis,
    pub(crate) end: End,
}

impl Held {
    /// What holds after `younger` was posted of the same alert.
    fn merged(&self, younger: Self, now: Millis) -> Self {
        let (old, mut merged) = (&self.alert, younger);
        merged.alert.starts_at = merged.alert.starts_at.min(old.starts_at);
        let may_extend = if merged.alert.is_resolved(now) {
            // Of two ends that have come the later counts.
            old.is_resolved(now)
        } else {
            // An end that was given rules over one that was assumed.
            self.end == End::Given
        };
        if may_extend {
            merged.alert.ends_at = merged.alert.ends_at.max(old.ends_at);
        }
        merged
    }

    fn overlaps(&self, new: &Self) -> bool {
        let (old, new) = (&self.alert, &new.alert);
        let within = |at: Millis| at > old.starts_at && at < old.ends_at;
        within(new.ends_at) || within(new.starts_at)
    }
}

/// Why an alert is not held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// As many are held as may be, or as large ones.
    TooMany,
    /// Its labels and annotations are too long.
    TooLarge,
}

impl Refusal {
    /// The label `reason` of our own metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TooMany => "too_many",
            Self::TooLarge => "too_large",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooMany => {
                write!(f, "too many alerts, at most {ALERTS_MAX} of together {ALERTS_BYTES_MAX} bytes are held")
            }
            Self::TooLarge => write!(f, "the alert is larger than {ALERT_BYTES_MAX} bytes"),
        }
    }
}

/// All alerts, by labels.
#[derive(Debug, Default)]
pub(crate) struct Alerts {
    by_labels: HashMap<Labels, Arc<Held>>,
    /// What they weigh.
    bytes: usize,
}

impl Alerts {
    /// Holds what was posted.
    pub(crate) fn put(&mut self, alert: PostedAlert, end: End, now: Millis) -> Result<Arc<Held>, Refusal> {
        let weight = alert.bytes();
        if weight > ALERT_BYTES_MAX {
            return Err(Refusal::TooLarge);
        }
        let before = self.by_labels.get(&alert.labels);
        let others = self.bytes.saturating_sub(before.map_or(0, |old| old.alert.bytes()));
        let is_full = others + weight > ALERTS_BYTES_MAX;
        let mut new = Held { alert, updated_at: now, end };
        let held = match before {
            None if is_full => return Err(Refusal::TooMany),
            Some(old) if is_full && weight > old.alert.bytes() => {
                new.alert.annotations = old.alert.annotations.clone();
                new.alert.generator_url.clone_from(&old.alert.generator_url);
                new.alert.value.clone_from(&old.alert.value);
                if old.overlaps(&new) { old.merged(new, now) } else { new }
            }
            Some(old) if old.overlaps(&new) => old.merged(new, now),
            Some(_) => new,
            None if self.by_labels.len() >= ALERTS_MAX => return Err(Refusal::TooMany),
            None => new,
        };
        self.bytes = others + held.alert.bytes();
        let held = Arc::new(held);
        self.by_labels.insert(held.alert.labels.clone(), Arc::clone(&held));
        Ok(held)
    }

    /// The alert of these labels.
    pub(crate) fn get(&self, labels: &Labels) -> Option<&Arc<Held>> {
        self.by_labels.get(labels)
    }

    /// Every alert, in no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Held>> {
        self.by_labels.values()
    }

    /// Forgets those that have ended. Groups that have not told of the end keep their own.
    pub(crate) fn forget_ended(&mut self, now: Millis) -> Vec<Labels> {
        let ended = self.by_labels.iter().filter(|(_, held)| held.alert.is_resolved(now));
        let ended: Vec<_> = ended.map(|(labels, _)| labels.clone()).collect();
        for labels in &ended {
            let weight = self.by_labels.remove(labels).map_or(0, |held| held.alert.bytes());
            self.bytes = self.bytes.saturating_sub(weight);
        }
        ended
    }
}

#[cfg(test)]
mod tests;
