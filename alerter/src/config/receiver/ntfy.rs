//! `ntfy_configs`: push messages to phones by ntfy. Belfry's own; Alertmanager needs a bridge for it.

use super::global::Global;
use super::{field, shown};
use serde::{Deserialize, Serialize};
use serde_saphyr::Spanned;
use settings::http::{HttpClient, RawHttp, SecretSource};
use settings::report::{Key, Report};
use settings::{Secret, Source};
use std::collections::BTreeMap;

/// The public server.
const SERVER: &str = "https://ntfy.sh";

/// As written.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawNtfy {
    send_resolved: Option<bool>,
    http_config: Option<Spanned<RawHttp>>,
    url: Option<Spanned<String>>,
    topic: Option<Spanned<Secret>>,
    topic_file: Option<Spanned<String>>,
    token: Option<Spanned<Secret>>,
    token_file: Option<Spanned<String>>,
    title: Option<Spanned<String>>,
    message: Option<Spanned<String>>,
    priority: Option<Spanned<String>>,
    tags: Option<Spanned<String>>,
    click: Option<Spanned<String>>,
    actions: Option<Vec<Spanned<RawAction>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawAction {
    label: Option<Spanned<String>>,
    url: Option<Spanned<String>>,
}

/// A topic of ntfy that is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ntfy {
    /// Whether ends are told too. Default true.
    pub send_resolved: bool,
    /// How HTTP is spoken.
    pub http_config: HttpClient,
    /// The server's address, without a slash at its end. Default <https://ntfy.sh>.
    pub url: String,
    /// The topic; a secret, since whoever knows it reads along.
    #[serde(flatten, serialize_with = "shown::topic")]
    pub topic: SecretSource,
    /// The access token, if the server wants one.
    #[serde(flatten, serialize_with = "shown::token")]
    pub token: Option<SecretSource>,
    /// The texts by their keys (`title`, `message`, `priority` as 1 to 5, `tags` separated by commas, `click`), each a
    /// template.
    #[serde(flatten)]
    pub texts: BTreeMap<&'static str, String>,
    /// Buttons that open a page.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<NtfyAction>,
}

/// A button; both are templates. One whose page is empty is left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NtfyAction {
    /// What stands on it.
    pub label: String,
    /// The page that it opens.
    pub url: String,
}

pub(super) fn read(
    raw: Spanned<RawNtfy>,
    key: &Key,
    global: &Global,
    source: &Source,
    report: &mut Report,
) -> Option<Ntfy> {
    let Spanned { value: raw, referenced: place, .. } = raw;
    let texts = [
        ("title", raw.title, r#"{{ template "ntfy.default.title" . }}"#),
        ("message", raw.message, r#"{{ template "ntfy.default.message" . }}"#),
        ("priority", raw.priority, r#"{{ template "ntfy.default.priority" . }}"#),
        ("tags", raw.tags, r#"{{ template "ntfy.default.tags" . }}"#),
        ("click", raw.click, r#"{{ template "ntfy.default.click" . }}"#),
    ];
    let texts = field::texts(report, key, texts);
    let actions = match raw.actions {
        None => default_actions(),
        Some(raw) => raw.into_iter().enumerate().map(|(index, raw)| action(raw, key, index, report)).collect(),
    };
    let http_config = field::http_client(report, key, raw.http_config, &global.http_config, source);
    let token = field::secret(report, key, "token", (raw.token, raw.token_file), source);
    if token.is_some() && http_config.authentication.is_some() {
        report.add(key, place, "at most one of token & http_config's authentication must be configured");
    }
    let url = report.read(&key.field("url"), raw.url, |url| field::address(&url));
    let topic = field::secret(report, key, "topic", (raw.topic, raw.topic_file), source);
    Some(Ntfy {
        send_resolved: raw.send_resolved.unwrap_or(true),
        http_config,
        url: url.unwrap_or_else(|| SERVER.to_owned()),
        topic: topic.or_else(|| field::missing(report, key, place, "one of topic or topic_file must be configured"))?,
        token,
        texts,
        actions,
    })
}

fn action(raw: Spanned<RawAction>, key: &Key, index: usize, report: &mut Report) -> NtfyAction {
    let Spanned { value: raw, referenced: place, .. } = raw;
    let key = key.field("actions").index(index);
    let label = field::text(report, &key, "label", raw.label, "");
    let url = field::text(report, &key, "url", raw.url, "");
    for (name, text) in [("label", &label), ("url", &url)] {
        if text.is_empty() {
            report.add(&key, place, format!("missing {name} in ntfy action"));
        }
    }
    NtfyAction { label, url }
}

fn default_actions() -> Vec<NtfyAction> {
    let action = |label: &str, name: &str| NtfyAction {
        label: label.to_owned(),
        url: format!("{{{{ template \"ntfy.default.{name}\" . }}}}"),
    };
    vec![action("Logs", "logs"), action("Silence", "silence")]
}
