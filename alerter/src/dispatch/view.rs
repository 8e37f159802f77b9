//! What the API and the page see of the dispatcher.
//!
//! Invariant: whether an alert is silenced or inhibited is decided at the moment of asking, not at its last flush, as in
//! Alertmanager; an alert that has ended is not shown.

use super::Dispatcher;
use super::alerts::Held;
use super::core::Core;
use super::group;
use super::history::{Shown, Tally};
use crate::notification_log::Integration;
use crate::posted::fingerprint;
use model::labels::Labels;
use model::matcher::{MatchOp, Matcher};
use model::time::Millis;
pub use regex_filter::ReceiverFilter;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

mod regex_filter;

/// Which alerts are asked for.
#[derive(Clone, Debug)]
pub struct AlertFilter {
    /// All must hold.
    pub matchers: Vec<Matcher>,
    /// The receiver must match this; `None` is any.
    pub receiver: Option<ReceiverFilter>,
    /// All must hold of the receiver's labels, of which it has one: `name`.
    pub receiver_matchers: Vec<Matcher>,
    /// Whether those that nothing keeps quiet are shown.
    pub active: bool,
    /// Whether silenced ones are shown.
    pub silenced: bool,
    /// Whether inhibited ones are shown.
    pub inhibited: bool,
    /// Whether groups are shown that a time interval mutes.
    pub muted: bool,
}

impl Default for AlertFilter {
    fn default() -> Self {
        Self {
            matchers: Vec::new(),
            receiver: None,
            receiver_matchers: Vec::new(),
            active: true,
            silenced: true,
            inhibited: true,
            muted: true,
        }
    }
}

/// An alert as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertView {
    /// Which alert.
    pub labels: Labels,
    /// What it says.
    pub annotations: Labels,
    /// Since when it goes on.
    pub starts_at: Millis,
    /// When it ends unless it is posted again.
    pub ends_at: Millis,
    /// When it was last posted.
    pub updated_at: Millis,
    /// Where its cause can be seen; may be empty.
    pub generator_url: String,
    /// Its name in sixteen hexadecimal digits.
    pub fingerprint: String,
    /// Who is told of it.
    pub receivers: Vec<String>,
    /// Ids of the silences that keep it quiet.
    pub silenced_by: Vec<String>,
    /// Fingerprints of the alerts that keep it quiet.
    pub inhibited_by: Vec<String>,
    /// Time intervals that keep its group quiet.
    pub muted_by: Vec<String>,
}

impl AlertView {
    /// Whether anything keeps it quiet.
    pub fn is_suppressed(&self) -> bool {
        !(self.silenced_by.is_empty() && self.inhibited_by.is_empty() && self.muted_by.is_empty())
    }
}

/// A group as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupView {
    /// The labels that its alerts share.
    pub labels: Labels,
    /// Who is told.
    pub receiver: String,
    /// Its alerts, in the order of messages.
    pub alerts: Vec<AlertView>,
}

/// A receiver with how its integrations do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiverView {
    /// Its name.
    pub name: String,
    /// In the order of the config.
    pub integrations: Vec<(Integration, Tally)>,
}

impl AlertFilter {
    /// Whether the receiver passes.
    pub fn takes_receiver(&self, name: &str) -> bool {
        self.receiver.as_ref().is_none_or(|receiver| receiver.matches(name))
            && (self.receiver_matchers.is_empty()
                || all_pass(&self.receiver_matchers, &Labels::from_pairs([("name", name)])))
    }

    fn asks_for_receivers(&self) -> bool {
        self.receiver.is_some() || !self.receiver_matchers.is_empty()
    }

    fn takes_state(&self, view: &AlertView) -> bool {
        let (silenced, inhibited) = (!view.silenced_by.is_empty(), !view.inhibited_by.is_empty());
        (self.active || silenced || inhibited) && (self.silenced || !silenced) && (self.inhibited || !inhibited)
    }
}

/// Whether the labels pass. One oddity of Alertmanager is kept: `name!=""` also passes whatever has the label.
fn all_pass(matchers: &[Matcher], labels: &Labels) -> bool {
    matchers.iter().all(|matcher| {
        let value = labels.get(matcher.name());
        let negative = matches!(matcher.op(), MatchOp::NotEqual | MatchOp::NotRegex);
        let by_presence = matcher.value().is_empty() && value.is_some() == negative;
        by_presence || matcher.matches(value.unwrap_or_default())
    })
}

