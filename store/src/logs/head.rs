//! Entries that are not sealed yet, searchable from the moment their append returns.
//!
//! Invariant: an entry is in the head only after its record is in the WAL. A generation only grows until it is frozen
//! as a whole; locks are taken in the order map of streams, one stream.

mod chunk;

pub(crate) use chunk::{HeadChunk, Line};

use super::duplicates::Hashing;
use super::limits::{HEAD_CHUNK_BYTES, STREAMS_COUNTED, STREAMS_MAX};
use super::listing::Extent;
use super::span::Span;
use crate::metrics::RawHash;
use model::labels::Labels;
use model::matcher::Matcher;
use model::time::{LogRange, Millis, duration_millis};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

/// What a stream takes beside its labels and entries, about.
const STREAM_BYTES: usize = 512;

/// Unsealed entries of one stream.
#[derive(Debug)]
pub(crate) struct HeadStream {
    pub(crate) labels: Labels,
    /// Held by a batch that drops duplicates, from the look for them until its entries are there.
    pub(crate) sending: Mutex<()>,
    buffer: Mutex<Buffer>,
}

/// The entries of a stream.
#[derive(Debug, Default)]
pub(crate) struct Buffer {
    /// Full chunks, each sorted; in the order in which they came.
    closed: Vec<Arc<HeadChunk>>,
    open: HeadChunk,
    entries: usize,
    text_bytes: usize,
    bounds: Option<(i64, i64)>,
    /// Hashes of all entries, once it was asked for one.
    seen: Option<Seen>,
}

#[derive(Debug)]
struct Seen {
    hashing: Hashing,
    hashes: HashSet<u128>,
}

/// What a hash takes, with the room that a set keeps free.
const HASH_BYTES: usize = 32;

/// The entries that came between two freezes.
#[derive(Debug)]
pub(crate) struct Generation {
    streams: RwLock<HashMap<Labels, Arc<HeadStream>, RawHash>>,
    bytes: AtomicUsize,
    entries: AtomicUsize,
    /// When the first entry came; `i64::MAX` before it.
    since: AtomicI64,
}

impl Default for Generation {
    fn default() -> Self {
        Self {
            streams: RwLock::default(),
            bytes: AtomicUsize::new(0),
            entries: AtomicUsize::new(0),
            since: AtomicI64::new(i64::MAX),
        }
    }
}

impl HeadStream {
    fn new(labels: Labels) -> Self {
        Self { labels, sending: Mutex::default(), buffer: Mutex::default() }
    }

    pub(crate) fn buffer(&self) -> MutexGuard<'_, Buffer> {
        self.buffer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Buffer {
    /// Adds an entry; how many bytes of memory it takes.
    #[inline]
    pub(crate) fn push(&mut self, at: i64, line: &str, metadata: &Labels) -> usize {
        if !self.open.has_room(line) {
            // A stream that filled one chunk will fill the next.
            let mut full = std::mem::replace(&mut self.open, HeadChunk::with_room(HEAD_CHUNK_BYTES));
            full.sort();
            full.shrink();
            self.closed.push(Arc::new(full));
        }
        self.bounds = Some(self.bounds.map_or((at, at), |(min, max)| (min.min(at), max.max(at))));
        self.entries += 1;
        self.text_bytes += line.len();
        let hash_bytes = self.seen.as_mut().map_or(0, |seen| {
            seen.hashes.insert(seen.hashing.of(at, line, Some(metadata)));
            HASH_BYTES
        });
        self.open.push(at, line, metadata) + hash_bytes
    }

    /// Whether an entry of this hash is here.
    pub(crate) fn holds(&mut self, hash: u128, hashing: Hashing) -> bool {
        let seen = self.seen.get_or_insert_with(|| {
            let chunks = self.closed.iter().map(|chunk| &**chunk).chain([&self.open]);
            let hash = |line: Line<'_>| hashing.of(line.at.0, line.text, line.metadata);
            Seen { hashing, hashes: chunks.flat_map(HeadChunk::lines).map(hash).collect() }
        });
        seen.hashes.contains(&hash)
    }

    pub(crate) fn entries(&self) -> usize {
        self.entries
    }

    /// Bytes of the lines.
    pub(crate) fn text_bytes(&self) -> usize {
        self.text_bytes
    }

    /// Earliest and latest time, `None` when there is no entry.
    pub(crate) fn bounds(&self) -> Option<(i64, i64)> {
        self.bounds
    }

    /// Whether any entry may lie inside.
    pub(crate) fn overlaps(&self, range: LogRange) -> bool {
        self.bounds.is_some_and(|(min, max)| min < range.end.0 && range.start.0 <= max)
    }

    /// Adds the spans of that many hours in which there are entries.
    pub(crate) fn collect_spans(&self, hours: i64, into: &mut BTreeSet<Span>) {
        for chunk in self.closed.iter().map(|chunk| &**chunk).chain([&self.open]) {
            let Some((min, max)) = chunk.bounds() else { continue };
            if Span::of(min, hours) == Span::of(max, hours) {
                into.insert(Span::of(min, hours));
            } else {
                into.extend(chunk.lines().map(|line| Span::of(line.at.0, hours)));
            }
        }
    }

    /// What its chunks hold, when.
    pub(crate) fn extents(&self) -> Vec<Extent> {
        let chunks = self.closed.iter().map(|chunk| &**chunk).chain([&self.open]);
        let extent = |chunk: &HeadChunk| Some(Extent { bounds: chunk.bounds()?, bytes: chunk.text_bytes() as u64 });
        chunks.filter_map(extent).collect()
    }

    /// The chunks with entries inside, sorted each, in the order in which they came. The last one is a copy.
    pub(crate) fn chunks(&self, range: LogRange) -> Vec<Arc<HeadChunk>> {
        let (start, end) = (range.start.0, range.end.0);
        let overlaps = |chunk: &HeadChunk| chunk.bounds().is_some_and(|(min, max)| min < end && start <= max);
        let mut chunks: Vec<_> = self.closed.iter().filter(|chunk| overlaps(chunk)).cloned().collect();
        if overlaps(&self.open) {
            let copied = self.open.copy_within(start, end);
            if !copied.is_empty() {
                chunks.push(Arc::new(copied));
            }
        }
        chunks
    }
}

impl Generation {
    fn streams(&self) -> RwLockReadGuard<'_, HashMap<Labels, Arc<HeadStream>, RawHash>> {
        self.streams.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The stream of these labels.
    pub(crate) fn get(&self, labels: &Labels) -> Option<Arc<HeadStream>> {
        self.streams().get(labels).cloned()
    }

