//! Every name in the folder of a write-ahead log.

use std::path::{Path, PathBuf};

const CHECKPOINT_PREFIX: &str = "checkpoint-";

/// `00000012`: the segment of that number.
pub(super) fn segment(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("{number:08}"))
}

/// `checkpoint-00000012`: takes the place of all segments before 12.
pub(super) fn checkpoint(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("{CHECKPOINT_PREFIX}{number:08}"))
}

/// The number of a segment's name, or `None` for any other name.
pub(super) fn segment_number(name: &str) -> Option<u64> {
    (name.len() >= 8 && name.bytes().all(|byte| byte.is_ascii_digit())).then(|| name.parse().ok()).flatten()
}

/// The number of a checkpoint's name, or `None` for any other name.
pub(super) fn checkpoint_number(name: &str) -> Option<u64> {
    segment_number(name.strip_prefix(CHECKPOINT_PREFIX)?)
}
