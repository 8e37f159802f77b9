//! `regexp "(?P<status>\\d+)"`: the named groups of an expression become labels.
//!
//! Invariant: the expression has at least one named group. A line that it does not match stays as it is.

use super::entry::Entry;
use super::label_name;
use regex::Regex;

/// The stage `regexp`.
#[derive(Clone, Debug)]
pub struct Regexp {
    regex: Regex,
}

impl Regexp {
    /// Compiles an expression, which may match anywhere in the line.
    ///
    /// # Errors
    /// It does not compile, names no group, or names two alike.
    pub fn new(pattern: &str) -> Result<Self, String> {
        let regex = model::regexp::compile(pattern)?;
        if regex.capture_names().flatten().next().is_none() {
            return Err("at least one named capture must be supplied".to_owned());
        }
        Ok(Self { regex })
    }

    /// Puts the groups on an entry; a group that took no part is empty.
    pub fn apply(&self, entry: &mut Entry<'_>) {
        let line = entry.take_line();
        if let Some(captures) = self.regex.captures(&line) {
            for name in self.regex.capture_names().flatten() {
                let value = captures.name(name).map_or("", |group| group.as_str());
                entry.extract(&label_name(name), value);
            }
        }
        entry.set_line(line);
    }
}
