//! A request on its way to the store: what is to be appended, and which series are known already.
//!
//! Invariant: a plan is made of a whole request or not at all; it borrows the message and owns only what has to be
//! rebuilt (raw labels of new series, histograms, exemplars).

use super::SeriesCache;
use super::families::Families;
use super::message::{self, Part, Point, Series};
use super::outcome::{Class, Outcome, Rejection};
use super::{histogram, label_set};
use crate::limits::{EXEMPLAR_LABEL_CHARS_MAX, PUSH_HISTOGRAM_BYTES_MAX, PUSH_PARTS_MAX};
use crate::push::protobuf::{Reader, WireError};
use model::histogram::Histogram;
use model::labels::{Labels, LabelsBuilder, METRIC_NAME};
use model::metadata::Metadata;
use model::time::Millis;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use store::metrics::{AppendSample, AppendValue, Exemplar, SeriesKey, SeriesRef};

/// Bytes of a usual series with one sample; only room that is made at first depends on it.
const USUAL_SERIES_BYTES: usize = 160;

/// See the module.
#[derive(Default)]
pub(super) struct Plan<'a> {
    /// Raw labels of new series, one after another.
    raw: String,
    series: Vec<PlannedSeries<'a>>,
    samples: Vec<PlannedSample>,
    histograms: Vec<Histogram>,
    exemplars: Vec<Exemplar>,
    /// Exemplars of series that came without samples, as Prometheus sends them.
    orphans: Vec<(&'a [u8], usize)>,
    /// What the request says of families.
    pub(super) families: Vec<(&'a str, Metadata)>,
    /// Series, points and families read so far.
    parts: usize,
    histogram_bytes: usize,
}

struct PlannedSeries<'a> {
    labels: &'a [u8],
    key: Key,
    metadata: Option<Arc<Metadata>>,
}

enum Key {
    Known(SeriesRef),
    /// Where its raw labels stand in [`Plan::raw`].
    New(Range<usize>),
}

#[derive(Clone, Copy)]
struct PlannedSample {
    series: usize,
    timestamp: Millis,
    value: PlannedValue,
    exemplar: Option<usize>,
}

#[derive(Clone, Copy)]
enum PlannedValue {
    Float(f64),
    /// Which of [`Plan::histograms`].
    Histogram(usize),
}

impl<'a> Plan<'a> {
    /// Reads a request. Samples of series whose labels are invalid are refused at once.
    ///
    /// # Errors
    /// The message is malformed, or holds more than one push may.
    pub(super) fn read(message: &'a [u8], cache: &SeriesCache, outcome: &mut Outcome) -> Result<Self, Rejection> {
        let usual = message.len() / USUAL_SERIES_BYTES;
        let mut plan =
            Self { series: Vec::with_capacity(usual), samples: Vec::with_capacity(usual), ..Self::default() };
        let mut request = Reader::new(message);
        while let Some(part) = message::next_part(&mut request)? {
            plan.count_part()?;
            match part {
                Part::Series(series) => plan.add_series(series, cache, outcome)?,
                Part::Metadata { family, metadata } => plan.families.push((family, metadata)),
            }
        }
        plan.adopt_orphans(outcome);
        Ok(plan)
    }

    /// How many samples there are to append.
    pub(super) fn len(&self) -> usize {
        self.samples.len()
    }

