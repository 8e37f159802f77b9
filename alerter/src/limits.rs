//! Bounds of the alerter, with what happens beyond them.

use std::time::Duration;

/// How long an alert that ended stays known to its rule, so that its end reaches everybody; then it is forgotten.
/// As long as in Prometheus.
pub const RESOLVED_KEPT: Duration = Duration::from_secs(15 * 60);

/// How long one attempt to send over HTTP may take unless the config says otherwise. Beyond it the attempt has failed
/// and may be made again.
pub const SEND_TIMEOUT: Duration = Duration::from_secs(10);

/// How long one attempt to send a mail may take, the handshakes included. Beyond it the attempt has failed and may be
/// made again.
pub const MAIL_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a mail server may take to say goodbye once it has taken a mail. Beyond it the connection is dropped.
pub const MAIL_GOODBYE: Duration = Duration::from_secs(2);

/// How much of an answer is read, in bytes. What follows is not.
pub const ANSWER_BYTES_MAX: usize = 64 << 10;

/// How much of an answer an error shows, in characters. The rest is cut.
pub const ANSWER_SHOWN_MAX: usize = 200;

/// Longest wait that a `Retry-After` is obeyed for. A longer one is shortened to it.
pub const RETRY_AFTER_MAX: Duration = Duration::from_secs(60 * 60);

/// Largest body of a webhook, in bytes. A larger message loses its last alerts, as many as `truncatedAlerts` says.
pub const WEBHOOK_BYTES_MAX: usize = 4 << 20;

/// Longest title of a Slack message, in characters, as Slack allows it. A longer one is cut.
pub const SLACK_TITLE_MAX: usize = 1024;

/// Longest other text of a Slack message, in characters; Slack refuses messages of more than 40,000. A longer one is
/// cut.
pub const SLACK_TEXT_MAX: usize = 12_000;

/// Longest subject or other header of a mail, in characters. A longer one is cut.
pub const MAIL_HEADER_MAX: usize = 1_000;

/// Largest text or HTML part of a mail, in bytes. A larger one is replaced by a plain text of its alerts.
pub const MAIL_PART_BYTES_MAX: usize = 4 << 20;

/// Most alerts that the plain text names which is sent when a template fails. The others are counted.
pub const PLAIN_ALERTS_MAX: usize = 20;

/// Messages that are rendered at once, each on a thread of its own. Others wait.
pub const RENDERINGS_AT_ONCE: usize = 2;

/// Messages that wait to be rendered. Beyond it an attempt fails and may be made again.
pub const RENDERINGS_WAITING_MAX: usize = 1_000;

/// Longest text of a Discord embed, in characters, as Discord allows it. A longer one is cut.
pub const DISCORD_TEXT_MAX: usize = 4096;

/// Longest title of a Discord embed, in characters, as Discord allows it (Alertmanager cuts at 1024). A longer one is
/// cut.
pub const DISCORD_TITLE_MAX: usize = 256;

/// Longest text before a Discord embed, in characters, as Discord allows it. A longer one is cut.
pub const DISCORD_CONTENT_MAX: usize = 2000;

/// Longest text of a Telegram message, in characters, as Telegram allows it. A longer one is cut; HTML, which cannot
/// be, is replaced by a plain text.
pub const TELEGRAM_TEXT_MAX: usize = 4096;

/// Longest text of an ntfy message, in characters; beyond 4,096 bytes ntfy makes a file of it. A longer one is cut.
pub const NTFY_TEXT_MAX: usize = 1300;

/// Longest title of an ntfy message, in characters. A longer one is cut.
pub const NTFY_TITLE_MAX: usize = 250;

/// Most buttons of an ntfy message, as ntfy allows it. Others are left out.
pub const NTFY_ACTIONS_MAX: usize = 3;
