//! The files that a config names: where relative paths start, and files by glob.
//!
//! Invariant: a file that cannot be read or parsed is a finding that names it.

use super::report::{Key, Report};
use model::finding::{Finding, Place};
use serde::de::DeserializeOwned;
use serde_saphyr::Spanned;
use std::path::{Path, PathBuf};

/// Where a section comes from.
#[derive(Clone, Debug, Default)]
pub struct Source {
    /// The file as the user named it, for findings; empty where there is none.
    pub file: String,
    /// The folder that relative paths start from.
    pub folder: PathBuf,
}

impl Source {
    /// A path as the config means it.
    pub fn resolve(&self, path: &str) -> PathBuf {
        self.folder.join(Path::new(path))
    }
}

/// Reads the text of every file that the glob names, with its name, in the order of their names. What cannot be read
/// is a finding at the glob.
pub fn read_texts(glob: &Spanned<String>, key: &Key, source: &Source, report: &mut Report) -> Vec<(String, String)> {
    let paths = match super::glob::expand(&source.resolve(&glob.value)) {
        Ok(paths) => paths,
        Err(error) => {
            report.add(key, glob.referenced, format!("{error}, got {}", glob.value));
            return Vec::new();
        }
    };
    let mut texts = Vec::new();
    for path in paths {
        let name = path.display().to_string();
        match std::fs::read_to_string(&path) {
            Ok(text) => texts.push((name, text)),
            Err(error) => report.add(key, glob.referenced, format!("reading {name}: {error}")),
        }
    }
    texts
}

/// Reads and parses every file that the glob names, with its name, in the order of their names.
pub fn read_files<T: DeserializeOwned>(
    glob: &Spanned<String>,
    key: &Key,
    source: &Source,
    report: &mut Report,
) -> Vec<(String, T)> {
    let mut files = Vec::new();
    for (name, text) in read_texts(glob, key, source, report) {
        match parse::<T>(&text, &name) {
            Ok(file) => files.push((name, file)),
            Err(finding) => report.push(finding),
        }
    }
    files
}

/// Parses YAML; an error becomes a finding with its line and column.
///
/// # Errors
/// The first thing that is wrong: syntax, an unknown or duplicate key, a wrong type.
pub fn parse<T: DeserializeOwned>(text: &str, file: &str) -> Result<T, Finding> {
    serde_saphyr::from_str(text).map_err(|error| {
        let place = error.location().map_or_else(Place::default, |at| Place {
            file: String::new(),
            line: at.line(),
            column: at.column(),
        });
        let place = Place { file: file.to_owned(), ..place };
        let rendered = error.without_snippet().to_string();
        let what = rendered.split(" at line ").next().unwrap_or(&rendered).to_owned();
        Finding { place, key: String::new(), what }
    })
}
