//! The config sections of the alerter.
//!
//! Invariant: what they return cannot be wrong; everything that is wrong is found in one pass and told with its place.

pub mod alerting;
pub mod alertmanagers;
pub mod receiver;
pub mod rules;
