//! A disk that fails when told to, over a real folder.
//!
//! Invariant: steps that change the disk are counted from 0; until the step that was chosen everything is as real.

use super::disk::{Disk, DiskFile, OpenAs};
use super::real::RealDisk;
use crate::{Error, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// A folder for a test, in memory where the system has such a place: flushing costs nothing there.
pub(crate) fn test_folder() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    made.expect("a temporary folder")
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The process dies in the middle of the step: half of a write is done, and no later step is.
    Crash,
    /// No space: half of this write is done, and every later write fails until [`FaultyDisk::heal`]; what needs no
    /// space works.
    Full,
}

/// The disk. Clones share the plan.
#[derive(Clone, Debug)]
pub(crate) struct FaultyDisk {
    fault: Fault,
    at: u64,
    steps: Arc<AtomicU64>,
    healed: Arc<AtomicBool>,
}

#[derive(PartialEq, Eq)]
enum Outcome {
    Works,
    Fails,
    Tears,
}

impl FaultyDisk {
    /// Fails at the step number `at`.
    pub(crate) fn new(fault: Fault, at: u64) -> Self {
        Self { fault, at, steps: Arc::default(), healed: Arc::default() }
    }

    /// Works from now on.
    pub(crate) fn heal(&self) {
        self.healed.store(true, Ordering::SeqCst);
    }

    /// Steps so far.
    pub(crate) fn steps(&self) -> u64 {
        self.steps.load(Ordering::SeqCst)
    }

    fn step(&self) -> Outcome {
        let step = self.steps.fetch_add(1, Ordering::SeqCst);
        if step < self.at || self.healed.load(Ordering::SeqCst) {
            return Outcome::Works;
        }
        match self.fault {
            Fault::Crash | Fault::Full if step == self.at => Outcome::Tears,
            Fault::Crash | Fault::Full => Outcome::Fails,
        }
    }

    fn checked(&self, path: &Path, work: impl FnOnce() -> Result<(), Error>) -> Result<(), Error> {
        if self.fault == Fault::Full {
            return work();
        }
        if self.step() == Outcome::Works { work() } else { Err(injected(path)) }
    }
}

fn injected(path: &Path) -> Error {
    Error::new(ErrorKind::Io, format!("writing {}: injected fault", path.display()))
}

impl Disk for FaultyDisk {
    fn create_folder(&self, path: &Path) -> Result<(), Error> {
        self.checked(path, || RealDisk.create_folder(path))
    }

    fn list(&self, path: &Path) -> Result<Vec<String>, Error> {
        RealDisk.list(path)
    }

    fn open(&self, path: &Path, how: OpenAs) -> Result<Arc<dyn DiskFile>, Error> {
        if how == OpenAs::New && self.step() != Outcome::Works {
            return Err(injected(path));
        }
        Ok(Arc::new(FaultyFile { real: RealDisk.open(path, how)?, disk: self.clone(), path: path.to_owned() }))
    }

    fn rename(&self, from: &Path, to: &Path) -> Result<(), Error> {
        self.checked(to, || RealDisk.rename(from, to))
    }

    fn remove(&self, path: &Path) -> Result<(), Error> {
        self.checked(path, || RealDisk.remove(path))
    }

    fn sync_folder(&self, path: &Path) -> Result<(), Error> {
        self.checked(path, || RealDisk.sync_folder(path))
    }
}

#[derive(Debug)]
struct FaultyFile {
    real: Arc<dyn DiskFile>,
    disk: FaultyDisk,
    path: PathBuf,
}

impl DiskFile for FaultyFile {
    fn append(&self, bytes: &[u8]) -> Result<(), Error> {
        match self.disk.step() {
            Outcome::Works => self.real.append(bytes),
            Outcome::Fails => Err(injected(&self.path)),
            Outcome::Tears => {
                self.real.append(bytes.get(..bytes.len() / 2).unwrap_or(&[]))?;
                Err(injected(&self.path))
            }
        }
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<(), Error> {
        self.real.read_at(offset, into)
    }

    fn bytes(&self) -> Result<u64, Error> {
        self.real.bytes()
    }

    fn truncate(&self, len: u64) -> Result<(), Error> {
        self.disk.checked(&self.path, || self.real.truncate(len))
    }

    fn sync(&self) -> Result<(), Error> {
        self.disk.checked(&self.path, || self.real.sync())
    }
}