impl Core {
    /// The alert as it is now, for nobody in particular; `None` when it is not asked for.
    fn view(&self, held: &Held, filter: &AlertFilter, now: Millis) -> Option<AlertView> {
        let alert = &held.alert;
        if alert.ends_at < now || !all_pass(&filter.matchers, &alert.labels) {
            return None;
        }
        let view = AlertView {
            labels: alert.labels.clone(),
            annotations: alert.annotations.clone(),
            starts_at: alert.starts_at,
            ends_at: alert.ends_at,
            updated_at: held.updated_at,
            generator_url: alert.generator_url.clone(),
            fingerprint: alert.fingerprint(),
            receivers: Vec::new(),
            silenced_by: self.silences.silencing(&alert.labels, now),
            inhibited_by: self.inhibited_by(&alert.labels, now).iter().map(fingerprint).collect(),
            muted_by: Vec::new(),
        };
        filter.takes_state(&view).then_some(view)
    }

    fn receivers_of(&self, labels: &Labels) -> Vec<String> {
        let taken = self.config.routes.taken_by(labels).into_iter();
        taken.filter_map(|index| Some(self.config.routes.get(index)?.receiver.clone())).collect()
    }
}

impl Dispatcher {
    /// The alerts that go on and pass the filter, by fingerprint.
    pub fn alerts(&self, filter: &AlertFilter) -> Vec<AlertView> {
        let now = self.now().wall;
        let core = self.core();
        let shown = core.alerts.iter().filter_map(|held| {
            let receivers = core.receivers_of(&held.alert.labels);
            if filter.asks_for_receivers() && !receivers.iter().any(|name| filter.takes_receiver(name)) {
                return None;
            }
            core.view(held, filter, now).map(|view| AlertView { receivers, ..view })
        });
        let mut shown: Vec<_> = shown.collect();
        drop(core);
        shown.sort_by(|a, b| a.fingerprint.cmp(&b.fingerprint));
        shown
    }

    /// The groups with those of their alerts that go on and pass the filter, by labels and receiver.
    pub fn groups(&self, filter: &AlertFilter) -> Vec<GroupView> {
        let now = self.now().wall;
        let core = self.core();
        let mut receivers: HashMap<Labels, Vec<String>> = HashMap::new();
        let mut groups = Vec::new();
        for (route, group) in core.groups().filter(|(route, _)| filter.takes_receiver(&route.receiver)) {
            let alerts: Vec<Arc<Held>> = group.alerts();
            let views = alerts.iter().filter_map(|held| core.view(held, filter, now));
            let alerts: Vec<_> = views.map(|view| AlertView { muted_by: group.muted_by.clone(), ..view }).collect();
            for alert in &alerts {
                receivers.entry(alert.labels.clone()).or_default().push(route.receiver.clone());
            }
            if !alerts.is_empty() && (filter.muted || group.muted_by.is_empty()) {
                groups.push(GroupView { labels: group.labels.clone(), receiver: route.receiver.clone(), alerts });
            }
        }
        drop(core);
        receivers.values_mut().for_each(|names| names.sort_unstable());
        for alert in groups.iter_mut().flat_map(|group| &mut group.alerts) {
            alert.receivers = receivers.get(&alert.labels).cloned().unwrap_or_default();
        }
        groups.sort_by(|a, b| (&a.labels, &a.receiver).cmp(&(&b.labels, &b.receiver)));
        groups.iter_mut().for_each(|group| group.alerts.sort_by(|a, b| group::order(&a.labels, &b.labels)));
        groups
    }

    /// The receivers in the order of the config, each with how its integrations do.
    pub fn receivers(&self) -> Vec<ReceiverView> {
        let core = self.core();
        let view = |name: &String| {
            let senders = core.config.senders.get(name).into_iter().flatten();
            let integrations =
                senders.map(|sender| (sender.integration.clone(), core.history.tally(&sender.integration)));
            ReceiverView { name: name.clone(), integrations: integrations.collect() }
        };
        core.config.receivers.iter().map(view).collect()
    }

    /// The last notifications, newest first.
    pub fn notifications(&self) -> Vec<Shown> {
        self.core().history.newest_first()
    }

    /// The config as YAML, secrets hidden: a whole alertmanager.yml.
    pub fn original_config(&self) -> String {
        self.core().config.original.clone()
    }

    /// After which time an alert counts as ended that is posted without an end.
    pub fn resolve_timeout(&self) -> Duration {
        self.core().config.resolve_timeout
    }
}
