//! The scenarios by name. A new one is a function in the file of its theme and one line here.

mod alerting_errors;
mod bad_scrapes;
mod command_line;
mod config_errors;
mod credentials;
mod durability;
mod first_light;
mod grafana;
mod handing_over;
mod history;
mod host;
mod incidents;
mod lifecycle;
mod log_push;
mod log_torture;
mod relabel;
mod reload;
mod second_light;
mod staleness;
mod telling;
mod third_light;
mod write_api;

use crate::Scenario;
use crate::program::{DATABASE, Program, WORLD};

/// Those that need nothing but the binary.
pub(crate) const ALONE: &[(&str, Scenario)] = &[
    ("first_light", first_light::first_light),
    ("second_light", second_light::second_light),
    ("taken_blog_port_costs_only_the_blog", second_light::taken_blog_port_costs_only_the_blog),
    ("tailing_loses_and_repeats_nothing", log_torture::tailing_loses_and_repeats_nothing),
    ("deleted_files_come_back", log_torture::deleted_files_come_back),
    ("truncated_files_are_read_once", log_torture::truncated_files_are_read_once),
    ("pushed_lines_outlive_kills", log_push::pushed_lines_outlive_kills),
    ("bad_log_pushes_are_told_apart", log_push::bad_log_pushes_are_told_apart),
    ("large_log_pushes_stay_out_of_memory", log_push::large_log_pushes_stay_out_of_memory),
    ("hostile_log_queries_are_refused", log_push::hostile_log_queries_are_refused),
    ("bad_scrapes_touch_nobody_else", bad_scrapes::bad_scrapes_touch_nobody_else),
    ("large_bodies_stay_out_of_memory", bad_scrapes::large_bodies_stay_out_of_memory),
    ("check_tells_every_finding", command_line::check_tells_every_finding),
    ("version_and_health", command_line::version_and_health),
    ("bad_config_ends_with_its_place", config_errors::bad_config_ends_with_its_place),
    ("open_address_needs_auth", config_errors::open_address_needs_auth),
    ("credentials_are_asked_for", credentials::credentials_are_asked_for),
    ("history_outlives_blocks_and_kills", history::history_outlives_blocks_and_kills),
    ("damage_is_set_aside", history::damage_is_set_aside),
    ("kill_keeps_what_was_acknowledged", durability::kill_keeps_what_was_acknowledged),
    ("stop_keeps_what_was_acknowledged", durability::stop_keeps_what_was_acknowledged),
    ("scraped_series_outlive_restarts", durability::scraped_series_outlive_restarts),
    ("grafana_saves_and_tests", grafana::saves_and_tests),
    ("grafana_browses", grafana::browses),
    ("grafana_sees_errors", grafana::sees_errors),
    ("data_folder_has_one_owner", lifecycle::data_folder_has_one_owner),
    ("taken_port_names_the_flag", lifecycle::taken_port_names_the_flag),
    ("stops_within_its_time", lifecycle::stops_within_its_time),
    ("signals_during_the_replay", lifecycle::signals_during_the_replay),
    ("targets_are_relabeled", relabel::targets_are_relabeled),
    ("metrics_are_relabeled", relabel::metrics_are_relabeled),
    ("reload_applies_all_or_nothing", reload::reload_applies_all_or_nothing),
    ("what_needs_a_restart_is_refused", reload::what_needs_a_restart_is_refused),
    ("files_of_targets_are_watched", reload::files_of_targets_are_watched),
    ("failed_scrape_ends_its_series", staleness::failed_scrape_ends_its_series),
    ("vanished_series_end", staleness::vanished_series_end),
    ("removed_target_ends_its_series", staleness::removed_target_ends_its_series),
    ("what_goes_on_is_repeated", telling::what_goes_on_is_repeated),
    ("restarts_tell_nobody_twice", telling::restarts_tell_nobody_twice),
    ("pending_timers_go_on", telling::pending_timers_go_on),
    ("messages_get_through", telling::messages_get_through),
    ("heartbeats_stop_with_the_daemon", handing_over::heartbeats_stop_with_the_daemon),
    ("receivers_can_be_tried", handing_over::receivers_can_be_tried),
    ("disk_pressure_removes_a_pod", incidents::disk_pressure_removes_a_pod),
    ("image_pull_backoff", incidents::image_pull_backoff),
    ("disk_at_ninety_percent", incidents::disk_at_ninety_percent),
    ("bad_alerting_is_refused_with_its_place", alerting_errors::bad_alerting_is_refused_with_its_place),
    ("failing_templates_still_tell", alerting_errors::failing_templates_still_tell),
    ("bad_pushes_are_told_apart", write_api::bad_pushes_are_told_apart),
];

/// Those that need programs of others.
pub(crate) const BESIDE: &[(&str, Scenario, &[Program])] = &[
    ("host_agrees_with_node_exporter", host::host_agrees_with_node_exporter, &[Program::NodeExporter]),
    ("third_light", third_light::third_light, WORLD),
    ("mail_waits_for_its_server", telling::mail_waits_for_its_server, WORLD),
    ("database_down_inhibits_its_errors", telling::database_down_inhibits_its_errors, DATABASE),
    ("refused_connections_to_mysql", incidents::refused_connections_to_mysql, DATABASE),
    ("other_alertmanagers_hear_of_alerts", handing_over::other_alertmanagers_hear_of_alerts, &[Program::Alertmanager]),
    ("silences_hold_and_expire", telling::silences_hold_and_expire, &[Program::Amtool]),
];

/// A config with one job that scrapes its targets four times a second; `more` are further lines of the job.
fn fast_job(name: &str, targets: &[&str], more: &str) -> String {
    let targets: Vec<_> = targets.iter().map(|target| format!("\"{target}\"")).collect();
    format!(
        "scrape_configs:\n  - job_name: {name}\n    scrape_interval: 250ms\n    scrape_timeout: 250ms\n    static_configs: [{{targets: [{}]}}]\n{more}",
        targets.join(", ")
    )
}
