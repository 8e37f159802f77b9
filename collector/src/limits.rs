//! Every bound of the collector with what happens beyond it.

use std::time::Duration;

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
/// A longer one is left out; its sample stays.
pub const EXEMPLAR_LABEL_CHARS_MAX: usize = 128;

/// Most bytes that the cache from a pushed series' label bytes to its reference holds, keys and overhead together.
/// Beyond it the series that were not pushed lately are forgotten, and cost building their labels once more.
pub const PUSH_SERIES_CACHE_BYTES_MAX: usize = 64 << 20;

/// Most metric families whose pushed metadata is remembered. Metadata of further families is not stored.
pub const PUSH_FAMILIES_MAX: usize = 20_000;

/// Most buffers for inflated pushes that are kept for the next push; more concurrent pushes allocate their own.
pub const PUSH_BUFFERS_KEPT_MAX: usize = 4;

/// Largest buffer that is kept for the next push, in bytes. A larger one is freed.
pub const PUSH_BUFFER_KEPT_BYTES_MAX: usize = 8 << 20;

/// How long a page of the host exporter waits for file systems to tell their size, all together. One that has not
/// answered by then is marked with `node_filesystem_device_error` and not asked again until it answers.
pub const HOST_STATFS_WAIT_MAX: Duration = Duration::from_secs(5);

/// Most file systems that may hang at once, each holding a thread. Further ones are marked as erroneous unasked.
pub const HOST_STATFS_HANGING_MAX: usize = 16;
