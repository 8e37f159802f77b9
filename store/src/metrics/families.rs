//! What metric families say of themselves: the latest, by metric name.
//!
//! Invariant: at most [`METADATA_MAX`] names; further ones are not kept. Lost with the WAL segment only when a
//! checkpoint has written them again.

use super::limits::METADATA_MAX;
use model::metadata::Metadata;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Metadata by metric name.
#[derive(Debug, Default)]
pub(crate) struct Families {
    by_name: Mutex<BTreeMap<String, Metadata>>,
}

impl Families {
    /// Notes what was told; whether that is news.
    pub(crate) fn note(&self, metric: &str, metadata: &Metadata) -> bool {
        let mut by_name = self.by_name.lock().unwrap_or_else(PoisonError::into_inner);
        if by_name.get(metric) == Some(metadata) || (by_name.len() >= METADATA_MAX && !by_name.contains_key(metric)) {
            return false;
        }
        by_name.insert(metric.to_owned(), metadata.clone());
        true
    }

    /// Of one metric, or of at most `limit` (0: all), ascending by name.
    pub(crate) fn list(&self, metric: Option<&str>, limit: usize) -> Vec<(String, Metadata)> {
        let by_name = self.by_name.lock().unwrap_or_else(PoisonError::into_inner);
        let limit = if limit == 0 { usize::MAX } else { limit };
        let owned = |(name, metadata): (&String, &Metadata)| (name.clone(), metadata.clone());
        match metric {
            Some(metric) => by_name.get_key_value(metric).map(owned).into_iter().collect(),
            None => by_name.iter().take(limit).map(owned).collect(),
        }
    }
}
