//! Loki's HTTP API, `/loki/api/v1`.
//!
//! Invariant: paths, parameters, status codes, key order and texts are Loki's; what Grafana demands beyond that is
//! pinned by the tests of this folder. A range's end is outside it, as in Loki.

mod detected;
mod encode;
mod given;
mod index;
mod labels;
mod legacy;
mod push;
mod query;
mod rules;
mod selectors;
mod status;
mod tail;
mod targets;

use crate::state::Front;
use axum::Router;
use axum::routing::{get, post};

/// Routes that need the store. Loki takes both methods for most questions, so both are taken for every one.
pub(crate) fn routes() -> Router<Front> {
    Router::new()
        .route("/loki/api/v1/push", post(push::push))
        .route("/api/prom/push", post(push::push))
        .route("/loki/api/v1/query", get(query::instant).post(query::instant))
        .route("/loki/api/v1/query_range", get(query::range).post(query::range))
        .route("/loki/api/v1/labels", get(labels::names).post(labels::names))
        .route("/loki/api/v1/label", get(labels::names).post(labels::names))
        .route("/loki/api/v1/label/{name}/values", get(labels::values).post(labels::values))
        .route("/loki/api/v1/series", get(labels::series).post(labels::series))
        .route("/loki/api/v1/index/stats", get(index::stats).post(index::stats))
        .route("/loki/api/v1/index/volume", get(index::volume).post(index::volume))
        .route("/loki/api/v1/index/volume_range", get(index::volume_range).post(index::volume_range))
        .route("/loki/api/v1/tail", get(tail::tail))
        .route("/loki/api/v1/format_query", get(status::format_query).post(status::format_query))
        .route("/loki/api/v1/status/buildinfo", get(status::build_info))
        .route("/loki/api/v1/detected_labels", get(detected::labels).post(detected::labels))
        .route("/loki/api/v1/drilldown-limits", get(detected::limits))
        .route("/api/belfry/v1/log_targets", get(targets::log_targets))
        .merge(legacy_routes())
        .merge(rule_routes())
}

/// The paths of the first Loki.
fn legacy_routes() -> Router<Front> {
    Router::new()
        .route("/api/prom/query", get(legacy::query).post(legacy::query))
        .route("/api/prom/label", get(legacy::names).post(legacy::names))
        .route("/api/prom/label/{name}/values", get(legacy::values).post(legacy::values))
        .route("/api/prom/series", get(labels::series).post(labels::series))
        .route("/api/prom/tail", get(tail::legacy_tail))
}

/// Grafana asks a Loki for its rules where a Prometheus has them, under a prefix.
fn rule_routes() -> Router<Front> {
    Router::new()
        .route("/prometheus/api/v1/rules", get(rules::rules))
        .route("/prometheus/api/v1/alerts", get(rules::alerts))
        .route("/loki/api/v1/rules", get(rules::groups))
}

#[cfg(test)]
mod tests;
