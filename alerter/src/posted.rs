//! An alert as the dispatcher takes it: from our rules, or from others over `/api/v2/alerts`.
//!
//! Invariant: it is named by its labels alone; the fingerprint is Alertmanager's, so that `amtool` and Grafana see the
//! same names. An alert whose end lies in the past is resolved.

use model::labels::Labels;
use model::time::Millis;

/// An alert as it was posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostedAlert {
    /// Which alert; not empty, `alertname` included where it has one.
    pub labels: Labels,
    /// What it says to people.
    pub annotations: Labels,
    /// Since when it goes on.
    pub starts_at: Millis,
    /// When it ends, or has ended. In the future: it counts as resolved then, unless it is posted again before.
    pub ends_at: Millis,
    /// Where its cause can be seen; empty for nowhere.
    pub generator_url: String,
    /// The value of the rule's expression when it was last evaluated, for people: a few digits. Empty where nobody knows
    /// it, as for alerts of others.
    pub value: String,
}

impl PostedAlert {
    /// Whether it has ended.
    pub fn is_resolved(&self, now: Millis) -> bool {
        self.ends_at <= now
    }

    /// What it weighs against the bounds.
    pub(crate) fn bytes(&self) -> usize {
        self.labels.as_raw().len() + self.annotations.as_raw().len() + self.generator_url.len() + self.value.len()
    }

    /// Its name in sixteen hexadecimal digits.
    pub fn fingerprint(&self) -> String {
        fingerprint(&self.labels)
    }
}

/// The fingerprint of labels as Alertmanager shows it: FNV-1a of 64 bits over the names and values in ascending order,
/// each ended by the byte 255 (prometheus/common `model.LabelSet.Fingerprint`).
pub fn fingerprint(labels: &Labels) -> String {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let add = |hash: u64, text: &str| {
        text.bytes().chain(std::iter::once(255)).fold(hash, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME))
    };
    let hash = labels.iter().fold(OFFSET, |hash, (name, value)| add(add(hash, name), value));
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_are_alertmanagers() {
        // prometheus/common's own test: the fingerprint of no labels is the offset, and order does not matter.
        assert_eq!(fingerprint(&Labels::empty()), "cbf29ce484222325");
        let labels = Labels::from_pairs([("name", "garland, briggs"), ("fear", "love is not enough")]);
        assert_eq!(fingerprint(&labels), format!("{:016x}", 5_799_056_148_416_392_346_u64));
    }
}
