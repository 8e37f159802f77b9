//! Loki's HTTP API, `/loki/api/v1`.
//!
//! Invariant: paths, parameters, status codes, key order and texts are Loki's.

use crate::state::Front;
use axum::Router;

/// Routes that need the store.
pub(crate) fn routes() -> Router<Front> {
    Router::new()
}
