//! Steps that a crash cannot break: publish by rename, set aside, delete by rename, and finish what was begun.
//!
//! Invariant: a name without one of our suffixes is complete.

use super::disk::{Disk, OpenAs};
use crate::{Error, ErrorKind};
use std::path::{Path, PathBuf};

/// Being written; a start removes it.
pub(crate) const TEMPORARY_SUFFIX: &str = ".temporary";
/// Being removed; a start goes on with it.
pub(crate) const DELETING_SUFFIX: &str = ".deleting";
/// Could not be read and was set aside; only people remove it.
pub(crate) const UNREADABLE_SUFFIX: &str = ".unreadable";

/// The path with a suffix behind its last name.
pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn parent(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("."))
}

/// Renames what is complete and flushed, and flushes the folder.
pub(crate) fn publish(disk: &dyn Disk, from: &Path, to: &Path) -> Result<(), Error> {
    disk.rename(from, to)?;
    disk.sync_folder(parent(to))
}

/// Replaces a file as a whole.
pub(crate) fn write_then_rename(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let temporary = with_suffix(path, TEMPORARY_SUFFIX);
    let file = disk.open(&temporary, OpenAs::New)?;
    file.append(bytes)?;
    file.sync()?;
    publish(disk, &temporary, path)
}

/// Reads a file of at most `max` bytes.
pub(crate) fn read_whole(disk: &dyn Disk, path: &Path, max: u64) -> Result<Vec<u8>, Error> {
    let file = disk.open(path, OpenAs::Read)?;
    let len = file.bytes()?;
    let fits = usize::try_from(len).ok().filter(|_| len <= max);
    let len = fits.ok_or_else(|| {
        Error::new(ErrorKind::Corrupt, format!("{} has {len} bytes, expected at most {max}", path.display()))
    })?;
    let mut bytes = vec![0; len];
    file.read_at(0, &mut bytes)?;
    Ok(bytes)
}

/// Sets a file or folder aside as unreadable and logs why; the start goes on without it.
pub(crate) fn set_aside(disk: &dyn Disk, path: &Path, why: &dyn std::fmt::Display) -> Result<(), Error> {
    let aside = aside_name(disk, path)?;
    tracing::error!(path = %path.display(), aside = %aside.display(), %why, "set aside what cannot be read");
    publish(disk, path, &aside)
}

/// The name under which a path is set aside: the first that is free.
pub(crate) fn aside_name(disk: &dyn Disk, path: &Path) -> Result<PathBuf, Error> {
    let taken = disk.list(parent(path))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let first = format!("{name}{UNREADABLE_SUFFIX}");
    let numbered = (1_u32..).map(|number| format!("{name}.{number}{UNREADABLE_SUFFIX}"));
    let free = std::iter::once(first.clone()).chain(numbered).find(|candidate| !taken.contains(candidate));
    Ok(path.with_file_name(free.unwrap_or(first)))
}

/// Removes a file or folder so that a crash never leaves half of it under its name.
pub(crate) fn remove_all(disk: &dyn Disk, path: &Path) -> Result<(), Error> {
    let deleting = with_suffix(path, DELETING_SUFFIX);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // It has its name no more where an earlier try came so far, or where people were faster.
    if disk.list(parent(path))?.iter().any(|listed| *listed == name) {
        publish(disk, path, &deleting)?;
    }
    disk.remove(&deleting)
}

/// Removes what a crash left half written or half removed in a folder.
pub(crate) fn finish_what_a_crash_left(disk: &dyn Disk, folder: &Path) -> Result<(), Error> {
    for name in disk.list(folder)? {
        if name.ends_with(TEMPORARY_SUFFIX) || name.ends_with(DELETING_SUFFIX) {
            tracing::info!(path = %folder.join(&name).display(), "removing what a crash left");
            disk.remove(&folder.join(&name))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::RealDisk;

    #[test]
    fn nothing_is_ever_half_there() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("index");
        write_then_rename(&RealDisk, &path, b"one").expect("writes");
        write_then_rename(&RealDisk, &path, b"two").expect("replaces");
        assert_eq!(read_whole(&RealDisk, &path, 3).expect("reads"), b"two");
        assert_eq!(read_whole(&RealDisk, &path, 2).expect_err("too long").kind(), ErrorKind::Corrupt);
        set_aside(&RealDisk, &path, &"a test").expect("sets aside");
        write_then_rename(&RealDisk, &path, b"three").expect("writes");
        set_aside(&RealDisk, &path, &"a test").expect("sets aside under another name");
        std::fs::create_dir_all(folder.path().join("a.deleting/b")).expect("folder");
        std::fs::write(folder.path().join("c.temporary"), b"half").expect("file");
        finish_what_a_crash_left(&RealDisk, folder.path()).expect("cleans");
        assert_eq!(RealDisk.list(folder.path()).expect("lists"), ["index.1.unreadable", "index.unreadable"]);
        remove_all(&RealDisk, &folder.path().join("index.unreadable")).expect("removes");
        assert_eq!(RealDisk.list(folder.path()).expect("lists"), ["index.1.unreadable"]);
    }

    #[test]
    fn errors_name_their_path() {
        let missing = Path::new("/nowhere/at/all");
        for error in [
            RealDisk.open(missing, OpenAs::Read).map(drop).expect_err("missing"),
            RealDisk.rename(missing, missing).expect_err("missing"),
            RealDisk.sync_folder(missing).expect_err("missing"),
        ] {
            assert_eq!(error.kind(), ErrorKind::Io);
            assert!(error.to_string().contains("/nowhere/at/all"), "{error}");
        }
    }
}
