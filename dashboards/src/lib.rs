//! What Grafana, Prometheus's clients and the browser talk to: one port, all wire dialects.
//!
//! Invariant: only this crate knows our routes and the shapes of answers. It holds no state of its own but caches and
//! counters, and no evaluation or storage logic. Everything that a client can make us hold is bounded by [`limits`].
#![forbid(unsafe_code)]

pub mod config;
pub mod limits;
pub mod server;
pub mod state;

mod alertmanager;
mod auth;
mod body;
mod compress;
mod error;
mod execution;
mod hold;
mod json;
mod loki;
mod observe;
mod ops;
mod params;
mod prometheus;
mod routes;
#[cfg(test)]
mod testing;
mod tls;
mod ui;

pub use server::{Prepared, Server};
pub use state::{Backends, BlogStatus, Build, DaemonCalls, DaemonStatus, Phase, ReloadAnswer, State};
