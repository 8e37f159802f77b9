//! Silences as they are kept: JSON with a version.
//!
//! Invariant: a silence whose matchers no longer compile is left out and told in the log; the others stay.

use super::{Silence, Silences};
use crate::matchers::Matchers;
use model::matcher::{MatchOp, Matcher};
use model::time::Millis;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version of the form.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Kept {
    version: u32,
    silences: Vec<KeptSilence>,
}

#[derive(Serialize, Deserialize)]
struct KeptSilence {
    id: String,
    /// Label, operator, value.
    matchers: Vec<(String, String, String)>,
    starts_at: i64,
    ends_at: i64,
    updated_at: i64,
    created_by: String,
    comment: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    annotations: BTreeMap<String, String>,
}

impl Silences {
    /// The bytes to keep.
    ///
    /// # Errors
    /// None in practice: texts and numbers can always be written.
    pub fn encode(&self) -> Result<Vec<u8>, String> {
        let kept = Kept { version: VERSION, silences: self.iter().map(|silence| kept(silence)).collect() };
        serde_json::to_vec(&kept).map_err(|error| error.to_string())
    }

    /// Reads what was kept.
    ///
    /// # Errors
    /// The bytes are no silences of a version that is known.
    pub fn decode(bytes: &[u8]) -> Result<Self, String> {
        let kept: Kept = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if kept.version != VERSION {
            return Err(format!("version {} of silences, expected {VERSION}", kept.version));
        }
        let mut silences = Self::default();
        for kept in kept.silences {
            let id = kept.id.clone();
            match read(kept) {
                Ok(silence) => silences.put(silence),
                Err(error) => tracing::error!(id, error, "a silence cannot be read and is left out"),
            }
        }
        Ok(silences)
    }
}

fn kept(silence: &Silence) -> KeptSilence {
    let matcher = |m: &Matcher| (m.name().to_owned(), m.op().as_str().to_owned(), m.value().to_owned());
    KeptSilence {
        id: silence.id.clone(),
        matchers: silence.matchers.iter().map(matcher).collect(),
        starts_at: silence.starts_at.0,
        ends_at: silence.ends_at.0,
        updated_at: silence.updated_at.0,
        created_by: silence.created_by.clone(),
        comment: silence.comment.clone(),
        annotations: silence.annotations.clone(),
    }
}

fn read(kept: KeptSilence) -> Result<Silence, String> {
    let matcher = |(name, op, value): (String, String, String)| {
        let ops = [MatchOp::Equal, MatchOp::NotEqual, MatchOp::Regex, MatchOp::NotRegex];
        let op = ops.into_iter().find(|known| known.as_str() == op).ok_or(format!("unknown operator {op}"))?;
        Matcher::new(name, op, value)
    };
    let matchers = kept.matchers.into_iter().map(matcher).collect::<Result<Vec<_>, _>>()?;
    Ok(Silence {
        id: kept.id,
        matchers: Matchers::new(matchers),
        starts_at: Millis(kept.starts_at),
        ends_at: Millis(kept.ends_at),
        updated_at: Millis(kept.updated_at),
        created_by: kept.created_by,
        comment: kept.comment,
        annotations: kept.annotations,
    })
}
