//! `line_format "{{.a}} {{.b}}"`: what a template gives becomes the line.
//!
//! Invariant: the template is compiled once. When it cannot be rendered the line stays as it is, and `__error__` says so.

use super::entry::Entry;
use super::format::{FAILED, Format};

/// The stage `line_format`.
#[derive(Clone, Debug)]
pub struct LineFormat {
    format: Format,
}

impl LineFormat {
    /// Compiles a template.
    ///
    /// # Errors
    /// What is wrong with it, in Loki's words.
    pub fn new(template: &str) -> Result<Self, String> {
        match Format::new("line", template) {
            Ok(format) => Ok(Self { format }),
            Err(reason) => Err(format!("invalid line template: {reason}")),
        }
    }

    /// Replaces the line.
    pub fn apply(&self, entry: &mut Entry<'_>) {
        match self.format.render(entry) {
            Ok(line) => entry.set_line(line),
            Err(reason) => entry.fail(FAILED, reason),
        }
    }
}
