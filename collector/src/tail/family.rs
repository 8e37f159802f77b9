//! The files that a rotation makes of one path, read in the order in which they were written.
//!
//! Invariant: a newer file is read up to where it ended when it was looked at before the older ones were read to their
//! end: a writer that moved on has left nothing behind that comes later. A position passes a line only with the batch
//! that stores it.

use super::batch::Gathered;
use super::lines::{self, Ending};
use super::member::{Look, Member, Presence};
use super::outlet::Outlet;
use super::position::Position;
use super::rotation::{self, Age, Known, Since};
use super::source::Filled;
use super::target::Target;
use crate::enrichment::Enricher;
use crate::limits::{
    TAIL_BATCH_BYTES, TAIL_GONE_FILES_MAX, TAIL_GONE_KEPT, TAIL_LEFT_FILE_OPEN, TAIL_LOOKS_BEFORE_GONE,
};
use crate::pipeline::Drops;
use model::labels::Labels;
use model::time::Nanos;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What reading works with.
pub(super) struct Hands<'a> {
    pub(super) batch: &'a mut Gathered,
    pub(super) buffer: &'a mut Vec<u8>,
    pub(super) enricher: &'a mut Enricher,
    pub(super) now: Nanos,
    /// Whether files stay open between reads.
    pub(super) may_keep_open: bool,
    pub(super) counts: &'a mut Counts,
}

/// What was read, to be counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) lines: u64,
    pub(super) bytes: u64,
    pub(super) cut: u64,
    pub(super) invalid: u64,
    /// Lines that stages dropped, by the reason that the config gives.
    pub(super) dropped: Drops,
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
    /// In the order in which they were written.
    pub(super) members: Vec<Member>,
    pub(super) since: Since,
    /// Whether its folder has to be listed to go on.
    pub(super) wants_listing: bool,
    pub(super) outlet: Outlet,
    next_ordinal: u64,
}

impl Family {
    /// Without files.
    pub(super) fn new(path: &Path, target: Arc<Target>, labels: Labels, since: Since) -> Self {
        Self {
            path: path.to_owned(),
            outlet: Outlet::new(target, labels),
            members: Vec::new(),
            since,
            wants_listing: false,
            next_ordinal: 0,
        }
    }

    /// The place of the next file.
    pub(super) fn take_ordinal(&mut self) -> u64 {
        self.next_ordinal += 1;
        self.next_ordinal
    }

    /// A file that nothing was read of joins. Its place among the others has to be found then.
    pub(super) fn join(&mut self, id: u64, position: Position) {
        let ordinal = self.take_ordinal();
        self.members.push(Member::begin(id, ordinal, position));
    }

    /// Puts the files of which nothing was read yet in the order in which they were written.
    pub(super) fn put_unread_in_order(&mut self) {
        let unread = self.members.iter().rev().take_while(|member| is_waiting_to_be_read(member)).count();
        if unread < 2 {
            return;
        }
        let mut members = self.members.split_off(self.members.len() - unread);
        // Nothing was read of them: their places can be given anew.
        let mut ordinals: Vec<u64> = members.iter().map(|member| member.ordinal).collect();
        ordinals.sort_unstable();
        members.sort_by_cached_key(|member| self.age(&member.position.name, member.written));
        for (member, ordinal) in members.iter_mut().zip(ordinals) {
            member.ordinal = ordinal;
        }
        self.members.append(&mut members);
    }

    /// Takes over what the store tells.
    pub(super) fn resume(&mut self, mut positions: Vec<(u64, Position)>) {
        // What was read has its order by when it was found, though one that was rotated away may have been found after
        // the one that took its place. What was not read has its order by age, as if it came now.
        let is_current = |position: &Position| !position.is_done && self.path.ends_with(&position.name);
        positions.sort_by_cached_key(|(id, position)| match position.is_unread() {
            false => (false, None, is_current(position), *id),
            true => (true, Some(self.age(&position.name, position.modified)), false, *id),
        });
        for (id, position) in positions {
            let ordinal = self.take_ordinal();
            self.members.push(Member::resume(id, ordinal, position));
        }
    }

    fn age(&self, name: &str, written: i64) -> Age {
        rotation::age(name, written, self.path.ends_with(name))
    }

    /// What a listing has to know of its files.
    pub(super) fn knowns(&self) -> impl Iterator<Item = Known> {
        let base = self.path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        self.members.iter().filter(|member| !member.is_dropped).map(|member| Known {
            id: member.id,
            base: base.to_owned(),
            name: member.position.name.clone(),
            identity: member.identity(),
            proof: member.proof(),
            is_unread: member.is_unread(),
            is_open: member.is_open(),
            is_lost: matches!(member.presence, Presence::Lost(_)),
        })
    }

