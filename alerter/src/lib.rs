//! From rules to messages: rule groups, alerts, routing, inhibition, silences and notification.
//!
//! Invariant: it queries through `query` and writes its series through `store`; it knows neither the HTTP API nor how
//! samples are collected.
#![forbid(unsafe_code)]

pub mod alert;
pub mod config;
pub mod limits;
pub mod links;
pub mod notify;
pub mod posted;
pub mod rules;
