//! The alerts that somebody believes to go on: told as firing, and not yet as ended. They are kept over restarts, so that
//! an end is told also where nobody posts it any more: its rule is gone or has forgotten it, or its receiver was away.
//!
//! Invariant: what is written here decides nothing alone; the notification log says who is told.

use crate::posted::PostedAlert;
use model::labels::Labels;
use model::time::Millis;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The version of the form.
const VERSION: u32 = 1;

/// An alert as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Believed {
    pub(crate) alert: PostedAlert,
    /// Whether its end has come.
    pub(crate) ended: bool,
}

/// All of them, by labels.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct AllBelieved(pub(crate) BTreeMap<Labels, Believed>);

#[derive(Serialize, Deserialize)]
struct Kept<'a> {
    version: u32,
    alerts: Vec<KeptAlert<'a>>,
}

#[derive(Serialize, Deserialize)]
struct KeptAlert<'a> {
    labels: BTreeMap<Cow<'a, str>, Cow<'a, str>>,
    annotations: BTreeMap<Cow<'a, str>, Cow<'a, str>>,
    starts_at: i64,
    ends_at: i64,
    ended: bool,
    generator_url: Cow<'a, str>,
}

impl AllBelieved {
    /// Which, and which of them have ended: what is worth a save when it changes.
    pub(crate) fn outline(&self) -> Vec<(Labels, bool)> {
        self.0.iter().map(|(labels, believed)| (labels.clone(), believed.ended)).collect()
    }

    /// The bytes to keep.
    ///
    /// # Errors
    /// None in practice: texts and numbers can always be written.
    pub(crate) fn encode(&self) -> Result<Vec<u8>, String> {
        let pairs =
            |labels: &'_ Labels| labels.iter().map(|(n, v)| (n.to_owned().into(), v.to_owned().into())).collect();
        let alerts = self.0.values().map(|Believed { alert, ended }| KeptAlert {
            labels: pairs(&alert.labels),
            annotations: pairs(&alert.annotations),
            starts_at: alert.starts_at.0,
            ends_at: alert.ends_at.0,
            ended: *ended,
            generator_url: alert.generator_url.as_str().into(),
        });
        let kept = Kept { version: VERSION, alerts: alerts.collect() };
        serde_json::to_vec(&kept).map_err(|error| error.to_string())
    }

    /// Reads what was kept.
    ///
    /// # Errors
    /// The bytes are no such list of a version that is known.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, String> {
        let kept: Kept<'_> = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if kept.version != VERSION {
            return Err(format!("version {} of the alerts that were told, expected {VERSION}", kept.version));
        }
        let alerts = kept.alerts.into_iter().map(|kept| {
            let alert = PostedAlert {
                labels: Labels::from_pairs(kept.labels),
                annotations: Labels::from_pairs(kept.annotations),
                starts_at: Millis(kept.starts_at),
                ends_at: Millis(kept.ends_at),
                generator_url: kept.generator_url.into_owned(),
                value: String::new(),
            };
            (alert.labels.clone(), Believed { alert, ended: kept.ended })
        });
        Ok(Self(alerts.collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_back() {
        let alert = PostedAlert {
            labels: Labels::from_pairs([("alertname", "PodDown"), ("pod", "\u{1}\"🙂")]),
            annotations: Labels::from_pairs([("summary", "was-0 is down")]),
            starts_at: Millis(1),
            ends_at: Millis(2),
            generator_url: "http://b/graph".to_owned(),
            value: String::new(),
        };
        let believed = AllBelieved([(alert.labels.clone(), Believed { alert, ended: true })].into());
        assert_eq!(AllBelieved::decode(&believed.encode().expect("written")), Ok(believed));
        assert!(AllBelieved::decode(b"{\"version\":2,\"alerts\":[]}").is_err());
    }
}
