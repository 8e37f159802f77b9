//! Live subscribers: entries as they are appended.
//!
//! Invariant: a subscriber that reads too slowly loses entries, and is told how many; it never holds an append up.

use super::append::Batch;
use language::logql::line_filter::LineFilter;
use model::labels::Labels;
use model::matcher::Matcher;
use model::time::Nanos;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

/// Entries that wait for a subscriber; beyond it the newest are dropped and counted.
const WAITING_MAX: usize = 10_000;

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
pub(super) struct Queue {
    query: TailQuery,
    waiting: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    entries: VecDeque<TailEntry>,
    dropped: u64,
    waker: Option<Waker>,
}

impl Queue {
    pub(super) fn new(query: TailQuery) -> Self {
        Self { query, waiting: Mutex::default() }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts what the subscriber asked for into its queue.
    pub(super) fn offer(&self, batch: &Batch<'_>) {
        let chosen = |labels: &Labels| self.query.matchers.iter().all(|matcher| matcher.matches_labels(labels));
        let mut waiting = self.waiting();
        for stream in batch.streams.iter().filter(|stream| chosen(stream.labels)) {
            for entry in stream.entries {
                if !self.query.filters.iter().all(|filter| filter.keeps(entry.line)) {
                    continue;
                }
                if waiting.entries.len() >= WAITING_MAX {
                    waiting.dropped += 1;
                    continue;
                }
                waiting.entries.push_back(TailEntry {
                    labels: stream.labels.clone(),
                    timestamp: entry.timestamp,
                    line: entry.line.to_owned(),
                    metadata: entry.metadata.clone(),
                });
            }
        }
        if let Some(waker) = waiting.waker.take() {
            waker.wake();
        }
    }
}

/// A live subscription. Dropping it ends it.
#[derive(Debug)]
pub struct Subscription {
    queue: Arc<Queue>,
}

impl Subscription {
    pub(super) fn new(queue: Arc<Queue>) -> Self {
        Self { queue }
    }

    /// Waits for entries: at least one and at most `most`, and how many were dropped since the last call.
    pub async fn next(&self, most: usize) -> (Vec<TailEntry>, u64) {
        poll_fn(|context| {
            let mut waiting = self.queue.waiting();
            if waiting.entries.is_empty() {
                waiting.waker = Some(context.waker().clone());
                return Poll::Pending;
            }
            let count = waiting.entries.len().min(most.max(1));
            let entries = waiting.entries.drain(..count).collect();
            Poll::Ready((entries, std::mem::take(&mut waiting.dropped)))
        })
        .await
    }
}
