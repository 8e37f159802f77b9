//! What pushes said of metric families, remembered until series of them come.
//!
//! Senders tell metadata apart from samples, once a minute; the store takes it along with a sample.
//! Invariant: bounded by [`PUSH_FAMILIES_MAX`] and [`PUSH_FAMILY_BYTES_MAX`]; families beyond them have no metadata.

use crate::limits::{PUSH_FAMILIES_MAX, PUSH_FAMILY_BYTES_MAX};
use crate::scrape::exposition::belongs_to;
use model::metadata::Metadata;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The suffixes that a family's samples have behind its name.
const SUFFIXES: [&str; 8] = ["_total", "_bucket", "_count", "_sum", "_created", "_gcount", "_gsum", "_info"];

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Families {
    known: Mutex<HashMap<String, Arc<Metadata>>>,
}

/// Whether a family's metadata was known already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Learned {
    Nothing,
    Something,
}

impl Families {
    /// Remembers the metadata of families.
    pub(super) fn learn(&self, told: Vec<(&str, Metadata)>) -> Learned {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let mut learned = Learned::Nothing;
        for (family, metadata) in told {
            let is_known = known.get(family).is_some_and(|known| **known == metadata);
            let fits = known.len() < PUSH_FAMILIES_MAX || known.contains_key(family);
            let length = family.len() + metadata.family.len() + metadata.help.len() + metadata.unit.len();
            if !is_known && fits && length <= PUSH_FAMILY_BYTES_MAX {
                known.insert(family.to_owned(), Arc::new(metadata));
                learned = Learned::Something;
            }
        }
        learned
    }

    /// The metadata of the family that the metric belongs to.
    pub(super) fn of(&self, metric: &str) -> Option<Arc<Metadata>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(metadata) = known.get(metric) {
            return Some(Arc::clone(metadata));
        }
        let family = SUFFIXES.iter().find_map(|suffix| metric.strip_suffix(suffix))?;
        known.get(family).filter(|metadata| belongs_to(metric, family, metadata.kind)).map(Arc::clone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::metadata::MetricKind;

    #[test]
    fn samples_find_the_family_by_its_suffixes() {
        let families = Families::default();
        let metadata = |kind, help: &str| Metadata { kind, help: help.to_owned(), ..Metadata::default() };
        let told = || vec![("a", metadata(MetricKind::Counter, "A")), ("h", metadata(MetricKind::Histogram, "H"))];
        assert_eq!(families.learn(told()), Learned::Something);
        assert_eq!(families.learn(told()), Learned::Nothing);
        let long = "x".repeat(PUSH_FAMILY_BYTES_MAX);
        assert_eq!(families.learn(vec![("long", metadata(MetricKind::Gauge, &long))]), Learned::Nothing);
        let help = |metric: &str| families.of(metric).map(|metadata| metadata.help.clone());
        assert_eq!(help("a_total").as_deref(), Some("A"));
        assert_eq!(help("h_bucket").as_deref(), Some("H"));
        assert_eq!(help("h").as_deref(), Some("H"));
        assert_eq!(help("a_bucket"), None);
        assert_eq!(help("b"), None);
    }
}
