//! Every name of the metrics store that reaches the disk; those of the WAL's own folder are in `wal::filenames`.

use std::path::{Path, PathBuf};

/// The store's folder in the data folder.
pub(crate) fn store(root: &Path) -> PathBuf {
    root.join("metrics")
}

/// The WAL's folder in the store's.
pub(crate) fn wal(store: &Path) -> PathBuf {
    store.join("wal")
}
