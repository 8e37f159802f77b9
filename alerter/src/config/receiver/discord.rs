//! `discord_configs`.

use super::global::Global;
use super::{field, shown};
use serde::{Deserialize, Serialize};
use serde_saphyr::Spanned;
use settings::http::{HttpClient, RawHttp, SecretSource};
use settings::report::{Key, Report};
use settings::{Secret, Source};
use std::collections::BTreeMap;

/// As written.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawDiscord {
    send_resolved: Option<bool>,
    http_config: Option<Spanned<RawHttp>>,
    webhook_url: Option<Spanned<Secret>>,
    webhook_url_file: Option<Spanned<String>>,
    content: Option<Spanned<String>>,
    title: Option<Spanned<String>>,
    message: Option<Spanned<String>>,
    username: Option<String>,
    avatar_url: Option<String>,
}

/// A Discord channel that is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Discord {
    /// Whether ends are told too. Default true, as in Alertmanager.
    pub send_resolved: bool,
    /// How HTTP is spoken.
    pub http_config: HttpClient,
    /// The channel's webhook.
    #[serde(flatten, serialize_with = "shown::webhook_url")]
    pub webhook_url: SecretSource,
    /// The texts by their keys (`content`, `title`, `message`), each a template.
    #[serde(flatten)]
    pub texts: BTreeMap<&'static str, String>,
    /// Under which name; empty: the webhook's own.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub username: String,
    /// With which picture; empty: the webhook's own.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub avatar_url: String,
}

pub(super) fn read(
    raw: Spanned<RawDiscord>,
    key: &Key,
    global: &Global,
    source: &Source,
    report: &mut Report,
) -> Option<Discord> {
    let Spanned { value: raw, referenced: place, .. } = raw;
    let texts = [
        ("content", raw.content, ""),
        ("title", raw.title, r#"{{ template "discord.default.title" . }}"#),
        ("message", raw.message, r#"{{ template "discord.default.message" . }}"#),
    ];
    let texts = field::texts(report, key, texts);
    let http_config = field::http_client(report, key, raw.http_config, &global.http_config, source);
    let url = field::secret_url(report, key, "webhook_url", (raw.webhook_url, raw.webhook_url_file), source);
    let what = "one of webhook_url or webhook_url_file must be configured";
    Some(Discord {
        send_resolved: raw.send_resolved.unwrap_or(true),
        http_config,
        webhook_url: url.or_else(|| field::missing(report, key, place, what))?,
        texts,
        username: raw.username.unwrap_or_default(),
        avatar_url: raw.avatar_url.unwrap_or_default(),
    })
}
