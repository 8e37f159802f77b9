//! `limit`: lines beyond a rate are dropped.
//!
//! Invariant: never waits, as the reader of a file waits for nobody but the store; a limit that does not drop is refused
//! when it is read.

use crate::limits::PIPELINE_STREAMS_MAX;
use crate::pipeline::Entry;
use model::time::Nanos;
use serde::{Deserialize, Serialize};
use settings::report::{Report, Spot};
use std::collections::HashMap;
use std::sync::Arc;

/// As written.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RawLimit {
    rate: f64,
    burst: u32,
    drop: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    by_label_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_distinct_labels: Option<u64>,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Limit {
    /// Lines per second.
    rate: f64,
    burst: f64,
    /// The label whose values are limited each for itself; `None` limits all together.
    by: Option<String>,
    reason: Arc<str>,
}

/// What is left of the bursts.
#[derive(Debug)]
pub(crate) struct LimitMemory {
    buckets: HashMap<String, Bucket>,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    tokens: f64,
    at: Nanos,
}

impl Limit {
    pub(crate) fn read(raw: RawLimit, spot: &Spot, report: &mut Report) -> Option<Self> {
        if raw.rate.is_nan() || raw.rate <= 0.0 || raw.burst == 0 {
            return spot.refuse(report, "rate and burst must be above 0");
        }
        if !raw.drop {
            return spot.refuse(report, "a limit that waits is not supported yet, expected drop: true");
        }
        // How many values of the label are remembered is a bound of Belfry's own.
        let _ = raw.max_distinct_labels;
        Some(Self {
            rate: raw.rate,
            burst: f64::from(raw.burst),
            by: Some(raw.by_label_name).filter(|name| !name.is_empty()),
            reason: Arc::from("ratelimit_drop_stage"),
        })
    }

    #[expect(clippy::unused_self, reason = "a memory belongs to its stage")]
    pub(crate) fn new_memory(&self) -> LimitMemory {
        LimitMemory { buckets: HashMap::new() }
    }

    /// Under which reason it counts.
    pub(crate) fn reason(&self) -> &Arc<str> {
        &self.reason
    }

    /// Whether the line is beyond the rate.
    #[expect(clippy::cast_precision_loss, reason = "a bucket refills within minutes")]
    pub(crate) fn drops(&self, entry: &Entry<'_>, memory: &mut LimitMemory, now: Nanos) -> bool {
        let value = match &self.by {
            None => "",
            Some(name) => match entry.labels.get(name) {
                Some(value) => value,
                None => return false,
            },
        };
        let full = Bucket { tokens: self.burst, at: now };
        if !memory.buckets.contains_key(value) {
            if memory.buckets.len() >= PIPELINE_STREAMS_MAX {
                memory.buckets.clear();
            }
            memory.buckets.insert(value.to_owned(), full);
        }
        let Some(bucket) = memory.buckets.get_mut(value) else { return false };
        let seconds = now.0.saturating_sub(bucket.at.0).max(0) as f64 / 1e9;
        bucket.tokens = (bucket.tokens + seconds * self.rate).min(self.burst);
        bucket.at = now;
        if bucket.tokens < 1.0 {
            return true;
        }
        bucket.tokens -= 1.0;
        false
    }
}
