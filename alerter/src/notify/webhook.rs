//! Webhooks: Alertmanager's JSON, version 4, posted to a URL.
//!
//! Invariant: the JSON has the fields of Alertmanager 0.33 in their order, so that what reads its webhooks reads ours.

use super::http::{self, Outgoing, Sender};
use super::message::{self, Texts};
use super::template::{AlertData, Data, REASON};
use super::{Attempt, Context, Notification, Notifier, Undelivered};
use crate::config::receiver::Webhook as Config;
use crate::limits::{SEND_TIMEOUT, WEBHOOK_BYTES_MAX};
use crate::links::Links;
use language::template::Template;
use model::labels::Labels;
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use std::sync::Arc;

/// The version of the JSON.
const VERSION: &str = "4";

/// Go's zero time, the end of an alert that fires.
const ZERO_TIME: &str = "0001-01-01T00:00:00Z";

/// One integration.
#[derive(Debug)]
pub(crate) struct Webhook {
    config: Config,
    sender: Sender,
    context: Context,
}

impl Webhook {
    /// Reads the certificates.
    ///
    /// # Errors
    /// A phrase naming what is of no use.
    pub(crate) fn new(config: &Config, context: &Context) -> Result<Self, String> {
        Ok(Self { config: config.clone(), sender: Sender::new(&config.http_config)?, context: context.clone() })
    }

    async fn send_once(&self, notification: &Notification) -> Result<(), Undelivered> {
        let url = http::secret(&self.config.url)?;
        let (links, most) = (self.context.links.clone(), self.config.max_alerts);
        let (templates, group) = (Arc::clone(&self.context.templates), notification.clone());
        let made = message::render(move || {
            let template =
                templates.parse("webhook_configs.url", &url).map_err(|_| "url: not a template".to_owned())?;
            Ok::<_, String>((address(&template, &group, &links)?, body(&group, most, &links)))
        });
        let (url, body) = made.await?.map_err(Undelivered::never)?;
        let timeout = self.config.timeout.unwrap_or(SEND_TIMEOUT);
        self.sender.send(Outgoing::json(url, body, timeout, notification.now)).await.map(drop)
    }
}

impl Notifier for Webhook {
    fn kind(&self) -> &'static str {
        "webhook"
    }

    fn sends_resolved(&self) -> bool {
        self.config.send_resolved
    }

    fn send<'a>(&'a self, notification: &'a Notification) -> Attempt<'a> {
        Box::pin(self.send_once(notification))
    }
}

fn address(template: &Template, notification: &Notification, links: &Links) -> Result<String, String> {
    let data = Data::new(notification, links);
    let mut texts = Texts::new(&data);
    let url = texts.text(template);
    match texts.failure() {
        // The error quotes the template, which is the secret URL.
        Some(_) => Err("url: its template failed".to_owned()),
        None if url.is_empty() => Err("url: empty after templating".to_owned()),
        None => Ok(url),
    }
}

/// The JSON of the first alerts, at most `most` (0: all) and as many as there is room for.
fn body(notification: &Notification, most: usize, links: &Links) -> Vec<u8> {
    let total = notification.alerts.len();
    let mut count = if most == 0 { total } else { most.min(total) };
    loop {
        let alerts = notification.alerts.get(..count).unwrap_or_default();
        let data = Data::of(notification, alerts, links);
        let message = Message { data: &data, group_key: &notification.group_key, truncated: total - count };
        let body = serde_json::to_vec(&message).unwrap_or_default();
        if body.len() <= WEBHOOK_BYTES_MAX || count <= 1 {
            return body;
        }
        count /= 2;
    }
}

struct Message<'a> {
    data: &'a Data,
    group_key: &'a str,
    truncated: usize,
}

impl Serialize for Message<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("receiver", &self.data.receiver)?;
        map.serialize_entry("status", self.data.status)?;
        map.serialize_entry("alerts", &Alerts(&self.data.alerts))?;
        map.serialize_entry("notification_reason", REASON)?;
        map.serialize_entry("groupLabels", &Pairs(&self.data.group_labels))?;
        map.serialize_entry("commonLabels", &Pairs(&self.data.common_labels))?;
        map.serialize_entry("commonAnnotations", &Pairs(&self.data.common_annotations))?;
        map.serialize_entry("externalURL", &self.data.external_url)?;
        map.serialize_entry("version", VERSION)?;
        map.serialize_entry("groupKey", self.group_key)?;
        map.serialize_entry("truncatedAlerts", &self.truncated)?;
        map.end()
    }
}

struct Alerts<'a>(&'a [AlertData]);

impl Serialize for Alerts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.len()))?;
        self.0.iter().try_for_each(|alert| list.serialize_element(&Alert(alert)))?;
        list.end()
    }
}

struct Alert<'a>(&'a AlertData);

impl Serialize for Alert<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let ends_at = self.0.ends_at.map_or_else(|| ZERO_TIME.to_owned(), model::rfc3339::format_millis);
        let mut map = serializer.serialize_map(Some(7))?;
        map.serialize_entry("status", self.0.status)?;
        map.serialize_entry("labels", &Pairs(&self.0.labels))?;
        map.serialize_entry("annotations", &Pairs(&self.0.annotations))?;
        map.serialize_entry("startsAt", &model::rfc3339::format_millis(self.0.starts_at))?;
        map.serialize_entry("endsAt", &ends_at)?;
        map.serialize_entry("generatorURL", &self.0.generator_url)?;
        map.serialize_entry("fingerprint", &self.0.fingerprint)?;
        map.end()
    }
}

struct Pairs<'a>(&'a Labels);

impl Serialize for Pairs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter())
    }
}

#[cfg(test)]
mod tests;
