//! One file of a family: what it is, how far it was read, and reading on.
//!
//! Invariant: bytes that were read count only if the file still holds what was seen of it before: that is checked after
//! the read, so that a file which is emptied and filled again in between loses nothing and repeats nothing. What a file
//! holds is noted before its first byte is read, and its folder is listed in between: whatever is older has been found
//! by then, and what is copied and emptied after it is missed.

use super::disk::{Facts, Identity};
use super::names::Form;
use super::position::Position;
use super::proof::{Proof, Prover};
use super::rotation::Seen;
use super::source::{Filled, Source};
use crate::limits::{LINE_BYTES_MAX, TAIL_CUT_COUNTED_BYTES_MAX, TAIL_READ_BYTES, TAIL_TORN_LISTINGS_MAX};
use model::time::Nanos;
use std::path::{Path, PathBuf};

/// Bits of a place in a family that hold the place in the file.
const OFFSET_BITS: u32 = 44;

/// A file that is read or was read.
#[derive(Debug)]
pub(super) struct Member {
    /// The number of its position.
    pub(super) id: u64,
    /// What the store knows, or will know with the next batch.
    pub(super) position: Position,
    /// How many files of the family came before it: places of one family never meet.
    pub(super) ordinal: u64,
    /// Where the next byte is read.
    pub(super) offset: u64,
    pub(super) in_cut: bool,
    prover: Option<Prover>,
    source: Option<Source>,
    /// The path without links, where the one that is known has some.
    pub(super) real: Option<PathBuf>,
    /// What was seen last.
    pub(super) facts: Facts,
    /// Up to where it may be read this time.
    pub(super) limit: u64,
    pub(super) presence: Presence,
    /// When the file that it is read from was written, as its folder showed it.
    pub(super) written: i64,
    /// Whether its first byte may be read: its folder was listed after it was noted what it holds.
    pub(super) is_settled: bool,
    /// Whether it was no longer where it was seen when it was to be opened.
    has_moved: bool,
    /// How often in a row that was so.
    moves: u32,
    /// Whether it turned out to be a copy of another file.
    pub(super) is_dropped: bool,
    /// Whether nothing can be added any more, such as to a copy.
    pub(super) is_final: bool,
    /// Since when everything was read and the writer is elsewhere.
    pub(super) left_since: Option<Nanos>,
    /// Since when the folder does not show it.
    pub(super) gone_since: Option<Nanos>,
    pub(super) error: Option<String>,
    pub(super) last_read: Option<Nanos>,
    /// Whether the store has to be told of more than how far it was read.
    is_changed: bool,
}

/// Whether the file is where it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    /// The folder shows it.
    Seen,
    /// The folder did not show it so many times.
    Missed(u32),
    /// Its inode holds other content, seen gone so many times.
    Lost(u32),
}

/// What one look at a file tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// It can be read up to its limit.
    Readable,
    /// Nothing to read from: gone, or not readable now.
    Closed,
    /// Its folder has to be listed first.
    Unsettled,
    /// It holds other content than before.
    Emptied,
}

impl Member {
    /// A file of which the store knows nothing yet.
    pub(super) fn begin(id: u64, ordinal: u64, position: Position) -> Self {
        Self { is_changed: true, ..Self::resume(id, ordinal, position) }
    }

    /// A file from where it was left.
    pub(super) fn resume(id: u64, ordinal: u64, position: Position) -> Self {
        Self {
            id,
            ordinal,
            offset: position.offset,
            in_cut: position.in_cut,
            prover: (position.proof.at == 0).then(Prover::of_start),
            source: None,
            real: None,
            facts: Facts::default(),
            limit: 0,
            presence: Presence::Seen,
            written: position.modified,
            is_settled: position.offset > 0,
            has_moved: false,
            moves: 0,
            is_dropped: false,
            is_final: position.form == Form::Gzip,
            left_since: None,
            gone_since: None,
            error: None,
            last_read: None,
            is_changed: false,
            position,
        }
    }

    /// Where it is now.
    pub(super) fn path(&self) -> PathBuf {
        self.position.path.with_file_name(&self.position.name)
    }

    pub(super) fn identity(&self) -> Identity {
        self.position.identity
    }

    pub(super) fn is_open(&self) -> bool {
        self.source.is_some()
    }

    /// How much of it was read, with the proof of it.
    pub(super) fn proof(&self) -> Proof {
        self.prover.as_ref().map_or(self.position.proof, Prover::proof)
    }

    /// Whether nothing was read of it.
    pub(super) fn is_unread(&self) -> bool {
        self.offset == 0 && !self.is_done()
    }

    /// Whether newer files have to wait until its folder was listed.
    pub(super) fn is_unsettled(&self) -> bool {
        let has_content = self.shows_content() || self.facts.bytes > 0;
        self.has_moved || self.is_unread() && !self.is_settled && has_content
    }

    /// Its folder was listed, and the listing shows whatever is older.
    pub(super) fn settle(&mut self) {
        self.is_settled |= self.shows_content();
    }

    /// Whether it is known what the file holds. A compressed file never changes.
    fn shows_content(&self) -> bool {
        self.position.form == Form::Gzip || self.proof().at > 0
    }

