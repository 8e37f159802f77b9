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

/// Largest rule file in bytes; a larger one is refused.
pub const RULE_FILE_BYTES_MAX: usize = 4 << 20;

/// Most rule groups of one language; more are refused.
pub const RULE_GROUPS_MAX: usize = 2_000;

/// Most rules of one language, all groups together; more are refused.
pub const RULES_MAX: usize = 20_000;

/// Most alerts that one rule may have pending or firing. Beyond it the rule fails, as beyond its group's `limit`.
pub const ALERTS_PER_RULE_MAX: usize = 10_000;

/// Longest time that the evaluation of one rule may take; beyond it the rule fails.
pub const RULE_EVALUATION_MAX: Duration = Duration::from_secs(30);

/// Rules that are evaluated at once, all groups together; the rules of further groups wait for a thread.
pub const RULES_AT_ONCE: usize = 2;

/// How often an alert that goes on is posted again, and one that ended for [`RESOLVED_KEPT`]. As in Prometheus.
pub const RESEND_EVERY: Duration = Duration::from_secs(60);

/// Of how many resends (or evaluations, where those are rarer) none may arrive before an alert counts as ended.
pub const RESENDS_LOST: u32 = 4;

/// Evaluations after a start in which an alert that was kept and is not found goes on, so that targets can be scraped
/// first. Prometheus waits for as many before it takes its state up again.
pub const EVALUATIONS_TOLERATED: u32 = 2;

/// How long Belfry may have been down so that a pending alert's condition counts as having held meanwhile; selectors
/// look as far back. After a longer time the alert goes on where it was.
pub const DOWNTIME_BRIDGED: Duration = Duration::from_secs(300);

/// How old the state on disk may become while alerts are known; it is saved at once when an alert changes.
pub const STATE_SAVED_EVERY: Duration = Duration::from_secs(60);

/// What one template of a label or annotation may cost; beyond it its text is the error.
pub const RULE_TEMPLATE: language::template::Limits = language::template::Limits { bytes: 1 << 20, steps: 500_000 };

/// Most calls of `query` in the templates of one rule in one evaluation; further ones fail.
pub const TEMPLATE_QUERIES_MAX: usize = 100;

/// Longest text of an expanded label or annotation in bytes; what is longer is cut.
pub const EXPANDED_BYTES_MAX: usize = 64 << 10;

/// Longest error of a rule that is kept, in bytes; what is longer is cut.
pub const RULE_ERROR_BYTES_MAX: usize = 4 << 10;

/// How often the selectors of a rule are looked up; in between it shows what was found last.
pub const BLIND_LOOK_EVERY: Duration = Duration::from_secs(60);

/// How often those of a blind rule are looked up: after a first start nothing is scraped yet, and then it soon is.
pub const BLIND_LOOK_AGAIN: Duration = Duration::from_secs(10);

/// Series of a selector that are counted; where there are more, this is shown.
pub const BLIND_SERIES_MAX: usize = 10_000;

/// Values of a label that are looked up to explain what there is instead.
pub const BLIND_VALUES_MAX: usize = 1_000;

/// Values that an explanation names; the rest is counted.
pub const BLIND_SHOWN_VALUES: usize = 5;

/// Labels that an explanation names; the rest is counted.
pub const BLIND_SHOWN_LABELS: usize = 20;

/// Pairs of conditions that are looked up to find two that exclude each other; further ones are left out.
pub const BLIND_PAIRS_MAX: usize = 45;

/// Most alerts that are held. Beyond it new ones are refused and counted; those that are held go on.
pub const ALERTS_MAX: usize = 20_000;

/// Most bytes of all alerts that are held. Beyond it new ones are refused and counted; those that are held go on with
/// what they said.
pub const ALERTS_BYTES_MAX: usize = 64 << 20;

/// Most ends that wait to be told because a receiver takes none; as many bytes as [`ALERTS_BYTES_MAX`]. Beyond it the
/// oldest are forgotten, counted and logged.
pub const UNTOLD_ENDS_MAX: usize = 20_000;

/// Most bytes of the labels, annotations and link of one alert. A larger one is refused and counted.
pub const ALERT_BYTES_MAX: usize = 64 << 10;

/// Most aggregation groups. Beyond it an alert that needs a new one is held and shown, its receiver is not told, and
/// that is counted and logged.
pub const GROUPS_MAX: usize = 10_000;

/// Most silences, expired ones included. Beyond it new ones are refused, in Alertmanager's words.
pub const SILENCES_MAX: usize = 10_000;

/// Most label sets whose silences are remembered between two changes of silences. Beyond it all are found anew.
pub const MATCHING_KEPT: usize = 40_000;

/// Most bytes of one silence. A larger one is refused, in Alertmanager's words.
pub const SILENCE_BYTES_MAX: usize = 64 << 10;

/// How long a silence that ended can still be seen; then it is forgotten. As long as in Alertmanager.
pub const SILENCES_KEPT: Duration = Duration::from_secs(120 * 3_600);

/// Most entries of the notification log. Beyond it the oldest is forgotten and its group may be told once more.
pub const NOTIFICATION_LOG_MAX: usize = 20_000;

/// How long an entry of the notification log is kept at most. As long as in Alertmanager.
pub const NOTIFICATION_LOG_KEPT: Duration = Duration::from_secs(120 * 3_600);

/// How long an entry is kept that tells of something that goes on and of which nobody was told again: so long may
/// Belfry be down, or the alert be silenced, and its end is still told.
pub const GOING_ON_REMEMBERED: Duration = Duration::from_secs(30 * 24 * 3_600);

/// How long an end that was told is remembered beside the last message of its group; longer than ends are posted again.
pub const ENDS_REMEMBERED: Duration = Duration::from_secs(3_600);

/// How long after a start an alert that was told and that nobody posts any more goes on; then it has ended, and that is
/// told. Longer than whoever goes on with an alert takes to post it again.
pub const UNCLAIMED_AFTER: Duration = Duration::from_secs(300);

/// Most messages that one integration of a receiver sends at once. Others wait, at most until their group's next turn.
pub const SENDS_PER_INTEGRATION: usize = 16;

/// Most notifications that the page shows. Older ones are forgotten.
pub const NOTIFICATIONS_SHOWN: usize = 200;

/// Most bytes of an error that the page shows of a notification. The rest is cut.
pub const NOTIFICATION_ERROR_BYTES_MAX: usize = 1_000;

/// Saves of silences and the notification log that may wait. Beyond it a save fails, is logged and is made up for later.
pub const SAVES_QUEUED: usize = 64;

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
