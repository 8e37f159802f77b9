//! Checkpoints: one file that takes the place of all segments before a number.
//!
//! Invariant: a checkpoint that has its name is complete: it was flushed before it was renamed, and its last record
//! says that it is the last. Segments go only after that.

use super::limits::FILE_BYTES_MAX;
use super::reader::{Replaying, visit};
use super::segment::{self, Head, Records, read_head};
use super::{filenames, record};
use crate::Error;
use crate::codec::Malformed;
use crate::fs::{Disk, DiskFile, OpenAs, TEMPORARY_SUFFIX, publish, read_whole, set_aside, with_suffix};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The kind of a checkpoint's last record.
const END: u8 = 0xff;
/// Records are written to the file in pieces of about this size.
const WRITTEN_AT_ONCE: usize = 256 << 10;

/// A checkpoint being written.
#[derive(Debug)]
pub(crate) struct CheckpointWriter {
    disk: Arc<dyn Disk>,
    folder: PathBuf,
    number: u64,
    file: Arc<dyn DiskFile>,
    buffer: Vec<u8>,
    published: bool,
}

impl CheckpointWriter {
    /// Begins the checkpoint that takes the place of the segments before `number`.
    pub(crate) fn begin(disk: Arc<dyn Disk>, folder: PathBuf, number: u64) -> Result<Self, Error> {
        let temporary = with_suffix(&filenames::checkpoint(&folder, number), TEMPORARY_SUFFIX);
        let file = disk.open(&temporary, OpenAs::New)?;
        Ok(Self { disk, folder, number, file, buffer: segment::head().to_vec(), published: false })
    }

    /// Adds a record.
    pub(crate) fn record(&mut self, kind: u8, payload: &[u8]) -> Result<(), Error> {
        record::put(&mut self.buffer, kind, payload);
        if self.buffer.len() >= WRITTEN_AT_ONCE {
            self.file.append(&self.buffer)?;
            self.buffer.clear();
        }
        Ok(())
    }

    /// Publishes it and removes what it takes the place of.
    pub(crate) fn finish(mut self) -> Result<(), Error> {
        record::put(&mut self.buffer, END, &[]);
        self.file.append(&self.buffer)?;
        self.file.sync()?;
        let path = filenames::checkpoint(&self.folder, self.number);
        publish(&*self.disk, &with_suffix(&path, TEMPORARY_SUFFIX), &path)?;
        self.published = true;
        remove_obsolete(&*self.disk, &self.folder, self.number)
    }
}

/// What was given up leaves nothing behind: the disk may be full.
impl Drop for CheckpointWriter {
    fn drop(&mut self) {
        let temporary = with_suffix(&filenames::checkpoint(&self.folder, self.number), TEMPORARY_SUFFIX);
        if !self.published
            && let Err(error) = self.disk.remove(&temporary)
        {
            tracing::warn!(%error, "cannot remove an unfinished checkpoint");
        }
    }
}

/// The numbers of the checkpoints, the latest first.
pub(super) fn numbers(names: &[String]) -> Vec<u64> {
    let mut numbers: Vec<_> = names.iter().filter_map(|name| filenames::checkpoint_number(name)).collect();
    numbers.sort_unstable_by(|a, b| b.cmp(a));
    numbers
}

/// Removes the segments and checkpoints that a checkpoint takes the place of.
pub(super) fn remove_obsolete(disk: &dyn Disk, folder: &Path, number: u64) -> Result<(), Error> {
    for name in disk.list(folder)? {
        let older = |found: Option<u64>| found.is_some_and(|found| found < number);
        if older(filenames::segment_number(&name)) || older(filenames::checkpoint_number(&name)) {
            disk.remove(&folder.join(name))?;
        }
    }
    Ok(())
}

/// Visits a checkpoint's records; whether it was damaged. Then what came before the damage is visited, and the file is
/// set aside.
pub(super) fn read(disk: &dyn Disk, path: &Path, replaying: &mut impl Replaying) -> Result<bool, Error> {
    let bytes = match read_whole(disk, path, FILE_BYTES_MAX) {
        Ok(bytes) => bytes,
        Err(error) if error.is_shortage() => return Err(error),
        Err(error) => {
            set_aside(disk, path, &error)?;
            return Ok(true);
        }
    };
    let why = match read_head(&bytes) {
        Head::Known => {
            let mut until_end = UntilEnd { replaying, ended: false };
            match visit(&mut Records::new(&bytes), path, &mut until_end) {
                Some(malformed) => malformed.to_string(),
                None if until_end.ended => return Ok(false),
                None => "it ends before its last record".to_owned(),
            }
        }
        Head::Cut => "shorter than its head".to_owned(),
        Head::Foreign(why) => why,
    };
    set_aside(disk, path, &why)?;
    Ok(true)
}

/// Notices the last record and passes the others on.
struct UntilEnd<'a, R> {
    replaying: &'a mut R,
    ended: bool,
}

impl<R: Replaying> Replaying for UntilEnd<'_, R> {
    fn begin(&mut self, first: u64, last: u64) {
        self.replaying.begin(first, last);
    }

    fn reach(&mut self, segment: u64) {
        self.replaying.reach(segment);
    }

    fn record(&mut self, kind: u8, payload: &[u8]) -> Result<(), Malformed> {
        if kind == END {
            self.ended = true;
            return Ok(());
        }
        self.replaying.record(kind, payload)
    }
}
