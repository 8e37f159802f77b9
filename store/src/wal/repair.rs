//! A torn tail: the file is cut behind its last good record.
//!
//! Invariant: the bytes that are cut are on the disk under another name before they are cut.

use crate::Error;
use crate::codec::Malformed;
use crate::fs::{Disk, OpenAs, aside_name, write_then_rename};
use std::path::Path;

/// Keeps what follows the good bytes aside and cuts it off. Where there is no room for that the file stays as it is:
/// nothing is ever written to it again.
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
    if let Err(error) = write_then_rename(disk, &aside, tail) {
        tracing::error!(%error, "cannot keep the damaged end of a wal segment aside, so it is not cut");
        return Ok(());
    }
    let file = disk.open(path, OpenAs::Existing)?;
    file.truncate(good as u64)?;
    file.sync()
}
