//! Since when a counter counts: runs of samples that share a start, since it changes only at restarts.
//!
//! Invariant: runs ascend by their first sample, and neighbors differ.

use model::time::Millis;

/// The starts of one series. Late samples take the start of the run that they fall into.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Starts {
    /// From which sample on, and the start; `None` where it is not told.
    runs: Vec<(i64, Option<i64>)>,
}

impl Starts {
    /// Notes the start of the newest sample.
    pub(crate) fn note(&mut self, timestamp: i64, start: Option<i64>) {
        if self.runs.last().map_or(start.is_some(), |(_, last)| *last != start) {
            self.runs.push((timestamp, start));
        }
    }

    /// Whether no start is told at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.runs.iter().all(|(_, start)| start.is_none())
    }

    /// The start of the sample at a time.
    pub(crate) fn at(&self, timestamp: i64) -> Option<Millis> {
        let position = self.runs.partition_point(|(from, _)| *from <= timestamp);
        self.runs.get(position.checked_sub(1)?)?.1.map(Millis)
    }

    /// Adds the runs of other samples of the same series. Where both begin one, the one that was there stays.
    pub(crate) fn merge(&mut self, others: impl Iterator<Item = (i64, Option<i64>)>) {
        self.runs.extend(others);
        self.runs.sort_by_key(|(from, _)| *from);
        self.runs.dedup_by(|later, earlier| later.1 == earlier.1 || later.0 == earlier.0);
    }

    /// Forgets runs that end before a time.
    pub(crate) fn forget_before(&mut self, oldest: i64) {
        let position = self.runs.partition_point(|(from, _)| *from <= oldest);
        self.runs.drain(..position.saturating_sub(1));
    }

    /// The runs that samples of `within` fall into, the first one moved up to its beginning.
    pub(crate) fn within(&self, within: std::ops::Range<i64>) -> impl Iterator<Item = (i64, Option<i64>)> + '_ {
        let first = self.runs.partition_point(|(from, _)| *from <= within.start).saturating_sub(1);
        let runs = self.runs.get(first..).unwrap_or(&[]).iter();
        runs.take_while(move |(from, _)| *from < within.end)
            .map(move |(from, start)| (*from.max(&within.start), *start))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_find_the_start_of_their_run() {
        let mut starts = Starts::default();
        for (timestamp, start) in [(5, None), (10, Some(1)), (20, Some(1)), (30, Some(29)), (40, None)] {
            starts.note(timestamp, start);
        }
        let check = |at: i64, expected: Option<i64>| assert_eq!(starts.at(at), expected.map(Millis), "at {at}");
        check(5, None);
        check(10, Some(1));
        check(29, Some(1));
        check(30, Some(29));
        check(99, None);
        assert_eq!(starts.within(15..35).collect::<Vec<_>>(), [(15, Some(1)), (30, Some(29))]);
        starts.forget_before(35);
        assert_eq!((starts.at(29), starts.at(31)), (None, Some(Millis(29))));
    }
}
