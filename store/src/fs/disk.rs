//! The seam between the store and a file system.
//!
//! Contract of [`Disk`]: paths are absolute or relative as the caller likes; a name that was renamed to is seen under
//! its new name at once and after power loss once [`Disk::sync_folder`] returned; every error names the path. Two
//! implementations: the real one and, in tests, one that fails when told to.

use crate::Error;
use std::fmt::Debug;
use std::path::Path;
use std::sync::Arc;

/// How a file is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OpenAs {
    /// To be read; it must exist.
    Read,
    /// Empty and to be written; what was there is gone.
    New,
    /// To be read, appended to and cut; it must exist.
    Existing,
}

/// A file system.
pub(crate) trait Disk: Debug + Send + Sync {
    /// Creates a folder and those above it, where missing.
    fn create_folder(&self, path: &Path) -> Result<(), Error>;
    /// Names in a folder, ascending; none when there is no such folder.
    fn list(&self, path: &Path) -> Result<Vec<String>, Error>;
    /// Opens a file.
    fn open(&self, path: &Path, how: OpenAs) -> Result<Arc<dyn DiskFile>, Error>;
    /// Gives a file or folder another name; a file that has it already is replaced.
    fn rename(&self, from: &Path, to: &Path) -> Result<(), Error>;
    /// Removes a file, or a folder with everything in it. Nothing there is no error.
    fn remove(&self, path: &Path) -> Result<(), Error>;
    /// Makes the names in a folder survive power loss.
    fn sync_folder(&self, path: &Path) -> Result<(), Error>;
}

/// An open file. Beside those of the two disks there is one that stands for a WAL segment that could not be begun.
pub(crate) trait DiskFile: Debug + Send + Sync {
    /// Appends at the end. After an error any part of the bytes may be there.
    fn append(&self, bytes: &[u8]) -> Result<(), Error>;
    /// Fills `into` from `offset` on; a file that ends before is an error.
    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<(), Error>;
    /// Bytes in the file.
    fn bytes(&self) -> Result<u64, Error>;
    /// Drops everything behind `len`.
    fn truncate(&self, len: u64) -> Result<(), Error>;
    /// Makes what was written survive power loss.
    fn sync(&self) -> Result<(), Error>;
}
