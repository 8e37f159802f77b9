//! Times that bound restarts and stops. Each says what happens beyond it.

use std::time::Duration;

/// Wait before the first restart of a failed task.
pub const FIRST_RESTART_WAIT: Duration = Duration::from_millis(200);

/// Longest wait between two restarts; a task that keeps failing is tried this often for ever.
pub const LONGEST_RESTART_WAIT: Duration = Duration::from_secs(30);

/// A task that ran this long before it failed begins again with the first wait.
pub const HEALTHY_AFTER: Duration = Duration::from_secs(60);

/// How often the names of tasks that have not ended yet are logged during a stop.
pub const PENDING_LOG_EVERY: Duration = Duration::from_secs(5);
