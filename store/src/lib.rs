//! Everything on disk.
//!
//! Invariant: only this crate touches `DIR/store`, and only through [`fs`]. It starts no thread and no task: what must
//! happen in the background happens in calls that the daemon makes (`maintain`, `sync_wal`).
#![forbid(unsafe_code)]

mod codec;
pub mod config;
pub mod error;
pub mod fs;
pub mod logs;
pub mod metrics;
#[doc(hidden)]
pub mod probe;
pub mod state;
mod wal;

pub use error::{Error, ErrorKind};
