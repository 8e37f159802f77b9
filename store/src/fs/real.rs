//! The operating system's files.

#![expect(clippy::disallowed_types, reason = "this is the place that std::fs::File is kept to")]

use super::disk::{Disk, DiskFile, OpenAs};
use crate::{Error, ErrorKind};
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The file system of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RealDisk;

/// An I/O error with what was done to which path.
pub(super) fn io_error(doing: &str, path: &Path, error: io::Error) -> Error {
    Error::new(ErrorKind::Io, format!("{doing} {}", path.display())).caused_by(error)
}

impl Disk for RealDisk {
    fn create_folder(&self, path: &Path) -> Result<(), Error> {
        std::fs::create_dir_all(path).map_err(|error| io_error("creating folder", path, error))
    }

    fn list(&self, path: &Path) -> Result<Vec<String>, Error> {
        let failed = |error| io_error("listing", path, error);
        let entries = match std::fs::read_dir(path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed(error)),
        };
        let mut names = Vec::new();
        for entry in entries {
            // A name that is not UTF-8 is none of ours.
            names.extend(entry.map_err(failed)?.file_name().into_string().ok());
        }
        names.sort_unstable();
        Ok(names)
    }

    fn open(&self, path: &Path, how: OpenAs) -> Result<Arc<dyn DiskFile>, Error> {
        let mut options = OpenOptions::new();
        match how {
            OpenAs::Read => options.read(true),
            OpenAs::New => options.read(true).append(true).create(true),
            OpenAs::Existing => options.read(true).append(true),
        };
        let file = options.open(path).map_err(|error| io_error("opening", path, error))?;
        if how == OpenAs::New {
            file.set_len(0).map_err(|error| io_error("emptying", path, error))?;
        }
        Ok(Arc::new(RealFile { file, path: path.to_owned() }))
    }

    fn rename(&self, from: &Path, to: &Path) -> Result<(), Error> {
        let doing = format!("renaming {} to", from.display());
        std::fs::rename(from, to).map_err(|error| io_error(&doing, to, error))
    }

    fn remove(&self, path: &Path) -> Result<(), Error> {
        let removed = match std::fs::symlink_metadata(path) {
            Ok(metadata) if metadata.is_dir() => std::fs::remove_dir_all(path),
            Ok(_) => std::fs::remove_file(path),
            Err(error) => Err(error),
        };
        match removed {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(io_error("removing", path, error)),
            _ => Ok(()),
        }
    }

    fn sync_folder(&self, path: &Path) -> Result<(), Error> {
        let synced = File::open(path).and_then(|folder| folder.sync_all());
        synced.map_err(|error| io_error("flushing folder", path, error))
    }
}

#[derive(Debug)]
struct RealFile {
    file: File,
    path: PathBuf,
}

impl DiskFile for RealFile {
    fn append(&self, bytes: &[u8]) -> Result<(), Error> {
        (&self.file).write_all(bytes).map_err(|error| io_error("writing", &self.path, error))
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<(), Error> {
        let read = self.file.read_exact_at(into, offset);
        read.map_err(|error| io_error(&format!("reading {} bytes at {offset} of", into.len()), &self.path, error))
    }

    fn bytes(&self) -> Result<u64, Error> {
        let metadata = self.file.metadata().map_err(|error| io_error("measuring", &self.path, error))?;
        Ok(metadata.len())
    }

    fn truncate(&self, len: u64) -> Result<(), Error> {
        self.file.set_len(len).map_err(|error| io_error("cutting", &self.path, error))
    }

    fn sync(&self) -> Result<(), Error> {
        self.file.sync_data().map_err(|error| io_error("flushing", &self.path, error))
    }
}
