//! `receivers` and `global` of alertmanager.yml: who is told, and how.
//!
//! Invariant: a receiver that is given out can be built but for files that it names: its texts are templates, its URLs
//! lead to hosts, and no secret is shown. A kind that Alertmanager knows and Belfry does not is refused by name.

mod discord;
mod email;
mod field;
mod global;
mod heartbeat;
mod ntfy;
mod shown;
mod slack;
mod telegram;
mod webhook;

pub use discord::Discord;
pub use email::{Email, Smarthost, Threading};
pub use global::{Global, RawGlobal, Smtp};
pub use heartbeat::Heartbeat;
pub use ntfy::{Ntfy, NtfyAction};
pub use slack::{Slack, SlackAction, SlackConfirmation, SlackField};
pub use telegram::{Chat, ParseMode, Telegram};
pub use webhook::Webhook;

use crate::notify::{self, Notifier};
use discord::RawDiscord;
use email::RawEmail;
use heartbeat::RawHeartbeat;
use ntfy::RawNtfy;
use serde::{Deserialize, Serialize};
use serde_saphyr::Spanned;
use settings::Source;
use settings::report::{Key, Report};
use settings::unsupported::Unsupported;
use slack::RawSlack;
use std::collections::BTreeMap;
use std::sync::Arc;
use telegram::RawTelegram;
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
    telegram_configs: Option<Vec<Spanned<RawTelegram>>>,
    discord_configs: Option<Vec<Spanned<RawDiscord>>>,
    ntfy_configs: Option<Vec<Spanned<RawNtfy>>>,
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
    /// Telegram chats.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub telegram_configs: Vec<Telegram>,
    /// Discord channels.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub discord_configs: Vec<Discord>,
    /// Topics of ntfy. Belfry's own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ntfy_configs: Vec<Ntfy>,
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
    macro_rules! all {
        ($configs:ident, $kind:ident) => {
            each(raw.$configs, &key.field(stringify!($configs)), |raw, key| {
                $kind::read(raw, key, global, source, report)
            })
        };
    }
    Receiver {
        name,
        labels: raw.labels.unwrap_or_default(),
        webhook_configs: all!(webhook_configs, webhook),
        email_configs: all!(email_configs, email),
        slack_configs: all!(slack_configs, slack),
        telegram_configs: all!(telegram_configs, telegram),
        discord_configs: all!(discord_configs, discord),
        ntfy_configs: all!(ntfy_configs, ntfy),
        heartbeat_configs: all!(heartbeat_configs, heartbeat),
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
        macro_rules! build {
            ($configs:ident, $notifier:path) => {
                for (index, config) in self.$configs.iter().enumerate() {
                    let notifier = <$notifier>::new(config, context);
                    let named = |error| format!("{}[{index}]: {error}", stringify!($configs));
                    built.push(Arc::new(notifier.map_err(named)?));
                }
            };
        }
        build!(webhook_configs, notify::webhook::Webhook);
        build!(email_configs, notify::email::Email);
        build!(slack_configs, notify::slack::Slack);
        build!(telegram_configs, notify::telegram::Telegram);
        build!(discord_configs, notify::discord::Discord);
        build!(ntfy_configs, notify::ntfy::Ntfy);
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
