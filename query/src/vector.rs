//! What both engines compute with: series as columns of one value per step, what they hold, and how they are matched.
//!
//! Invariant: nothing here knows a language or a store; times are in the unit of whoever asks (milliseconds for metrics,
//! nanoseconds for logs).

pub(crate) mod arithmetic;
pub(crate) mod column;
pub(crate) mod ledger;
pub(crate) mod merge;
pub(crate) mod quantile;
pub(crate) mod replacement;
pub(crate) mod signature;
pub(crate) mod steps;
