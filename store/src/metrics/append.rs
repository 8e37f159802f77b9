//! What an append carries and what it answers. One call, one batch, one WAL record.
//!
//! Invariant: a verdict per sample, in the order of the batch; a refused sample never stops the others.

use model::histogram::Histogram;
use model::labels::Labels;
use model::metadata::Metadata;
use model::time::Millis;

/// A series in the head, stable for the life of the process and never given to another series.
/// After the series leaves the head a reference answers [`Verdict::UnknownSeries`]; send its labels again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeriesRef(pub u64);

/// Names the series of a sample.
#[derive(Clone, Copy, Debug)]
pub enum SeriesKey<'a> {
    /// From an earlier verdict; the cheap way.
    Ref(SeriesRef),
    /// The raw form of its labels ([`Labels::as_raw`]), checked only when the series is new.
    Raw(&'a [u8]),
}

/// What was measured.
#[derive(Clone, Copy, Debug)]
pub enum AppendValue<'a> {
    /// A float, or the stale marker.
    Float(f64),
    /// A native histogram.
    Histogram(&'a Histogram),
}

/// An example of what a sample counted, such as a trace.
#[derive(Clone, Debug)]
pub struct Exemplar {
    /// Its labels, such as `trace_id`.
    pub labels: Labels,
    /// Its value.
    pub value: f64,
    /// When it was seen.
    pub timestamp: Millis,
}

/// One sample of a batch.
#[derive(Clone, Copy, Debug)]
pub struct AppendSample<'a> {
    /// Which series.
    pub series: SeriesKey<'a>,
    /// When it was measured.
    pub timestamp: Millis,
    /// What was measured.
    pub value: AppendValue<'a>,
    /// Since when the counter counts (`_created`, start timestamp); `None` when not told.
    pub start: Option<Millis>,
    /// At most one exemplar; `None` in nearly every sample.
    pub exemplar: Option<&'a Exemplar>,
    /// Type, help and unit of the family, when they were told and may have changed.
    pub metadata: Option<&'a Metadata>,
}

/// Samples that are appended together.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// The samples, of any series and in any order.
    pub samples: &'a [AppendSample<'a>],
}

/// What became of one sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is in the WAL. The reference names its series from now on.
    Stored(SeriesRef),
    /// The series has this very sample already; nothing changed. As good as stored.
    Repeated(SeriesRef),
    /// The series has another value at this time.
    DuplicateTimestamp(SeriesRef),
    /// Older than the newest sample by more than the out-of-order window.
    TooOld(SeriesRef),
    /// Older than the retention keeps; nothing was made of it.
    BeforeRetention,
    /// Later than the clock by more than [`super::limits`] allows.
    TooFarAhead,
    /// The reference names no series (any more).
    UnknownSeries,
    /// The label bytes are not a raw form, or a name, value or count of labels is beyond its limit.
    InvalidLabels,
    /// A new series would pass the limit of series.
    TooManySeries,
    /// The histogram contradicts itself.
    InvalidHistogram,
}

impl Verdict {
    /// Whether the sample is safe.
    pub fn is_stored(self) -> bool {
        matches!(self, Self::Stored(_) | Self::Repeated(_))
    }

    /// The name that the metrics of our own give it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stored(_) => "stored",
            Self::Repeated(_) => "repeated",
            Self::DuplicateTimestamp(_) => "duplicate_timestamp",
            Self::TooOld(_) => "too_old",
            Self::BeforeRetention => "before_retention",
            Self::TooFarAhead => "too_far_ahead",
            Self::UnknownSeries => "unknown_series",
            Self::InvalidLabels => "invalid_labels",
            Self::TooManySeries => "too_many_series",
            Self::InvalidHistogram => "invalid_histogram",
        }
    }

    /// The series, where it is known.
    pub fn series(self) -> Option<SeriesRef> {
        match self {
            Self::Stored(series) | Self::Repeated(series) | Self::DuplicateTimestamp(series) | Self::TooOld(series) => {
                Some(series)
            }
            _ => None,
        }
    }
}
