//! One file of a family: what it is, how far it was read, and reading on.
//!
//! Invariant: bytes that were read count only if the file still holds what was read of it before: they are checked after
//! the read, so that a file which is emptied and filled again in between loses nothing and repeats nothing.

use super::disk::{Facts, Identity};
use super::names::Form;
use super::position::Position;
use super::proof::{Proof, Prover};
use super::source::{Filled, Source};
use crate::limits::{LINE_BYTES_MAX, TAIL_CUT_COUNTED_BYTES_MAX, TAIL_READ_BYTES};
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

    /// What tells this file from others: what was read of it, or what an open one holds of which nothing was read yet.
    /// It may be renamed and compressed before it is read.
    pub(super) fn likeness(&self) -> Proof {
        let proof = self.proof();
        match &self.source {
            Some(Source::Plain(file)) if proof.at == 0 => Proof::of_whole(file).unwrap_or_default(),
            _ => proof,
        }
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
        self.position.is_done
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
            let source = Source::open(&self.path(), self.position.form)?;
            if !source.facts()?.identity.is(self.identity()) {
                // Renamed since the folder was listed; the next listing tells.
                return Ok(Look::Closed);
            }
            self.source = Some(source);
            let path = self.path();
            self.real = std::fs::canonicalize(&path).ok().filter(|real| *real != path);
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
        self.limit = if is_plain { facts.bytes } else { u64::MAX };
        Ok(Look::Readable)
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
        self.presence = Presence::Lost(0);
        self.limit = 0;
    }

    /// The folder shows it under this name.
    pub(super) fn keep(&mut self, name: &str, identity: Identity) {
        self.presence = Presence::Seen;
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
    pub(super) fn adopt(&mut self, name: &str, identity: Identity, form: Form) {
        let proof = self.proof();
        self.close();
        self.position.form = form;
        self.position.proof = proof;
        self.prover = None;
        self.facts = Facts::default();
        self.is_final = true;
        self.is_changed = true;
        self.keep(name, identity);
    }

    /// The folder does not show it.
    pub(super) fn miss(&mut self, now: Nanos) {
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
            modified: self.facts.modified.max(self.position.modified),
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
