//! `webhook_configs`.

use super::field;
use super::global::Global;
use super::shown;
use crate::notify::{http, template};
use serde::{Deserialize, Serialize};
use serde_saphyr::Spanned;
use settings::http::{HttpClient, RawHttp, SecretSource};
use settings::report::{Key, Report};
use settings::unsupported::Unsupported;
use settings::{Secret, Source};
use std::time::Duration;

/// As written.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawWebhook {
    send_resolved: Option<bool>,
    http_config: Option<Spanned<RawHttp>>,
    url: Option<Spanned<Secret>>,
    url_file: Option<Spanned<String>>,
    max_alerts: Option<u64>,
    timeout: Option<Spanned<String>>,
    payload: Unsupported,
}

/// A webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Webhook {
    /// Whether ends are told too. Default true, as in Alertmanager.
    pub send_resolved: bool,
    /// How HTTP is spoken.
    pub http_config: HttpClient,
    /// Where the JSON goes; may be a template.
    #[serde(flatten, serialize_with = "shown::url")]
    pub url: SecretSource,
    /// Most alerts of one message; 0: all. Default 0, as in Alertmanager.
    pub max_alerts: usize,
    /// How long an attempt may take; `None`: [`crate::limits::SEND_TIMEOUT`], where Alertmanager waits until its group
    /// is told again.
    #[serde(serialize_with = "shown::optional_duration", skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Duration>,
}

pub(super) fn read(
    raw: Spanned<RawWebhook>,
    key: &Key,
    global: &Global,
    source: &Source,
    report: &mut Report,
) -> Option<Webhook> {
    let Spanned { value: raw, referenced: place, .. } = raw;
    raw.payload.refuse("payload", key, report);
    if let Some(url) = &raw.url
        && let Err(error) = check_url(url.value.reveal())
    {
        report.add(&key.field("url"), url.referenced, error);
    }
    let http_config = field::http_client(report, key, raw.http_config, &global.http_config, source);
    let timeout = report.duration(&key.field("timeout"), raw.timeout);
    let url = field::secret(report, key, "url", (raw.url, raw.url_file), source)
        .or_else(|| field::missing(report, key, place, "one of url or url_file must be configured"))?;
    Some(Webhook {
        send_resolved: raw.send_resolved.unwrap_or(true),
        http_config,
        url,
        max_alerts: raw.max_alerts.map_or(0, |most| usize::try_from(most).unwrap_or(usize::MAX)),
        timeout,
    })
}

/// A URL, or a template of one. The errors of templates quote them, so they are not told.
fn check_url(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Ok(());
    }
    if text.contains("{{") {
        return template::check("url", text).map_err(|_| "not a valid template".to_owned());
    }
    http::parse_url(text).map(drop)
}
