//! Rules over time: from what an expression finds to alerts and recorded series.
//!
//! Invariant: what happens is a function of the state before, what was found, and the time; nothing here asks for the
//! time, queries or stores.

pub mod alerting_rule;

pub use alerting_rule::{ActiveAlerts, Condition, Found, Timing, Transition};