    /// The stream of these labels, made if it is not there.
    pub(crate) fn make(&self, labels: &Labels) -> Arc<HeadStream> {
        let mut streams = self.streams.write().unwrap_or_else(PoisonError::into_inner);
        let made = || {
            self.bytes.fetch_add(labels.as_raw().len() + STREAM_BYTES, Ordering::Relaxed);
            Arc::new(HeadStream::new(labels.clone()))
        };
        Arc::clone(streams.entry(labels.clone()).or_insert_with(made))
    }

    /// Counts what was pushed.
    pub(crate) fn grow(&self, entries: usize, bytes: usize, now: Millis) {
        self.entries.fetch_add(entries, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.since.fetch_min(now.0, Ordering::Relaxed);
    }

    /// Bytes of memory, about.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    pub(crate) fn entries(&self) -> usize {
        self.entries.load(Ordering::Relaxed)
    }

    /// When its first entry came; [`Millis::MAX`] before.
    pub(crate) fn since(&self) -> Millis {
        Millis(self.since.load(Ordering::Relaxed))
    }

    pub(crate) fn stream_count(&self) -> usize {
        self.streams().len()
    }

    /// Every stream, in no order.
    pub(crate) fn all(&self) -> Vec<Arc<HeadStream>> {
        self.streams().values().cloned().collect()
    }

    /// The streams that pass all matchers, in no order.
    pub(crate) fn find(&self, matchers: &[Matcher]) -> Vec<Arc<HeadStream>> {
        let passes = |stream: &&Arc<HeadStream>| matchers.iter().all(|matcher| matcher.matches_labels(&stream.labels));
        self.streams().values().filter(passes).cloned().collect()
    }
}

/// Counts streams lately used, whatever generation they are in: by fingerprint, in two spans of which the older is
/// forgotten as a whole.
#[derive(Debug)]
pub(crate) struct LiveStreams {
    spans: Mutex<Spans>,
    most: usize,
}

#[derive(Debug, Default)]
struct Spans {
    begun: Millis,
    present: HashSet<u64>,
    past: HashSet<u64>,
}

impl Default for LiveStreams {
    fn default() -> Self {
        Self { spans: Mutex::default(), most: STREAMS_MAX }
    }
}

impl LiveStreams {
    /// Whether a stream may get entries; then it counts from now on.
    pub(crate) fn admit(&self, labels: &Labels, now: Millis) -> bool {
        let mut spans = self.spans.lock().unwrap_or_else(PoisonError::into_inner);
        let age = now.0.saturating_sub(spans.begun.0);
        // Also when the clock steps back.
        if !(0..duration_millis(STREAMS_COUNTED)).contains(&age) {
            spans.past = std::mem::take(&mut spans.present);
            spans.begun = now;
        }
        let fingerprint = labels.fingerprint();
        if spans.present.contains(&fingerprint) {
            return true;
        }
        let known = spans.past.remove(&fingerprint);
        if !known && spans.present.len() + spans.past.len() >= self.most {
            return false;
        }
        spans.present.insert(fingerprint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_count_for_a_while() {
        let live = LiveStreams { most: 2, ..LiveStreams::default() };
        let (hour, labels) = (60 * 60 * 1000, |value: &str| Labels::from_pairs([("a", value)]));
        let check = |value: &str, at: i64, expected: bool| {
            assert_eq!(live.admit(&labels(value), Millis(at)), expected, "{value} at {at}");
        };
        check("1", 9 * hour, true);
        check("2", 9 * hour, true);
        check("3", 9 * hour, false);
        check("1", 9 * hour, true);
        check("1", 10 * hour, true);
        check("3", 10 * hour, false);
        check("3", 11 * hour, true);
        check("2", 11 * hour, false);
    }

    #[test]
    fn a_full_chunk_is_followed_by_another() {
        let mut buffer = Buffer::default();
        let line = "x".repeat(1000);
        for at in 0..200 {
            buffer.push(200 - at, &line, &Labels::empty());
        }
        let chunks = buffer.chunks(LogRange::ALL);
        assert!(chunks.len() > 2, "{}", chunks.len());
        assert_eq!(chunks.iter().map(|chunk| chunk.lines().count()).sum::<usize>(), 200);
        for chunk in chunks {
            assert!((1..chunk.lines().count()).all(|place| chunk.at(place - 1) < chunk.at(place)), "sorted");
        }
        assert_eq!(buffer.bounds(), Some((1, 200)));
    }
}
