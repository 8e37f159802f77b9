//! The only access to files that are tailed: open, look at, read, list.
//!
//! Invariant: every error names the path; only regular files are opened, and opening never waits (a named pipe would).

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, Statx, StatxFlags, StatxTimestamp};
use rustix::io::Errno;
use std::fmt;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

/// What a file is called by its file system.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) device: u64,
    pub(super) inode: u64,
    /// When the inode was made, in nanoseconds; 0 where the file system does not tell.
    pub(super) born: i64,
}

impl Identity {
    /// Whether both name one inode of one life.
    pub(super) fn is(self, other: Self) -> bool {
        self.device == other.device && self.same_inode(other)
    }

    /// The same, where device numbers may have been given anew by a reboot.
    pub(super) fn same_inode(self, other: Self) -> bool {
        let lives = self.born == other.born || self.born == 0 || other.born == 0;
        self.inode == other.inode && lives
    }
}

/// What the file system tells of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) identity: Identity,
    pub(super) bytes: u64,
    /// When it was last written, in nanoseconds since the epoch.
    pub(super) modified: i64,
    /// How many names it has; 0 when it was deleted.
    pub(super) links: u64,
}

/// Why a file cannot be read: the path and the system's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    what: String,
    pub(super) is_missing: bool,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

fn failure(path: &Path, errno: Errno) -> Failure {
    let is_missing = matches!(errno, Errno::NOENT | Errno::NOTDIR);
    Failure { what: format!("reading {}: {}", path.display(), std::io::Error::from(errno)), is_missing }
}

/// An open file.
#[derive(Debug)]
pub(super) struct OpenFile {
    handle: OwnedFd,
    path: PathBuf,
}

impl OpenFile {
    /// Opens a regular file, following links.
    pub(super) fn at(path: &Path) -> Result<Self, Failure> {
        meanwhile("open", path);
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
        let handle = rustix::fs::open(path, flags, Mode::empty()).map_err(|errno| failure(path, errno))?;
        let file = Self { handle, path: path.to_owned() };
        file.facts()?;
        Ok(file)
    }

    /// What it is now.
    pub(super) fn facts(&self) -> Result<Facts, Failure> {
        meanwhile("ask of", &self.path);
        let found = rustix::fs::statx(&self.handle, "", AtFlags::EMPTY_PATH, WANTED);
        facts(&found.map_err(|errno| failure(&self.path, errno))?, &self.path)
    }

    /// Reads from `offset` until `into` is full or the file ends; how many bytes that were.
    pub(super) fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<usize, Failure> {
        meanwhile("read", &self.path);
        let mut filled = 0;
        while let Some(rest) = into.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match rustix::io::pread(&self.handle, rest, offset + filled as u64) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(Errno::INTR) => {}
                Err(errno) => return Err(failure(&self.path, errno)),
            }
        }
        Ok(filled)
    }
}

const WANTED: StatxFlags = StatxFlags::BASIC_STATS.union(StatxFlags::BTIME);

fn nanos(time: &StatxTimestamp) -> i64 {
    time.tv_sec.saturating_mul(1_000_000_000).saturating_add(i64::from(time.tv_nsec))
}

fn facts(found: &Statx, path: &Path) -> Result<Facts, Failure> {
    if FileType::from_raw_mode(found.stx_mode.into()) != FileType::RegularFile {
        let what = format!("reading {}: not a regular file", path.display());
        return Err(Failure { what, is_missing: false });
    }
    let knows_birth = found.stx_mask & StatxFlags::BTIME.bits() != 0;
    Ok(Facts {
        identity: Identity {
            device: rustix::fs::makedev(found.stx_dev_major, found.stx_dev_minor),
            inode: found.stx_ino,
            born: if knows_birth { nanos(&found.stx_btime) } else { 0 },
        },
        bytes: found.stx_size,
        modified: nanos(&found.stx_mtime),
        links: found.stx_nlink.into(),
    })
}

/// What a path names now, links followed.
pub(super) fn look(path: &Path) -> Result<Facts, Failure> {
    meanwhile("look at", path);
    let found = rustix::fs::statx(CWD, path, AtFlags::empty(), WANTED).map_err(|errno| failure(path, errno))?;
    facts(&found, path)
}

/// Names in a folder, ascending; those that are not UTF-8 are left out.
pub(super) fn list(folder: &Path) -> Result<Vec<String>, Failure> {
    meanwhile("list", folder);
    let unreadable = |error: std::io::Error| {
        let is_missing = matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory);
        Failure { what: format!("reading {}: {error}", folder.display()), is_missing }
    };
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        names.extend(entry.map_err(unreadable)?.file_name().into_string());
    }
    names.sort_unstable();
    Ok(names)
}

/// Whether the path names a folder, links followed.
pub(super) fn is_folder(path: &Path) -> bool {
    meanwhile("look at", path);
    std::fs::metadata(path).is_ok_and(|metadata| metadata.is_dir())
}

/// Whether two paths of one file cannot both be its names: neither is a link, of either kind.
pub(super) fn have_one_name(one: &Path, other: &Path) -> bool {
    let is_only = |path: &Path| {
        let found = std::fs::symlink_metadata(path);
        found.map_or(true, |found| !found.is_symlink() && std::os::unix::fs::MetadataExt::nlink(&found) == 1)
    };
    is_only(one) && is_only(other)
}

/// Between any two looks others write, rename and delete: tests put that here.
#[cfg(not(test))]
fn meanwhile(_: &str, _: &Path) {}

#[cfg(test)]
use between::run as meanwhile;

/// What others do while we look, on this thread and repeatable.
#[cfg(test)]
pub(super) mod between {
    use std::cell::RefCell;
    use std::path::Path;

    /// Told what is done next, and to what.
    type Others = Box<dyn FnMut(&str, &Path)>;

    thread_local! {
        static OTHERS: RefCell<Option<Others>> = const { RefCell::new(None) };
    }

    /// From now on before every look.
    pub(in crate::tail) fn set(others: Option<Others>) {
        OTHERS.with(|cell| *cell.borrow_mut() = others);
    }

    pub(super) fn run(what: &str, path: &Path) {
        // Taken out while it runs: it may unwind, as a kill does.
        if let Some(mut others) = OTHERS.with(|cell| cell.borrow_mut().take()) {
            others(what, path);
            set(Some(others));
        }
    }
}
