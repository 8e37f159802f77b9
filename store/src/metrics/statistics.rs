//! How much the store holds, for `/api/v1/status/tsdb` and the metrics of our own.

use super::blocks::BlockList;
use super::head::Head;
use model::time::Millis;

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
    let (mut by_pair, mut by_metric) = (Greatest::default(), Greatest::default());
    let (mut by_values, mut by_bytes) = (Greatest::default(), Greatest::default());
    for name in postings.names() {
        let (mut values, mut bytes) = (0, 0);
        for (value, series) in postings.values(name) {
            values += 1;
            bytes += (value.len() * series) as u64;
            by_pair.add((name, value), series as u64);
            if name == model::labels::METRIC_NAME {
                by_metric.add((value, ""), series as u64);
            }
        }
        into.label_pairs += values;
        by_values.add((name, ""), values);
        by_bytes.add((name, ""), bytes);
    }
    let alone = |(name, _): (&str, &str)| name.to_owned();
    into.series_by_metric = by_metric.listed(alone);
    into.values_by_label = by_values.listed(alone);
    into.bytes_by_label = by_bytes.listed(alone);
    into.series_by_pair = by_pair.listed(|(name, value)| format!("{name}={value}"));
}

/// The ten greatest so far: there may be millions to choose from.
#[derive(Debug, Default)]
struct Greatest<'a> {
    /// Descending.
    list: Vec<(u64, (&'a str, &'a str))>,
}

impl<'a> Greatest<'a> {
    fn add(&mut self, named: (&'a str, &'a str), count: u64) {
        let position = self.list.partition_point(|held| held.0 > count || (held.0 == count && held.1 < named));
        if position < LISTED {
            self.list.truncate(LISTED - 1);
            self.list.insert(position, (count, named));
        }
    }

    fn listed(self, text: impl Fn((&'a str, &'a str)) -> String) -> Vec<(String, u64)> {
        self.list.into_iter().map(|(count, named)| (text(named), count)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_greatest_are_listed() {
        let names: Vec<_> = (0..40).map(|number| format!("n{:02}", number * 7 % 40)).collect();
        let mut greatest = Greatest::default();
        names.iter().for_each(|name| greatest.add((name, ""), if name == "n30" { 9 } else { 3 }));
        let listed = greatest.listed(|(name, _)| name.to_owned());
        let mut expected = vec![("n30".to_owned(), 9)];
        expected.extend((0..9).map(|number| (format!("n{number:02}"), 3)));
        assert_eq!(listed, expected);
    }
}
