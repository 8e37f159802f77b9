//! Receivers: who is told, and how.
//!
//! Invariant: a receiver's name is not empty.

use crate::notify::{Context, Notifier};
use serde::{Deserialize, Serialize};
use serde_saphyr::Spanned;
use settings::Source;
use settings::report::{Key, Report};
use std::sync::Arc;
use std::time::Duration;

/// `global:` of alertmanager.yml as written.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawGlobal {
    resolve_timeout: Option<Spanned<String>>,
}

/// `global:` of alertmanager.yml.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Global {
    /// After which time an alert that was posted without an end counts as ended.
    #[serde(serialize_with = "super::alerting::shown_duration")]
    pub resolve_timeout: Duration,
}

impl Default for Global {
    fn default() -> Self {
        Self { resolve_timeout: Duration::from_secs(5 * 60) }
    }
}

/// Checks `global:`.
pub fn read_global(raw: Option<Spanned<RawGlobal>>, key: &Key, _source: &Source, report: &mut Report) -> Global {
    let timeout = raw.and_then(|raw| raw.value.resolve_timeout);
    let resolve_timeout = report.duration(&key.field("resolve_timeout"), timeout);
    Global { resolve_timeout: resolve_timeout.unwrap_or(Global::default().resolve_timeout) }
}

/// One of `receivers:` as written.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawReceiver {
    name: Option<Spanned<String>>,
}

/// One of `receivers:`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Receiver {
    /// Its name.
    pub name: String,
}

/// Checks one of `receivers:`.
pub fn read_receiver(
    raw: Spanned<RawReceiver>,
    key: &Key,
    _global: &Global,
    _source: &Source,
    report: &mut Report,
) -> Receiver {
    let name = raw.value.name.map(|name| name.value).unwrap_or_default();
    if name.is_empty() {
        report.add(&key.field("name"), raw.referenced, "missing name in receiver");
    }
    Receiver { name }
}

impl Receiver {
    /// What sends, in the order of the integrations' indexes.
    ///
    /// # Errors
    /// What cannot be read or compiled.
    pub fn notifiers(&self, _context: &Context) -> Result<Vec<Arc<dyn Notifier>>, String> {
        Ok(Vec::new())
    }
}
