//! Alertmanager's HTTP API, `/api/v2`, and what our own page asks of notifications.
//!
//! Invariant: paths, parameters, status codes, key order and texts are those of Alertmanager 0.33, so that `amtool`,
//! Grafana and other Prometheis work. `/alertmanager/api/v2` does not exist: Grafana takes whoever answers there for a
//! Mimir.

mod alerts;
mod encode;
mod failure;
mod given;
mod notifications;
mod post_alerts;
mod post_silences;
mod silences;
mod status;

use crate::state::Front;
use axum::Router;
use axum::http::{HeaderValue, header};
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::get;

/// All routes; each needs the store.
pub(crate) fn routes() -> Router<Front> {
    let api = Router::new()
        .route("/api/v2/alerts", get(alerts::alerts).post(post_alerts::post))
        .route("/api/v2/alerts/groups", get(alerts::groups))
        .route("/api/v2/silences", get(silences::list).post(post_silences::post))
        .route("/api/v2/silence/{id}", get(silences::one).delete(silences::expire))
        .route("/api/v2/receivers", get(status::receivers))
        .route("/api/v2/status", get(status::status))
        .layer(map_response(never_stored));
    api.merge(Router::new().route("/api/belfry/v1/notifications", get(notifications::notifications)))
}

async fn never_stored(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests;
