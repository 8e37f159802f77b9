//! The snapshot's content: JSON of structs that mean nothing else, with a version.
//!
//! Invariant: what was written by an earlier release is read; what is not known is refused as a whole.

use super::super::alerting_rule::ActiveAlerts;
use super::super::group::RunningGroup;
use super::super::posting::is_end_posted;
use super::super::rule::Kept;
use super::super::series::{Series, of_alert};
use crate::alert::{Alert, State};
use crate::config::rules::{Group, Rule};
use crate::limits::{DOWNTIME_BRIDGED, EVALUATIONS_TOLERATED, RESOLVED_KEPT};
use model::labels::Labels;
use model::time::{Millis, duration_millis};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// The version of the snapshot's content.
const VERSION: u32 = 1;

/// The alerts of all rules at a time.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Snapshot {
    version: u32,
    /// Milliseconds since the epoch.
    saved_at: i64,
    /// Rules that have alerts.
    rules: Vec<SavedRule>,
}

#[derive(Debug, Serialize, Deserialize)]
struct SavedRule {
    language: String,
    file: String,
    group: String,
    name: String,
    labels: BTreeMap<String, String>,
    alerts: Vec<SavedAlert>,
}

/// Times in milliseconds since the epoch.
#[derive(Debug, Serialize, Deserialize)]
struct SavedAlert {
    labels: BTreeMap<String, String>,
    annotations: BTreeMap<String, String>,
    /// As text: JSON knows neither infinity nor not-a-number.
    value: String,
    state: SavedState,
    active_at: i64,
    fired_at: Option<i64>,
    keep_firing_since: Option<i64>,
    resolved_at: Option<i64>,
    /// Whether its end was posted.
    end_posted: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum SavedState {
    Resolved,
    Pending,
    Firing,
}

/// What names a rule over restarts: its language, file, group, name and labels.
type Name = (String, String, String, String, Labels);

/// The alerts that were kept, for the rules that they belong to.
#[derive(Debug, Default)]
pub(crate) struct Restored {
    rules: BTreeMap<Name, VecDeque<Vec<Alert>>>,
}

impl Snapshot {
    pub(super) fn of(groups: &[Arc<RunningGroup>], now: Millis) -> Self {
        let mut rules = Vec::new();
        for group in groups {
            for running in &group.rules {
                let alerts: Vec<SavedAlert> = running.kept().alerts.iter().map(SavedAlert::of).collect();
                if !alerts.is_empty() {
                    rules.push(SavedRule::of(&group.group, &running.rule, alerts));
                }
            }
        }
        Self { version: VERSION, saved_at: now.0, rules }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    pub(super) fn write(&self) -> Result<Vec<u8>, String> {
        serde_json::to_vec(self).map_err(|error| error.to_string())
    }

    pub(super) fn read(bytes: &[u8]) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Versioned {
            version: u32,
        }
        let Versioned { version } = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if version != VERSION {
            return Err(format!("version {version} of the state of the rules, expected {VERSION}"));
        }
        serde_json::from_slice(bytes).map_err(|error| error.to_string())
    }

    /// As the alerts go on now. Of what ended, only what somebody may not have heard of.
    pub(super) fn restored(self, now: Millis) -> Restored {
        let downtime = now.0.saturating_sub(self.saved_at).max(0);
        let mut restored = Restored::default();
        for rule in self.rules {
            let alerts: Vec<Alert> = rule
                .alerts
                .into_iter()
                .map(|alert| alert.go_on(downtime))
                .filter(|alert| is_of_use(alert, now))
                .collect();
            let name = (rule.language, rule.file, rule.group, rule.name, Labels::from_pairs(rule.labels));
            restored.rules.entry(name).or_default().push_back(alerts);
        }
        restored
    }
}

fn is_of_use(alert: &Alert, now: Millis) -> bool {
    let is_recent = |at: Millis| now.0.saturating_sub(at.0) <= duration_millis(RESOLVED_KEPT);
    alert.resolved_at.is_none_or(|at| !is_end_posted(alert) || is_recent(at))
}

impl SavedRule {
    fn of(group: &Group, rule: &Rule, alerts: Vec<SavedAlert>) -> Self {
        Self {
            language: group.language.as_str().to_owned(),
            file: group.file.clone(),
            group: group.name.clone(),
            name: rule.name.clone(),
            labels: pairs(&rule.labels),
            alerts,
        }
    }
}

fn pairs(labels: &Labels) -> BTreeMap<String, String> {
    labels.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

impl SavedAlert {
    fn of(alert: &Alert) -> Self {
        let millis = |at: Option<Millis>| at.map(|at| at.0);
        Self {
            labels: pairs(&alert.labels),
            annotations: pairs(&alert.annotations),
            value: alert.value.to_string(),
            state: match alert.state {
                State::Resolved => SavedState::Resolved,
                State::Pending => SavedState::Pending,
                State::Firing => SavedState::Firing,
            },
            active_at: alert.active_at.0,
            fired_at: millis(alert.fired_at),
            keep_firing_since: millis(alert.keep_firing_since),
            resolved_at: millis(alert.resolved_at),
            end_posted: is_end_posted(alert),
        }
    }

    fn go_on(self, downtime: i64) -> Alert {
        // Nobody saw whether the condition held through a long downtime: the time already waited counts, and no more.
        let waited = self.state == SavedState::Pending && downtime > duration_millis(DOWNTIME_BRIDGED);
        let resolved_at = self.resolved_at.map(Millis);
        Alert {
            labels: Labels::from_pairs(self.labels),
            annotations: Labels::from_pairs(self.annotations),
            value: self.value.parse().unwrap_or(f64::NAN),
            state: match self.state {
                SavedState::Resolved => State::Resolved,
                SavedState::Pending => State::Pending,
                SavedState::Firing => State::Firing,
            },
            active_at: Millis(self.active_at) + if waited { downtime } else { 0 },
            fired_at: self.fired_at.map(Millis),
            keep_firing_since: self.keep_firing_since.map(Millis),
            resolved_at,
            // Everything is posted once at a start; until then only an end that was posted counts as posted.
            posted_at: resolved_at.filter(|_| self.end_posted),
        }
    }
}

impl Restored {
    /// What a rule begins with.
    pub(crate) fn take(&mut self, group: &Group, rule: &Rule) -> Kept {
        let name = (
            group.language.as_str().to_owned(),
            group.file.clone(),
            group.name.clone(),
            rule.name.clone(),
            rule.labels.clone(),
        );
        let alerts = self.rules.get_mut(&name).and_then(VecDeque::pop_front).unwrap_or_default();
        let alerts = if rule.is_alerting() { alerts } else { Vec::new() };
        let active = alerts.iter().filter(|alert| alert.state != State::Resolved);
        let series = Series::of(active.flat_map(of_alert).map(|written| written.labels));
        let tolerated = if alerts.is_empty() { 0 } else { EVALUATIONS_TOLERATED };
        let alerts = ActiveAlerts::restored(alerts.into_iter().map(|alert| Alert { posted_at: None, ..alert }));
        Kept { alerts, series, tolerated, ..Kept::default() }
    }

    /// Alerts of rules that are gone, which nobody will end: those that others may believe to go on.
    pub(crate) fn left(self) -> Vec<Alert> {
        let left = self.rules.into_values().flatten().flatten();
        left.filter(|alert| alert.state == State::Firing || (alert.resolved_at.is_some() && !is_end_posted(alert)))
            .collect()
    }
}
