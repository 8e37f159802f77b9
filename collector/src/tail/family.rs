//! The files that a rotation makes of one path, read in the order in which they were written.
//!
//! Invariant: a newer file is read up to where it ended when it was looked at before the older ones were read to their
//! end: a writer that moved on has left nothing behind that comes later. A position passes a line only with the batch
//! that stores it.

use super::batch::{Gathered, Line};
use super::lines::{self, Ending};
use super::member::{Look, Member};
use super::rotation::{Known, Since};
use super::source::Filled;
use super::target::Target;
use crate::limits::{
    TAIL_BATCH_BYTES, TAIL_DELAYED_BYTES_MAX, TAIL_DELAYED_MAX, TAIL_GONE_FILES_MAX, TAIL_GONE_KEPT,
    TAIL_LEFT_FILE_OPEN, TAIL_LOOKS_BEFORE_GONE,
};
use crate::pipeline::{Entry, PipelineState, Span};
use model::labels::Labels;
use model::time::Nanos;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The label of structured metadata that marks a line which was longer.
const CUT_MARK: &str = "line_cut";

/// What reading works with.
pub(super) struct Hands<'a> {
    pub(super) batch: &'a mut Gathered,
    pub(super) buffer: &'a mut Vec<u8>,
    pub(super) now: Nanos,
    pub(super) counts: &'a mut Counts,
}

/// What was read, to be counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) lines: u64,
    pub(super) bytes: u64,
    pub(super) cut: u64,
    pub(super) invalid: u64,
}

/// What is left to do after a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// Nothing for now.
    Nothing,
    /// There is more to read.
    More,
}

/// Everything that was written to one path.
#[derive(Debug)]
pub(super) struct Family {
    pub(super) path: PathBuf,
    pub(super) target: Arc<Target>,
    pub(super) labels: Labels,
    /// In the order in which they were written.
    pub(super) members: Vec<Member>,
    pub(super) since: Since,
    /// Whether its folder has to be listed to go on.
    pub(super) wants_listing: bool,
    pub(super) lines: u64,
    state: PipelineState,
    /// What came out of the pipeline and waits for an older line that it holds back.
    delayed: Vec<Delayed>,
    delayed_bytes: usize,
    delayed_since: Option<Nanos>,
    next_ordinal: u64,
    last_time: Nanos,
}

#[derive(Debug)]
struct Delayed {
    end: u64,
    labels: Labels,
    line: Line,
}

impl Family {
    /// Without files.
    pub(super) fn new(path: &Path, target: Arc<Target>, labels: Labels, since: Since) -> Self {
        Self {
            path: path.to_owned(),
            state: target.pipeline.new_state(),
            target,
            labels,
            members: Vec::new(),
            since,
            wants_listing: false,
            lines: 0,
            delayed: Vec::new(),
            delayed_bytes: 0,
            delayed_since: None,
            next_ordinal: 0,
            last_time: Nanos::MIN,
        }
    }

    /// The place of the next file.
    pub(super) fn take_ordinal(&mut self) -> u64 {
        self.next_ordinal += 1;
        self.next_ordinal
    }

    /// What a listing has to know of its files.
    pub(super) fn knowns(&self) -> impl Iterator<Item = Known> {
        let base = self.path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        self.members.iter().map(|member| Known {
            id: member.id,
            base: base.to_owned(),
            name: member.position.name.clone(),
            identity: member.identity(),
            proof: member.proof(),
            is_open: member.is_open(),
            is_lost: matches!(member.presence, super::member::Presence::Lost(_)),
        })
    }

    /// Reads what is new in all files, oldest first, until there is nothing more or the batch is full.
    pub(super) fn read(&mut self, hands: &mut Hands<'_>) -> Left {
        for member in self.members.iter_mut().rev().filter(|member| !member.is_done()) {
            if member.look() == Look::Emptied {
                member.lose();
                self.wants_listing = true;
            }
        }
        let mut left = Left::Nothing;
        for at in 0..self.members.len() {
            match self.read_member(at, hands) {
                Read::Drained => {}
                Read::Blocked => break,
                Read::More => {
                    left = Left::More;
                    break;
                }
            }
        }
        if self.state.held_from().is_some() {
            self.flush_due(hands);
        }
        self.release(hands);
        self.forget(hands);
        left
    }

