//! How much the store holds, for `/api/v1/status/tsdb` and the metrics of our own.

use model::time::Millis;

/// How much the store holds. The lists are the ten greatest, descending; of equal counts the smaller name first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Series in the head.
    pub series: u64,
    /// Different label pairs in the head.
    pub label_pairs: u64,
    /// Chunks in the head.
    pub chunks: u64,
    /// The oldest sample of the head, or `None` when it has none.
    pub min_time: Option<Millis>,
    /// The newest sample of the head, or `None` when it has none.
    pub max_time: Option<Millis>,
    /// Blocks on disk.
    pub blocks: u64,
    /// Bytes of the blocks.
    pub block_bytes: u64,
    /// The oldest time of any block, or `None` when there is none.
    pub blocks_min_time: Option<Millis>,
    /// Series per metric name.
    pub series_by_metric: Vec<(String, u64)>,
    /// Different values per label name.
    pub values_by_label: Vec<(String, u64)>,
    /// Bytes of values, counted once per series, per label name.
    pub bytes_by_label: Vec<(String, u64)>,
    /// Series per `name=value`.
    pub series_by_pair: Vec<(String, u64)>,
}
