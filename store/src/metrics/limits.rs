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
