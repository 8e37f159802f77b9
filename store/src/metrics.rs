//! The metrics store.

pub mod append;
pub mod select;
