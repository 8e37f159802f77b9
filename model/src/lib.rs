//! The shared vocabulary of Belfry: labels, matchers, samples, time, text forms of durations and bytes.
//!
//! Invariant: nothing here does I/O, reads the clock, or knows YAML, JSON or HTTP.
//! It does not hold types that only one crate uses; those stay in that crate.
#![forbid(unsafe_code)]

pub mod labels;
pub mod matcher;
pub mod regexp;

pub mod histogram;
pub mod metadata;
pub mod sample;

pub mod bytes;
pub mod duration;
pub mod number;
pub mod rfc3339;
pub mod time;

pub mod budget;
pub mod cancel;
pub mod clock;
pub mod finding;
pub mod instrument;
pub mod limits;
