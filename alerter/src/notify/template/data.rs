//! What templates see of a notification: Alertmanager's `Data`, with its fields, methods and texts.
//!
//! Invariant: the fields and methods are Alertmanager's and mean the same; what Belfry adds (`SilenceURL`, `LogsURL`)
//! is neither printed nor part of the JSON. An alert that fires has Go's zero time as its end.

mod objects;

use crate::links::Links;
use crate::notify::Notification;
use crate::posted::PostedAlert;
use language::template::Value;
use model::labels::Labels;
use model::time::Millis;

pub(super) use objects::NOW;

/// A notification as templates see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Data {
    /// The receiver's name, with the characters escaped that a regular expression would read, as in Alertmanager.
    pub receiver: String,
    /// `firing` when at least one alert fires, else `resolved`.
    pub status: &'static str,
    /// The alerts, in their order.
    pub alerts: Vec<AlertData>,
    /// What the route groups by.
    pub group_labels: Labels,
    /// What all alerts share.
    pub common_labels: Labels,
    /// What all alerts say.
    pub common_annotations: Labels,
    /// Where users see Belfry.
    pub external_url: String,
    /// The time of the notification.
    pub now: Millis,
}

/// One alert of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertData {
    /// `firing` or `resolved`.
    pub status: &'static str,
    /// Which alert.
    pub labels: Labels,
    /// What it says to people.
    pub annotations: Labels,
    /// Since when it goes on.
    pub starts_at: Millis,
    /// When it ended; `None` while it goes on.
    pub ends_at: Option<Millis>,
    /// Where its cause can be seen; may be empty.
    pub generator_url: String,
    /// What was found, for people; may be empty.
    pub value: String,
    /// Its name.
    pub fingerprint: String,
    /// The form for a silence of it.
    pub silence_url: String,
    /// The log lines around it; empty where it names neither namespace nor pod.
    pub logs_url: String,
}

impl Data {
    /// All of a notification.
    pub fn new(notification: &Notification, links: &Links) -> Self {
        Self::of(notification, &notification.alerts, links)
    }

    /// Of a notification with some of its alerts left out.
    pub fn of(notification: &Notification, alerts: &[PostedAlert], links: &Links) -> Self {
        let now = notification.now;
        let firing = alerts.iter().any(|alert| !alert.is_resolved(now));
        Self {
            receiver: quoted_meta(&notification.receiver),
            status: status(!firing),
            alerts: alerts.iter().map(|alert| AlertData::new(alert, now, links)).collect(),
            group_labels: notification.group_labels.clone(),
            common_labels: common(alerts.iter().map(|alert| &alert.labels)),
            common_annotations: common(alerts.iter().map(|alert| &alert.annotations)),
            external_url: links.external_url().to_owned(),
            now,
        }
    }

    /// The dot of templates.
    pub fn value(&self) -> Value<'_> {
        objects::data(self)
    }

    /// The alerts that fire.
    pub fn firing(&self) -> impl Iterator<Item = &AlertData> {
        self.alerts.iter().filter(|alert| alert.ends_at.is_none())
    }

    /// The alerts that ended.
    pub fn resolved(&self) -> impl Iterator<Item = &AlertData> {
        self.alerts.iter().filter(|alert| alert.ends_at.is_some())
    }
}

impl AlertData {
    fn new(alert: &PostedAlert, now: Millis, links: &Links) -> Self {
        let resolved = alert.is_resolved(now);
        Self {
            status: status(resolved),
            labels: alert.labels.clone(),
            annotations: alert.annotations.clone(),
            starts_at: alert.starts_at,
            ends_at: resolved.then_some(alert.ends_at),
            generator_url: alert.generator_url.clone(),
            value: alert.value.clone(),
            fingerprint: alert.fingerprint(),
            silence_url: links.silence(&alert.labels),
            logs_url: links.logs(&alert.labels, alert.starts_at).unwrap_or_default(),
        }
    }
}

const fn status(resolved: bool) -> &'static str {
    if resolved { "resolved" } else { "firing" }
}

/// The pairs that all sets hold.
fn common<'a>(mut sets: impl Iterator<Item = &'a Labels>) -> Labels {
    let Some(first) = sets.next() else { return Labels::empty() };
    sets.fold(first.clone(), |common, set| {
        let kept: Vec<_> = common.iter().filter(|(name, value)| set.get(name) == Some(value)).collect();
        Labels::from_ascending(kept)
    })
}

/// Go's `regexp.QuoteMeta`.
fn quoted_meta(text: &str) -> String {
    let mut into = String::with_capacity(text.len());
    for character in text.chars() {
        if r"\.+*?()|[]{}^$".contains(character) {
            into.push('\\');
        }
        into.push(character);
    }
    into
}
