//! How much the store holds, for `/api/v1/status/tsdb` and the metrics of our own.

use super::blocks::BlockList;
use super::head::Head;
use model::time::Millis;
use std::collections::HashMap;

/// How long each list is.
const LISTED: usize = 10;

/// How much the store holds. The lists are the ten greatest, descending; of equal counts the smaller name first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Series in the head.
    pub series: u64,
    /// Different label pairs in the head.
    pub label_pairs: u64,
    /// Chunks in the head.
    pub chunks: u64,
    /// Bytes of memory that the samples of the head take, about.
    pub chunk_bytes: u64,
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

/// Counts what the head and the blocks hold.
pub(crate) fn collect(head: &Head, blocks: &BlockList) -> Statistics {
    let mut statistics = Statistics {
        blocks: blocks.len() as u64,
        block_bytes: blocks.iter().map(|block| block.meta.bytes()).sum(),
        blocks_min_time: blocks.iter().map(|block| Millis(block.meta.min)).min(),
        ..Statistics::default()
    };
    count_samples(head, &mut statistics);
    count_labels(head, &mut statistics);
    statistics
}

fn count_samples(head: &Head, into: &mut Statistics) {
    for series in head.all() {
        let window = series.window();
        into.series += 1;
        into.chunks += window.chunk_count() as u64;
        into.chunk_bytes += window.memory() as u64;
        if let Some((min, max)) = window.bounds() {
            into.min_time = Some(into.min_time.map_or(Millis(min), |time| time.min(Millis(min))));
            into.max_time = into.max_time.max(Some(Millis(max)));
        }
    }
}

fn count_labels(head: &Head, into: &mut Statistics) {
    let postings = head.postings();
    let mut pairs = HashMap::new();
    let (mut values, mut bytes) = (HashMap::new(), HashMap::new());
    for name in postings.names() {
        for (value, series) in postings.values(name) {
            *values.entry(name.to_owned()).or_default() += 1;
            *bytes.entry(name.to_owned()).or_default() += (value.len() * series) as u64;
            pairs.insert((name, value), series as u64);
        }
    }
    into.label_pairs = pairs.len() as u64;
    let metric = |((name, value), series): (&(&str, &str), &u64)| {
        (*name == model::labels::METRIC_NAME).then(|| ((*value).to_owned(), *series))
    };
    into.series_by_metric = greatest(pairs.iter().filter_map(metric));
    into.values_by_label = greatest(values.into_iter());
    into.bytes_by_label = greatest(bytes.into_iter());
    into.series_by_pair = greatest(pairs.iter().map(|((name, value), series)| (format!("{name}={value}"), *series)));
}

fn greatest(counted: impl Iterator<Item = (String, u64)>) -> Vec<(String, u64)> {
    let mut counted: Vec<_> = counted.collect();
    counted.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    counted.truncate(LISTED);
    counted
}
