//! What the config sections of several crates share: findings with their keys, secrets, files by glob, and the HTTP
//! client with the keys that Prometheus and Alertmanager give it.
//!
//! Invariant: it knows no section; neither secrets nor the values of variables are ever shown.
#![forbid(unsafe_code)]

pub mod client;
pub mod glob;
pub mod http;
pub mod limits;
pub mod report;
pub mod secret;
pub mod source;
pub mod tls;
pub mod unsupported;

pub use secret::Secret;
pub use source::Source;
