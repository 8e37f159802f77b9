//! Label filters over one entry: `a="b" and c > 5`.
//!
//! Invariant: a filter asks and never changes the line.

pub mod ip;
