//! The query engines: from a parsed expression to an answer, over the store.
//!
//! Invariant: a query is bounded in samples, points, memory and time, and it never writes. Nothing here knows HTTP,
//! JSON or files; the code is synchronous and runs on a pool that the caller owns.
#![forbid(unsafe_code)]

pub mod answer;
pub mod config;
pub mod error;
pub mod limits;
pub mod logql;
pub mod promql;
pub mod request;
mod vector;

pub use answer::{Answer, HistogramPoint, Point, Series, Stats, Value, VectorSample};
pub use config::Config;
pub use error::{Error, ErrorKind};
pub use language::promql::Features;
pub use logql::LogEngine;
pub use promql::Engine;
pub use request::{RangeRequest, Request};
