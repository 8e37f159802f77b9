//! From the lines of one path to what the store gets: container runtimes' wrapping off, stages run, labels added.
//!
//! Invariant: what comes out of the stages while an older line is held back waits for it, so that one position tells all.

use super::batch::Line;
use super::cri::{Joined, Parts};
use super::family::Hands;
use super::lines;
use super::target::{Target, TargetLabels};
use crate::enrichment::{Enricher, TRUNCATED};
use crate::limits::{TAIL_DELAYED_BYTES_MAX, TAIL_DELAYED_MAX};
use crate::pipeline::{Entry, PipelineState, Span};
use model::labels::Labels;
use model::time::Nanos;
use std::borrow::Cow;
use std::sync::Arc;

/// The structured metadata that tells where a container wrote a line to.
const OUTPUT: &str = "stream";

/// What the lines of one path go through.
#[derive(Debug)]
pub(super) struct Outlet {
    target: Arc<Target>,
    pub(super) labels: Labels,
    /// Lines read.
    pub(super) lines: u64,
    /// Parts of lines; only in trees of pods.
    parts: Option<Parts>,
    state: PipelineState,
    last_time: Nanos,
    delayed: Delayed,
}

/// What waits for an older line.
#[derive(Debug, Default)]
struct Delayed {
    /// Each with the place behind its last byte.
    lines: Vec<(u64, Labels, Line)>,
    bytes: usize,
    since: Option<Nanos>,
}

impl Outlet {
    pub(super) fn new(target: Arc<Target>, labels: Labels) -> Self {
        Self {
            parts: matches!(target.labels, TargetLabels::Pods { .. }).then(Parts::default),
            state: target.pipeline.new_state(),
            target,
            labels,
            lines: 0,
            last_time: Nanos::MIN,
            delayed: Delayed::default(),
        }
    }

    /// The place of the oldest line that is not in the batch; `None` when all are.
    pub(super) fn held_from(&self) -> Option<u64> {
        let in_parts = self.parts.as_ref().and_then(Parts::held_from);
        in_parts.into_iter().chain(self.state.held_from()).min()
    }

    /// Whether lines wait for a time to come.
    pub(super) fn is_waiting(&self) -> bool {
        self.state.held_from().is_some() || !self.delayed.lines.is_empty()
    }

    /// Takes a line of the file whose buffer starts at this place. `beyond` are bytes of a cut line behind the buffer.
    pub(super) fn feed(&mut self, start: u64, line: lines::Line<'_>, beyond: usize, hands: &mut Hands<'_>) {
        let text = lines::text(line.bytes);
        hands.counts.lines += 1;
        hands.counts.invalid += u64::from(matches!(text, Cow::Owned(_)));
        self.lines += 1;
        let span = Span { start: start + line.start as u64, end: start + line.end as u64 };
        let cut = if line.cut > 0 { line.cut + beyond } else { 0 };
        let joined = match &mut self.parts {
            Some(parts) => parts.join(text, span),
            None => Some(Joined { timestamp: None, output: None, text, cut: 0, span }),
        };
        if let Some(joined) = joined {
            self.run(Joined { cut: joined.cut + cut, ..joined }, hands);
        }
    }

    fn run(&mut self, joined: Joined<'_>, hands: &mut Hands<'_>) {
        // Lines that tell no time keep their order by the time at which they were read.
        let timestamp = joined.timestamp.unwrap_or_else(|| {
            self.last_time = hands.now.max(Nanos(self.last_time.0.saturating_add(1)));
            self.last_time
        });
        let mut entry = Entry::new(joined.text, timestamp, &self.labels, joined.span);
        if let Some(output) = joined.output {
            entry.metadata.set(OUTPUT, output.as_str());
        }
        if joined.cut > 0 {
            hands.counts.cut += 1;
            entry.metadata.set(TRUNCATED, &joined.cut.to_string());
        }
        let Self { state, delayed, target, .. } = self;
        target.pipeline.process(state, entry, hands.now, &mut |entry| delayed.push(entry, hands.enricher));
        hands.counts.dropped.append(&mut state.take_drops());
    }

    /// Lets go of what stages have held for long enough.
    pub(super) fn flush_due(&mut self, hands: &mut Hands<'_>) {
        let Self { state, delayed, target, .. } = self;
        if state.held_from().is_some() {
            target.pipeline.flush_due(state, hands.now, &mut |entry| delayed.push(entry, hands.enricher));
        }
    }

    /// Lets go of everything that is held, as far as it came.
    pub(super) fn flush(&mut self, hands: &mut Hands<'_>) {
        for joined in self.parts.as_mut().map(Parts::take_all).unwrap_or_default() {
            self.run(joined, hands);
        }
        let Self { state, delayed, target, .. } = self;
        target.pipeline.flush_all(state, hands.now, &mut |entry| delayed.push(entry, hands.enricher));
    }

    /// Hands over what no older line waits for.
    pub(super) fn release(&mut self, hands: &mut Hands<'_>) {
        self.delayed.hand_over(self.held_from(), hands);
        if self.delayed.is_over(hands.now) {
            // One output of a container must not wait for ever for a line of the other that never ends.
            self.flush(hands);
            self.delayed.hand_over(self.held_from(), hands);
        }
    }
}

impl Delayed {
    fn push(&mut self, entry: Entry<'_>, enricher: &mut Enricher) {
        let stream = enricher.stream(&entry.labels.finish());
        let metadata = enricher.metadata(&stream.told, &entry.metadata.finish(), &entry.line);
        let line = Line { timestamp: entry.timestamp, text: entry.line.into_owned(), metadata };
        self.bytes += line.text.len();
        self.lines.push((entry.span.end, stream.labels, line));
    }

    fn hand_over(&mut self, held_from: Option<u64>, hands: &mut Hands<'_>) {
        let held_from = held_from.unwrap_or(u64::MAX);
        let (ready, waiting): (Vec<_>, _) =
            std::mem::take(&mut self.lines).into_iter().partition(|(end, ..)| *end <= held_from);
        self.lines = waiting;
        for (_, labels, line) in ready {
            self.bytes = self.bytes.saturating_sub(line.text.len());
            hands.batch.push(&labels, line);
        }
    }

    /// Whether the lines have waited too long, or are too many.
    fn is_over(&mut self, now: Nanos) -> bool {
        if self.lines.is_empty() {
            self.since = None;
            return false;
        }
        let since = *self.since.get_or_insert(now);
        self.bytes > TAIL_DELAYED_BYTES_MAX || now >= since.plus(TAIL_DELAYED_MAX)
    }
}
