//! Decoding what others push: bytes in, batches out; no HTTP here.
//!
//! Invariant: no decoder allocates by what a body claims of itself beyond the named limits.

mod buffers;
mod byte_cache;
pub mod decompress;
pub mod loki_push;
mod protobuf;
pub mod remote_write;
