//! What one scenario owns: its folder and the output of every process that it started.
//!
//! Invariant: nothing outlives the scene; a failing scenario tells the last lines of each process.

use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Lines of a process told with a failure.
const LINES_TOLD: usize = 40;

/// Text that a process writes, shared with the thread that reads it.
pub(crate) type Output = Arc<Mutex<String>>;

/// The stage of one scenario.
pub(crate) struct Scene {
    folder: tempfile::TempDir,
    outputs: Mutex<Vec<(String, Output)>>,
}

impl Scene {
    /// An empty folder and nobody on stage.
    pub(crate) fn new() -> Result<Self> {
        let folder = tempfile::tempdir().context("making a folder for the scenario")?;
        Ok(Self { folder, outputs: Mutex::default() })
    }

    /// A path inside the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file into the folder and gives its path.
    pub(crate) fn write(&self, name: &str, text: &str) -> Result<PathBuf> {
        let path = self.path(name);
        std::fs::write(&path, text).with_context(|| path.display().to_string())?;
        Ok(path)
    }

    /// The folder itself.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A place for the output of a process, told when the scenario fails.
    pub(crate) fn output(&self, name: &str) -> Output {
        let output = Output::default();
        self.outputs.lock().unwrap_or_else(PoisonError::into_inner).push((name.to_owned(), Arc::clone(&output)));
        output
    }

    /// The last lines of every process.
    pub(crate) fn told(&self) -> String {
        let mut told = String::new();
        for (name, output) in self.outputs.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            let text = text(output);
            let lines: Vec<_> = text.lines().collect();
            let last = lines.get(lines.len().saturating_sub(LINES_TOLD)..).unwrap_or_default();
            told.push_str(&format!(
                "\n--- {name}, last {} of {} lines\n{}\n",
                last.len(),
                lines.len(),
                last.join("\n")
            ));
        }
        told
    }
}

/// What was written so far.
pub(crate) fn text(output: &Output) -> String {
    output.lock().unwrap_or_else(PoisonError::into_inner).clone()
}
