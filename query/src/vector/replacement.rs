//! The replacement text of `label_replace`, in PromQL and LogQL.
//!
//! Invariant: what it makes is no longer than [`LABEL_MADE_BYTES_MAX`].

use crate::limits::LABEL_MADE_BYTES_MAX;
use regex::Regex;

/// A replacement text, split once: Go's `$1`, `${name}`, `$$`.
#[derive(Debug, PartialEq)]
pub(crate) struct Replacement {
    parts: Vec<Part>,
}

#[derive(Debug, PartialEq)]
enum Part {
    Literal(String),
    Group(String),
}

fn group_name(text: &str) -> Option<(&str, &str)> {
    if let Some(braced) = text.strip_prefix('{') {
        let (name, after) = braced.split_once('}')?;
        let valid = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
        return valid.then_some((name, after));
    }
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len());
    let (name, after) = text.split_at(end);
    (!name.is_empty()).then_some((name, after))
}

impl Replacement {
    /// Reads a text.
    pub(crate) fn new(text: &str) -> Self {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            parts.push(Part::Literal(before.to_owned()));
            if let Some(after) = after.strip_prefix('$') {
                parts.push(Part::Literal("$".to_owned()));
                rest = after;
            } else if let Some((name, after)) = group_name(after) {
                parts.push(Part::Group(name.to_owned()));
                rest = after;
            } else {
                // Not the name of a group: the dollar stands for itself.
                parts.push(Part::Literal("$".to_owned()));
                rest = after;
            }
        }
        parts.push(Part::Literal(rest.to_owned()));
        Self { parts }
    }

    /// The text with the groups in place, or `None` when it is longer than a label may be made.
    pub(crate) fn expand(&self, regex: &Regex, captures: &regex::Captures<'_>) -> Option<String> {
        let mut out = String::new();
        for part in &self.parts {
            match part {
                Part::Literal(text) => out.push_str(text),
                Part::Group(name) => {
                    let found = match name.parse::<usize>() {
                        Ok(number) => captures.get(number),
                        Err(_) => regex.capture_names().flatten().find(|n| n == name).and_then(|n| captures.name(n)),
                    };
                    out.push_str(found.map_or("", |group| group.as_str()));
                }
            }
            if out.len() > LABEL_MADE_BYTES_MAX {
                return None;
            }
        }
        Some(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replacements_expand_as_in_go() {
        let check = |pattern: &str, value: &str, replacement: &str, expected: &str| {
            let regex = model::regexp::compile_anchored(pattern).expect("compiles");
            let captures = regex.captures(value).expect("matches");
            assert_eq!(Replacement::new(replacement).expand(&regex, &captures).as_deref(), Some(expected));
        };
        check("(.*)-(.*)", "a-b", "$2:$1", "b:a");
        check("(.*)-(.*)", "a-b", "${2}x$1x", "bx");
        check("(?P<first>.*)-.*", "a-b", "${first}$$", "a$");
        check("a", "a", "100%$", "100%$");
        check("a", "a", "${", "${");
    }
}
