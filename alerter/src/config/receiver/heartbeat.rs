//! `heartbeat_configs`: URLs that are requested again and again, so that somebody else notices when Belfry is gone.
//!
//! Alertmanager has no such kind; people route an alert that always fires to a webhook instead.

use super::field;
use super::global::Global;
use super::shown;
use serde::{Deserialize, Serialize};
use serde_saphyr::Spanned;
use settings::http::{HttpClient, RawHttp, SecretSource};
use settings::report::{Key, Report};
use settings::{Secret, Source};
use std::time::Duration;

/// How often a heartbeat is sent unless the config says otherwise.
const INTERVAL: Duration = Duration::from_secs(60);

/// The shortest interval; a shorter one is refused.
const INTERVAL_MIN: Duration = Duration::from_secs(1);

/// As written.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawHeartbeat {
    url: Option<Spanned<Secret>>,
    url_file: Option<Spanned<String>>,
    interval: Option<Spanned<String>>,
    timeout: Option<Spanned<String>>,
    http_config: Option<Spanned<RawHttp>>,
}

/// A heartbeat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Heartbeat {
    /// What is requested.
    #[serde(flatten, serialize_with = "shown::url")]
    pub url: SecretSource,
    /// How often. Default 1m.
    #[serde(serialize_with = "shown::duration")]
    pub interval: Duration,
    /// How long an attempt may take; `None`: [`crate::limits::SEND_TIMEOUT`].
    #[serde(serialize_with = "shown::optional_duration", skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Duration>,
    /// How HTTP is spoken.
    pub http_config: HttpClient,
}

pub(super) fn read(
    raw: Spanned<RawHeartbeat>,
    key: &Key,
    global: &Global,
    source: &Source,
    report: &mut Report,
) -> Option<Heartbeat> {
    let Spanned { value: raw, referenced: place, .. } = raw;
    let http_config = field::http_client(report, key, raw.http_config, &global.http_config, source);
    let timeout = report.duration(&key.field("timeout"), raw.timeout);
    let interval = report.read(&key.field("interval"), raw.interval, |text| match model::duration::parse(&text) {
        Ok(interval) if interval >= INTERVAL_MIN => Ok(interval),
        Ok(_) => Err(format!("shorter than 1s, got {text}")),
        Err(error) => Err(error.to_string()),
    });
    let url = field::secret_url(report, key, "url", (raw.url, raw.url_file), source)
        .or_else(|| field::missing(report, key, place, "one of url or url_file must be configured"))?;
    Some(Heartbeat { url, interval: interval.unwrap_or(INTERVAL), timeout, http_config })
}
