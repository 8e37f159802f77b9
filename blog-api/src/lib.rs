//! A small blog over HTTP: posts with pages, search and view counts, a metrics page and JSON log lines.
//!
//! The shapes are those of a Spring Boot board it replaces, so that a page written for the one works with the other:
//! Spring's `Page`, its error body, Micrometer's metric names and the actuator's paths.
//!
//! Invariant: it knows nothing of who watches it. It shows a metrics page and hands each log line to a [`LineSink`];
//! both are all that the outside gets. Every body, query, answer and queue is bounded (`limits`).
//!
//! ```no_run
//! # async fn run() -> Result<(), blog_api::Error> {
//! use blog_api::{Config, Server, Stdout};
//! use std::sync::Arc;
//! use tokio_util::sync::CancellationToken;
//!
//! let config = Config { listen: "127.0.0.1:8080".parse().expect("an address"), ..Config::default() };
//! let server = Server::new(config, Arc::new(Stdout)).await?;
//! let listener = server.bind().await?;
//! server.serve(listener, CancellationToken::new()).await;
//! # Ok(())
//! # }
//! ```
#![forbid(unsafe_code)]

mod access;
mod app;
mod body;
mod calendar;
mod clock;
mod config;
mod error;
mod journal;
mod limits;
mod line;
mod markup;
mod meters;
mod observe;
mod page;
mod parameters;
mod post;
mod process;
mod refusal;
mod routes;
mod server;
mod store;
mod trace;

#[cfg(test)]
mod testing;

pub use clock::{Clock, SystemClock};
pub use config::{Config, Database, Token};
pub use error::Error;
pub use line::{LineSink, Stdout};
pub use server::Server;
