//! Bounds of the alerter, with what happens beyond them.

use std::time::Duration;

/// How long an alert that ended stays known to its rule, so that its end reaches everybody; then it is forgotten.
/// As long as in Prometheus.
pub const RESOLVED_KEPT: Duration = Duration::from_secs(15 * 60);
