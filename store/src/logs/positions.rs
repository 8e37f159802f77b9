//! How far sources have been read: what the collector hands over with a batch and asks for after a start.
//!
//! Invariant: a position is here only after its record is in the WAL.

use super::append::PositionUpdate;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Positions by the key of their source.
#[derive(Debug, Default)]
pub(crate) struct Positions {
    held: Mutex<BTreeMap<Vec<u8>, Vec<u8>>>,
}

impl Positions {
    fn held(&self) -> MutexGuard<'_, BTreeMap<Vec<u8>, Vec<u8>>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the updates of a batch.
    pub(crate) fn update(&self, updates: &[PositionUpdate<'_>]) {
        if updates.is_empty() {
            return;
        }
        let mut held = self.held();
        for update in updates {
            match (update.value, held.get_mut(update.key)) {
                (Some(value), Some(kept)) => {
                    kept.clear();
                    kept.extend_from_slice(value);
                }
                (Some(value), None) => _ = held.insert(update.key.to_vec(), value.to_vec()),
                (None, _) => _ = held.remove(update.key),
            }
        }
    }

    /// All of them, ascending by key.
    pub(crate) fn list(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        self.held().iter().map(|(key, value)| (key.clone(), value.clone())).collect()
    }
}
