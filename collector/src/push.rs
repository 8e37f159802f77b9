//! Decoding what others push: bytes in, batches out; no HTTP here.
//!
//! Invariant: no decoder allocates by what a body claims of itself beyond the named limits.

pub mod decompress;
mod protobuf;
pub mod remote_write;
