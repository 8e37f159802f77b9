//! Bounds of the alerter, with what happens beyond them.

use std::time::Duration;

/// How long an alert that ended stays known to its rule, so that its end reaches everybody; then it is forgotten.
/// As long as in Prometheus.
pub const RESOLVED_KEPT: Duration = Duration::from_secs(15 * 60);

/// Most alerts that wait to be handed to other Alertmanagers; beyond it the oldest give way and are counted. As in
/// Prometheus.
pub const FORWARD_QUEUE_MAX: usize = 10_000;

/// Most alerts of one hand-over to other Alertmanagers; the rest follow in the next. As in Prometheus.
pub const FORWARD_BATCH_MAX: usize = 256;
