//! JSON read from front to back without building a tree.
//!
//! Invariant: texts are copied only where escapes make them another text; time is linear to the text's length; nesting
//! that is skipped costs no stack and is bounded.

mod cursor;
mod escape;

pub(crate) use cursor::{Cursor, Text};
pub(crate) use escape::unescaped;

use std::fmt;

/// Where a text is not the JSON that it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// Bytes from the start of the text.
    pub offset: usize,
    /// What was expected there.
    pub expected: &'static str,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "malformed JSON at offset {}: expected {}", self.offset, self.expected)
    }
}

impl std::error::Error for Malformed {}
