//! Collects what is wrong while a section is validated.
//!
//! Invariant: validation goes on after a finding, with the default in place of the wrong value; the config is only
//! given out when there was no finding.

use model::finding::{Finding, Place};
use serde_saphyr::{Location, Spanned};
use std::fmt;

/// The path of a key, such as `scrape_configs[0].scrape_interval`.
#[derive(Clone, Debug)]
pub struct Key(String);

impl Key {
    /// The path of a top-level key.
    pub fn root(name: &str) -> Self {
        Self(name.to_owned())
    }

    /// The path of a key in it.
    pub fn field(&self, name: &str) -> Self {
        Self(format!("{}.{name}", self.0))
    }

    /// The path of an entry in it.
    pub fn index(&self, index: usize) -> Self {
        Self(format!("{}[{index}]", self.0))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A part of the config: its key, and where it stands.
#[derive(Clone, Debug)]
pub struct Spot {
    /// Its key.
    pub key: Key,
    /// Where it stands.
    pub place: Location,
}

impl Spot {
    /// Something is wrong with the part as a whole. Answers `None`, for it yields nothing then.
    pub fn refuse<T>(&self, report: &mut Report, what: impl Into<String>) -> Option<T> {
        report.add(&self.key, self.place, what);
        None
    }

    /// A part of it that may be absent, read.
    ///
    /// # Errors
    /// When it is wrong, which is then a finding.
    pub fn read<R, T, E: fmt::Display>(
        &self,
        report: &mut Report,
        name: &str,
        raw: Option<Spanned<R>>,
        read: impl FnOnce(R) -> Result<T, E>,
    ) -> Result<Option<T>, Refused> {
        let Some(Spanned { value, referenced, .. }) = raw else { return Ok(None) };
        match read(value) {
            Ok(value) => Ok(Some(value)),
            Err(error) => {
                report.add(&self.key.field(name), referenced, error.to_string());
                Err(Refused)
            }
        }
    }
}

/// Something is wrong, and a finding of it has been made.
#[derive(Clone, Copy, Debug)]
pub struct Refused;

/// The findings of one file so far.
#[derive(Debug)]
pub struct Report {
    file: String,
    findings: Vec<Finding>,
}

impl Report {
    /// Without findings, for a file as the user named it.
    pub fn new(file: String) -> Self {
        Self { file, findings: Vec::new() }
    }

    /// The file as the user named it.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Something is wrong at a key.
    pub fn add(&mut self, key: &Key, at: Location, what: impl Into<String>) {
        self.findings.push(finding(&self.file, &key.0, at, what.into()));
    }

    /// Something is wrong in another file.
    pub fn add_in(&mut self, file: &str, key: &str, at: Location, what: String) {
        self.findings.push(finding(file, key, at, what));
    }

    /// Takes a finding that was made elsewhere.
    pub fn push(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Takes over the findings of another file.
    pub fn absorb(&mut self, other: Self) {
        self.findings.extend(other.findings);
    }

    /// Reads a value that may be absent. `None` when it is, or when it is wrong, which is then a finding.
    pub fn read<R, T, E: fmt::Display>(
        &mut self,
        key: &Key,
        raw: Option<Spanned<R>>,
        read: impl FnOnce(R) -> Result<T, E>,
    ) -> Option<T> {
        let Spanned { value, referenced, .. } = raw?;
        match read(value) {
            Ok(value) => Some(value),
            Err(error) => {
                self.add(key, referenced, error.to_string());
                None
            }
        }
    }

    /// Reads a duration, `None` when absent, wrong or zero (zero means the default, as in Prometheus).
    pub fn duration(&mut self, key: &Key, raw: Option<Spanned<String>>) -> Option<std::time::Duration> {
        self.read(key, raw, |text| model::duration::parse(&text)).filter(|duration| !duration.is_zero())
    }

    /// The config if nothing was wrong.
    ///
    /// # Errors
    /// The findings, in the order of the files.
    pub fn finish<T>(mut self, config: T) -> Result<T, Vec<Finding>> {
        self.findings.sort_by(|a, b| a.place.cmp(&b.place));
        if self.findings.is_empty() { Ok(config) } else { Err(self.findings) }
    }
}

fn finding(file: &str, key: &str, at: Location, what: String) -> Finding {
    let place = Place { file: file.to_owned(), line: at.line(), column: at.column() };
    Finding { place, key: key.to_owned(), what }
}

/// The place of a value that may be absent; then the place of what it would stand in.
pub fn place_of<T>(raw: Option<&Spanned<T>>, otherwise: Location) -> Location {
    raw.map_or(otherwise, |raw| raw.referenced)
}
