//! From rules to messages: rule groups, alerts, routing, inhibition, silences and notification.
//!
//! Invariant: it queries through `query` and writes its series through `store`; it knows neither the HTTP API nor how
//! samples are collected. So far it holds the life of alerts; the daemon does not start it before rules are read.
#![forbid(unsafe_code)]

pub mod alert;
mod limits;
pub mod rules;
