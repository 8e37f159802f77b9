//! The stages of a pipeline, each over one entry.
//!
//! Invariant: a stage is compiled once and applied without knowing the other stages, the store or the time.

pub mod entry;
pub mod pattern;
pub mod regexp;
