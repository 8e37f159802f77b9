//! Rules over time: from what an expression finds to alerts and recorded series.
//!
//! Invariant: what happens to an alert is a function of its state before, what was found, and the time; a rule that
//! fails or panics fails alone. What changed is on the disk before anybody is told.

pub mod alerting_rule;
mod around;
mod engines;
pub(crate) mod expansion;
mod group;
mod keeping;
mod posting;
mod rule;
mod ruler;
mod schedule;
mod series;
mod view;

pub use alerting_rule::{ActiveAlerts, Condition, Found, Timing, Transition};
pub use around::{Post, RulesParts, Settings};
pub use engines::Engines;
pub use rule::Health;
pub use ruler::{Prepared, Rules};
pub use view::{AlertView, GroupView, RuleView};

#[cfg(test)]
mod tests;
