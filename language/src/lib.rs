//! The languages: PromQL and LogQL (Go templates follow). Text to tree and back, and what can be decided from text alone.
//!
//! Invariant: pure. No I/O, no clock, no store, no evaluation over series.
#![forbid(unsafe_code)]

pub mod byte_size;
pub mod go_duration;
pub mod logql;
mod operator;
pub mod promql;
mod span;
mod string;
pub mod template;
