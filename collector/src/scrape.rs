//! Pulling metrics from targets.
//!
//! Invariant: a page is stored as a whole or not at all; what a target said last and says no more becomes stale.

pub mod exposition;