    /// The samples at these positions, ready for a batch.
    pub(super) fn samples(&self, positions: impl Iterator<Item = usize>) -> Vec<AppendSample<'_>> {
        positions.filter_map(|position| self.samples.get(position)).filter_map(|sample| self.sample(sample)).collect()
    }

    fn sample(&self, sample: &PlannedSample) -> Option<AppendSample<'_>> {
        let series = self.series.get(sample.series)?;
        let key = match &series.key {
            Key::Known(series) => SeriesKey::Ref(*series),
            Key::New(range) => SeriesKey::Raw(self.raw.as_bytes().get(range.clone())?),
        };
        let value = match sample.value {
            PlannedValue::Float(value) => AppendValue::Float(value),
            PlannedValue::Histogram(index) => AppendValue::Histogram(self.histograms.get(index)?),
        };
        Some(AppendSample {
            series: key,
            timestamp: sample.timestamp,
            value,
            start: None,
            exemplar: sample.exemplar.and_then(|index| self.exemplars.get(index)),
            metadata: series.metadata.as_deref(),
        })
    }

    /// The label bytes of a new series whose sample stands at this position, to be kept with its reference.
    pub(super) fn new_series(&self, position: usize) -> Option<&'a [u8]> {
        let series = self.series.get(self.samples.get(position)?.series)?;
        matches!(series.key, Key::New(_)).then_some(series.labels)
    }

    /// Turns the series of the sample at this position from a reference into labels, for the store forgot it.
    /// Answers its label bytes; `None` where it has its labels already.
    pub(super) fn forget_reference(&mut self, position: usize) -> Option<&'a [u8]> {
        let index = self.samples.get(position)?.series;
        let series = self.series.get_mut(index)?;
        if matches!(series.key, Key::New(_)) {
            return None;
        }
        let start = self.raw.len();
        // These labels were valid when their reference was kept.
        label_set::append_raw(series.labels, &mut self.raw).ok()?;
        series.key = Key::New(start..self.raw.len());
        Some(series.labels)
    }

    /// Gives every new series the metadata of its family.
    pub(super) fn tell_metadata(&mut self, families: &Families) {
        for series in &mut self.series {
            if matches!(series.key, Key::Known(_)) {
                continue;
            }
            let mut metric = "";
            // Labels of a planned series are valid.
            let _ = message::labels(series.labels, |name, value| {
                if name == METRIC_NAME {
                    metric = value;
                }
            });
            series.metadata = families.of(metric);
        }
    }

    /// The sample at this position as errors name it.
    pub(super) fn show(&self, position: usize) -> String {
        let sample = self.samples.get(position);
        let series = sample.and_then(|sample| self.series.get(sample.series));
        match (sample, series) {
            (Some(sample), Some(series)) => format!("{} at {}", label_set::show(series.labels), sample.timestamp.0),
            _ => String::new(),
        }
    }

    fn add_series(
        &mut self,
        mut series: Series<'a>,
        cache: &SeriesCache,
        outcome: &mut Outcome,
    ) -> Result<(), Rejection> {
        let start = self.raw.len();
        let key = match cache.get(series.labels) {
            Some(known) => Ok(Key::Known(known)),
            None => label_set::append_raw(series.labels, &mut self.raw).map(|()| Key::New(start..self.raw.len())),
        };
        match key {
            Ok(key) => self.add_points(key, series, outcome),
            Err(why) => {
                let mut count = 0;
                while let Some(point) = series.next_point()? {
                    count += usize::from(!matches!(point, Point::Exemplar(_)));
                }
                outcome.reject(Class::InvalidLabels, count, || format!("{}: {why}", label_set::show(series.labels)));
                Ok(())
            }
        }
    }

    fn add_points(&mut self, key: Key, mut series: Series<'a>, outcome: &mut Outcome) -> Result<(), Rejection> {
        let index = self.series.len();
        let first = self.samples.len();
        self.series.push(PlannedSeries { labels: series.labels, key, metadata: None });
        let mut without_exemplar = first;
        while let Some(point) = series.next_point()? {
            self.count_part()?;
            match point {
                Point::Float { timestamp, value } => self.push(index, timestamp, PlannedValue::Float(value)),
                Point::Histogram(message) => {
                    self.histogram_bytes += message.left();
                    if self.histogram_bytes > PUSH_HISTOGRAM_BYTES_MAX {
                        return Err(Rejection::TooMany("bytes of histograms", PUSH_HISTOGRAM_BYTES_MAX));
                    }
                    let (timestamp, histogram) = histogram::read(message)?;
                    self.histograms.push(histogram);
                    self.push(index, timestamp, PlannedValue::Histogram(self.histograms.len() - 1));
                }
                Point::Exemplar(message) => {
                    let Some(exemplar) = read_exemplar(message)? else {
                        outcome.exemplars_left_out += 1;
                        continue;
                    };
                    self.exemplars.push(exemplar);
                    let exemplar = self.exemplars.len() - 1;
                    match self.samples.get_mut(without_exemplar) {
                        Some(sample) => sample.exemplar = Some(exemplar),
                        None => self.orphans.push((series.labels, exemplar)),
                    }
                    without_exemplar += 1;
                }
            }
        }
        Ok(())
    }

    /// Checked before anything is made of the part, so that a hostile message costs no more than the bound.
    fn count_part(&mut self) -> Result<(), Rejection> {
        self.parts += 1;
        if self.parts > PUSH_PARTS_MAX {
            return Err(Rejection::TooMany("series, samples and families", PUSH_PARTS_MAX));
        }
        Ok(())
    }

    fn push(&mut self, series: usize, timestamp: Millis, value: PlannedValue) {
        self.samples.push(PlannedSample { series, timestamp, value, exemplar: None });
    }

    /// Hangs exemplars that came alone on samples of the same series elsewhere in the request.
    fn adopt_orphans(&mut self, outcome: &mut Outcome) {
        let orphans = std::mem::take(&mut self.orphans);
        if orphans.is_empty() {
            return;
        }
        let mut free: HashMap<&[u8], Vec<usize>> = HashMap::new();
        for (position, sample) in self.samples.iter().enumerate().rev() {
            if let (None, Some(series)) = (sample.exemplar, self.series.get(sample.series)) {
                free.entry(series.labels).or_default().push(position);
            }
        }
        for (labels, exemplar) in orphans {
            let position = free.get_mut(labels).and_then(Vec::pop);
            match position.and_then(|position| self.samples.get_mut(position)) {
                Some(sample) => sample.exemplar = Some(exemplar),
                None => outcome.exemplars_left_out += 1,
            }
        }
    }
}

/// Reads an exemplar; `None` when its labels are longer than OpenMetrics allows.
fn read_exemplar(mut message: Reader<'_>) -> Result<Option<Exemplar>, WireError> {
    let mut labels = LabelsBuilder::new();
    let (mut value, mut timestamp, mut chars) = (0.0, Millis(0), 0);
    while let Some(field) = message.next_field()? {
        match field.number {
            1 => {
                let (name, text) = message::label(&field)?;
                chars += name.chars().count() + text.chars().count();
                if chars <= EXEMPLAR_LABEL_CHARS_MAX {
                    labels.set(name, text);
                }
            }
            2 => value = field.double()?,
            3 => timestamp = Millis(field.int64()?),
            _ => {}
        }
    }
    let labels: Labels = labels.build();
    Ok((chars <= EXEMPLAR_LABEL_CHARS_MAX).then_some(Exemplar { labels, value, timestamp }))
}
