//! The languages: PromQL (LogQL and Go templates follow). Text to tree and back, and what can be decided from text alone.
//!
//! Invariant: pure. No I/O, no clock, no store, no evaluation over series.
#![forbid(unsafe_code)]

pub mod promql;
