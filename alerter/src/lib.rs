//! From rules to messages: rule groups, alerts, routing, inhibition, silences and notification.
//!
//! Invariant: it queries through `query` and writes its series through `store`; it knows neither the HTTP API nor how
//! samples are collected.
#![forbid(unsafe_code)]

pub mod alert;
pub mod blind;
pub mod config;
pub mod dispatch;
pub mod forward;
mod inhibit;
pub mod limits;
pub mod links;
pub mod matchers;
pub mod mute;
pub mod notification_log;
pub mod notify;
pub mod posted;
pub mod rules;
pub mod silence;

pub use dispatch::Dispatcher;
pub use rules::Rules;
