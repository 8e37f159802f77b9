//! Every bound on a query's text, with what happens beyond it.
//!
//! Invariant: a text within these bounds parses in milliseconds and its tree can be walked, printed and dropped
//! recursively on a stack of 2 MiB.

/// Longest query text in bytes. A longer one is refused before it is read.
pub const QUERY_BYTES_MAX: usize = 64 * 1024;

/// Height of the tree: how many operators `1 + 1 + ...` may have. The query is refused at the operator that passes it.
/// Whoever walks the tree recursively may spend 8 KiB of a 2 MiB stack per level.
pub const HEIGHT_MAX: usize = 256;

/// Depth of the parser's recursion: how deep parentheses, calls and right sides may nest. Without optimization the
/// parser takes up to 10 KiB of stack per level. The query is refused at the place where the bound is passed.
pub const NESTING_MAX: usize = 128;

/// Regular expressions in one query. Compiling them is the only costly part of parsing, so that their number bounds
/// its time; the query is refused at the first one too many.
pub const REGEX_MATCHERS_MAX: usize = 256;