    /// A place in this file as a place in the family.
    pub(super) fn place(&self, offset: u64) -> u64 {
        (self.ordinal << OFFSET_BITS) + offset
    }

    /// Whether its rest can only come from a file that has not been found.
    pub(super) fn is_gone(&self) -> bool {
        self.source.is_none() && self.presence != Presence::Seen
    }

    /// Whether it will never be read again.
    pub(super) fn is_done(&self) -> bool {
        self.position.is_done || self.is_dropped
    }

    /// Looks at the file, opening it where that is needed, and sets the limit up to which it may be read now.
    pub(super) fn look(&mut self) -> Look {
        let before = self.facts;
        match self.look_at() {
            Ok(look) => {
                if look == Look::Readable && before != self.facts {
                    self.error = None;
                }
                look
            }
            Err(error) => {
                self.limit = 0;
                self.error = Some(error);
                Look::Closed
            }
        }
    }

    fn look_at(&mut self) -> Result<Look, String> {
        if self.source.is_none() {
            if self.presence != Presence::Seen {
                return Ok(Look::Closed);
            }
            if !self.open()? {
                self.limit = 0;
                return Ok(Look::Unsettled);
            }
        }
        let Some(source) = &self.source else { return Ok(Look::Closed) };
        let facts = source.facts()?;
        let has_changed = (facts.bytes, facts.modified) != (self.facts.bytes, self.facts.modified);
        let is_plain = matches!(source, Source::Plain(_));
        if is_plain && (facts.bytes < self.proof().at || has_changed && !source.holds(&self.proof())?) {
            return Ok(Look::Emptied);
        }
        self.prove()?;
        self.facts = facts;
        self.limit = 0;
        if facts.bytes > 0 && !self.note_content()? || self.is_unsettled() {
            return Ok(Look::Unsettled);
        }
        self.limit = if is_plain { facts.bytes } else { u64::MAX };
        Ok(Look::Readable)
    }

    /// Opens the file where it was seen. `false` when it is there no more.
    fn open(&mut self) -> Result<bool, String> {
        let path = self.path();
        self.has_moved = false;
        let source = match Source::open(&path, self.position.form) {
            Ok(source) => Some(source),
            Err(failure) if failure.is_missing => None,
            Err(failure) => return Err(failure.to_string()),
        };
        let is_it = |source: &Source| Ok::<_, String>(source.facts()?.identity.is(self.identity()));
        if source.as_ref().map_or(Ok(false), is_it)? {
            self.moves = 0;
            self.source = source;
            self.real = std::fs::canonicalize(&path).ok().filter(|real| *real != path);
            return Ok(true);
        }
        self.moves += 1;
        if self.moves > TAIL_TORN_LISTINGS_MAX {
            return Err(format!("reading {}: its folder shows another file than the one that opens", path.display()));
        }
        self.has_moved = true;
        Ok(false)
    }

    /// Notes what the file holds before anything of it is read. `false` when it is emptied just now.
    fn note_content(&mut self) -> Result<bool, String> {
        let Some(Source::Plain(file)) = self.source.as_ref().filter(|_| self.proof().at == 0) else { return Ok(true) };
        let noted = Proof::of_whole(file).map_err(|failure| failure.to_string())?.filter(|proof| proof.at > 0);
        let Some(proof) = noted else { return Ok(false) };
        let prover = Prover::resume(proof, file).map_err(|failure| failure.to_string())?;
        let is_noted = prover.is_some();
        self.prover = prover.or(Some(Prover::of_start()));
        Ok(is_noted)
    }

    /// Makes the prover go on from what the position tells.
    fn prove(&mut self) -> Result<(), String> {
        if self.prover.is_none() {
            self.prover = match &self.source {
                Some(Source::Plain(file)) => {
                    Prover::resume(self.position.proof, file).map_err(|failure| failure.to_string())?
                }
                _ => Some(Prover::frozen(self.position.proof)),
            };
        }
        Ok(())
    }

    /// Reads on into the buffer. `None` when the file no longer holds what was read of it: nothing of the buffer counts.
    pub(super) fn fill(&mut self, limit: u64, into: &mut Vec<u8>) -> Result<Option<Filled>, String> {
        let proof = self.proof();
        let Some(source) = &mut self.source else { return Ok(Some(Filled::AtEnd)) };
        let filled = source.fill(self.offset, limit, into)?;
        let is_same = into.is_empty() || source.holds(&proof)?;
        Ok(is_same.then_some(filled))
    }

    /// Whether the buffer, which stands where reading goes on, ends inside a line that is cut.
    pub(super) fn is_cut_at_end(&self, buffer: &[u8]) -> bool {
        let last = memchr::memrchr(b'\n', buffer).map_or(0, |newline| newline + 1);
        !self.in_cut && buffer.len() - last > LINE_BYTES_MAX
    }

