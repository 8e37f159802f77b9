//! Bytes of lines over time, from what the headers of chunks say.
//!
//! Invariant: what a chunk holds is shared out over its time as if it came evenly; no byte is counted twice.

use super::{StreamVolume, VolumeQuery};
use crate::logs::limits::{LISTING_BYTES_MAX, VOLUME_SPANS_MAX};
use crate::{Error, ErrorKind};
use model::labels::Labels;
use model::time::{LogRange, duration_nanos};
use std::collections::BTreeMap;

/// What a header says of a chunk.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extent {
    /// The first and the last time.
    pub(crate) bounds: (i64, i64),
    /// Bytes of lines.
    pub(crate) bytes: u64,
}

/// Volumes being summed up.
#[derive(Debug)]
pub(crate) struct Volumes {
    /// Where the first span begins.
    start: i64,
    /// What counts.
    counted: LogRange,
    step: i64,
    spans: usize,
    /// Bytes of memory, about.
    held: usize,
    by_stream: BTreeMap<Labels, Vec<f64>>,
}

impl Volumes {
    /// Begins with nothing.
    ///
    /// # Errors
    /// [`ErrorKind::Limit`] for too many spans.
    pub(crate) fn new(query: &VolumeQuery<'_>, counted: LogRange) -> Result<Self, Error> {
        let (start, end) = (query.range.start.0, query.range.end.0);
        let length = i128::from(end) - i128::from(start);
        let step = query.step.map_or(i64::MAX, duration_nanos).max(1);
        let spans = if query.step.is_none() { 1 } else { (length + i128::from(step) - 1) / i128::from(step) };
        let fits = usize::try_from(spans.max(0)).ok().filter(|spans| *spans <= VOLUME_SPANS_MAX);
        let spans = fits.ok_or_else(|| {
            let context = format!("volume over {spans} spans, expected at most {VOLUME_SPANS_MAX}");
            Error::new(ErrorKind::Limit, context)
        })?;
        Ok(Self { start, counted, step, spans, held: 0, by_stream: BTreeMap::new() })
    }

    /// Adds what of a chunk lies inside.
    pub(crate) fn add(&mut self, labels: &Labels, extent: Extent) -> Result<(), Error> {
        let (min, max) = extent.bounds;
        let (from, to) = (min.max(self.counted.start.0), max.min(self.counted.end.0.saturating_sub(1)));
        if from > to || self.counted.is_empty() || self.spans == 0 {
            return Ok(());
        }
        if !self.by_stream.contains_key(labels) {
            self.held += labels.as_raw().len() + self.spans * size_of::<f64>();
            if self.held > LISTING_BYTES_MAX {
                let context = format!("volumes take over {LISTING_BYTES_MAX} bytes, ask for fewer streams or spans");
                return Err(Error::new(ErrorKind::Limit, context));
            }
            self.by_stream.insert(labels.clone(), vec![0.0; self.spans]);
        }
        let (first, last) = (self.place(from), self.place(to));
        let Some(spans) = self.by_stream.get_mut(labels) else { return Ok(()) };
        let length = distance(min, max) + 1.0;
        for (place, bytes) in spans.iter_mut().enumerate().take(last + 1).skip(first) {
            let begins = self.start.saturating_add(self.step.saturating_mul(place as i64));
            // The last span ends where what counts does.
            let ends = if place == last { to } else { begins.saturating_add(self.step - 1) };
            let inside = distance(begins.max(from), ends.min(to)) + 1.0;
            *bytes += extent.bytes as f64 * (inside / length);
        }
        Ok(())
    }

    fn place(&self, at: i64) -> usize {
        let place = (i128::from(at) - i128::from(self.start)) / i128::from(self.step);
        usize::try_from(place).unwrap_or(0).min(self.spans.saturating_sub(1))
    }

    /// The sums, ascending by labels.
    pub(crate) fn finish(self) -> Vec<StreamVolume> {
        let rounded = |bytes: Vec<f64>| bytes.into_iter().map(|bytes| bytes.round() as u64).collect();
        self.by_stream.into_iter().map(|(labels, bytes)| StreamVolume { labels, bytes: rounded(bytes) }).collect()
    }
}

fn distance(from: i64, to: i64) -> f64 {
    (i128::from(to) - i128::from(from)) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::cancel::Cancel;
    use model::time::Nanos;
    use std::time::Duration;

    fn check(range: (i64, i64), step: Option<u64>, chunks: &[(i64, i64, u64)], expected: &[u64]) {
        let cancel = Cancel::default();
        let range = LogRange::new(Nanos(range.0), Nanos(range.1));
        let query = VolumeQuery { matchers: &[], range, step: step.map(Duration::from_nanos), cancel: &cancel };
        let mut volumes = Volumes::new(&query, range).expect("few spans");
        let labels = Labels::from_pairs([("a", "b")]);
        for (min, max, bytes) in chunks {
            volumes.add(&labels, Extent { bounds: (*min, *max), bytes: *bytes }).expect("little");
        }
        let found = volumes.finish();
        assert_eq!(found.first().map_or(&[][..], |volume| &volume.bytes), expected, "{range:?} {step:?} {chunks:?}");
    }

    #[test]
    fn chunks_are_shared_out_by_time() {
        check((0, 100), None, &[(0, 99, 50), (10, 10, 7)], &[57]);
        check((0, 100), Some(50), &[(0, 99, 50), (99, 99, 7)], &[25, 32]);
        check((50, 100), Some(50), &[(0, 99, 50)], &[25]);
        check((0, 90), Some(40), &[(80, 119, 40)], &[0, 0, 10]);
        check((0, 90), Some(40), &[(90, 119, 40)], &[]);
        check((i64::MIN, i64::MAX), None, &[(i64::MIN, i64::MAX - 1, 10)], &[10]);
        check((5, 5), Some(1), &[(5, 5, 10)], &[]);
    }

    #[test]
    fn too_many_spans_are_refused() {
        let cancel = Cancel::default();
        let query =
            VolumeQuery { matchers: &[], range: LogRange::ALL, step: Some(Duration::from_secs(1)), cancel: &cancel };
        assert_eq!(Volumes::new(&query, LogRange::ALL).expect_err("billions").kind(), ErrorKind::Limit);
    }
}
