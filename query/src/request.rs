//! What a query asks.

use model::cancel::Cancel;
use model::time::Millis;
use std::time::Duration;

/// A query at one instant.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The expression.
    pub text: &'a str,
    /// When to evaluate.
    pub time: Millis,
    /// How far a selector looks back; `None` is the configured one.
    pub lookback: Option<Duration>,
    /// The most series to answer; 0 is no limit. A cut answer carries a warning.
    pub limit: usize,
    /// Raised by whoever wants the query to stop.
    pub cancel: &'a Cancel,
}

/// A query at every step of a range.
#[derive(Clone, Copy, Debug)]
pub struct RangeRequest<'a> {
    /// The expression; its type must be a scalar or a vector.
    pub text: &'a str,
    /// The first step.
    pub start: Millis,
    /// No step is later; a step may fall on it.
    pub end: Millis,
    /// From step to step; at least one millisecond.
    pub step: Duration,
    /// How far a selector looks back; `None` is the configured one.
    pub lookback: Option<Duration>,
    /// The most series to answer; 0 is no limit. A cut answer carries a warning.
    pub limit: usize,
    /// Raised by whoever wants the query to stop.
    pub cancel: &'a Cancel,
}
