//! What metric families say of themselves: the latest, by metric name.
//!
//! Invariant: at most [`METADATA_MAX`] names and [`METADATA_TOTAL_BYTES_MAX`]; further ones are not kept. Lost with the WAL segment only when a
//! checkpoint has written them again.

use super::limits::{METADATA_MAX, METADATA_TOTAL_BYTES_MAX};
use model::metadata::Metadata;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Metadata by metric name.
#[derive(Debug, Default)]
pub(crate) struct Families {
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    by_name: BTreeMap<String, Metadata>,
    bytes: usize,
}

impl Families {
    /// Notes what was told; whether that is news that can be kept.
    pub(crate) fn note(&self, metric: &str, metadata: &Metadata) -> bool {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let held = known.by_name.get(metric);
        let full = held.is_none() && known.by_name.len() >= METADATA_MAX;
        let bytes = known.bytes - held.map_or(0, |held| bytes(metric, held)) + bytes(metric, metadata);
        if held == Some(metadata) || full || bytes > METADATA_TOTAL_BYTES_MAX {
            return false;
        }
        known.bytes = bytes;
        known.by_name.insert(metric.to_owned(), metadata.clone());
        true
    }

    /// Of one metric, or of at most `limit` (0: all), ascending by name.
    pub(crate) fn list(&self, metric: Option<&str>, limit: usize) -> Vec<(String, Metadata)> {
        let by_name = &self.known.lock().unwrap_or_else(PoisonError::into_inner).by_name;
        let limit = if limit == 0 { usize::MAX } else { limit };
        let owned = |(name, metadata): (&String, &Metadata)| (name.clone(), metadata.clone());
        match metric {
            Some(metric) => by_name.get_key_value(metric).map(owned).into_iter().collect(),
            None => by_name.iter().take(limit).map(owned).collect(),
        }
    }
}

/// Bytes of memory that it takes, about.
fn bytes(metric: &str, metadata: &Metadata) -> usize {
    size_of::<Metadata>() + 2 * metric.len() + metadata.help.len() + metadata.unit.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_do_not_fill_the_memory() {
        let families = Families::default();
        let telling = |help: String| Metadata { help, ..Metadata::default() };
        let kept = (0..4096).filter(|n| families.note(&format!("m{n}"), &telling("x".repeat(16 << 10)))).count();
        assert!((1900..2048).contains(&kept), "{kept}");
        assert!(!families.note("late", &telling("x".repeat(16 << 10))));
        assert!(families.note("m0", &telling("shorter".to_owned())) && families.note("late", &telling(String::new())));
    }
}
