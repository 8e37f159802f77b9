//! From the label bytes of a pushed series or stream to what they stood for the last time.
//!
//! Invariant: a hit compares all bytes, so two label sets never share a value; what the store has forgotten meanwhile
//! is for the caller to notice. Bounded by bytes: entries live in two generations, and when the young one is full
//! the old one goes; what is looked up in the old one moves to the young one.

use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Independent parts, so that concurrent pushes seldom wait for each other.
const SHARDS: usize = 16;
/// What an entry costs beside its bytes: the table's slot with its spare room, and the allocator's overhead.
const ENTRY_OVERHEAD_BYTES: usize = 64;

/// See the module.
#[derive(Debug)]
pub(super) struct ByteCache<V> {
    seed: u64,
    /// Most bytes of one generation of one shard.
    generation_bytes_max: usize,
    shards: [Mutex<Shard<V>>; SHARDS],
}

#[derive(Debug)]
struct Shard<V> {
    young: Generation<V>,
    old: Generation<V>,
}

#[derive(Debug)]
struct Generation<V> {
    entries: HashMap<u64, Entry<V>, BuildHasherDefault<Identity>>,
    bytes: usize,
}

#[derive(Debug)]
struct Entry<V> {
    labels: Box<[u8]>,
    value: V,
    /// What the value takes beyond its own size.
    value_bytes: usize,
}

impl<V: Clone> ByteCache<V> {
    /// An empty cache that holds at most about that many bytes.
    pub(super) fn new(bytes_max: usize) -> Self {
        Self {
            seed: RandomState::new().hash_one(SHARDS),
            generation_bytes_max: bytes_max / SHARDS / 2,
            shards: std::array::from_fn(|_| Mutex::default()),
        }
    }

    /// The value that was kept for these label bytes.
    pub(super) fn get(&self, labels: &[u8]) -> Option<V> {
        let hash = self.hash(labels);
        let mut shard = self.shard(hash)?;
        if let Some(entry) = shard.young.entries.get(&hash) {
            return (*entry.labels == *labels).then(|| entry.value.clone());
        }
        let entry = shard.old.remove(hash, labels)?;
        let value = entry.value.clone();
        shard.insert(hash, entry, self.generation_bytes_max);
        Some(value)
    }

    /// Keeps a value, in place of one that was kept. `value_bytes` is what it takes beyond its own size.
    pub(super) fn insert(&self, labels: &[u8], value: V, value_bytes: usize) {
        let hash = self.hash(labels);
        if let Some(mut shard) = self.shard(hash) {
            shard.insert(hash, Entry { labels: labels.into(), value, value_bytes }, self.generation_bytes_max);
        }
    }

    /// Forgets the value of these label bytes.
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

    fn shard(&self, hash: u64) -> Option<MutexGuard<'_, Shard<V>>> {
        // The table picks its slots by the low bits and its tags by the high ones; these are in between.
        let index = usize::try_from(hash >> 40).unwrap_or_default() % SHARDS;
        self.shards.get(index).map(|shard| shard.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<V> Default for Shard<V> {
    fn default() -> Self {
        Self { young: Generation::default(), old: Generation::default() }
    }
}

impl<V> Default for Generation<V> {
    fn default() -> Self {
        Self { entries: HashMap::default(), bytes: 0 }
    }
}

impl<V> Shard<V> {
    fn insert(&mut self, hash: u64, entry: Entry<V>, generation_bytes_max: usize) {
        if self.young.bytes + entry.cost() > generation_bytes_max {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.bytes += entry.cost();
        if let Some(replaced) = self.young.entries.insert(hash, entry) {
            self.young.bytes -= replaced.cost();
        }
    }
}

impl<V> Generation<V> {
    fn remove(&mut self, hash: u64, labels: &[u8]) -> Option<Entry<V>> {
        self.entries.get(&hash).filter(|entry| *entry.labels == *labels)?;
        let entry = self.entries.remove(&hash)?;
        self.bytes -= entry.cost();
        Some(entry)
    }
}

impl<V> Entry<V> {
    fn cost(&self) -> usize {
        self.labels.len() + self.value_bytes + ENTRY_OVERHEAD_BYTES
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
        let cache = ByteCache::new(1 << 20);
        assert_eq!(cache.get(b"a"), None);
        cache.insert(b"a", 1, 0);
        cache.insert(b"b", 2, 0);
        cache.insert(b"a", 3, 0);
        assert_eq!(cache.get(b"a"), Some(3));
        cache.evict(b"a");
        assert_eq!(cache.get(b"a"), None);
        assert_eq!(cache.get(b"b"), Some(2));
        cache.clear();
        assert_eq!(cache.get(b"b"), None);
    }

    #[test]
    fn what_is_used_stays_and_the_bound_holds() {
        const BYTES_MAX: usize = 16 << 20;
        let cache = ByteCache::new(BYTES_MAX);
        let labels = |number: u64| {
            let mut labels = vec![0_u8; 3072];
            labels[..8].copy_from_slice(&number.to_le_bytes());
            labels
        };
        let entries = (BYTES_MAX / 4096 * 2) as u64;
        for number in 0..entries {
            cache.insert(&labels(number), number, 1024);
            assert_eq!(cache.get(&labels(0)), Some(0), "after {number}");
        }
        let bytes: usize =
            cache.shards.iter().map(|shard| shard.lock().map_or(0, |s| s.young.bytes + s.old.bytes)).sum();
        assert!(bytes <= BYTES_MAX, "{bytes}");
        assert!(bytes > BYTES_MAX / 4, "{bytes}");
        assert_eq!(cache.get(&labels(1)), None);
    }
}
