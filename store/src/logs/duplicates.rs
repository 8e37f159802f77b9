//! Lines that are stored already: a client sent its push again.
//!
//! Invariant: lines that come in the order of time cost one comparison. Only a line that is no later than the newest of
//! its stream is looked for: in the batch itself, in the heads, in the parts. Lines are compared by 128 bits of a hash
//! that is seeded by this process, so that nobody outside can make two of them equal.

use super::append::AppendEntry;
use super::head::HeadStream;
use super::ingest::Taken;
use super::view::View;
use model::labels::Labels;
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, MutexGuard, PoisonError};
use xxhash_rust::xxh3::{xxh3_64_with_seed, xxh3_128_with_seed};

/// Tells lines apart.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hashing {
    seed: u64,
}

impl Default for Hashing {
    fn default() -> Self {
        Self { seed: RandomState::new().hash_one(0_u8) }
    }
}

impl Hashing {
    /// The hash of an entry in its stream.
    pub(crate) fn of(self, at: i64, line: &str, metadata: Option<&Labels>) -> u128 {
        let metadata = metadata.map_or(&[][..], Labels::as_raw);
        let seed = xxh3_64_with_seed(metadata, xxh3_64_with_seed(&at.to_le_bytes(), self.seed));
        xxh3_128_with_seed(line.as_bytes(), seed)
    }
}

/// What a batch has brought to one stream so far.
#[derive(Debug, Default)]
struct Brought<'a> {
    newest: Option<i64>,
    entries: Vec<&'a AppendEntry<'a>>,
    /// Of all `entries`, once it was needed.
    seen: Option<HashSet<u128>>,
}

/// Looks for the lines of one batch.
#[derive(Debug)]
pub(crate) struct Repeats<'a> {
    view: &'a View,
    hashing: Hashing,
}

impl<'a> Repeats<'a> {
    pub(crate) fn new(view: &'a View, hashing: Hashing) -> Self {
        Self { view, hashing }
    }

    /// Leaves out what is stored already; how many lines that were. The streams are held by [`hold`].
    pub(crate) fn leave_out(&mut self, taken: &mut [Taken<'_>]) -> u64 {
        let mut brought: HashMap<*const HeadStream, Brought<'_>> = HashMap::new();
        let mut repeated = 0;
        for stream in taken {
            let so_far = brought.entry(Arc::as_ptr(&stream.stream)).or_default();
            let head = Arc::clone(&stream.stream);
            let newest = self.newest(&head);
            let mut places = Vec::new();
            for (place, entry) in stream.places() {
                let at = entry.timestamp.0;
                let is_new = newest.max(so_far.newest).is_none_or(|newest| newest < at);
                if !is_new && self.is_stored(&head, entry, so_far) {
                    places.push(place);
                    continue;
                }
                so_far.newest = so_far.newest.max(Some(at));
                so_far.entries.push(entry);
                if let Some(seen) = &mut so_far.seen {
                    seen.insert(self.hashing.of(at, entry.line, Some(entry.metadata)));
                }
            }
            repeated += places.len() as u64;
            stream.leave_out(&places);
        }
        repeated
    }

    /// The time of the newest entry of the stream, wherever it is.
    fn newest(&self, stream: &HeadStream) -> Option<i64> {
        let head = stream.buffer().bounds().map(|(_, newest)| newest);
        head.max(self.newest_before(stream))
    }

    /// The time of the newest entry that came before the generation of this stream began. What came before does not
    /// change any more, wherever it goes.
    fn newest_before(&self, stream: &HeadStream) -> Option<i64> {
        *stream.newest_before.get_or_init(|| {
            let frozen = self.view.frozen.as_ref().and_then(|frozen| frozen.get(&stream.labels));
            frozen.and_then(|stream| stream.buffer().bounds()).map(|(_, newest)| newest)
        })
    }

    fn is_stored(&mut self, stream: &HeadStream, entry: &AppendEntry<'_>, brought: &mut Brought<'_>) -> bool {
        let (at, hashing) = (entry.timestamp.0, self.hashing);
        let hash = hashing.of(at, entry.line, Some(entry.metadata));
        let seen = brought.seen.get_or_insert_with(|| {
            let hash = |entry: &&AppendEntry<'_>| hashing.of(entry.timestamp.0, entry.line, Some(entry.metadata));
            brought.entries.iter().map(hash).collect()
        });
        if seen.contains(&hash) || stream.buffer().holds(hash, hashing) {
            return true;
        }
        if self.newest_before(stream).is_none_or(|newest| newest < at) {
            return false;
        }
        let frozen = self.view.frozen.as_ref().and_then(|frozen| frozen.get(&stream.labels));
        frozen.is_some_and(|frozen| frozen.buffer().holds(hash, hashing))
    }
}

/// Keeps other batches that drop duplicates away from these streams.
pub(crate) fn hold(streams: &[Arc<HeadStream>]) -> Vec<MutexGuard<'_, ()>> {
    streams.iter().map(|stream| stream.sending.lock().unwrap_or_else(PoisonError::into_inner)).collect()
}

/// The streams of a batch, each once, in the order in which all batches hold them.
pub(crate) fn streams(taken: &[Taken<'_>]) -> Vec<Arc<HeadStream>> {
    let mut streams: Vec<_> = taken.iter().map(|taken| Arc::clone(&taken.stream)).collect();
    streams.sort_unstable_by_key(Arc::as_ptr);
    streams.dedup_by_key(|stream| Arc::as_ptr(stream));
    streams
}
