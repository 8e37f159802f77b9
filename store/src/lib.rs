//! Everything on disk.
//!
//! Invariant: only this crate touches `DIR/store`.
#![forbid(unsafe_code)]

pub mod error;
pub mod metrics;

pub use error::{Error, ErrorKind};
