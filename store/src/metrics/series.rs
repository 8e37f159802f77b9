//! One live series: its labels, once, and its samples that are not in a block yet.
//!
//! Invariant: no chunk crosses a multiple of [`BLOCK_RANGE_MS`], so a cut moves whole chunks. Every time is held once;
//! chunks may overlap where samples came late. What a cut has taken stays readable until the block is published.

use super::append::{AppendValue, SeriesRef};
use super::chunk::{Chunk, HistogramEncoder, XorEncoder, same_histogram};
use super::columns::Columns;
use super::ingest::Bounds;
use super::limits::{BLOCK_RANGE_MS, CHUNK_SAMPLES_MAX, LATE_SAMPLES_MAX};
use super::starts::Starts;
use model::histogram::Histogram;
use model::labels::Labels;
use model::sample::SampleValue;
use model::time::Millis;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A series of the head.
#[derive(Debug)]
pub(crate) struct Series {
    pub(crate) reference: SeriesRef,
    pub(crate) labels: Labels,
    window: Mutex<Window>,
}

impl Series {
    pub(crate) fn new(reference: SeriesRef, labels: Labels) -> Self {
        Self { reference, labels, window: Mutex::default() }
    }

    /// Locks the samples. Hold it for one sample or one snapshot, never while another lock is taken.
    pub(crate) fn window(&self) -> MutexGuard<'_, Window> {
        self.window.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What became of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pushed {
    Stored,
    Repeated,
    Duplicate,
    TooOld,
}

#[derive(Debug, Default)]
enum Open {
    #[default]
    Nothing,
    Floats(XorEncoder),
    Histograms(Box<HistogramEncoder>),
}

/// The samples of a series in the head.
#[derive(Debug)]
pub(crate) struct Window {
    /// Finished chunks. The first `cutting` of them are being written to a block.
    chunks: Vec<Chunk>,
    cutting: usize,
    open: Open,
    /// Samples that came late, ascending.
    late: Vec<(i64, SampleValue)>,
    starts: Option<Box<Starts>>,
    /// The latest time ever seen; `i64::MIN` before the first sample.
    newest: i64,
    gone: bool,
}

impl Default for Window {
    fn default() -> Self {
        Self {
            chunks: Vec::new(),
            cutting: 0,
            open: Open::Nothing,
            late: Vec::new(),
            starts: None,
            newest: i64::MIN,
            gone: false,
        }
    }
}

impl Window {
    /// Takes a sample. `bounds` tell how much earlier than the newest sample it may be.
    #[inline]
    pub(crate) fn push(&mut self, timestamp: i64, value: AppendValue<'_>, bounds: Bounds) -> Pushed {
        if timestamp > self.newest {
            self.push_newest(timestamp, value);
            return Pushed::Stored;
        }
        self.push_late(timestamp, value, bounds)
    }

    #[inline]
    fn push_newest(&mut self, timestamp: i64, value: AppendValue<'_>) {
        self.newest = timestamp;
        match (&mut self.open, value) {
            (Open::Floats(chunk), AppendValue::Float(value)) if takes(chunk.count(), chunk.last().0, timestamp) => {
                chunk.push(timestamp, value);
            }
            (Open::Histograms(chunk), AppendValue::Histogram(value))
                if takes(chunk.count(), chunk.last().0, timestamp) =>
            {
                chunk.push(timestamp, Arc::new(value.clone()));
            }
            _ => self.begin_chunk(timestamp, value),
        }
    }

    #[cold]
    fn begin_chunk(&mut self, timestamp: i64, value: AppendValue<'_>) {
        self.seal_open();
        self.open = match value {
            AppendValue::Float(value) => Open::Floats(XorEncoder::new(timestamp, value)),
            AppendValue::Histogram(value) => {
                Open::Histograms(Box::new(HistogramEncoder::new(timestamp, Arc::new(value.clone()))))
            }
        };
    }

    fn seal_open(&mut self) {
        let sealed = self.open_snapshot();
        self.chunks.extend(sealed);
        self.open = Open::Nothing;
    }

    fn open_snapshot(&self) -> Option<Chunk> {
        match &self.open {
            Open::Nothing => None,
            Open::Floats(chunk) => Some(chunk.snapshot()),
            Open::Histograms(chunk) => Some(chunk.snapshot()),
        }
    }

