//! Everything that brings data in: discovery, scraping, built-in exporters, decoding of pushes.
//!
//! Invariant: collector never queries and serves no HTTP routes; whatever it reads from outside is bounded by
//! [`limits`] and judged, never trusted.
#![forbid(unsafe_code)]

pub mod collection;
pub mod config;
pub mod discovery;
pub mod enrichment;
pub mod exporter;
mod json;
pub mod limits;
pub mod pipeline;
pub mod push;
pub mod relabel;
pub mod scrape;
pub mod tail;

pub use collection::{Collector, Parts, Prepared};
pub use tail::{LogCollector, LogParts};

#[cfg(test)]
mod test_store;
