//! Prometheus's HTTP API, `/api/v1`.
//!
//! Invariant: paths, parameters, status codes, key order and texts are Prometheus's; what Grafana demands beyond that
//! is pinned by the tests of this folder.

mod encode;
mod query;

use crate::state::Front;
use axum::Router;
use axum::routing::get;

/// Routes that answer while the WAL is replayed.
pub(crate) fn early_routes() -> Router<Front> {
    Router::new()
}

/// Routes that need the store.
pub(crate) fn routes() -> Router<Front> {
    Router::new()
        .route("/api/v1/query", get(query::instant).post(query::instant))
        .route("/api/v1/query_range", get(query::range).post(query::range))
}
