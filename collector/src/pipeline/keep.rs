//! Stages that decide whether a line stays.
//!
//! Invariant: a stage changes nothing of the line itself.

mod drop;
mod limit;
mod matching;
mod sampling;

pub(crate) use drop::{Drop, RawDrop, duration};
pub(crate) use limit::{Limit, LimitMemory, RawLimit};
pub(crate) use matching::{Match, RawMatch, Selected};
pub(crate) use sampling::{RawSampling, Sampling, SamplingMemory};

use std::sync::Arc;

/// The reason under which drops are counted.
fn reason(written: Option<String>, otherwise: &str) -> Arc<str> {
    written.filter(|reason| !reason.is_empty()).map_or_else(|| Arc::from(otherwise), Arc::from)
}
