//! Small snapshots that other crates keep across restarts and kills: the state of rules, silences, what was told.
//!
//! Invariant: a snapshot that was saved is on the disk itself and whole; one that cannot be read is set aside and the
//! start goes on without it. What a snapshot means is its owner's; here it is bytes. Format: `docs/format/state.md`.

use crate::fs::{DataDir, finish_what_a_crash_left, read_whole, set_aside, write_then_rename};
use crate::{Error, ErrorKind};
use std::path::PathBuf;

/// The version of the frame around a snapshot.
const STATE_VERSION: u32 = 1;
/// What a snapshot's file begins with.
const MAGIC: &[u8; 8] = b"BLFSTATE";
/// Magic, version and checksum.
const HEADER_BYTES: usize = 16;

/// The largest snapshot that is saved or read, in bytes; a larger one is refused.
pub const STATE_BYTES_MAX: u64 = 64 << 20;

/// Which snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateName {
    /// The alerts of the rules.
    Rules,
    /// Silences.
    Silences,
    /// Who was told of what.
    NotificationLog,
    /// The alerts of which somebody was told that they go on.
    Told,
}

impl StateName {
    fn file(self) -> &'static str {
        match self {
            Self::Rules => "rules",
            Self::Silences => "silences",
            Self::NotificationLog => "notifications",
            Self::Told => "told",
        }
    }
}

/// The folder of the snapshots. Calls block: they wait for the disk.
#[derive(Clone, Debug)]
pub struct States {
    dir: DataDir,
    folder: PathBuf,
}

impl States {
    /// Creates the folder if it is missing.
    ///
    /// # Errors
    /// [`ErrorKind::Io`], naming the path.
    pub fn open(dir: DataDir) -> Result<Self, Error> {
        let folder = dir.path().join("state");
        dir.disk().create_folder(&folder)?;
        finish_what_a_crash_left(dir.disk().as_ref(), &folder)?;
        Ok(Self { dir, folder })
    }

    /// What was saved last; `None` when nothing was, or when it could not be read and was set aside.
    ///
    /// # Errors
    /// [`ErrorKind::Io`], naming the path.
    pub fn load(&self, name: StateName) -> Result<Option<Vec<u8>>, Error> {
        let disk = self.dir.disk().as_ref();
        if !disk.list(&self.folder)?.iter().any(|listed| listed == name.file()) {
            return Ok(None);
        }
        let path = self.folder.join(name.file());
        let read = read_whole(disk, &path, STATE_BYTES_MAX).and_then(|bytes| unframe(bytes, &path.display()));
        match read {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::Corrupt => set_aside(disk, &path, &error).map(|()| None),
            Err(error) => Err(error),
        }
    }

    /// Replaces what was saved. When this returns, it is on the disk.
    ///
    /// # Errors
    /// [`ErrorKind::Limit`] beyond [`STATE_BYTES_MAX`]; [`ErrorKind::Io`], naming the path. What was saved before
    /// stays then.
    pub fn save(&self, name: StateName, bytes: &[u8]) -> Result<(), Error> {
        if u64::try_from(bytes.len() + HEADER_BYTES).unwrap_or(u64::MAX) > STATE_BYTES_MAX {
            let text = format!("state {} has {} bytes, expected at most {STATE_BYTES_MAX}", name.file(), bytes.len());
            return Err(Error::new(ErrorKind::Limit, text));
        }
        write_then_rename(self.dir.disk().as_ref(), &self.folder.join(name.file()), &frame(bytes))
    }

    /// Sets aside what an owner could not read though its frame is whole.
    ///
    /// # Errors
    /// [`ErrorKind::Io`], naming the path.
    pub fn set_aside(&self, name: StateName, why: &dyn std::fmt::Display) -> Result<(), Error> {
        set_aside(self.dir.disk().as_ref(), &self.folder.join(name.file()), why)
    }
}

fn frame(bytes: &[u8]) -> Vec<u8> {
    let mut file = Vec::with_capacity(HEADER_BYTES + bytes.len());
    file.extend_from_slice(MAGIC);
    file.extend_from_slice(&STATE_VERSION.to_le_bytes());
    file.extend_from_slice(&crc32c::crc32c(bytes).to_le_bytes());
    file.extend_from_slice(bytes);
    file
}

fn unframe(file: Vec<u8>, path: &dyn std::fmt::Display) -> Result<Vec<u8>, Error> {
    let corrupt = |what: String| Error::new(ErrorKind::Corrupt, format!("{path}: {what}"));
    let mut rest = file;
    if rest.len() < HEADER_BYTES || !rest.starts_with(MAGIC) {
        return Err(corrupt("no snapshot of belfry".to_owned()));
    }
    let bytes = rest.split_off(HEADER_BYTES);
    let number =
        |at: usize| -> u32 { rest.get(at..at + 4).and_then(|four| four.try_into().ok()).map_or(0, u32::from_le_bytes) };
    let (version, expected) = (number(8), number(12));
    if version != STATE_VERSION {
        return Err(corrupt(format!("format version {version}, expected {STATE_VERSION}")));
    }
    let found = crc32c::crc32c(&bytes);
    if found != expected {
        return Err(corrupt(format!("checksum {found:08x}, expected {expected:08x}")));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_saved_is_read_back_and_damage_is_set_aside() {
        let folder = tempfile::tempdir().expect("a folder");
        let dir = DataDir::open(folder.path().join("store")).expect("locked");
        let states = States::open(dir).expect("a folder");
        assert_eq!(states.load(StateName::Silences).expect("read"), None);
        states.save(StateName::Silences, b"one").expect("saved");
        states.save(StateName::Silences, b"two").expect("saved");
        assert_eq!(states.load(StateName::Silences).expect("read"), Some(b"two".to_vec()));
        assert_eq!(states.load(StateName::Rules).expect("read"), None);
        let path = folder.path().join("store/state/silences");
        for damage in [&b"short"[..], b"BLFSTATE\x02\0\0\0\0\0\0\0", b"BLFSTATE\x01\0\0\0\0\0\0\0two"] {
            std::fs::write(&path, damage).expect("written");
            assert_eq!(states.load(StateName::Silences).expect("set aside"), None, "{damage:?}");
            assert!(!path.exists(), "{damage:?}");
        }
        states.save(StateName::Silences, b"").expect("saved");
        assert_eq!(states.load(StateName::Silences).expect("read"), Some(Vec::new()));
    }
}
