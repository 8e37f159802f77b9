//! The notification log as it is kept: JSON with a version.
//!
//! Invariant: what is read back is what was kept.

use super::{Entry, Integration, NotificationLog};
use model::time::Millis;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The version of the form.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Kept<'a> {
    version: u32,
    entries: Vec<KeptEntry<'a>>,
}

#[derive(Serialize, Deserialize)]
struct KeptEntry<'a> {
    group: Cow<'a, str>,
    receiver: Cow<'a, str>,
    kind: Cow<'a, str>,
    index: usize,
    at: i64,
    expires_at: i64,
    firing: Cow<'a, [u64]>,
    resolved: Cow<'a, [u64]>,
    /// Alert and time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    earlier: Vec<(u64, i64)>,
}

impl NotificationLog {
    /// The bytes to keep.
    ///
    /// # Errors
    /// None in practice: texts and numbers can always be written.
    pub fn encode(&self) -> Result<Vec<u8>, String> {
        let entries = self.entries.iter().map(|((group, integration), entry)| KeptEntry {
            group: group.into(),
            receiver: integration.receiver.as_str().into(),
            kind: integration.kind.as_str().into(),
            index: integration.index,
            at: entry.at.0,
            expires_at: entry.expires_at.0,
            firing: entry.firing.as_slice().into(),
            resolved: entry.resolved.as_slice().into(),
            earlier: entry.earlier.iter().map(|(hash, at)| (*hash, at.0)).collect(),
        });
        let kept = Kept { version: VERSION, entries: entries.collect() };
        serde_json::to_vec(&kept).map_err(|error| error.to_string())
    }

    /// Reads what was kept.
    ///
    /// # Errors
    /// The bytes are no log of a version that is known.
    pub fn decode(bytes: &[u8]) -> Result<Self, String> {
        let kept: Kept<'_> = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if kept.version != VERSION {
            return Err(format!("version {} of the notification log, expected {VERSION}", kept.version));
        }
        let entries = kept.entries.into_iter().map(|kept| {
            let integration =
                Integration { receiver: kept.receiver.into_owned(), kind: kept.kind.into_owned(), index: kept.index };
            let entry = Entry {
                at: Millis(kept.at),
                expires_at: Millis(kept.expires_at),
                firing: kept.firing.into_owned(),
                resolved: kept.resolved.into_owned(),
                earlier: kept.earlier.into_iter().map(|(hash, at)| (hash, Millis(at))).collect(),
            };
            ((kept.group.into_owned(), integration), entry)
        });
        Ok(Self { entries: entries.collect(), changes: 0 })
    }
}