    /// Whether something is due at a time, even if no file changes.
    pub(super) fn is_waiting(&self) -> bool {
        let is_left = |member: &Member| !member.is_done() && member.left_since.is_some();
        self.outlet.is_waiting() || self.wants_listing || self.members.iter().any(is_left)
    }

    /// Where its files are that may still be written to.
    pub(super) fn paths(&self) -> impl Iterator<Item = PathBuf> {
        let open = self.members.iter().filter(|member| !member.is_done());
        open.flat_map(|member| [Some(member.path()), member.real.clone()].into_iter().flatten())
    }

    /// How many files it holds open.
    pub(super) fn open_files(&self) -> usize {
        self.members.iter().filter(|member| member.is_open()).count()
    }

    /// Gives back the handles of files that have a name and will be found again.
    pub(super) fn close_idle(&mut self) {
        for member in self.members.iter_mut().filter(|member| member.facts.links > 0) {
            member.close();
        }
    }

    /// Reads what is new in all files, oldest first, until there is nothing more or the batch is full.
    pub(super) fn read(&mut self, hands: &mut Hands<'_>) -> Left {
        for member in self.members.iter_mut().rev().filter(|member| !member.is_done()) {
            let look = member.look();
            if look == Look::Emptied {
                member.lose();
            }
            self.wants_listing |= matches!(look, Look::Emptied | Look::Unsettled);
        }
        self.drop_vanished_copies();
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
        self.outlet.flush_due(hands);
        self.release(hands);
        self.forget(hands);
        left
    }

    /// A copy may be deleted before it could be told from its original, when a compressed one took its place: it is still
    /// open, and its original is known.
    fn drop_vanished_copies(&mut self) {
        for at in 0..self.members.len() {
            let Some(copy) = self.members.get(at) else { return };
            let is_original =
                |other: &Member| other.id != copy.id && !other.is_dropped && copy.is_vanished_copy_of(other);
            let Some(original) = self.members.iter().position(is_original) else { continue };
            if let Ok([copy, original]) = self.members.get_disjoint_mut([at, original]) {
                if original.is_gone() {
                    original.adopt_open(copy);
                }
                copy.is_dropped = true;
            }
        }
    }

    fn read_member(&mut self, at: usize, hands: &mut Hands<'_>) -> Read {
        let is_followed = self.members.iter().skip(at + 1).any(|later| later.limit > 0 || later.proof().at > 0);
        let is_newest = at + 1 == self.members.len();
        let Some(member) = self.members.get(at).filter(|member| !member.is_done()) else { return Read::Drained };
        if member.is_unsettled() {
            self.wants_listing = true;
            return Read::Blocked;
        }
        if !member.is_open() {
            let may_come = member.is_gone() && member.times_missed() < TAIL_LOOKS_BEFORE_GONE;
            self.wants_listing |= may_come;
            return if may_come { Read::Blocked } else { Read::Drained };
        }
        let limit = if is_newest || !member.is_settled { member.limit } else { u64::MAX };
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
        // What a cut line has beyond the buffer is left out, and counted as far as it is there.
        let beyond = match member.is_cut_at_end(&buffer) {
            true => member.bytes_to_line_end(buffer.len(), limit),
            false => 0,
        };
        let outlet = &mut self.outlet;
        let consumed = lines::split(&buffer, &mut in_cut, ending, |line| outlet.feed(start, line, beyond, hands));
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

    /// Everything of a file was read and its writer has gone elsewhere: after a while it is closed for good.
    fn leave(&mut self, at: usize, before: u64, hands: &mut Hands<'_>) {
        let Some(member) = self.members.get_mut(at) else { return };
        if member.offset != before {
            member.left_since = None;
        }
        let since = *member.left_since.get_or_insert(hands.now);
        let end = member.place(member.offset);
        let is_held = self.outlet.held_from().is_some_and(|held| held < end);
        let is_over = hands.now >= since.plus(TAIL_LEFT_FILE_OPEN);
        if is_over || member.is_final && !is_held {
            member.finish();
            if is_held {
                self.outlet.flush(hands);
            }
        }
    }

    /// Hands over what no older line waits for, with the positions that then hold.
    fn release(&mut self, hands: &mut Hands<'_>) {
        self.outlet.release(hands);
        let held_from = self.outlet.held_from().unwrap_or(u64::MAX);
        for member in &mut self.members {
            if let Some(record) = member.take_position(held_from) {
                hands.batch.position(member.id, Some(record));
            }
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
            }
            let goes = goes || member.is_dropped;
            if goes {
                hands.batch.position(member.id, None);
            }
            !goes
        });
    }
}

/// Whether the next that is read of it is its first byte. What it held may also be lost, and then it is as old as it was.
fn is_waiting_to_be_read(member: &Member) -> bool {
    member.is_unread() && !matches!(member.presence, Presence::Lost(_))
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