    /// How many bytes stand between the end of the buffer and the end of its last line, as far as they are there.
    pub(super) fn bytes_to_line_end(&self, buffered: usize, limit: u64) -> usize {
        let Some(Source::Plain(file)) = &self.source else { return 0 };
        let (mut counted, mut chunk) = (0, vec![0; TAIL_READ_BYTES]);
        while counted < TAIL_CUT_COUNTED_BYTES_MAX {
            let at = self.offset + (buffered + counted) as u64;
            let room = usize::try_from(limit.saturating_sub(at)).unwrap_or(usize::MAX).min(TAIL_READ_BYTES);
            let into = chunk.get_mut(..room).unwrap_or_default();
            let Ok(read) = file.read_at(at, into) else { break };
            let read = into.get(..read).unwrap_or_default();
            match memchr::memchr(b'\n', read) {
                Some(newline) => return counted + newline,
                None if read.is_empty() => break,
                None => counted += read.len(),
            }
        }
        counted
    }

    /// So many of the bytes in the buffer are done with.
    pub(super) fn advance(&mut self, consumed: &[u8]) {
        if let Some(prover) = &mut self.prover {
            prover.advance(self.offset, consumed);
        }
        self.offset += consumed.len() as u64;
    }

    /// Gives its handle back.
    pub(super) fn close(&mut self) {
        self.source = None;
    }

    /// Its content is no longer in its inode.
    pub(super) fn lose(&mut self) {
        self.close();
        self.has_moved = false;
        self.presence = Presence::Lost(0);
        self.limit = 0;
    }

    /// The folder shows it under this name.
    pub(super) fn keep(&mut self, seen: &Seen) {
        self.written = seen.modified;
        self.be_at(&seen.name, seen.identity);
    }

    fn be_at(&mut self, name: &str, identity: Identity) {
        self.presence = Presence::Seen;
        self.has_moved = false;
        self.gone_since = None;
        if self.position.name != name || self.position.identity != identity {
            self.position.name = name.to_owned();
            self.position.identity = identity;
            self.is_changed = true;
        }
    }

    /// Nothing will be read of it any more.
    pub(super) fn finish(&mut self) {
        self.close();
        self.position.is_done = true;
        self.is_changed = true;
    }

    /// Its rest is in another file.
    pub(super) fn adopt(&mut self, seen: &Seen) {
        self.written = seen.modified;
        self.go_on_in(&seen.name, seen.identity, seen.form);
    }

    fn go_on_in(&mut self, name: &str, identity: Identity, form: Form) {
        let proof = self.proof();
        self.close();
        self.position.form = form;
        self.position.proof = proof;
        self.prover = None;
        self.facts = Facts::default();
        self.is_final = true;
        self.is_changed = true;
        self.be_at(name, identity);
    }

    /// Whether it is open, unread and out of the folder, and holds what was seen of this one: then it was a copy of it.
    pub(super) fn is_vanished_copy_of(&self, other: &Self) -> bool {
        let proof = other.proof();
        let has_vanished = self.is_unread() && self.presence != Presence::Seen;
        let holds = |source: &Source| matches!(source, Source::Plain(_)) && source.holds(&proof).unwrap_or(false);
        has_vanished && proof.at > 0 && self.source.as_ref().is_some_and(holds)
    }

    /// Its rest is in a file that has no name any more but is open.
    pub(super) fn adopt_open(&mut self, copy: &mut Self) {
        self.go_on_in(&copy.position.name, copy.position.identity, copy.position.form);
        self.source = copy.source.take();
        self.presence = copy.presence;
    }

    /// The folder does not show it.
    pub(super) fn miss(&mut self, now: Nanos) {
        self.has_moved = false;
        self.gone_since.get_or_insert(now);
        self.presence = match self.presence {
            Presence::Seen => Presence::Missed(1),
            Presence::Missed(times) => Presence::Missed(times + 1),
            Presence::Lost(times) => Presence::Lost(times + 1),
        };
    }

    /// How often the folder was listed without it.
    pub(super) fn times_missed(&self) -> u32 {
        match self.presence {
            Presence::Seen => 0,
            Presence::Missed(times) | Presence::Lost(times) => times,
        }
    }

    /// The record of the position, if it changed since it was taken last. `held_from` is the first place of the family whose line is
    /// not in the store.
    pub(super) fn take_position(&mut self, held_from: u64) -> Option<Vec<u8>> {
        let offset = self.offset.min(held_from.saturating_sub(self.place(0))).max(self.position.offset);
        let next = Position {
            offset,
            in_cut: self.in_cut && offset == self.offset,
            proof: self.proof(),
            // A copy and a compressed file tell when they were made, not when their lines were written.
            modified: if self.is_final { i64::MIN } else { self.facts.modified }.max(self.position.modified),
            ..self.position.clone()
        };
        let has_moved =
            (next.offset, next.in_cut, next.proof) != (self.position.offset, self.position.in_cut, self.position.proof);
        if !has_moved && !std::mem::take(&mut self.is_changed) {
            return None;
        }
        self.is_changed = false;
        self.position = next;
        Some(self.position.encode())
    }
}

/// The folder and the name of a path; `None` for a path without a name.
pub(super) fn parts(path: &Path) -> Option<(&Path, &str)> {
    Some((path.parent()?, path.file_name()?.to_str()?))
}
