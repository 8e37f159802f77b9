//! Pulling metrics from targets.
//!
//! Invariant: a page is stored as a whole or not at all; what a target said last and says no more becomes stale.

pub mod exposition;
pub mod failure;
pub mod pool;
pub mod scrape_loop;
pub mod target;

mod cache;
mod client;
mod families;
mod memory;
mod reading;
mod report;
mod retirement;
mod room;
mod sample_labels;
mod schedule;

pub(crate) use client::Client;
pub(crate) use pool::{Hands, Pool};
pub(crate) use retirement::Retirement;
pub(crate) use room::Room;
pub(crate) use scrape_loop::{SharedHealth, Surroundings};

pub use failure::{Failure, FailureClass};
pub use pool::PoolView;
pub use scrape_loop::Health;
pub use target::{Origin, Target};