    fn push_late(&mut self, timestamp: i64, value: AppendValue<'_>, bounds: Bounds) -> Pushed {
        match self.find(timestamp) {
            Some(held) if same_value(&held, value) => return Pushed::Repeated,
            Some(_) => return Pushed::Duplicate,
            None if bounds.too_late(timestamp, self.newest) => return Pushed::TooOld,
            None => {}
        }
        let late = &mut self.late;
        let position = late.partition_point(|(held, _)| *held < timestamp);
        let value = match value {
            AppendValue::Float(value) => SampleValue::Float(value),
            AppendValue::Histogram(value) => SampleValue::Histogram(Arc::new(value.clone())),
        };
        late.insert(position, (timestamp, value));
        if late.len() >= LATE_SAMPLES_MAX {
            self.seal_late();
        }
        Pushed::Stored
    }

    fn seal_late(&mut self) {
        let late = std::mem::take(&mut self.late);
        self.chunks.extend(encode(late.iter().map(|(timestamp, value)| (*timestamp, value))));
    }

    /// The sample at a time.
    fn find(&self, timestamp: i64) -> Option<SampleValue> {
        match &self.open {
            Open::Floats(chunk) if chunk.last().0 == timestamp => return Some(SampleValue::Float(chunk.last().1)),
            Open::Histograms(chunk) if chunk.last().0 == timestamp => {
                return Some(SampleValue::Histogram(Arc::clone(chunk.last().1)));
            }
            _ => {}
        }
        let mut columns = Columns::default();
        self.collect(timestamp..timestamp.saturating_add(1), &mut columns, &mut Vec::new());
        let (_, value, histogram) = columns.get(0)?;
        Some(histogram.map_or(SampleValue::Float(value), |histogram| SampleValue::Histogram(Arc::clone(histogram))))
    }

    /// Decodes what lies inside `within`, unordered. `scratch` is emptied.
    fn collect(&self, within: Range<i64>, into: &mut Columns, scratch: &mut Vec<Chunk>) {
        scratch.clear();
        self.snapshot(within.clone(), scratch, into);
        for chunk in scratch.drain(..) {
            // Chunks of the head were encoded here, or checked when they were replayed.
            let _ = chunk.decode(within.clone(), into);
        }
    }

    /// Hands out what overlaps `within`: chunks to be decoded without the lock, and late samples. Unordered.
    pub(crate) fn snapshot(&self, within: Range<i64>, chunks: &mut Vec<Chunk>, late: &mut Columns) {
        chunks.extend(self.chunks.iter().filter(|chunk| chunk.overlaps(&within)).cloned());
        if self.newest >= within.start {
            chunks.extend(self.open_snapshot().filter(|chunk| chunk.overlaps(&within)));
        }
        for (timestamp, value) in self.late.iter() {
            if within.contains(timestamp) {
                match value {
                    SampleValue::Float(value) => late.push_float(Millis(*timestamp), *value),
                    SampleValue::Histogram(value) => late.push_histogram(Millis(*timestamp), Arc::clone(value)),
                }
            }
        }
    }

    /// Whether any sample may lie inside `within`; exact for the bounds of chunks.
    pub(crate) fn overlaps(&self, within: &Range<i64>) -> bool {
        self.chunks.iter().any(|chunk| chunk.overlaps(within))
            || self.open_bounds().is_some_and(|(min, max)| min < within.end && within.start <= max)
            || self.late.iter().any(|(timestamp, _)| within.contains(timestamp))
    }

    fn open_bounds(&self) -> Option<(i64, i64)> {
        match &self.open {
            Open::Nothing => None,
            Open::Floats(chunk) => Some((chunk.first(), chunk.last().0)),
            Open::Histograms(chunk) => Some((chunk.first(), chunk.last().0)),
        }
    }

    /// The earliest and the latest time held.
    pub(crate) fn bounds(&self) -> Option<(i64, i64)> {
        let late = self.late.iter().map(|(timestamp, _)| (*timestamp, *timestamp));
        let chunks = self.chunks.iter().map(|chunk| (chunk.min, chunk.max));
        chunks.chain(self.open_bounds()).chain(late).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
    }

    /// Finishes and hands out every chunk that ends before `end`. They stay readable; [`Window::finish_cut`] drops
    /// them, [`Window::abandon_cut`] keeps them for the next try.
    pub(crate) fn begin_cut(&mut self, end: i64) -> &[Chunk] {
        if self.open_bounds().is_some_and(|(_, last)| last < end) {
            self.seal_open();
        }
        if self.late.iter().any(|(timestamp, _)| *timestamp < end) {
            self.seal_late();
        }
        self.chunks.sort_by_key(|chunk| (chunk.max >= end, chunk.min));
        self.cutting = self.chunks.partition_point(|chunk| chunk.max < end);
        self.chunks.get(..self.cutting).unwrap_or(&[])
    }

