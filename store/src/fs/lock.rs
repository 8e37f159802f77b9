//! The lock of a data folder: `flock` on a file that names its holder.
//!
//! Invariant: the kernel gives the lock back when the process ends, however it ends; the file stays and may name a
//! process that is long gone, which harms nobody.

#![expect(clippy::disallowed_types, reason = "the lock is the open file itself")]

use super::real::io_error;
use crate::{Error, ErrorKind};
use rustix::fs::{FlockOperation, flock};
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;

const LOCK_FILE: &str = "lock";

/// Held as long as it lives.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    pub(super) fn take(root: &Path) -> Result<Self, Error> {
        let path = root.join(LOCK_FILE);
        let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = opened.map_err(|error| io_error("opening", &path, error))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => return Err(in_use(root, &path)),
            Err(errno) => return Err(io_error("locking", &path, errno.into())),
        }
        // The pid is for people; a disk too full to hold it does not keep the store from starting.
        let noted = file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id()));
        if let Err(error) = noted {
            tracing::warn!(path = %path.display(), %error, "cannot note our pid in the lock file");
        }
        Ok(Self { _file: file })
    }
}

fn in_use(root: &Path, path: &Path) -> Error {
    let holder = std::fs::read_to_string(path).unwrap_or_default();
    let holder = holder.trim();
    let holder = if holder.is_empty() { "another process".to_owned() } else { format!("process {holder}") };
    Error::new(ErrorKind::Unavailable, format!("data folder {} is in use by {holder}", root.display()))
}

#[cfg(test)]
mod tests {
    use crate::ErrorKind;
    use crate::fs::DataDir;

    #[test]
    fn a_second_holder_is_told_who_has_it() {
        let folder = tempfile::tempdir().expect("folder");
        let first = DataDir::open(folder.path()).expect("first");
        let shared = first.clone();
        drop(first);
        let error = DataDir::open(folder.path()).expect_err("still held by the clone");
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert!(error.to_string().ends_with(&format!("is in use by process {}", std::process::id())), "{error}");
        drop(shared);
        DataDir::open(folder.path()).expect("free again");
    }
}
