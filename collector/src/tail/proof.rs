//! What proves that a file holds what was seen of it: a hash of its first bytes, and of those before one place.
//!
//! Invariant: a proof speaks only of bytes that were seen, and it is made before the first of them is read, so that the
//! file under another name, a copy of it and its compressed sibling satisfy it, and a file that was emptied and filled
//! again does not.

use super::disk::{Failure, OpenFile};
use crate::limits::{TAIL_BEFORE_BYTES, TAIL_FINGERPRINT_BYTES_MAX};
use xxhash_rust::xxh3::xxh3_64;

/// What was seen, up to one place: all that the file held before it was first read, later what was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Proof {
    /// The place. At 0 the file was empty, or never open, and nothing is proven.
    pub(super) at: u64,
    /// Hash of the first bytes: as many as were read, at most [`TAIL_FINGERPRINT_BYTES_MAX`].
    pub(super) head: u64,
    /// Hash of the bytes before the place, at most [`TAIL_BEFORE_BYTES`].
    pub(super) before: u64,
}

fn bounded(bytes: u64, max: usize) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX).min(max)
}

impl Proof {
    /// How many of the first bytes are hashed.
    pub(super) fn head_bytes(&self) -> usize {
        bounded(self.at, TAIL_FINGERPRINT_BYTES_MAX)
    }

    fn before_bytes(&self) -> usize {
        bounded(self.at, TAIL_BEFORE_BYTES)
    }

    /// The proof of everything that a file holds now; `None` when it was emptied while it was looked at.
    pub(super) fn of_whole(file: &OpenFile) -> Result<Option<Self>, Failure> {
        let at = file.facts()?.bytes;
        if at == 0 {
            return Ok(Some(Self::default()));
        }
        let proof = Self { at, ..Self::default() };
        let (mut head, mut before) = (vec![0; proof.head_bytes()], vec![0; proof.before_bytes()]);
        file.read_at(0, &mut head)?;
        file.read_at(at - before.len() as u64, &mut before)?;
        let proof = Self { head: xxh3_64(&head), before: xxh3_64(&before), at };
        Ok(proof.holds(file)?.then_some(proof))
    }

    /// Whether these first bytes are the ones that were read. Too few of them are not.
    pub(super) fn head_is(&self, first: &[u8]) -> bool {
        first.get(..self.head_bytes()).is_some_and(|head| xxh3_64(head) == self.head)
    }

    /// Whether the file holds what was read.
    pub(super) fn holds(&self, file: &OpenFile) -> Result<bool, Failure> {
        Ok(self.read_again(file)?.is_some())
    }

    /// The first bytes and those before the place; `None` when the file holds others.
    fn read_again(&self, file: &OpenFile) -> Result<Option<ReadAgain>, Failure> {
        let (mut head, mut before) = (vec![0; self.head_bytes()], vec![0; self.before_bytes()]);
        let read = file.read_at(0, &mut head)?;
        if read < head.len() || self.at > 0 && xxh3_64(&head) != self.head {
            return Ok(None);
        }
        let read = file.read_at(self.at - before.len() as u64, &mut before)?;
        let is_same = read == before.len() && (self.at == 0 || xxh3_64(&before) == self.before);
        Ok(is_same.then_some(ReadAgain { head, before }))
    }
}

/// Bytes that satisfied a proof.
struct ReadAgain {
    head: Vec<u8>,
    before: Vec<u8>,
}

/// Makes the proof while a file is read.
#[derive(Clone, Debug, Default)]
pub(super) struct Prover {
    proof: Proof,
    /// The first bytes, until there are enough of them.
    head: Vec<u8>,
    before: Vec<u8>,
    is_frozen: bool,
}

impl Prover {
    /// Goes on from a proof, if the file holds what it tells.
    pub(super) fn resume(proof: Proof, file: &OpenFile) -> Result<Option<Self>, Failure> {
        let again = proof.read_again(file)?;
        Ok(again.map(|ReadAgain { head, before }| Self { proof, head, before, is_frozen: false }))
    }

    /// Nothing was read.
    pub(super) fn of_start() -> Self {
        Self::default()
    }

