//! What a LogQL query asks.

use model::cancel::Cancel;
use model::time::Nanos;
use std::time::Duration;
use store::logs::Direction;

/// A query at one instant.
#[derive(Clone, Copy, Debug)]
pub struct LogRequest<'a> {
    /// The expression.
    pub text: &'a str,
    /// When to evaluate.
    pub time: Nanos,
    /// Raised by whoever wants the query to stop.
    pub cancel: &'a Cancel,
}

/// A query over a range.
#[derive(Clone, Copy, Debug)]
pub struct LogRangeRequest<'a> {
    /// The expression.
    pub text: &'a str,
    /// The first nanosecond, and the first step.
    pub start: Nanos,
    /// Lines at it or later are left out; a step may fall on it.
    pub end: Nanos,
    /// From step to step of a metric query; at least one millisecond.
    pub step: Duration,
    /// The least distance between two lines of the answer; zero leaves none out.
    pub interval: Duration,
    /// Which end of the range comes first.
    pub direction: Direction,
    /// The most lines over all streams; at least 1. Metric queries have no use for it.
    pub limit: usize,
    /// Raised by whoever wants the query to stop.
    pub cancel: &'a Cancel,
}
