//! The lines of a live tail as the store hands them over.
//!
//! Invariant: the subscription begins before the lines of the past are looked for, so that none falls between; what is
//! then found twice is told once.

use crate::limits::{TAIL_LINES_MAX, TAIL_WORK_BYTES};
use futures_util::FutureExt;
use query::limits::LOG_ENTRIES_MAX;
use query::logql::{LogLine, TailPlan};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;
use store::logs::{Subscription, TailEntry};
use tokio::time::Instant;

/// Lines that were told already, by their hashes, with how often.
pub(super) type Told = HashMap<u64, usize>;

/// What is to come.
pub(super) struct Live {
    pub(super) plan: TailPlan,
    pub(super) subscription: Subscription,
    /// How long lines are held back, for later ones with earlier times.
    pub(super) delay: Duration,
    /// Lines of the past. Forgotten when nothing waits: what comes then was appended after they were found.
    pub(super) told: Told,
    /// The earliest time to forget them, since an entry can be found a moment before it waits.
    pub(super) forget: Instant,
}

impl Live {
    /// The next lines, and how many were left out before them. There may be none of either.
    pub(super) async fn next(&mut self) -> (Vec<LogLine>, u64) {
        let (mut entries, mut dropped) = match self.subscription.next(TAIL_LINES_MAX).now_or_never() {
            Some(waiting) => waiting,
            None => {
                if Instant::now() >= self.forget {
                    self.told = Told::new();
                }
                self.subscription.next(TAIL_LINES_MAX).await
            }
        };
        if !self.delay.is_zero() {
            tokio::time::sleep(self.delay).await;
            while entries.len() < LOG_ENTRIES_MAX
                && let Some((more, dropped_too)) = self.subscription.next(TAIL_LINES_MAX).now_or_never()
            {
                entries.extend(more);
                dropped += dropped_too;
            }
            entries.sort_by_key(|entry| entry.timestamp);
        }
        (self.apply(&entries).await, dropped)
    }

    /// Lets the lines through the stages, and others have their turn meanwhile.
    async fn apply(&mut self, entries: &[TailEntry]) -> Vec<LogLine> {
        let mut lines = Vec::new();
        let mut worked = 0;
        for entry in entries {
            let line = self.plan.apply(entry);
            lines.extend(line.filter(|line| !self.was_told(line)));
            worked += entry.line.len();
            if worked > TAIL_WORK_BYTES {
                worked = 0;
                tokio::task::yield_now().await;
            }
        }
        lines
    }

    fn was_told(&mut self, line: &LogLine) -> bool {
        if self.told.is_empty() {
            return false;
        }
        match self.told.get_mut(&fingerprint(line)) {
            Some(times) if *times > 0 => {
                *times -= 1;
                true
            }
            _ => false,
        }
    }
}

/// A hash of all that a line is.
pub(super) fn fingerprint(line: &LogLine) -> u64 {
    let mut hasher = DefaultHasher::new();
    (line.timestamp, &line.line, &line.stream, &line.metadata, &line.parsed).hash(&mut hasher);
    hasher.finish()
}