    /// Drops what [`Window::begin_cut`] handed out.
    pub(crate) fn finish_cut(&mut self) {
        self.chunks.drain(..self.cutting);
        self.cutting = 0;
        if self.chunks.is_empty() {
            self.chunks = Vec::new();
        }
        let oldest = self.bounds().map_or(i64::MAX, |(oldest, _)| oldest);
        if let Some(starts) = &mut self.starts {
            starts.forget_before(oldest);
        }
    }

    /// Keeps what [`Window::begin_cut`] handed out.
    pub(crate) fn abandon_cut(&mut self) {
        self.cutting = 0;
    }

    /// Takes a chunk back that a checkpoint kept.
    pub(crate) fn restore(&mut self, chunk: Chunk) {
        self.newest = self.newest.max(chunk.max);
        self.chunks.push(chunk);
    }

    /// Takes runs of starts back that a checkpoint kept.
    pub(crate) fn restore_starts(&mut self, runs: Vec<(i64, Option<i64>)>) {
        if !runs.is_empty() {
            self.starts.get_or_insert_default().merge(runs.into_iter());
        }
    }

    /// Everything held, as chunks.
    pub(crate) fn all_chunks(&self, into: &mut Vec<Chunk>) {
        into.extend(self.chunks.iter().cloned());
        into.extend(self.open_snapshot());
        into.extend(encode(self.late.iter().map(|(timestamp, value)| (*timestamp, value))));
    }

    /// Whether nothing is held.
    pub(crate) fn is_empty(&self) -> bool {
        self.chunks.is_empty() && matches!(self.open, Open::Nothing) && self.late.is_empty()
    }

    /// Chunks held, the open one included.
    pub(crate) fn chunk_count(&self) -> usize {
        self.chunks.len() + usize::from(!matches!(self.open, Open::Nothing))
    }

    /// Bytes of memory of the samples, about.
    pub(crate) fn memory(&self) -> usize {
        let open = match &self.open {
            Open::Nothing => 0,
            Open::Floats(chunk) => chunk.memory(),
            Open::Histograms(chunk) => chunk.memory(),
        };
        let late = self.late.capacity() * size_of::<(i64, SampleValue)>();
        open + late + self.chunks.iter().map(Chunk::memory).sum::<usize>()
    }

    /// Marks the series as out of the head: it takes no sample any more.
    pub(crate) fn set_gone(&mut self) {
        self.gone = true;
    }

    pub(crate) fn is_gone(&self) -> bool {
        self.gone
    }

    pub(crate) fn starts(&self) -> Option<&Starts> {
        self.starts.as_deref()
    }

    /// Notes since when the counter counts, as of a sample that was stored.
    #[inline]
    pub(crate) fn note_start(&mut self, timestamp: i64, start: Option<i64>) {
        if (start.is_some() || self.starts.is_some()) && timestamp == self.newest {
            self.starts.get_or_insert_default().note(timestamp, start);
        }
    }
}

/// Whether an open chunk can take the sample.
#[inline]
fn takes(count: u16, last: i64, timestamp: i64) -> bool {
    count < CHUNK_SAMPLES_MAX && last.div_euclid(BLOCK_RANGE_MS) == timestamp.div_euclid(BLOCK_RANGE_MS)
}

fn same_value(held: &SampleValue, value: AppendValue<'_>) -> bool {
    match (held, value) {
        (SampleValue::Float(held), AppendValue::Float(value)) => held.to_bits() == value.to_bits(),
        (SampleValue::Histogram(held), AppendValue::Histogram(value)) => same_histogram(held, value),
        _ => false,
    }
}

/// Encodes ascending samples as chunks.
pub(crate) fn encode<'a>(samples: impl Iterator<Item = (i64, &'a SampleValue)>) -> Vec<Chunk> {
    let mut window = Window::default();
    for (timestamp, value) in samples {
        match value {
            SampleValue::Float(value) => window.push_newest(timestamp, AppendValue::Float(*value)),
            SampleValue::Histogram(value) => window.push_newest(timestamp, AppendValue::Histogram(value)),
        }
    }
    window.seal_open();
    window.chunks
}

/// Encodes columns, which ascend, as chunks.
pub(crate) fn encode_columns(columns: &Columns) -> Vec<Chunk> {
    let mut window = Window::default();
    for position in 0..columns.len() {
        let histogram: &Histogram;
        match columns.get(position) {
            Some((timestamp, value, None)) => window.push_newest(timestamp.0, AppendValue::Float(value)),
            Some((timestamp, _, Some(shared))) => {
                histogram = shared;
                window.push_newest(timestamp.0, AppendValue::Histogram(histogram));
            }
            None => {}
        }
    }
    window.seal_open();
    window.chunks
}
