//! The write-ahead log: numbered segments of checked records. See `docs/format/wal.md`.
//!
//! One implementation, one instance per engine. It knows records as a kind and bytes; what they mean is the engine's.
//! Invariant: a record that [`Wal::wait`] has returned for is read by every later [`replay`], unless a checkpoint has
//! taken its place. A record that was damaged ends its segment: what follows is set aside, later segments are read.

mod checkpoint;
mod filenames;
mod limits;
pub(crate) mod probe;
mod reader;
mod record;
mod repair;
mod segment;
mod writer;

pub(crate) use checkpoint::CheckpointWriter;
pub(crate) use reader::{Replaying, replay};
pub(crate) use writer::{Flush, RecordGroup, Unwritten, Wal, WalOptions};

#[cfg(test)]
mod tests;
