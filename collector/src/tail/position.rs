//! How far a file has been read, as the store keeps it beside the lines (`store/docs/format/tail_position.md`).
//!
//! Invariant: a record that another version wrote, or that is damaged, is no position; its file is then new to us.

use super::disk::Identity;
use super::names::Form;
use super::proof::Proof;
use std::path::PathBuf;

/// What the keys of our positions begin with.
const KEY_PREFIX: &[u8] = b"tail/";

/// The version of the record.
const VERSION: u8 = 1;

/// One file, as far as it has been read.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Position {
    /// The job that reads it.
    pub(super) job: String,
    /// The path that the job's pattern named; a rotation does not change it.
    pub(super) path: PathBuf,
    /// The file's name in its folder when it was last seen.
    pub(super) name: String,
    pub(super) identity: Identity,
    pub(super) form: Form,
    /// Whether everything was read and nothing will follow.
    pub(super) is_done: bool,
    /// Whether `offset` is inside a line that was cut.
    pub(super) in_cut: bool,
    /// Where the first byte stands whose line is not in the store yet.
    pub(super) offset: u64,
    pub(super) proof: Proof,
    /// When the file was last written as far as we saw, in nanoseconds since the epoch.
    pub(super) modified: i64,
}

/// The key of a position.
pub(super) fn key(id: u64) -> Vec<u8> {
    [KEY_PREFIX, &id.to_be_bytes()].concat()
}

/// The number in a key of ours; `None` for the keys of others.
pub(super) fn id(key: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(key.strip_prefix(KEY_PREFIX)?.try_into().ok()?))
}

impl Position {
    /// Whether nothing of it is in the store, and something may come.
    pub(super) fn is_unread(&self) -> bool {
        self.offset == 0 && !self.is_done
    }

    /// The record.
    pub(super) fn encode(&self) -> Vec<u8> {
        let flags = u8::from(self.is_done) | u8::from(self.in_cut) << 1 | u8::from(self.form == Form::Gzip) << 2;
        let mut record = vec![VERSION, flags];
        let Identity { device, inode, born } = self.identity;
        let Proof { at, head, before } = self.proof;
        for number in [self.offset, at, head, before, device, inode] {
            record.extend(number.to_le_bytes());
        }
        record.extend(born.to_le_bytes());
        record.extend(self.modified.to_le_bytes());
        let path = self.path.to_str().unwrap_or_default();
        for text in [self.job.as_str(), path, &self.name] {
            record.extend(u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes());
            record.extend(text.as_bytes());
        }
        record
    }

    /// Reads a record; `None` when it is none of this version.
    pub(super) fn decode(record: &[u8]) -> Option<Self> {
        let (head, mut rest) = record.split_at_checked(2)?;
        let &[VERSION, flags] = head else { return None };
        let mut number = || -> Option<u64> { Some(u64::from_le_bytes(take(&mut rest)?)) };
        let offset = number()?;
        let proof = Proof { at: number()?, head: number()?, before: number()? };
        let (device, inode) = (number()?, number()?);
        let (born, modified) = (number()?.cast_signed(), number()?.cast_signed());
        let mut text = || -> Option<String> {
            let bytes = usize::try_from(u32::from_le_bytes(take(&mut rest)?)).ok()?;
            let (text, after) = rest.split_at_checked(bytes)?;
            rest = after;
            String::from_utf8(text.to_vec()).ok()
        };
        let (job, path, name) = (text()?, text()?, text()?);
        rest.is_empty().then_some(Self {
            job,
            path: PathBuf::from(path),
            name,
            identity: Identity { device, inode, born },
            form: if flags & 4 == 0 { Form::Plain } else { Form::Gzip },
            is_done: flags & 1 != 0,
            in_cut: flags & 2 != 0,
            offset,
            proof,
            modified,
        })
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, after) = rest.split_first_chunk::<N>()?;
    *rest = after;
    Some(*taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn position() -> Position {
        Position {
            job: "pods".to_owned(),
            path: "/var/log/pods/a_b_c/d/0.log".into(),
            name: "0.log.20261128-120000.gz".to_owned(),
            identity: Identity { device: 7, inode: u64::MAX, born: -1 },
            form: Form::Gzip,
            is_done: true,
            in_cut: false,
            offset: 1 << 40,
            proof: Proof { at: 1 << 41, head: 3, before: 4 },
            modified: i64::MIN,
        }
    }

    #[test]
    fn a_record_gives_back_what_was_written() {
        for position in [position(), Position::default(), Position { in_cut: true, ..Position::default() }] {
            assert_eq!(Position::decode(&position.encode()), Some(position));
        }
        assert_eq!(id(&key(0x0102)), Some(0x0102));
        assert_eq!(id(b"push/xxxxxxxx"), None);
        assert_eq!(id(b"tail/short"), None);
    }

    #[test]
    fn damaged_records_are_no_positions() {
        let record = position().encode();
        for len in 0..record.len() {
            assert_eq!(Position::decode(&record[..len]), None, "{len}");
        }
        assert_eq!(Position::decode(&[&record[..], b"x"].concat()), None);
        assert_eq!(Position::decode(&[&[9], &record[1..]].concat()), None);
    }
}
