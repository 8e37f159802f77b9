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

/// Bytes of the labels of all exemplars kept. Beyond it the oldest ones go.
pub const EXEMPLARS_BYTES_MAX: usize = 32 << 20;

/// Bytes of the labels of all series in the head. A batch's new series beyond it get the verdict `TooManySeries`.
pub const HEAD_LABEL_BYTES_MAX: usize = 512 << 20;

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

/// Bytes of all metadata kept. News beyond it are not.
pub const METADATA_TOTAL_BYTES_MAX: usize = 32 << 20;

/// Bytes of an exemplar's labels. An exemplar with more is not kept; its sample is.
pub const EXEMPLAR_BYTES_MAX: usize = 4 << 10;

/// Indexes of blocks in memory, all blocks together. Those used least lately go first.
pub const INDEX_CACHE_BYTES: usize = 64 << 20;

/// An index file. A block whose index is longer is set aside.
pub const INDEX_BYTES_MAX: u64 = 2 << 30;

/// A block's meta file. A block whose meta is longer is set aside.
pub const META_BYTES_MAX: u64 = 4096;

/// The head is cut when its newest sample is this much later than where the last block ended.
pub const HEAD_SPAN_MAX_MS: i64 = 3 * 60 * 60 * 1000;

/// How much of the newest time a cut leaves in the head, for samples that come late.
pub const HEAD_KEPT_MS: i64 = 60 * 60 * 1000;

/// Bytes of the names or values that one label listing collects. Beyond it the listing is refused.
pub const LISTING_BYTES_MAX: usize = 64 << 20;

/// How far the clock may be ahead of the newest block for the retention to believe it. Beyond it blocks stay longer.
pub const CLOCK_AHEAD_MAX_MS: i64 = 24 * 60 * 60 * 1000;

/// The ranges that blocks are merged into, ascending. Blocks of a finished range become one.
pub const MERGED_RANGES_MS: [i64; 2] = [8 * 60 * 60 * 1000, 24 * 60 * 60 * 1000];

/// Bytes of blocks that are merged into one. Where they have more together, they stay apart.
pub const MERGED_BYTES_MAX: u64 = 4 << 30;
