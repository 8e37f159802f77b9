//! Loki's HTTP API, `/loki/api/v1`.
//!
//! Invariant: paths, parameters, status codes, key order and texts are Loki's; what Grafana demands beyond that is
//! pinned by the tests of this folder. A range's end is outside it, as in Loki.

mod encode;
mod given;
mod index;
mod labels;
mod push;
mod query;
mod selectors;
mod status;

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
        .route("/loki/api/v1/format_query", get(status::format_query).post(status::format_query))
        .route("/loki/api/v1/status/buildinfo", get(status::build_info))
}

#[cfg(test)]
mod tests;
