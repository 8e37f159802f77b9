//! Prometheus's HTTP API, `/api/v1`.
//!
//! Invariant: paths, parameters, status codes, key order and texts are Prometheus's; what Grafana demands beyond that
//! is pinned by the tests of this folder.

mod encode;
mod exemplars;
mod format;
mod labels;
mod metadata;
mod query;
pub(crate) mod rules;
mod selectors;
mod series;
mod status;
mod targets;
mod tree;
mod write;

use crate::error::Failure;
use crate::params::Parameters;
use crate::state::Front;
use axum::Router;
use axum::routing::{get, post};
use language::promql::{self, Expr, Features, ParseOptions};

/// Routes that answer while the WAL is replayed.
pub(crate) fn early_routes() -> Router<Front> {
    Router::new().route("/api/v1/status/walreplay", get(status::wal_replay))
}

/// Routes that need the store. Grafana posts what Prometheus reads only from a URL too, so both methods are taken for
/// every question.
pub(crate) fn routes() -> Router<Front> {
    Router::new()
        .route("/api/v1/query", get(query::instant).post(query::instant))
        .route("/api/v1/query_range", get(query::range).post(query::range))
        .route("/api/v1/query_exemplars", get(exemplars::exemplars).post(exemplars::exemplars))
        .route("/api/v1/format_query", get(format::format_query).post(format::format_query))
        .route("/api/v1/parse_query", get(tree::parse_query).post(tree::parse_query))
        .route("/api/v1/labels", get(labels::names).post(labels::names))
        .route("/api/v1/label/{name}/values", get(labels::values).post(labels::values))
        .route("/api/v1/series", get(series::series).post(series::series))
        .route("/api/v1/metadata", get(metadata::metadata).post(metadata::metadata))
        .route("/api/v1/write", post(write::write))
        .route("/api/v1/push", post(write::write))
        .merge(list_routes())
}

/// Routes that list what is configured or running.
fn list_routes() -> Router<Front> {
    Router::new()
        .route("/api/v1/targets", get(targets::targets))
        .route("/api/v1/targets/metadata", get(targets::metadata))
        .route("/api/v1/scrape_pools", get(targets::scrape_pools))
        .route("/api/v1/rules", get(rules::rules))
        .route("/api/v1/alerts", get(rules::alerts))
        .route("/api/v1/alertmanagers", get(rules::alertmanagers))
        .route("/api/v1/notifications", get(rules::notifications))
        .route("/api/v1/status/buildinfo", get(status::build_info))
        .route("/api/v1/status/config", get(status::config))
        .route("/api/v1/status/flags", get(status::flags))
        .route("/api/v1/status/runtimeinfo", get(status::runtime_info))
        .route("/api/v1/status/tsdb", get(status::tsdb))
}

/// Parses `query` as PromQL with every feature: what is off in the engine is refused there, by name. Compiling its
/// regular expressions takes time: not for the reactor.
fn expression(given: &Parameters) -> Result<Expr, Failure> {
    let options = ParseOptions { features: Features::ALL };
    promql::parse(given.query()?, &options).map_err(|error| Failure::parameter("query", error))
}

#[cfg(test)]
mod tests;
