//! From the label bytes of a pushed series to its reference in the store.
//!
//! Invariant: a hit compares all bytes, so two series never share a reference; a reference that the store has
//! forgotten is only a wasted try. Bounded by bytes: entries live in two generations, and when the young one is full
//! the old one goes; what is looked up in the old one moves to the young one.

use crate::limits::PUSH_SERIES_CACHE_BYTES_MAX;
use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};
use store::metrics::SeriesRef;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Independent parts, so that concurrent pushes seldom wait for each other.
const SHARDS: usize = 16;
/// What an entry costs beside its bytes: the table's slot with its spare room, and the allocator's overhead.
const ENTRY_OVERHEAD_BYTES: usize = 64;
/// Most bytes of one generation of one shard.
const GENERATION_BYTES_MAX: usize = PUSH_SERIES_CACHE_BYTES_MAX / SHARDS / 2;

/// See the module.
#[derive(Debug)]
pub(super) struct SeriesCache {
    seed: u64,
    shards: [Mutex<Shard>; SHARDS],
}

#[derive(Debug, Default)]
struct Shard {
    young: Generation,
    old: Generation,
}

#[derive(Debug, Default)]
struct Generation {
    entries: HashMap<u64, Entry, BuildHasherDefault<Identity>>,
    bytes: usize,
}

#[derive(Debug)]
struct Entry {
    labels: Box<[u8]>,
    series: SeriesRef,
}

impl SeriesCache {
    pub(super) fn new() -> Self {
        Self { seed: RandomState::new().hash_one(SHARDS), shards: Default::default() }
    }

    /// The reference that was kept for these label bytes.
    pub(super) fn get(&self, labels: &[u8]) -> Option<SeriesRef> {
        let hash = self.hash(labels);
        let mut shard = self.shard(hash)?;
        if let Some(entry) = shard.young.entries.get(&hash) {
            return (*entry.labels == *labels).then_some(entry.series);
        }
        let entry = shard.old.remove(hash, labels)?;
        let series = entry.series;
        shard.insert(hash, entry);
        Some(series)
    }

    /// Keeps a reference, in place of one that was kept.
    pub(super) fn insert(&self, labels: &[u8], series: SeriesRef) {
        let hash = self.hash(labels);
        if let Some(mut shard) = self.shard(hash) {
            shard.insert(hash, Entry { labels: labels.into(), series });
        }
    }

    /// Forgets the reference of these label bytes.
    pub(super) fn evict(&self, labels: &[u8]) {
        let hash = self.hash(labels);
        if let Some(mut shard) = self.shard(hash) {
            shard.young.remove(hash, labels);
            shard.old.remove(hash, labels);
        }
    }

    /// Forgets everything.
    pub(super) fn clear(&self) {
        for shard in &self.shards {
            *shard.lock().unwrap_or_else(PoisonError::into_inner) = Shard::default();
        }
    }

    fn hash(&self, labels: &[u8]) -> u64 {
        xxh3_64_with_seed(labels, self.seed)
    }

    fn shard(&self, hash: u64) -> Option<MutexGuard<'_, Shard>> {
        // The table picks its slots by the low bits and its tags by the high ones; these are in between.
        let index = usize::try_from(hash >> 40).unwrap_or_default() % SHARDS;
        self.shards.get(index).map(|shard| shard.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Shard {
    fn insert(&mut self, hash: u64, entry: Entry) {
        if self.young.bytes + entry.cost() > GENERATION_BYTES_MAX {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.bytes += entry.cost();
        if let Some(replaced) = self.young.entries.insert(hash, entry) {
            self.young.bytes -= replaced.cost();
        }
    }
}

impl Generation {
    fn remove(&mut self, hash: u64, labels: &[u8]) -> Option<Entry> {
        self.entries.get(&hash).filter(|entry| *entry.labels == *labels)?;
        let entry = self.entries.remove(&hash)?;
        self.bytes -= entry.cost();
        Some(entry)
    }
}

impl Entry {
    fn cost(&self) -> usize {
        self.labels.len() + ENTRY_OVERHEAD_BYTES
    }
}

/// The keys are hashes already.
#[derive(Debug, Default)]
struct Identity(u64);

impl Hasher for Identity {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |hash, byte| hash.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_kept_replaced_and_evicted() {
        let cache = SeriesCache::new();
        assert_eq!(cache.get(b"a"), None);
        cache.insert(b"a", SeriesRef(1));
        cache.insert(b"b", SeriesRef(2));
        cache.insert(b"a", SeriesRef(3));
        assert_eq!(cache.get(b"a"), Some(SeriesRef(3)));
        cache.evict(b"a");
        assert_eq!(cache.get(b"a"), None);
        assert_eq!(cache.get(b"b"), Some(SeriesRef(2)));
        cache.clear();
        assert_eq!(cache.get(b"b"), None);
    }

    #[test]
    fn what_is_used_stays_and_the_bound_holds() {
        let cache = SeriesCache::new();
        let labels = |number: u64| {
            let mut labels = vec![0_u8; 4096];
            labels[..8].copy_from_slice(&number.to_le_bytes());
            labels
        };
        let entries = (PUSH_SERIES_CACHE_BYTES_MAX / 4096 * 2) as u64;
        for number in 0..entries {
            cache.insert(&labels(number), SeriesRef(number));
            assert_eq!(cache.get(&labels(0)), Some(SeriesRef(0)), "after {number}");
        }
        let bytes: usize =
            cache.shards.iter().map(|shard| shard.lock().map_or(0, |s| s.young.bytes + s.old.bytes)).sum();
        assert!(bytes <= PUSH_SERIES_CACHE_BYTES_MAX, "{bytes}");
        assert!(bytes > PUSH_SERIES_CACHE_BYTES_MAX / 4, "{bytes}");
        assert_eq!(cache.get(&labels(1)), None);
    }
}
