//! The only access to the data folder.
//!
//! Invariant: one process holds a data folder, for as long as any [`DataDir`] of it lives; every error names its path;
//! what is published by rename is on the disk itself before its name is.

mod disk;
#[cfg(test)]
pub(crate) mod faulty;
mod lock;
mod real;
mod safe;

pub(crate) use disk::{Disk, DiskFile, OpenAs};
pub(crate) use real::RealDisk;
pub(crate) use safe::{
    TEMPORARY_SUFFIX, aside_name, finish_what_a_crash_left, publish, read_whole, remove_all, set_aside, with_suffix,
    write_then_rename,
};

use crate::Error;
use lock::Lock;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// `DIR/store`, locked by this process. Cloning shares the lock; the last clone gives it back.
#[derive(Clone, Debug)]
pub struct DataDir {
    held: Arc<Held>,
}

#[derive(Debug)]
struct Held {
    root: PathBuf,
    disk: Arc<dyn Disk>,
    _lock: Lock,
}

impl DataDir {
    /// Creates the folder if it is missing and locks it.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Unavailable`] when another process holds it (the text names its pid), else
    /// [`crate::ErrorKind::Io`].
    pub fn open(root: impl Into<PathBuf>) -> Result<Self, Error> {
        Self::on_disk(root.into(), Arc::new(RealDisk))
    }

    pub(crate) fn on_disk(root: PathBuf, disk: Arc<dyn Disk>) -> Result<Self, Error> {
        disk.create_folder(&root)?;
        let lock = Lock::take(&root)?;
        Ok(Self { held: Arc::new(Held { root, disk, _lock: lock }) })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.held.root
    }

    pub(crate) fn disk(&self) -> &Arc<dyn Disk> {
        &self.held.disk
    }
}