    fn read_member(&mut self, at: usize, hands: &mut Hands<'_>) -> Read {
        let is_followed = self.members.iter().skip(at + 1).any(|later| later.limit > 0 || later.proof().at > 0);
        let is_newest = at + 1 == self.members.len();
        let Some(member) = self.members.get(at).filter(|member| !member.is_done()) else { return Read::Drained };
        if !member.is_open() {
            let may_come = member.is_gone() && member.times_missed() < TAIL_LOOKS_BEFORE_GONE;
            self.wants_listing |= may_come;
            return if may_come { Read::Blocked } else { Read::Drained };
        }
        let limit = if is_newest { member.limit } else { u64::MAX };
        let (is_final, links) = (member.is_final, member.facts.links);
        let may_end = is_final || is_followed || links == 0;
        let before = member.offset;
        loop {
            match self.read_once(at, limit, is_final || is_followed, hands) {
                Ok(Filled::More) if hands.batch.bytes() >= TAIL_BATCH_BYTES => return Read::More,
                Ok(Filled::More) => {}
                Ok(Filled::AtEnd) => break,
                Err(Stop::Emptied) => {
                    self.wants_listing = true;
                    return Read::Blocked;
                }
                Err(Stop::Skipping) => return Read::More,
                Err(Stop::Failed) => return Read::Drained,
            }
        }
        if may_end {
            self.leave(at, before, hands);
        }
        Read::Drained
    }

    /// Reads one buffer of one file.
    fn read_once(&mut self, at: usize, limit: u64, ends: bool, hands: &mut Hands<'_>) -> Result<Filled, Stop> {
        let Some(member) = self.members.get_mut(at) else { return Ok(Filled::AtEnd) };
        let filled = match member.fill(limit, hands.buffer) {
            Ok(Some(filled)) => filled,
            Ok(None) => {
                member.lose();
                return Err(Stop::Emptied);
            }
            Err(error) => {
                member.error = Some(error);
                return Err(Stop::Failed);
            }
        };
        if hands.buffer.is_empty() {
            return if filled == Filled::More { Err(Stop::Skipping) } else { Ok(filled) };
        }
        let ending = if filled == Filled::AtEnd && ends { Ending::Final } else { Ending::Open };
        let mut in_cut = member.in_cut;
        let start = member.place(member.offset);
        let buffer = std::mem::take(hands.buffer);
        let consumed = lines::split(&buffer, &mut in_cut, ending, |line| self.feed(start, line, hands));
        if let Some(member) = self.members.get_mut(at) {
            member.in_cut = in_cut;
            member.advance(buffer.get(..consumed).unwrap_or_default());
            if consumed > 0 {
                member.last_read = Some(hands.now);
            }
        }
        hands.counts.bytes += consumed as u64;
        *hands.buffer = buffer;
        Ok(if consumed == 0 { Filled::AtEnd } else { filled })
    }

    /// Sends one line through the pipeline.
    fn feed(&mut self, start: u64, line: lines::Line<'_>, hands: &mut Hands<'_>) {
        let text = lines::text(line.bytes);
        hands.counts.lines += 1;
        hands.counts.cut += u64::from(line.is_cut);
        hands.counts.invalid += u64::from(matches!(text, std::borrow::Cow::Owned(_)));
        self.lines += 1;
        self.last_time = hands.now.max(Nanos(self.last_time.0.saturating_add(1)));
        let span = Span { start: start + line.start as u64, end: start + line.end as u64 };
        let mut entry = Entry::new(text, self.last_time, &self.labels, span);
        if line.is_cut {
            entry.metadata.set(CUT_MARK, "true");
        }
        let Self { state, delayed, delayed_bytes, target, .. } = self;
        target.pipeline.process(state, entry, hands.now, &mut |entry| delay(entry, delayed, delayed_bytes));
    }

