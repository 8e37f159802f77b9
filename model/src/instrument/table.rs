//! The table of Belfry's own metrics. Adding one is one line here and one in `docs/metrics.md`.

use super::{Shape, Spec};

macro_rules! instruments {
    ($($(#[doc = $doc:literal])* $member:ident = $shape:ident $name:literal [$($label:literal),*] $help:literal;)*) => {
        /// Every metric that Belfry exports of itself.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Instrument {
            $(#[doc = $help] $(#[doc = $doc])* $member,)*
        }

        impl Instrument {
            /// All of them, in the order of the enum.
            pub const ALL: &'static [Instrument] = &[$(Instrument::$member,)*];

            /// Its name, help, shape and labels.
            pub const fn spec(self) -> Spec {
                match self {
                    $(Instrument::$member => {
                        Spec { name: $name, help: $help, shape: Shape::$shape, labels: &[$($label),*] }
                    })*
                }
            }
        }
    };
}

instruments! {
    BuildInfo = Gauge "belfry_build_info" ["version", "commit"] "Constant 1, labelled with what runs";
    StartTime = Gauge "belfry_start_time_seconds" [] "When the process started, seconds since the epoch";
    TaskRestarts = Counter "belfry_task_restarts" ["task"] "How often a task was restarted after a panic or an error";
    ReloadSucceeded = Gauge "belfry_config_last_reload_successful" [] "Whether the last reload of the config went well: 1 or 0";
    ReloadTime = Gauge "belfry_config_last_reload_success_timestamp_seconds" [] "When a config was last put in force, seconds since the epoch";
    Targets = Gauge "belfry_targets" ["health"] "Targets by how their last scrape went: up, down or unknown before the first";
    TaskFailures = Counter "belfry_task_failures" ["task"] "How often a task ended by a panic or an error";
    QuerySeconds = Seconds "belfry_query" ["kind"] "Time to answer a query, by kind: instant or range, log_instant or log_range";
    BlogRunning = Gauge "belfry_blog_running" [] "Whether the embedded blog runs: 1 or 0";
    PodLogLinesLost = Counter "belfry_pod_log_lines_lost" [] "Lines of the embedded blog that could not be written to its log file";
    HttpRequests = Counter "belfry_http_requests" ["route", "status"] "Requests answered, by route template and status";
    HttpSeconds = Seconds "belfry_http_request" ["route"] "Time from the head of a request to its answer, by route template";
    HttpConnections = Gauge "belfry_http_connections" [] "Open connections to our port";
    HttpRefused = Counter "belfry_http_refused" ["reason"] "Requests refused, by reason: answer, busy, body, credentials, origin, tails";
    PushSamples = Counter "belfry_push_samples" ["outcome"] "Samples of remote writes, by outcome: stored, repeated (stored before), rejected";
    PushLines = Counter "belfry_push_lines" ["outcome"] "Log lines of pushes, by outcome: stored, repeated (stored before), rejected";
    LinesChanged = Counter "belfry_log_lines_changed" ["change"] "Log lines that were not stored as they came: cut (too long), repaired (no UTF-8)";
    Forwards = Counter "belfry_alerts_forward_requests" ["outcome"] "Hand-overs of alerts to other Alertmanagers, by outcome: sent, failed";
    ForwardDropped = Counter "belfry_alerts_forward_dropped" [] "Alerts that gave way because other Alertmanagers took them too slowly";
    StoreSeries = Gauge "belfry_store_series" [] "Series in the head of the metrics store";
    StoreChunkBytes = Gauge "belfry_store_chunk_bytes" [] "Memory that the samples of the head take";
    StoreBlocks = Gauge "belfry_store_blocks" [] "Blocks of metrics on disk";
    StoreBlockBytes = Gauge "belfry_store_block_bytes" [] "Bytes of the blocks of metrics on disk";
    StoreOldest = Gauge "belfry_store_oldest_timestamp_seconds" [] "The oldest sample of metrics, seconds since the epoch";
    StoreSamples = Counter "belfry_store_samples" ["verdict"] "Samples appended, by verdict: stored, repeated or why they were refused";
    StoreReadOnly = Gauge "belfry_store_read_only" ["engine"] "Whether an engine refuses appends after an I/O error: 1 or 0";
    StoreMaintenanceSeconds = Seconds "belfry_store_maintenance" ["engine"] "Time of one round of cutting, merging and dropping blocks";
    LogStreams = Gauge "belfry_log_streams" [] "Streams with entries that are not sealed yet";
    LogHeadBytes = Gauge "belfry_log_head_bytes" [] "Memory that entries take that are not sealed yet";
    LogEntries = Counter "belfry_log_entries" ["outcome"] "Log entries appended, by outcome: stored, repeated or why they were refused";
    LogBytes = Counter "belfry_log_bytes" [] "Bytes of the lines of log entries that were stored";
    LogParts = Gauge "belfry_log_parts" [] "Sealed parts of logs on disk";
    LogPartBytes = Gauge "belfry_log_part_bytes" [] "Bytes of the sealed parts of logs on disk";
    LogOldest = Gauge "belfry_log_oldest_timestamp_seconds" [] "The oldest sealed log entry, seconds since the epoch";
    HttpPanics = Counter "belfry_http_panics" [] "Requests whose answering panicked";
    LogTails = Gauge "belfry_log_tails" [] "Live tails of log lines that are being served";
    LogTailLinesDropped = Counter "belfry_log_tail_lines_dropped" [] "Lines that live tails left out because their clients read too slowly";
    ScrapeSeconds = Seconds "belfry_scrape" ["scrape_job"] "Time from the start of a scrape until its page was read, by job";
    ScrapeFailures = Counter "belfry_scrape_failures" ["scrape_job", "class"] "Scrapes that failed, by job and class of failure";
    ScrapesLost = Counter "belfry_scrapes_lost" ["scrape_job"] "Scrapes that could not be stored, by job";
    ScrapeSamples = Counter "belfry_scrape_samples" ["scrape_job"] "Samples of pages after metric relabeling, by job";
    ScrapeSamplesRefused = Counter "belfry_scrape_samples_refused" ["reason"] "Samples of pages that the store refused, by reason: duplicate, too_old, too_far_ahead, limit";
    ScrapeLinesSkipped = Counter "belfry_scrape_lines_skipped" ["scrape_job"] "Lines that lenient jobs skipped, by job";
    ScrapeTicksSkipped = Counter "belfry_scrape_ticks_skipped" ["scrape_job"] "Scrapes left out because the one before was not done, by job";
    ScrapeTargets = Gauge "belfry_scrape_targets" ["scrape_job"] "Targets that are scraped, by job";
    DiscoveryFailures = Counter "belfry_discovery_failures" ["scrape_job"] "Times that discovery could not read a source, by job";
    TailLines = Counter "belfry_tail_lines" ["log_job"] "Lines read of tailed files, by job";
    TailBytes = Counter "belfry_tail_bytes" ["log_job"] "Bytes read of tailed files, by job";
    TailLinesCut = Counter "belfry_tail_lines_cut" ["log_job"] "Tailed lines that were too long and were cut, by job";
    TailInvalid = Counter "belfry_tail_lines_invalid" ["log_job"] "Tailed lines that were not UTF-8, by job";
    TailLinesDropped = Counter "belfry_tail_lines_dropped" ["log_job", "reason"] "Tailed lines that stages dropped, by job and the reason that the config gives";
    TailFiles = Gauge "belfry_tail_files" ["log_job"] "Paths that are tailed, by job";
    TailLag = Gauge "belfry_tail_lag_bytes" ["log_job"] "Bytes of tailed files that are not read yet, by job";
    TailProblems = Gauge "belfry_tail_problems" ["log_job"] "Files and folders that cannot be tailed, by job";
    RuleEvaluations = Counter "belfry_rule_evaluations" ["rule_group"] "Evaluations of rules, by file and name of their group";
    RuleFailures = Counter "belfry_rule_evaluation_failures" ["rule_group"] "Evaluations of rules that failed, by group";
    RuleIterationsMissed = Counter "belfry_rule_group_iterations_missed" ["rule_group"] "Evaluations of groups left out because the one before was not done, by group";
    RuleGroupSeconds = Seconds "belfry_rule_group" ["rule_group"] "Time to evaluate all rules of a group, by group";
    RuleGroupEvaluated = Gauge "belfry_rule_group_last_evaluation_timestamp_seconds" ["rule_group"] "When a group was last evaluated, seconds since the epoch, by group";
    TailRefused = Counter "belfry_tail_lines_refused" ["reason"] "Tailed lines that the store refused, by reason";
    AlertsHeld = Gauge "belfry_alerts" ["state"] "Alerts that go on, by state: active or suppressed (silenced or inhibited)";
    AlertsPosted = Counter "belfry_alerts_posted" ["source"] "Alerts posted to the dispatcher, by source: rules or api";
    AlertsRefused = Counter "belfry_alerts_refused" ["reason"] "Alerts that were not held (invalid, too_large, too_many) or whose receiver is not told (no_group, end_not_told), by reason";
    AlertGroups = Gauge "belfry_alert_groups" [] "Aggregation groups";
    Silences = Gauge "belfry_silences" ["state"] "Silences by state: active, pending or expired";
    AlertStateUnsaved = Counter "belfry_alert_state_unsaved" ["what"] "Times that alert state could not be saved, by what: notification_log, rules, silences or told_alerts";
    NotificationsSent = Counter "belfry_notifications_sent" ["integration"] "Notifications that arrived, by kind of integration";
    NotificationsFailed = Counter "belfry_notifications_failed" ["integration", "reason"] "Notifications that were given up, by kind of integration and reason: permanent or superseded by the group's next turn";
    NotificationRetries = Counter "belfry_notification_retries" ["integration"] "Attempts to notify that failed and may be repeated, by kind of integration";
    NotificationsSuppressed = Counter "belfry_notifications_suppressed" ["reason"] "Alerts that a flush kept from its receivers, by reason: inhibition, active_time_interval, mute_time_interval, silence";
    NotificationSeconds = Seconds "belfry_notification" ["integration"] "Time from a group's turn until its notification arrived or was given up, by kind of integration";
}
