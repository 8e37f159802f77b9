//! Samples of one series side by side in columns, and the merge of overlapping ones.
//!
//! Invariant: the columns are equally long, but for `histograms` and `starts`, which are empty until one is there.

use model::histogram::Histogram;
use model::time::Millis;
use std::sync::Arc;

/// The samples of one series.
#[derive(Clone, Debug, Default)]
pub(crate) struct Columns {
    pub(crate) timestamps: Vec<Millis>,
    pub(crate) values: Vec<f64>,
    pub(crate) histograms: Vec<Option<Arc<Histogram>>>,
}

impl Columns {
    pub(crate) fn len(&self) -> usize {
        self.timestamps.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.timestamps.is_empty()
    }

    pub(crate) fn clear(&mut self) {
        self.timestamps.clear();
        self.values.clear();
        self.histograms.clear();
    }

    pub(crate) fn reserve_floats(&mut self, count: usize) {
        self.timestamps.reserve(count);
        self.values.reserve(count);
    }

    #[inline]
    pub(crate) fn push_float(&mut self, timestamp: Millis, value: f64) {
        self.timestamps.push(timestamp);
        self.values.push(value);
        if !self.histograms.is_empty() {
            self.histograms.push(None);
        }
    }

    pub(crate) fn push_histogram(&mut self, timestamp: Millis, histogram: Arc<Histogram>) {
        self.histograms.resize(self.timestamps.len(), None);
        self.timestamps.push(timestamp);
        self.values.push(histogram.sum);
        self.histograms.push(Some(histogram));
    }

    /// Appends all samples of others.
    pub(crate) fn append(&mut self, others: &Self) {
        for position in 0..others.len() {
            match others.get(position) {
                Some((timestamp, _, Some(histogram))) => self.push_histogram(timestamp, Arc::clone(histogram)),
                Some((timestamp, value, None)) => self.push_float(timestamp, value),
                None => {}
            }
        }
    }

    /// The sample at a position.
    pub(crate) fn get(&self, position: usize) -> Option<(Millis, f64, Option<&Arc<Histogram>>)> {
        let histogram = self.histograms.get(position).and_then(Option::as_ref);
        Some((*self.timestamps.get(position)?, *self.values.get(position)?, histogram))
    }

    /// Brings the samples into ascending order and drops all but the first of equal times, if they are not so already.
    /// Whoever appends pushes the source that wins first.
    pub(crate) fn restore_order(&mut self) {
        if self.timestamps.is_sorted_by(|earlier, later| earlier < later) {
            return;
        }
        let mut order: Vec<usize> = (0..self.len()).collect();
        order.sort_by_key(|&position| self.timestamps.get(position).copied());
        order.dedup_by_key(|position| self.timestamps.get(*position).copied());
        let mut sorted = Self::default();
        sorted.reserve_floats(order.len());
        for position in order {
            match self.get(position) {
                Some((timestamp, _, Some(histogram))) => sorted.push_histogram(timestamp, Arc::clone(histogram)),
                Some((timestamp, value, None)) => sorted.push_float(timestamp, value),
                None => {}
            }
        }
        *self = sorted;
    }

    /// Bytes of memory that the samples take.
    pub(crate) fn memory(&self) -> usize {
        let buckets: usize = self.histograms.iter().flatten().map(|histogram| histogram_memory(histogram)).sum();
        self.timestamps.capacity() * 16 + self.histograms.capacity() * 8 + buckets
    }
}

/// Bytes of memory of one histogram.
pub(crate) fn histogram_memory(histogram: &Histogram) -> usize {
    size_of::<Histogram>()
        + (histogram.positive_spans.len() + histogram.negative_spans.len()) * 8
        + (histogram.positive_buckets.len() + histogram.negative_buckets.len() + histogram.custom_values.len()) * 8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_restored_and_the_first_of_equal_times_wins() {
        let mut columns = Columns::default();
        for (timestamp, value) in [(5, 1.0), (9, 2.0), (5, 3.0), (1, 4.0)] {
            columns.push_float(Millis(timestamp), value);
        }
        columns.push_histogram(Millis(7), Arc::new(Histogram { sum: 6.0, ..Histogram::default() }));
        columns.restore_order();
        assert_eq!(columns.timestamps, [1, 5, 7, 9].map(Millis));
        assert_eq!(columns.values, [4.0, 1.0, 6.0, 2.0]);
        assert_eq!(columns.histograms.iter().map(Option::is_some).collect::<Vec<_>>(), [false, false, true, false]);
    }
}
