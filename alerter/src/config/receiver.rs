//! `receivers` and `global` of alertmanager.yml: who is told, and how.
//!
//! Invariant: a receiver that is given out can be built but for files that it names: its texts are templates, its URLs
//! lead to hosts, and no secret is shown. A kind that Alertmanager knows and Belfry does not is refused by name.

mod email;
mod field;
mod global;
mod heartbeat;
mod shown;
mod slack;
mod webhook;

pub use email::{Email, Smarthost, Threading};
pub use global::{Global, RawGlobal, Smtp};
pub use heartbeat::Heartbeat;
pub use slack::{Slack, SlackAction, SlackConfirmation, SlackField};
pub use webhook::Webhook;

use crate::notify::{self, Notifier};
use email::RawEmail;
use heartbeat::RawHeartbeat;
use serde::{Deserialize, Serialize};
use serde_saphyr::Spanned;
use settings::Source;
use settings::report::{Key, Report};
use settings::unsupported::Unsupported;
use slack::RawSlack;
use std::collections::BTreeMap;
use std::sync::Arc;
use webhook::RawWebhook;

/// One of `receivers` as written.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawReceiver {
    name: Option<Spanned<String>>,
    labels: Option<BTreeMap<String, String>>,
    webhook_configs: Option<Vec<Spanned<RawWebhook>>>,
    email_configs: Option<Vec<Spanned<RawEmail>>>,
    slack_configs: Option<Vec<Spanned<RawSlack>>>,
    heartbeat_configs: Option<Vec<Spanned<RawHeartbeat>>>,
    discord_configs: Unsupported,
    telegram_configs: Unsupported,
    pagerduty_configs: Unsupported,
    opsgenie_configs: Unsupported,
    victorops_configs: Unsupported,
    pushover_configs: Unsupported,
    wechat_configs: Unsupported,
    sns_configs: Unsupported,
    webex_configs: Unsupported,
    msteams_configs: Unsupported,
    msteamsv2_configs: Unsupported,
    jira_configs: Unsupported,
    rocketchat_configs: Unsupported,
    incidentio_configs: Unsupported,
    mattermost_configs: Unsupported,
}

/// Who is told, and how.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Receiver {
    /// Its name, by which routes name it; not empty.
    pub name: String,
    /// Labels of the receiver itself, for `/api/v2/receivers`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Webhooks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub webhook_configs: Vec<Webhook>,
    /// Mails.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub email_configs: Vec<Email>,
    /// Slack messages.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub slack_configs: Vec<Slack>,
    /// URLs that are requested again and again while Belfry lives. Belfry's own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub heartbeat_configs: Vec<Heartbeat>,
}

/// Checks a receiver.
pub fn read_receiver(
    raw: Spanned<RawReceiver>,
    key: &Key,
    global: &Global,
    source: &Source,
    report: &mut Report,
) -> Receiver {
    let Spanned { value: raw, referenced: place, .. } = raw;
    raw.refuse_unsupported(key, report);
    let name = raw.name.map(|name| name.value).unwrap_or_default();
    if name.is_empty() {
        report.add(key, place, "missing name in receiver");
    }
    let webhooks = each(raw.webhook_configs, &key.field("webhook_configs"), |raw, key| {
        webhook::read(raw, key, global, source, report)
    });
    let emails =
        each(raw.email_configs, &key.field("email_configs"), |raw, key| email::read(raw, key, global, source, report));
    let slacks =
        each(raw.slack_configs, &key.field("slack_configs"), |raw, key| slack::read(raw, key, global, source, report));
    let heartbeats = each(raw.heartbeat_configs, &key.field("heartbeat_configs"), |raw, key| {
        heartbeat::read(raw, key, global, source, report)
    });
    Receiver {
        name,
        labels: raw.labels.unwrap_or_default(),
        webhook_configs: webhooks,
        email_configs: emails,
        slack_configs: slacks,
        heartbeat_configs: heartbeats,
    }
}

/// Checks `global`.
pub fn read_global(raw: Option<Spanned<RawGlobal>>, key: &Key, source: &Source, report: &mut Report) -> Global {
    raw.map_or_else(Global::default, |raw| global::read(raw, key, source, report))
}

fn each<R, T>(raw: Option<Vec<R>>, key: &Key, mut read: impl FnMut(R, &Key) -> Option<T>) -> Vec<T> {
    let raw = raw.into_iter().flatten().enumerate();
    raw.filter_map(|(index, raw)| read(raw, &key.index(index))).collect()
}

impl RawReceiver {
    fn refuse_unsupported(&self, key: &Key, report: &mut Report) {
        let kinds = [
            ("discord_configs", self.discord_configs),
            ("telegram_configs", self.telegram_configs),
            ("pagerduty_configs", self.pagerduty_configs),
            ("opsgenie_configs", self.opsgenie_configs),
            ("victorops_configs", self.victorops_configs),
            ("pushover_configs", self.pushover_configs),
            ("wechat_configs", self.wechat_configs),
            ("sns_configs", self.sns_configs),
            ("webex_configs", self.webex_configs),
            ("msteams_configs", self.msteams_configs),
            ("msteamsv2_configs", self.msteamsv2_configs),
            ("jira_configs", self.jira_configs),
            ("rocketchat_configs", self.rocketchat_configs),
            ("incidentio_configs", self.incidentio_configs),
            ("mattermost_configs", self.mattermost_configs),
        ];
        for (name, kind) in kinds {
            kind.refuse(name, key, report);
        }
    }
}

impl Receiver {
    /// Builds its ways to tell people: reads certificates and compiles templates. They come in Alertmanager's order of
    /// kinds; the index of an integration counts within its kind (`slack[0]`, `slack[1]`).
    ///
    /// # Errors
    /// A phrase naming the key, when a certificate is of no use or a text calls a template that does not exist.
    pub fn notifiers(&self, context: &notify::Context) -> Result<Vec<Arc<dyn Notifier>>, String> {
        let mut built: Vec<Arc<dyn Notifier>> = Vec::new();
        for (index, config) in self.webhook_configs.iter().enumerate() {
            let webhook = notify::webhook::Webhook::new(config, context);
            built.push(Arc::new(webhook.map_err(|error| format!("webhook_configs[{index}]: {error}"))?));
        }
        for (index, config) in self.email_configs.iter().enumerate() {
            let email = notify::email::Email::new(config, context);
            built.push(Arc::new(email.map_err(|error| format!("email_configs[{index}]: {error}"))?));
        }
        for (index, config) in self.slack_configs.iter().enumerate() {
            let slack = notify::slack::Slack::new(config, context);
            built.push(Arc::new(slack.map_err(|error| format!("slack_configs[{index}]: {error}"))?));
        }
        Ok(built)
    }

    /// Builds its heartbeats: reads certificates.
    ///
    /// # Errors
    /// A phrase naming the key and the certificate that is of no use.
    pub fn heartbeats(&self) -> Result<Vec<notify::heartbeat::Heartbeat>, String> {
        let configs = self.heartbeat_configs.iter().enumerate();
        let built = configs.map(|(index, config)| {
            let heartbeat = notify::heartbeat::Heartbeat::new(&self.name, index, config);
            heartbeat.map_err(|error| format!("heartbeat_configs[{index}]: {error}"))
        });
        built.collect()
    }
}

#[cfg(test)]
mod tests;
