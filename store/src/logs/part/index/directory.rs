//! The directory from which tantivy reads the segment of a part: ranges of the pages of one file.
//!
//! Invariant: it never changes; whatever would write is refused.

use super::pages::Pages;
use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tantivy::HasLen;
use tantivy::directory::error::{DeleteError, OpenReadError, OpenWriteError};
use tantivy::directory::{FileHandle, OwnedBytes, WatchCallback, WatchHandle, WritePtr};

/// Where a file of the segment lies in the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) offset: u64,
    pub(super) bytes: u64,
}

/// The files of a segment.
#[derive(Clone, Debug)]
pub(super) struct Directory {
    pages: Arc<Pages>,
    files: Arc<BTreeMap<PathBuf, Place>>,
}

#[derive(Debug)]
struct Handle {
    pages: Arc<Pages>,
    place: Place,
}

impl Directory {
    /// Of these files, which lie inside of the pages.
    pub(super) fn new(pages: Arc<Pages>, files: BTreeMap<PathBuf, Place>) -> Self {
        Self { pages, files: Arc::new(files) }
    }

    /// Bytes of the dictionary of terms, which tantivy keeps in memory.
    pub(super) fn dictionary_bytes(&self) -> usize {
        let is_dictionary = |path: &Path| path.extension().is_some_and(|extension| extension == "term");
        self.files.iter().filter(|(path, _)| is_dictionary(path)).map(|(_, place)| place.bytes as usize).sum()
    }

    fn place(&self, path: &Path) -> Result<Place, OpenReadError> {
        self.files.get(path).copied().ok_or_else(|| OpenReadError::FileDoesNotExist(path.to_owned()))
    }
}

fn refused() -> io::Error {
    io::Error::new(io::ErrorKind::ReadOnlyFilesystem, "the index of a part never changes")
}

impl HasLen for Handle {
    fn len(&self) -> usize {
        self.place.bytes as usize
    }
}

impl FileHandle for Handle {
    fn read_bytes(&self, range: Range<usize>) -> io::Result<OwnedBytes> {
        let end = (range.end as u64).min(self.place.bytes);
        let len = end.saturating_sub(range.start as u64) as usize;
        let read = self.pages.read(self.place.offset + range.start as u64, len);
        read.map(OwnedBytes::new).map_err(io::Error::other)
    }
}

impl tantivy::Directory for Directory {
    fn get_file_handle(&self, path: &Path) -> Result<Arc<dyn FileHandle>, OpenReadError> {
        Ok(Arc::new(Handle { pages: Arc::clone(&self.pages), place: self.place(path)? }))
    }

    fn delete(&self, path: &Path) -> Result<(), DeleteError> {
        Err(DeleteError::IoError { io_error: Arc::new(refused()), filepath: path.to_owned() })
    }

    fn exists(&self, path: &Path) -> Result<bool, OpenReadError> {
        Ok(self.files.contains_key(path))
    }

    fn open_write(&self, path: &Path) -> Result<WritePtr, OpenWriteError> {
        Err(OpenWriteError::IoError { io_error: Arc::new(refused()), filepath: path.to_owned() })
    }

    fn atomic_read(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
        let place = self.place(path)?;
        self.pages.read(place.offset, place.bytes as usize).map_err(|error| OpenReadError::IoError {
            io_error: Arc::new(io::Error::other(error)),
            filepath: path.to_owned(),
        })
    }

    fn atomic_write(&self, _path: &Path, _bytes: &[u8]) -> io::Result<()> {
        Err(refused())
    }

    fn sync_directory(&self) -> io::Result<()> {
        Ok(())
    }

    fn watch(&self, _callback: WatchCallback) -> tantivy::Result<WatchHandle> {
        Ok(WatchHandle::empty())
    }
}
