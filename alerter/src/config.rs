//! The sections of the config that the alerter owns.
//!
//! Invariant: what is given out cannot be wrong; everything that is wrong is a finding with its place.

pub mod receiver;