    /// Everything of a file was read and its writer has gone elsewhere: after a while it is closed for good.
    fn leave(&mut self, at: usize, before: u64, hands: &mut Hands<'_>) {
        let Some(member) = self.members.get_mut(at) else { return };
        if member.offset != before {
            member.left_since = None;
        }
        let since = *member.left_since.get_or_insert(hands.now);
        let end = member.place(member.offset);
        let is_held = self.state.held_from().is_some_and(|held| held < end);
        let is_over = hands.now >= since.plus(TAIL_LEFT_FILE_OPEN);
        if is_over || member.is_final && !is_held {
            member.finish();
            if is_held {
                self.flush(hands);
            }
        }
    }

    /// Lets go of what the pipeline has held for long enough.
    fn flush_due(&mut self, hands: &mut Hands<'_>) {
        let Self { state, delayed, delayed_bytes, target, .. } = self;
        target.pipeline.flush_due(state, hands.now, &mut |entry| delay(entry, delayed, delayed_bytes));
    }

    /// Lets go of everything that the pipeline holds.
    fn flush(&mut self, hands: &mut Hands<'_>) {
        let Self { state, delayed, delayed_bytes, target, .. } = self;
        target.pipeline.flush_all(state, hands.now, &mut |entry| delay(entry, delayed, delayed_bytes));
    }

    /// Hands over what no older line waits for, with the positions that then hold.
    fn release(&mut self, hands: &mut Hands<'_>) {
        self.hand_over(hands);
        if self.delayed.is_empty() {
            self.delayed_since = None;
        } else {
            let since = *self.delayed_since.get_or_insert(hands.now);
            // One stream of a file must not wait for ever for a line of another that never ends.
            if self.delayed_bytes > TAIL_DELAYED_BYTES_MAX || hands.now >= since.plus(TAIL_DELAYED_MAX) {
                self.flush(hands);
                self.hand_over(hands);
            }
        }
        let held_from = self.state.held_from().unwrap_or(u64::MAX);
        for member in &mut self.members {
            if let Some(record) = member.take_position(held_from) {
                hands.batch.position(member.id, Some(record));
            }
        }
    }

    fn hand_over(&mut self, hands: &mut Hands<'_>) {
        let held_from = self.state.held_from().unwrap_or(u64::MAX);
        let (ready, waiting) = std::mem::take(&mut self.delayed).into_iter().partition(|entry| entry.end <= held_from);
        self.delayed = waiting;
        let ready: Vec<Delayed> = ready;
        for Delayed { labels, line, .. } in ready {
            self.delayed_bytes = self.delayed_bytes.saturating_sub(line.text.len());
            hands.batch.push(&labels, line);
        }
    }

    /// Forgets files that are gone for long, and the oldest of too many.
    fn forget(&mut self, hands: &mut Hands<'_>) {
        let is_gone = |member: &Member| member.is_gone() && member.times_missed() >= TAIL_LOOKS_BEFORE_GONE;
        let mut surplus =
            self.members.iter().filter(|member| is_gone(member)).count().saturating_sub(TAIL_GONE_FILES_MAX);
        self.members.retain(|member| {
            let is_old = member.gone_since.is_some_and(|since| hands.now >= since.plus(TAIL_GONE_KEPT));
            let goes = is_gone(member) && (is_old || surplus > 0);
            if goes {
                surplus = surplus.saturating_sub(1);
                hands.batch.position(member.id, None);
            }
            !goes
        });
    }
}

/// What reading one file came to.
enum Read {
    Drained,
    More,
    /// Newer files have to wait.
    Blocked,
}

/// Why reading stopped before the end.
enum Stop {
    Emptied,
    /// A compressed file is being inflated up to where it was left.
    Skipping,
    Failed,
}

fn delay(entry: Entry<'_>, delayed: &mut Vec<Delayed>, bytes: &mut usize) {
    let line = Line { timestamp: entry.timestamp, metadata: entry.metadata.finish(), text: entry.line.into_owned() };
    *bytes += line.text.len();
    delayed.push(Delayed { end: entry.span.end, labels: entry.labels.finish(), line });
}
