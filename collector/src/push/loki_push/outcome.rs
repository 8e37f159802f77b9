//! What became of a push, in Loki's words.
//!
//! Invariant: refused lines are grouped by class; the text tells how many there are and shows the first.

use crate::json::Malformed;
use crate::push::decompress::InflateError;
use crate::push::protobuf::WireError;
use model::time::Nanos;
use std::fmt;
use store::logs::{AppendStream, Refusal, Refused};

/// Why lines were refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Older than what is kept.
    TooOld,
    /// Later than the clock by more than is allowed.
    TooFarAhead,
    /// The labels of the stream cannot be read, or are beyond a limit.
    InvalidLabels,
    /// The structured metadata cannot be read, or is beyond a limit.
    InvalidMetadata,
    /// The line is longer than the store takes.
    LineTooLong,
    /// There are too many streams for a new one; the only class for which sending again may help.
    TooManyStreams,
}

/// Lines that were refused for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// Why.
    pub class: Class,
    /// How many lines.
    pub count: usize,
    /// What is said of the first, in Loki's words.
    pub first: String,
}

/// What became of a push that could be read. The stored lines are safe.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Lines that are stored now.
    pub stored: u64,
    /// Lines that were stored already, of a push that is repeated.
    pub repeated: u64,
    /// Lines that were refused, by class; empty when all is well.
    pub rejected: Vec<Rejected>,
    /// Lines that were cut because they were too long. They are among the others too.
    pub cut: usize,
    /// Lines whose bytes were no UTF-8 and were replaced; a JSON body counts as one. They are among the others too.
    pub repaired: usize,
}

impl Outcome {
    /// How many lines were refused.
    pub fn rejected_lines(&self) -> usize {
        self.rejected.iter().map(|rejected| rejected.count).sum()
    }

    /// Counts refused lines; `first` is asked only for the first of its class.
    pub(super) fn reject(&mut self, class: Class, count: usize, first: impl FnOnce() -> String) {
        match self.rejected.iter_mut().find(|rejected| rejected.class == class) {
            Some(rejected) => rejected.count += count,
            None if count > 0 => self.rejected.push(Rejected { class, count, first: first() }),
            None => {}
        }
    }

    /// Takes a refusal of the store.
    pub(super) fn refuse(&mut self, refusal: Refusal, streams: &[AppendStream<'_>]) {
        let class = match refusal.why {
            Refused::BeforeRetention => Class::TooOld,
            Refused::TooFarAhead => Class::TooFarAhead,
            Refused::InvalidLabels => Class::InvalidLabels,
            Refused::LineTooLong => Class::LineTooLong,
            Refused::TooManyStreams => Class::TooManyStreams,
        };
        self.reject(class, 1, || {
            let stream = streams.get(refusal.stream);
            let entry = stream.and_then(|stream| stream.entries.get(refusal.entry));
            let labels = stream.map(|stream| stream.labels.to_string()).unwrap_or_default();
            let at = second(entry.map(|entry| entry.timestamp).unwrap_or_default());
            let bytes = entry.map_or(0, |entry| entry.line.len());
            match class {
                Class::TooOld => format!("entry for stream '{labels}' has timestamp too old: {at}"),
                Class::TooFarAhead => format!("entry for stream '{labels}' has timestamp too new: {at}"),
                Class::LineTooLong => {
                    format!("max entry size exceeded for stream '{labels}' while adding an entry with length '{bytes}' bytes")
                }
                Class::TooManyStreams => format!(
                    "maximum active stream limit exceeded when trying to create stream {labels}, reduce the number of \
                     active streams (reduce labels or reduce label values)"
                ),
                Class::InvalidLabels | Class::InvalidMetadata => {
                    format!("entry for stream '{labels}' has labels or structured metadata beyond a limit")
                }
            }
        });
    }
}

/// A time as Loki's texts give it: RFC 3339 in whole seconds.
fn second(at: Nanos) -> String {
    const NANOS_PER_SECOND: i64 = 1_000_000_000;
    model::rfc3339::format(Nanos(at.0 - at.0.rem_euclid(NANOS_PER_SECOND)))
}

/// The text of the answer.
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_single = self.rejected_lines() == 1;
        for (position, rejected) in self.rejected.iter().enumerate() {
            if position > 0 {
                f.write_str("; ")?;
            }
            if !is_single {
                write!(f, "{} errors like: ", rejected.count)?;
            }
            f.write_str(&rejected.first)?;
        }
        Ok(())
    }
}

/// Why a push was refused as a whole; nothing of it is stored.
#[derive(Debug)]
pub enum Rejection {
    /// The body cannot be inflated, or is too large.
    Inflate(InflateError),
    /// The message is malformed.
    Message(WireError),
    /// The JSON is malformed.
    Json(Malformed),
    /// It holds no streams.
    NoStreams,
    /// It holds more streams and lines than one push may.
    TooMany(usize),
    /// The store took nothing.
    Store(store::Error),
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inflate(error) => error.fmt(f),
            Self::Message(error) => error.fmt(f),
            Self::Json(error) => error.fmt(f),
            Self::NoStreams => f.write_str("error at least one valid stream is required for ingestion"),
            Self::TooMany(max) => {
                write!(f, "push holds too many streams and lines, at most {max} allowed: send smaller ones")
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

impl From<Malformed> for Rejection {
    fn from(error: Malformed) -> Self {
        Self::Json(error)
    }
}

impl From<WireError> for Rejection {
    fn from(error: WireError) -> Self {
        Self::Message(error)
    }
}
