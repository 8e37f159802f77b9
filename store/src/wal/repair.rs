//! A torn tail: the file is cut behind its last good record.
//!
//! Invariant: the bytes that are cut are on the disk under another name before they are cut.

use crate::Error;
use crate::codec::Malformed;
use crate::fs::{Disk, OpenAs, aside_name, write_then_rename};
use std::path::Path;

/// Keeps what follows the good bytes aside and cuts it off.
pub(super) fn cut_tail(disk: &dyn Disk, path: &Path, bytes: &[u8], good: usize, why: &Malformed) -> Result<(), Error> {
    let tail = bytes.get(good..).unwrap_or(&[]);
    let aside = aside_name(disk, path)?;
    tracing::warn!(
        path = %path.display(),
        at = good,
        bytes = tail.len(),
        aside = %aside.display(),
        %why,
        "cut the damaged end of a wal segment"
    );
    write_then_rename(disk, &aside, tail)?;
    let file = disk.open(path, OpenAs::Existing)?;
    file.truncate(good as u64)?;
    file.sync()
}
