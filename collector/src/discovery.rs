//! Where targets come from.
//!
//! Invariant: a discovery that fails keeps what it found last and tells its error; it never empties a job.

pub(crate) mod glob;
