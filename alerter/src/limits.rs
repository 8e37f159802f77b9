//! Bounds of the alerter, with what happens beyond them.

use std::time::Duration;

/// How long an alert that ended stays known to its rule, so that its end reaches everybody; then it is forgotten.
/// As long as in Prometheus.
pub const RESOLVED_KEPT: Duration = Duration::from_secs(15 * 60);

/// Most alerts that are held. Beyond it new ones are refused and counted; those that are held go on.
pub const ALERTS_MAX: usize = 20_000;

/// Most bytes of the labels and annotations of one alert. A larger one is refused and counted.
pub const ALERT_BYTES_MAX: usize = 64 << 10;

/// Most aggregation groups. Beyond it an alert that needs a new one is held and shown, its receiver is not told, and
/// that is counted and logged.
pub const GROUPS_MAX: usize = 10_000;

/// Most silences, expired ones included. Beyond it new ones are refused, in Alertmanager's words.
pub const SILENCES_MAX: usize = 10_000;

/// Most bytes of one silence. A larger one is refused, in Alertmanager's words.
pub const SILENCE_BYTES_MAX: usize = 64 << 10;

/// How long a silence that ended can still be seen; then it is forgotten. As long as in Alertmanager.
pub const SILENCES_KEPT: Duration = Duration::from_secs(120 * 3_600);

/// Most entries of the notification log. Beyond it the oldest is forgotten and its group may be told once more.
pub const NOTIFICATION_LOG_MAX: usize = 20_000;

/// How long an entry of the notification log is kept at most. As long as in Alertmanager.
pub const NOTIFICATION_LOG_KEPT: Duration = Duration::from_secs(120 * 3_600);

/// How long an end that was told is remembered beside the last message of its group; longer than ends are posted again.
pub const ENDS_REMEMBERED: Duration = Duration::from_secs(3_600);

/// Most messages that one integration of a receiver sends at once. Others wait, at most until their group's next turn.
pub const SENDS_PER_INTEGRATION: usize = 16;

/// Most notifications that the page shows. Older ones are forgotten.
pub const NOTIFICATIONS_SHOWN: usize = 200;

/// Most bytes of an error that the page shows of a notification. The rest is cut.
pub const NOTIFICATION_ERROR_BYTES_MAX: usize = 1_000;

/// Saves of silences and the notification log that may wait. Beyond it a save fails, is logged and is made up for later.
pub const SAVES_QUEUED: usize = 64;
