//! The life of a rule's alerts: inactive, pending, firing, resolved. As Prometheus's `rules.AlertingRule` behaves.
//!
//! Invariant: of one evaluation every label set is found once; an alert that has been told to anybody stays known until
//! its end can have been told as well.

use super::super::alert::{Alert, State};
use super::super::limits::RESOLVED_KEPT;
use model::labels::Labels;
use model::time::{Millis, duration_millis};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::time::Duration;

/// How long a condition must hold and for how long it then counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timing {
    /// `for`: how long the condition must hold before it fires; zero fires at once.
    pub hold: Duration,
    /// `keep_firing_for`: how long it goes on firing after its condition ended; zero ends it at once.
    pub keep_firing: Duration,
}

/// One series that the expression found, as an alert.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The alert's labels.
    pub labels: Labels,
    /// What it says.
    pub annotations: Labels,
    /// The value found.
    pub value: f64,
}

/// Two series became the same alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SameLabels {
    /// The labels of both.
    pub labels: Labels,
}

impl std::fmt::Display for SameLabels {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "vector contains metrics with the same labelset after applying alert labels, got {} twice",
            self.labels
        )
    }
}

impl std::error::Error for SameLabels {}

/// What changed for an alert in one evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transition {
    /// Its condition holds now.
    Began,
    /// It has held for long enough.
    Fired,
    /// It ended after it had fired.
    Resolved,
    /// It ended before it fired; nobody need hear of it.
    Gone,
}

/// What it means that an alert is not found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Absence {
    /// Its condition holds no longer.
    #[default]
    Ends,
    /// Nothing yet: after a start, targets may not have been scraped. It stays as it was kept.
    Tolerated,
}

/// What the rule's alerts amount to; the worst decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Condition {
    /// None is pending or firing.
    Inactive,
    /// At least one is pending.
    Pending,
    /// At least one fires.
    Firing,
}

/// The alerts of one rule.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ActiveAlerts {
    alerts: BTreeMap<Labels, Alert>,
}

impl ActiveAlerts {
    /// The alerts of a state that was kept.
    pub fn restored(alerts: impl IntoIterator<Item = Alert>) -> Self {
        Self { alerts: alerts.into_iter().map(|alert| (alert.labels.clone(), alert)).collect() }
    }

    /// All alerts that are known, ended ones included, ascending by labels.
    pub fn iter(&self) -> impl Iterator<Item = &Alert> {
        self.alerts.values()
    }

    /// All of them, to be noted as posted.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Alert> {
        self.alerts.values_mut()
    }

    /// How many are pending or firing.
    pub fn active(&self) -> usize {
        self.iter().filter(|alert| alert.state != State::Resolved).count()
    }

    /// Forgets all of them, as Prometheus does where a rule passes its limit.
    pub fn clear(&mut self) {
        self.alerts.clear();
    }

    /// What they amount to.
    pub fn condition(&self) -> Condition {
        let condition = |alert: &Alert| match alert.state {
            State::Resolved => Condition::Inactive,
            State::Pending => Condition::Pending,
            State::Firing => Condition::Firing,
        };
        self.iter().map(condition).max().unwrap_or(Condition::Inactive)
    }

    /// Takes what one evaluation found. The changes are told with their labels, ascending by them.
    ///
    /// # Errors
    /// Two series became the same alert; nothing changes then.
    pub fn evaluate(
        &mut self,
        timing: Timing,
        found: Vec<Found>,
        absence: Absence,
        now: Millis,
    ) -> Result<Vec<(Labels, Transition)>, SameLabels> {
        let found = distinct(found)?;
        let mut changes = Vec::new();
        for (labels, alert) in &mut self.alerts {
            if absence == Absence::Ends
                && !found.contains_key(labels)
                && let Some(change) = alert.miss(timing, now)
            {
                changes.push((labels.clone(), change));
            }
        }
        self.alerts.retain(|labels, alert| found.contains_key(labels) || !alert.is_forgotten(now));
        for (labels, found) in found {
            let began = match self.alerts.entry(labels.clone()) {
                Entry::Occupied(entry) if entry.get().state != State::Resolved => {
                    entry.into_mut().see(found);
                    false
                }
                Entry::Occupied(mut entry) => {
                    entry.insert(Alert::begin(found, now));
                    true
                }
                Entry::Vacant(entry) => {
                    entry.insert(Alert::begin(found, now));
                    true
                }
            };
            let fired = self.alerts.get_mut(&labels).is_some_and(|alert| alert.hold(timing, now));
            changes.extend(began.then(|| (labels.clone(), Transition::Began)));
            changes.extend(fired.then_some((labels, Transition::Fired)));
        }
        changes.sort_by(|(left, _), (right, _)| left.cmp(right));
        Ok(changes)
    }
}

fn distinct(found: Vec<Found>) -> Result<BTreeMap<Labels, Found>, SameLabels> {
    let mut distinct = BTreeMap::new();
    for found in found {
        let labels = found.labels.clone();
        if distinct.insert(labels.clone(), found).is_some() {
            return Err(SameLabels { labels });
        }
    }
    Ok(distinct)
}

impl Alert {
    fn begin(found: Found, now: Millis) -> Self {
        Self {
            labels: found.labels,
            annotations: found.annotations,
            value: found.value,
            state: State::Pending,
            active_at: now,
            fired_at: None,
            keep_firing_since: None,
            resolved_at: None,
            posted_at: None,
        }
    }

    /// Its condition still holds.
    fn see(&mut self, found: Found) {
        self.value = found.value;
        self.annotations = found.annotations;
        self.keep_firing_since = None;
    }

    /// Whether it begins to fire now.
    fn hold(&mut self, timing: Timing, now: Millis) -> bool {
        // A clock that stepped back delays nothing by as much.
        self.active_at = self.active_at.min(now);
        let fires =
            self.state == State::Pending && now.0.saturating_sub(self.active_at.0) >= duration_millis(timing.hold);
        if fires {
            self.state = State::Firing;
            self.fired_at = Some(now);
        }
        fires
    }

    /// Its condition holds no longer.
    fn miss(&mut self, timing: Timing, now: Millis) -> Option<Transition> {
        match self.state {
            State::Resolved => None,
            State::Pending => {
                self.state = State::Resolved;
                Some(Transition::Gone)
            }
            State::Firing => {
                let since = self.keep_firing_since.map_or(now, |since| since.min(now));
                self.keep_firing_since = Some(since);
                let kept = now.0.saturating_sub(since.0) < duration_millis(timing.keep_firing);
                if kept {
                    return None;
                }
                self.state = State::Resolved;
                self.resolved_at = Some(now);
                Some(Transition::Resolved)
            }
        }
    }

    /// Whether nobody needs to hear of it any more: it never fired, or its end is long ago.
    fn is_forgotten(&self, now: Millis) -> bool {
        self.state == State::Resolved
            && self.resolved_at.is_none_or(|at| now.0.saturating_sub(at.0) > duration_millis(RESOLVED_KEPT))
    }
}

#[cfg(test)]
mod tests;
