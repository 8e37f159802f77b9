//! Health, readiness, our own metrics, reload and quit.

use crate::error::{plain, plain_unavailable};
use crate::state::{Front, Phase};
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use axum::routing::{get, post};
use collector::exporter::self_::SelfExporter;
use std::sync::Arc;

/// What is said while the store is opened.
pub(crate) const REPLAYING: &str = "Belfry is starting: the write-ahead log is being replayed.";

const OPENMETRICS: HeaderValue = HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");

/// Routes that answer from the first moment on.
pub(crate) fn routes() -> Router<Front> {
    Router::new()
        .route("/-/healthy", get(healthy))
        .route("/-/ready", get(ready))
        .route("/ready", get(ready))
        .route("/metrics", get(metrics))
        .merge(crate::prometheus::early_routes())
}

/// Routes that wait until the daemon runs.
pub(crate) fn gated_routes() -> Router<Front> {
    Router::new().route("/-/reload", post(reload).put(reload)).route("/-/quit", post(quit).put(quit))
}

async fn healthy() -> Response {
    plain(StatusCode::OK, "Belfry is healthy.")
}

async fn ready(State(front): State<Front>) -> Response {
    match front.phase() {
        Phase::Replaying(_) => plain_unavailable(REPLAYING),
        Phase::Starting(_) => plain_unavailable("Belfry is starting."),
        Phase::Serving(_) => plain(StatusCode::OK, "Belfry is ready."),
        Phase::Stopping(_) => plain_unavailable("Belfry is stopping."),
    }
}

async fn metrics(State(front): State<Front>) -> Response {
    let page = SelfExporter::new(Arc::clone(front.instruments())).page();
    let mut response = Response::new(Body::from(page.body));
    response.headers_mut().insert(header::CONTENT_TYPE, OPENMETRICS);
    response
}

async fn reload(State(front): State<Front>) -> Response {
    match (front.daemon().reload)().await {
        Ok(text) => plain(StatusCode::OK, &text),
        Err(text) => plain(StatusCode::BAD_REQUEST, &text),
    }
}

async fn quit(State(front): State<Front>) -> Response {
    if !front.settings().enable_quit {
        return plain(StatusCode::FORBIDDEN, "quitting over HTTP is off; web.enable_quit: true turns it on");
    }
    front.daemon().quit.cancel();
    plain(StatusCode::OK, "Belfry is stopping.")
}
