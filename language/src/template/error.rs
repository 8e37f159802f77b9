//! Why a template is refused, or why its rendering ended, in the words of Go's `text/template`.
//!
//! Invariant: `Display` is the whole text: `template: NAME:LINE: reason` for a template that does not parse,
//! `template: NAME:LINE:COLUMN: executing "NAME" at <part>: reason` for one that fails.

use std::fmt;

/// Why a template does not parse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// Line in the text, from 1.
    pub line: usize,
    /// Column in bytes from 1 of the word that was looked at last; 0 where it is not known.
    pub column: usize,
    pub(super) text: String,
}

/// Why a rendering ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderError {
    pub(super) text: String,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Display for RenderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for ParseError {}

impl std::error::Error for RenderError {}
