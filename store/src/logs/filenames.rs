//! Every name of the log store that reaches the disk; those of the WAL's own folder are in `wal::filenames`.

use std::path::{Path, PathBuf};

/// The store's folder in the data folder.
pub(crate) fn store(root: &Path) -> PathBuf {
    root.join("logs")
}

/// The WAL's folder in the store's.
pub(crate) fn wal(store: &Path) -> PathBuf {
    store.join("wal")
}

/// What a part says of itself.
pub(crate) fn part_meta(part: &Path) -> PathBuf {
    part.join("meta")
}

/// A part's streams and the headers of their chunks.
pub(crate) fn part_table(part: &Path) -> PathBuf {
    part.join("table")
}

/// A part's entries.
pub(crate) fn part_chunks(part: &Path) -> PathBuf {
    part.join("chunks")
}

/// Which words stand in which chunk of a part.
pub(crate) fn part_index(part: &Path) -> PathBuf {
    part.join("index")
}
