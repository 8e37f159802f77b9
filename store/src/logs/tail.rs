//! Live subscribers: entries as they are appended.
//!
//! Invariant: a subscriber that reads too slowly loses entries, and is told how many; it never holds an append up.

use super::ingest::Taken;
use super::limits::{TAIL_WAITING_BYTES_MAX, TAIL_WAITING_MAX};
use language::logql::line_filter::LineFilter;
use model::labels::Labels;
use model::matcher::Matcher;
use model::time::Nanos;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Poll, Waker};

/// What is subscribed to.
#[derive(Clone, Debug, Default)]
pub struct TailQuery {
    /// All of these must pass.
    pub matchers: Vec<Matcher>,
    /// Line filters that all must keep the line.
    pub filters: Vec<LineFilter>,
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TailEntry {
    /// The labels of its stream.
    pub labels: Labels,
    /// When it was written.
    pub timestamp: Nanos,
    /// Its text.
    pub line: String,
    /// Its structured metadata.
    pub metadata: Labels,
}

/// What waits for one subscriber.
#[derive(Debug)]
struct Queue {
    query: TailQuery,
    waiting: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    entries: VecDeque<TailEntry>,
    /// Bytes of their lines.
    bytes: usize,
    dropped: u64,
    waker: Option<Waker>,
}

impl Queue {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts what the subscriber asked for into its queue.
    fn offer(&self, taken: &[Taken<'_>]) {
        let chosen = |labels: &Labels| self.query.matchers.iter().all(|matcher| matcher.matches_labels(labels));
        for stream in taken.iter().filter(|stream| chosen(stream.labels)) {
            let passes = |line: &str| self.query.filters.iter().all(|filter| filter.keeps(line));
            // Lines are looked at before the queue is held, so that its reader does not wait for filters.
            let passing: Vec<_> = stream.entries().filter(|entry| passes(entry.line)).collect();
            let mut waiting = self.waiting();
            for entry in passing {
                let bytes = waiting.bytes + entry.line.len();
                if waiting.entries.len() >= TAIL_WAITING_MAX || bytes > TAIL_WAITING_BYTES_MAX {
                    waiting.dropped += 1;
                    continue;
                }
                waiting.bytes = bytes;
                waiting.entries.push_back(TailEntry {
                    labels: stream.labels.clone(),
                    timestamp: entry.timestamp,
                    line: entry.line.to_owned(),
                    metadata: entry.metadata.clone(),
                });
            }
            if !waiting.entries.is_empty()
                && let Some(waker) = waiting.waker.take()
            {
                waker.wake();
            }
        }
    }
}

/// All subscribers.
#[derive(Debug, Default)]
pub(super) struct Tails {
    queues: Mutex<Vec<Weak<Queue>>>,
}

impl Tails {
    fn queues(&self) -> MutexGuard<'_, Vec<Weak<Queue>>> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn subscribe(&self, query: TailQuery) -> Subscription {
        let queue = Arc::new(Queue { query, waiting: Mutex::default() });
        let mut queues = self.queues();
        queues.retain(|queue| queue.strong_count() > 0);
        queues.push(Arc::downgrade(&queue));
        Subscription { queue }
    }

    /// Hands entries that were stored to all who asked for them.
    pub(super) fn offer(&self, taken: &[Taken<'_>]) {
        let live: Vec<_> = self.queues().iter().filter_map(Weak::upgrade).collect();
        live.iter().for_each(|queue| queue.offer(taken));
    }
}

/// A live subscription. Dropping it ends it.
#[derive(Debug)]
pub struct Subscription {
    queue: Arc<Queue>,
}

impl Subscription {
    /// Waits for entries: at least one and at most `most`, and how many were dropped since the last call.
    pub async fn next(&self, most: usize) -> (Vec<TailEntry>, u64) {
        poll_fn(|context| {
            let mut waiting = self.queue.waiting();
            if waiting.entries.is_empty() {
                waiting.waker = Some(context.waker().clone());
                return Poll::Pending;
            }
            let count = waiting.entries.len().min(most.max(1));
            let entries: Vec<_> = waiting.entries.drain(..count).collect();
            waiting.bytes -= entries.iter().map(|entry: &TailEntry| entry.line.len()).sum::<usize>();
            Poll::Ready((entries, std::mem::take(&mut waiting.dropped)))
        })
        .await
    }
}
