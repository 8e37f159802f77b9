//! What became of a push, and why one was refused.

use crate::push::decompress::InflateError;
use crate::push::protobuf::WireError;
use std::fmt;
use store::metrics::Verdict;

/// Why samples were not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// The series has another value at this time.
    DuplicateTimestamp,
    /// Older than the newest sample by more than the out-of-order window, or than the retention keeps.
    TooOld,
    /// Later than the clock by more than the store allows.
    TooFarAhead,
    /// The labels make no series: no metric name, a name told twice, text too long or not UTF-8.
    InvalidLabels,
    /// The series is new and there are too many already. The only class that may be sent again later.
    TooManySeries,
    /// A histogram that contradicts itself.
    InvalidHistogram,
}

impl Class {
    /// The class of a verdict, or `None` for one that is no refusal.
    pub(super) fn of(verdict: Verdict) -> Option<Self> {
        match verdict {
            Verdict::Stored(_) | Verdict::Repeated(_) => None,
            Verdict::DuplicateTimestamp(_) => Some(Self::DuplicateTimestamp),
            Verdict::TooOld(_) | Verdict::BeforeRetention => Some(Self::TooOld),
            Verdict::TooFarAhead => Some(Self::TooFarAhead),
            Verdict::TooManySeries => Some(Self::TooManySeries),
            Verdict::InvalidHistogram => Some(Self::InvalidHistogram),
            // A reference is retried with labels, and labels cannot be unknown.
            Verdict::InvalidLabels | Verdict::UnknownSeries => Some(Self::InvalidLabels),
        }
    }

    /// The class in Prometheus's words, where it has some.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DuplicateTimestamp => "duplicate sample for timestamp",
            Self::TooOld => "too old sample",
            Self::TooFarAhead => "out of bounds",
            Self::InvalidLabels => "invalid labels",
            Self::TooManySeries => "too many series",
            Self::InvalidHistogram => "invalid histogram",
        }
    }
}

/// Samples that were refused for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// The reason.
    pub class: Class,
    /// How many samples.
    pub count: usize,
    /// The first of them, such as `{__name__="up"} at 1700000000000: why`.
    pub first: String,
}

/// What became of a push that could be read. The stored samples are safe.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Samples that are stored now.
    pub stored: usize,
    /// Samples that were stored already, of a push that is repeated.
    pub repeated: usize,
    /// Samples that were refused, by class; empty when all is well.
    pub rejected: Vec<Rejected>,
    /// Exemplars that came without a sample to hang on, or with labels longer than OpenMetrics allows.
    pub exemplars_left_out: usize,
}

impl Outcome {
    /// How many samples were refused.
    pub fn rejected_samples(&self) -> usize {
        self.rejected.iter().map(|rejected| rejected.count).sum()
    }

    pub(super) fn accept(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Repeated(_) => self.repeated += 1,
            _ => self.stored += 1,
        }
    }

    /// Counts a refused sample; `first` is asked only for the first of its class.
    pub(super) fn reject(&mut self, class: Class, count: usize, first: impl FnOnce() -> String) {
        match self.rejected.iter_mut().find(|rejected| rejected.class == class) {
            Some(rejected) => rejected.count += count,
            None => self.rejected.push(Rejected { class, count, first: first() }),
        }
    }
}

/// The text of the answer: a line per class.
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, rejected) in self.rejected.iter().enumerate() {
            let newline = if position > 0 { "\n" } else { "" };
            let samples = if rejected.count == 1 { "sample" } else { "samples" };
            write!(f, "{newline}{}: {} {samples}, first {}", rejected.class.as_str(), rejected.count, rejected.first)?;
        }
        Ok(())
    }
}

/// Why a push was refused as a whole; nothing of it is stored.
#[derive(Debug)]
pub enum Rejection {
    /// The body is not a snappy block, or too large.
    Inflate(InflateError),
    /// The message is malformed.
    Malformed(WireError),
    /// The message holds more than one push may; what, and how much is allowed.
    TooMany(&'static str, usize),
    /// The store took nothing.
    Store(store::Error),
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inflate(error) => error.fmt(f),
            Self::Malformed(error) => error.fmt(f),
            Self::TooMany(what, max) => {
                write!(f, "push holds too many {what}, at most {max} allowed: send smaller ones")
            }
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Rejection {}

impl From<InflateError> for Rejection {
    fn from(error: InflateError) -> Self {
        Self::Inflate(error)
    }
}

impl From<WireError> for Rejection {
    fn from(error: WireError) -> Self {
        Self::Malformed(error)
    }
}
