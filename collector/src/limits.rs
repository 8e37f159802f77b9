//! Every bound of the collector with what happens beyond it.

/// Largest compressed body of a push, in bytes. A larger one is refused (413).
pub const PUSH_BODY_BYTES_MAX: usize = 16 << 20;

/// Largest inflated body of a push, in bytes. Inflating stops there and the push is refused (413).
pub const PUSH_INFLATED_BYTES_MAX: usize = 64 << 20;

/// Largest scrape body after inflating, in bytes. Inflating stops there and the scrape fails.
pub const SCRAPE_INFLATED_BYTES_MAX: usize = 64 << 20;

/// Longest line of an exposition page, in bytes. A longer one is an error of that line.
pub const EXPOSITION_LINE_BYTES_MAX: usize = 1 << 20;

/// Most labels that one exposition line may carry, before relabeling. More is an error of that line.
pub const EXPOSITION_LABELS_MAX: usize = 1024;

/// Longest label set of an OpenMetrics exemplar, names and values together, in characters (OpenMetrics 1.0).
/// A longer one is an error of that line.
pub const EXEMPLAR_LABEL_CHARS_MAX: usize = 128;
