//! Every bound on a query's text, with what happens beyond it.
//!
//! Invariant: a text within these bounds parses in milliseconds and its tree can be walked, printed and dropped
//! recursively on a stack of 2 MiB.

/// Longest query text in bytes. A longer one is refused before it is read.
pub const QUERY_BYTES_MAX: usize = 64 * 1024;

/// Height of the tree of metric expressions, and of one label filter. The query is refused where it is passed.
pub const HEIGHT_MAX: usize = 256;

/// Depth of the parser's recursion: how deep parentheses, calls and right sides may nest. The query is refused at the
/// place where the bound is passed.
pub const NESTING_MAX: usize = 128;

/// Stages of one pipeline. The query is refused at the first one too many, so that the work per line is bounded.
pub const STAGES_MAX: usize = 256;

/// Labels that one stage may name, as in `json a="b", ...` or `drop a, ...`, and so the times that one stage goes over
/// a line. The query is refused at the first one too many.
pub const LISTED_MAX: usize = 256;

/// Different regular expressions in one query. Compiling them is the only costly part of parsing: the bound, times
/// `model::limits::REGEX_PROGRAM_BYTES_MAX`, is what one query's expressions may hold. The query is refused at the
/// first one too many; the same expression written again counts once.
pub const REGEXES_MAX: usize = 128;

/// Labels that the stages of one pipeline may put on one entry or take from it. Later ones are left alone, and the entry
/// says so in `__error__`.
pub const LABELS_MAX: usize = 512;

/// Bytes that all stages of a pipeline may write into the labels of one entry. Later labels are left alone, and the entry
/// says so in `__error__`.
pub const LABELS_BYTES_MAX: usize = 4 << 20;

/// Depth to which nested JSON objects become labels. Deeper ones are left out.
pub const JSON_DEPTH_MAX: usize = 128;
