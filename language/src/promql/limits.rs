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

/// Operators, signs, parentheses and calls in one duration such as `[5m * (2 + 1)]`. More are refused; together with
/// the other bounds it keeps the height of the duration's own tree small.
pub const DURATION_PARTS_MAX: usize = 64;

/// Different regular expressions in one query. Compiling them is the only costly part of parsing: the bound, times
/// `model::limits::REGEX_PROGRAM_BYTES_MAX`, is what one query's expressions may hold. The query is refused at the
/// first one too many; the same expression written again counts once.
pub const REGEXES_MAX: usize = 128;
