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

/// Most series that a LogQL query answers, as Loki's `max_query_series`; beyond it the query ends with Loki's text. Series
/// that are aggregated away do not count; they are bounded by the memory that all queries share.
pub const LOG_SERIES_MAX: usize = 500;

/// Most lines that a LogQL query may ask for, as Loki's `max_entries_limit_per_query`; a query for more is refused.
pub const LOG_ENTRIES_MAX: usize = 5_000;

/// Evaluated values between two looks at the cancel flag.
pub(crate) const VALUES_PER_CANCEL_CHECK: u64 = 4_096;
