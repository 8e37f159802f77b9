//! A place in a query text.
//!
//! Invariant: a span is two byte offsets and nothing else; line and column are computed only for an error.

/// Byte range in the query text, half-open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// Byte after the last.
    pub end: usize,
}
