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
        if let Some(name) = repeated_name(pattern) {
            return Err(format!("duplicate extracted label name '{name}'"));
        }
        let regex = model::regexp::compile(pattern)?;
        if regex.capture_names().flatten().next().is_none() {
            return Err("at least one named capture must be supplied".to_owned());
        }
        Ok(Self { regex })
    }

    /// Puts the groups on an entry; a group that took no part is empty.
    pub fn apply(&self, entry: &mut Entry<'_>) {
        if entry.is_satisfied() {
            return;
        }
        let line = entry.take_line();
        if let Some(captures) = self.regex.captures(&line) {
            for name in self.regex.capture_names().flatten() {
                let value = captures.name(name).map_or("", |group| group.as_str());
                let name = label_name(name);
                if entry.wants(&name) {
                    entry.extract(&name, value);
                }
            }
        }
        entry.set_line(line);
    }
}

/// A name that two groups have. What looks like a group inside a class is none, but then names repeat for no reason.
fn repeated_name(pattern: &str) -> Option<&str> {
    let mut names = Vec::new();
    for opening in pattern.split("(?").skip(1) {
        let named = opening.strip_prefix("P<").or_else(|| opening.strip_prefix('<'));
        let Some((name, _)) = named.and_then(|named| named.split_once('>')) else { continue };
        if names.contains(&name) {
            return Some(name);
        }
        names.push(name);
    }
    None
}
