//! From rules to messages: rule groups, alerts, routing, inhibition, silences and notification.
//!
//! Invariant: it queries through `query` and writes its series through `store`; it knows neither the HTTP API nor how
//! samples are collected. The room is empty until alerts are built: metrics come first, then logs.
#![forbid(unsafe_code)]