    /// Keeps a proof as it is, whatever is read: compressed files are told by their inode.
    pub(super) fn frozen(proof: Proof) -> Self {
        Self { proof, is_frozen: true, ..Self::default() }
    }

    /// What is proven so far.
    pub(super) fn proof(&self) -> Proof {
        self.proof
    }

    /// Bytes were read that stand at `start`. What was read before is left out.
    pub(super) fn advance(&mut self, start: u64, bytes: &[u8]) {
        if self.is_frozen {
            return;
        }
        let known = usize::try_from(self.proof.at.saturating_sub(start)).unwrap_or(usize::MAX);
        let Some(new) = bytes.get(known..).filter(|new| !new.is_empty()) else { return };
        let missing = TAIL_FINGERPRINT_BYTES_MAX.saturating_sub(self.head.len());
        if missing > 0 && self.proof.at < TAIL_FINGERPRINT_BYTES_MAX as u64 {
            self.head.extend(new.iter().take(missing));
            self.proof.head = xxh3_64(&self.head);
        }
        self.proof.at += new.len() as u64;
        if self.proof.at >= TAIL_FINGERPRINT_BYTES_MAX as u64 {
            self.head = Vec::new();
        }
        self.before.extend(new.get(new.len().saturating_sub(TAIL_BEFORE_BYTES)..).unwrap_or_default());
        let surplus = self.before.len().saturating_sub(TAIL_BEFORE_BYTES);
        self.before.drain(..surplus);
        self.proof.before = xxh3_64(&self.before);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(folder: &std::path::Path, bytes: &[u8]) -> OpenFile {
        let path = folder.join("file");
        std::fs::write(&path, bytes).expect("written");
        OpenFile::at(&path).expect("opened")
    }

    #[test]
    fn a_proof_grows_as_one_that_is_made_at_once() {
        let folder = tempfile::tempdir().expect("temp dir");
        let bytes: Vec<u8> = (0..5_000_u32).flat_map(u32::to_le_bytes).collect();
        let open = file(folder.path(), &bytes);
        for step in [1, 7, 64, 100, 1_000, 1_024, 20_000] {
            let mut prover = Prover::of_start();
            for (index, chunk) in bytes.chunks(step).enumerate() {
                prover.advance((index * step) as u64, chunk);
                let mut at_once = Prover::of_start();
                at_once.advance(0, &bytes[..index * step + chunk.len()]);
                assert_eq!(prover.proof(), at_once.proof(), "step {step}");
                assert_eq!(prover.proof().holds(&open), Ok(true));
            }
            let resumed = Prover::resume(prover.proof(), &open).expect("read").expect("the same");
            assert_eq!(resumed.proof(), prover.proof());
        }
    }

    #[test]
    fn bytes_that_were_read_before_change_nothing() {
        let mut prover = Prover::of_start();
        prover.advance(0, b"hello world");
        let proof = prover.proof();
        prover.advance(3, b"lo wor");
        assert_eq!(prover.proof(), proof);
        prover.advance(6, b"world, again");
        let mut at_once = Prover::of_start();
        at_once.advance(0, b"hello world, again");
        assert_eq!(prover.proof(), at_once.proof());
    }

    #[test]
    fn other_content_is_told_apart() {
        let folder = tempfile::tempdir().expect("temp dir");
        let check = |read: &[u8], now: &[u8], expected: bool| {
            let mut prover = Prover::of_start();
            prover.advance(0, read);
            assert_eq!(prover.proof().holds(&file(folder.path(), now)), Ok(expected), "{} bytes", read.len());
        };
        check(b"", b"anything", true);
        check(b"a line\n", b"a line\nand more\n", true);
        check(b"a line\n", b"a line", false);
        check(b"a line\n", b"b line\nand more\n", false);
        let banner = vec![b'x'; 4_000];
        check(&[&banner[..], b"old\n"].concat(), &[&banner[..], b"old\nmore\n"].concat(), true);
        check(&[&banner[..], b"old\n"].concat(), &[&banner[..], b"new\nmore\n"].concat(), false);
    }
}
