//! The sections that configure the alerter.
//!
//! Invariant: what a section's `read` returns cannot be wrong; everything that is wrong is a finding with its place.

pub mod alerting;
pub mod receiver;
