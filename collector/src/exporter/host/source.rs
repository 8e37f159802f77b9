//! Where the host's numbers are read, and how their texts are split.
//!
//! Invariant: every error names the path that was read.

use std::path::{Path, PathBuf};

/// Where the host's file systems are mounted; elsewhere than at their usual places in a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roots {
    /// Usually `/proc`.
    pub proc: PathBuf,
    /// Usually `/sys`.
    pub sys: PathBuf,
    /// Usually `/`. Mount points are told without this prefix.
    pub root: PathBuf,
}

impl Default for Roots {
    fn default() -> Self {
        Self { proc: "/proc".into(), sys: "/sys".into(), root: "/".into() }
    }
}

/// Why a collector could not tell everything.
pub(super) type Problem = String;

/// Reads a file whole, as text; bytes that are not UTF-8 are replaced.
pub(super) fn read(path: &Path) -> Result<String, Problem> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) => Err(format!("reading {}: {error}", path.display())),
    }
}

/// Reads a file of one number.
pub(super) fn read_number(path: &Path) -> Result<f64, Problem> {
    let text = read(path)?;
    number(text.trim()).ok_or_else(|| format!("reading {}: expected a number, got {:?}", path.display(), text.trim()))
}

/// Reads a decimal number.
pub(super) fn number(text: &str) -> Option<f64> {
    fast_float2::parse(text).ok()
}

/// Names in a folder, ascending.
pub(super) fn names(folder: &Path) -> Result<Vec<String>, Problem> {
    let entries = std::fs::read_dir(folder).map_err(|error| format!("reading {}: {error}", folder.display()))?;
    let mut names: Vec<String> =
        entries.filter_map(|entry| entry.ok().and_then(|entry| entry.file_name().into_string().ok())).collect();
    names.sort_unstable();
    Ok(names)
}
