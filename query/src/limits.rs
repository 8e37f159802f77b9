//! Bounds of the engines. Each says what happens beyond it.

/// Longest query text, in bytes; a longer one is refused before it is parsed.
pub const QUERY_TEXT_BYTES_MAX: usize = 64 << 10;

/// Most steps of a range query: 11,000 after the first, as in Prometheus; more are refused, as the HTTP front does already.
pub const STEPS_MAX: usize = 11_001;

/// Default for the most samples that one query may hold; beyond it the query ends with Prometheus's text.
pub const SAMPLES_MAX: u64 = 10_000_000;

/// Deepest nesting of an expression; a deeper one is refused. It bounds the stack of the evaluation.
pub const EXPRESSION_DEPTH_MAX: usize = 250;

/// Longest label value that `label_replace` or `label_join` may make, in bytes; a longer one ends the query. Nested calls
/// would multiply it without bound.
pub const LABEL_MADE_BYTES_MAX: usize = 64 << 10;

/// Most warnings, and most infos, of one answer; the rest is counted in one more line.
pub const ANNOTATIONS_MAX: usize = 10;

/// Evaluated values between two looks at the cancel flag.
pub(crate) const VALUES_PER_CANCEL_CHECK: u64 = 4_096;
