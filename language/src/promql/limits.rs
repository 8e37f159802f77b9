//! Every bound on a query's text, with what happens beyond it.
//!
//! Invariant: a text within these bounds parses in milliseconds and its tree can be walked, printed and dropped
//! recursively on a stack of 2 MiB.

/// Longest query text in bytes. A longer one is refused before it is read.
pub const QUERY_BYTES_MAX: usize = 64 * 1024;

/// Height of the tree, and depth of the parser's recursion. `1 + 1 + ...` with more terms, or more nested parentheses,
/// is refused at the place where the bound is passed.
pub const NESTING_MAX: usize = 512;

/// Regular expressions in one query. Compiling them is the only costly part of parsing, so that their number bounds
/// its time; the query is refused at the first one too many.
pub const REGEX_MATCHERS_MAX: usize = 256;
