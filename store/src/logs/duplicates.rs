//! Lines that are stored already: a client sent its push again.
//!
//! Invariant: lines that come in the order of time cost one comparison. Only a line that is no later than the newest of
//! its stream is looked for: in the batch itself, in the heads, in the parts. Lines are compared by 128 bits of a hash
//! that is seeded by this process, so that nobody outside can make two of them equal.

use super::append::AppendEntry;
use super::head::HeadStream;
use super::ingest::Taken;
use super::limits::{REPEAT_CHUNKS_MAX, REPEAT_LINES_MAX};
use super::part::{Chunk, Columns};
use super::parts::SealedPart;
use super::view::View;
use model::labels::Labels;
use model::time::{LogRange, Nanos};
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
    /// For the lines of one stream: those of others have other hashes.
    fn of_stream(self, labels: &Labels) -> Self {
        Self { seed: xxh3_64_with_seed(labels.as_raw(), self.seed) }
    }

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

impl<'a> Brought<'a> {
    fn holds(&mut self, at: i64, hash: u128, hashing: Hashing) -> bool {
        if self.newest.is_none_or(|newest| newest < at) {
            return false;
        }
        let hash_of = |entry: &&AppendEntry<'_>| hashing.of(entry.timestamp.0, entry.line, Some(entry.metadata));
        self.seen.get_or_insert_with(|| self.entries.iter().map(hash_of).collect()).contains(&hash)
    }

    fn add(&mut self, entry: &'a AppendEntry<'a>, hashing: Hashing) {
        self.newest = self.newest.max(Some(entry.timestamp.0));
        self.entries.push(entry);
        if let Some(seen) = &mut self.seen {
            seen.insert(hashing.of(entry.timestamp.0, entry.line, Some(entry.metadata)));
        }
    }
}

/// Looks for the lines of one batch.
#[derive(Debug)]
pub(crate) struct Repeats<'a> {
    view: &'a View,
    hashing: Hashing,
    /// The newest entry of all parts.
    newest_sealed: i64,
    sealed: SealedLines,
}

/// Hashes of the lines of chunks that were read.
#[derive(Debug, Default)]
struct SealedLines {
    /// Part and chunk.
    read: HashSet<(u64, u32)>,
    hashes: HashSet<u128>,
    reads: usize,
    chunk: Chunk,
}

impl<'a> Repeats<'a> {
    pub(crate) fn new(view: &'a View, hashing: Hashing) -> Self {
        let newest_sealed = view.parts.iter().map(|part| part.part.meta().max.0).max().unwrap_or(i64::MIN);
        Self { view, hashing, newest_sealed, sealed: SealedLines::default() }
    }

    /// Leaves out what is stored already; how many lines that were. The streams are held by [`hold`].
    pub(crate) fn leave_out(&mut self, taken: &mut [Taken<'_>]) -> u64 {
        let mut brought: HashMap<*const HeadStream, Brought<'_>> = HashMap::new();
        let mut repeated = 0;
        for stream in taken {
            let so_far = brought.entry(Arc::as_ptr(&stream.stream)).or_default();
            let hashing = self.hashing.of_stream(stream.labels);
            let mut places = Vec::new();
            {
                let frozen = self.view.frozen.as_ref().and_then(|frozen| frozen.get(&stream.stream.labels));
                let newest_of = |stream: &HeadStream| stream.buffer().bounds().map_or(i64::MIN, |(_, newest)| newest);
                let newest = newest_of(&stream.stream).max(frozen.as_deref().map_or(i64::MIN, newest_of));
                let newest = newest.max(self.newest_sealed);
                for (place, entry) in stream.places() {
                    let at = entry.timestamp.0;
                    let is_new = newest < at && so_far.newest.is_none_or(|newest| newest < at);
                    if !is_new && self.is_stored(&stream.stream, frozen.as_deref(), entry, (so_far, hashing)) {
                        places.push(place);
                    } else {
                        so_far.add(entry, hashing);
                    }
                }
            }
            repeated += places.len() as u64;
            stream.leave_out(&places);
        }
        repeated
    }

    fn is_stored(
        &mut self,
        active: &HeadStream,
        frozen: Option<&HeadStream>,
        entry: &AppendEntry<'_>,
        (brought, hashing): (&mut Brought<'_>, Hashing),
    ) -> bool {
        let at = entry.timestamp.0;
        let hash = hashing.of(at, entry.line, Some(entry.metadata));
        let in_head = |stream: &HeadStream| {
            let mut buffer = stream.buffer();
            buffer.bounds().is_some_and(|(oldest, newest)| oldest <= at && at <= newest) && buffer.holds(hash, hashing)
        };
        brought.holds(at, hash, hashing)
            || in_head(active)
            || frozen.is_some_and(in_head)
            || self.view.parts.iter().any(|part| self.sealed.holds(part, &active.labels, at, hash, hashing))
    }
}

impl SealedLines {
    fn holds(&mut self, part: &SealedPart, labels: &Labels, at: i64, hash: u128, hashing: Hashing) -> bool {
        let moment = LogRange::new(Nanos(at), Nanos(at.saturating_add(1)));
        if !part.part.overlaps(moment) {
            return false;
        }
        // A part that cannot be read is found out, and told, by whoever reads its lines.
        let Ok(table) = part.part.table(0) else { return false };
        let Some(stream) = table.stream(labels) else { return false };
        for number in table.chunks_within(stream, moment) {
            let Some(header) = table.header(number) else { continue };
            if self.read.contains(&(part.number, number)) || self.reads >= REPEAT_CHUNKS_MAX {
                continue;
            }
            self.reads += 1;
            if self.hashes.len() > REPEAT_LINES_MAX {
                self.hashes.clear();
                self.read.clear();
            }
            if part.part.read(header, Columns::All, &mut self.chunk).is_err() {
                continue;
            }
            self.read.insert((part.number, number));
            let chunk = &self.chunk;
            let line =
                |place: usize| Some(hashing.of(chunk.timestamp(place)?.0, chunk.line(place), chunk.metadata(place)));
            self.hashes.extend((0..chunk.len()).filter_map(line));
        }
        self.hashes.contains(&hash)
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
