//! Every bound of the metrics store, with what happens beyond it.

use std::time::Duration;

/// Series in the head at once. A batch's new series beyond it get the verdict `TooManySeries`.
pub const SERIES_MAX: usize = 2_000_000;

/// Labels of one series. More: the verdict `InvalidLabels`.
pub const LABELS_MAX: usize = 128;

/// Bytes of a label's name or value. Longer: the verdict `InvalidLabels`.
pub const LABEL_BYTES_MAX: usize = 2 << 10;

/// How far a sample may lie ahead of the clock. Later: the verdict `TooFarAhead`.
pub const FUTURE_MAX: Duration = Duration::from_secs(10 * 60);

/// Exemplars kept in memory, all series together. Beyond it the oldest one goes.
pub const EXEMPLARS_MAX: usize = 100_000;

/// Buckets of one native histogram, each side. More: the verdict `InvalidHistogram`.
pub const HISTOGRAM_BUCKETS_MAX: usize = 10_000;

/// Samples of a chunk. The next one begins a new chunk.
pub const CHUNK_SAMPLES_MAX: u16 = 120;

/// The range of a block as it is cut. Chunks end at its multiples.
pub const BLOCK_RANGE_MS: i64 = 2 * 60 * 60 * 1000;

/// Late samples of one series that wait unencoded. At this many they become a chunk that overlaps others.
pub const LATE_SAMPLES_MAX: usize = 120;

/// Metric names whose type, help and unit are kept. Further ones are not.
pub const METADATA_MAX: usize = 100_000;

/// Bytes of help and unit of a metric. Longer ones are not kept.
pub const METADATA_BYTES_MAX: usize = 16 << 10;

/// Bytes of an exemplar's labels. An exemplar with more is not kept; its sample is.
pub const EXEMPLAR_BYTES_MAX: usize = 4 << 10;
