//! Collects what is wrong while a section is validated.
//!
//! Invariant: validation goes on after a finding, with the default in place of the wrong value; the config is only
//! given out when there was no finding.

use model::finding::{Finding, Place};
use serde_saphyr::{Location, Spanned};
use std::fmt;

/// The path of a key, such as `scrape_configs[0].scrape_interval`.
#[derive(Clone, Debug)]
pub(super) struct Key(String);

impl Key {
    pub(super) fn root(name: &str) -> Self {
        Self(name.to_owned())
    }

    pub(super) fn field(&self, name: &str) -> Self {
        Self(format!("{}.{name}", self.0))
    }

    pub(super) fn index(&self, index: usize) -> Self {
        Self(format!("{}[{index}]", self.0))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The findings of one file so far.
#[derive(Debug)]
pub(super) struct Report {
    file: String,
    findings: Vec<Finding>,
}

impl Report {
    pub(super) fn new(file: String) -> Self {
        Self { file, findings: Vec::new() }
    }

    pub(super) fn file(&self) -> &str {
        &self.file
    }

    /// Something is wrong at a key.
    pub(super) fn add(&mut self, key: &Key, at: Location, what: impl Into<String>) {
        self.findings.push(finding(&self.file, &key.0, at, what.into()));
    }

    /// Something is wrong in another file.
    pub(super) fn add_in(&mut self, file: &str, key: &str, at: Location, what: String) {
        self.findings.push(finding(file, key, at, what));
    }

    /// Takes a finding that was made elsewhere.
    pub(super) fn push(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Takes over the findings of another file.
    pub(super) fn absorb(&mut self, other: Self) {
        self.findings.extend(other.findings);
    }

    /// Reads a value that may be absent. `None` when it is, or when it is wrong, which is then a finding.
    pub(super) fn read<R, T, E: fmt::Display>(
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
    pub(super) fn duration(&mut self, key: &Key, raw: Option<Spanned<String>>) -> Option<std::time::Duration> {
        self.read(key, raw, |text| model::duration::parse(&text)).filter(|duration| !duration.is_zero())
    }

    /// The config if nothing was wrong, else the findings in the order of the files.
    pub(super) fn finish<T>(mut self, config: T) -> Result<T, Vec<Finding>> {
        self.findings.sort_by(|a, b| a.place.cmp(&b.place));
        if self.findings.is_empty() { Ok(config) } else { Err(self.findings) }
    }
}

fn finding(file: &str, key: &str, at: Location, what: String) -> Finding {
    let place = Place { file: file.to_owned(), line: at.line(), column: at.column() };
    Finding { place, key: key.to_owned(), what }
}

/// The place of a value that may be absent; then the place of what it would stand in.
pub(super) fn place_of<T>(raw: Option<&Spanned<T>>, otherwise: Location) -> Location {
    raw.map_or(otherwise, |raw| raw.referenced)
}
