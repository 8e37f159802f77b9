//! All routes and what stands around them.
//!
//! Invariant: no path is answered that is not listed here; what is not is 404 in plain text, never a page. Health and
//! readiness ask for no credentials; everything that needs the store waits until it is open.

use crate::auth::Refusal;
use crate::error::{plain, plain_unavailable};
use crate::state::Front;
use crate::{alertmanager, compress, hold, loki, observe, ops, prometheus, ui};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use model::instrument::Instrument;

/// Paths that probes may ask without credentials.
const OPEN_PATHS: [&str; 3] = ["/-/healthy", "/-/ready", "/ready"];

pub(crate) fn router(front: Front) -> Router {
    let gated = prometheus::routes().merge(loki::routes()).merge(ops::gated_routes()).merge(ui::gated_routes());
    let gated = gated.merge(alertmanager::routes());
    Router::new()
        .merge(gated.route_layer(from_fn_with_state(front.clone(), wait_for_store)))
        .merge(ops::routes())
        .merge(ui::routes())
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn_with_state(front.clone(), compress::compress))
        .layer(from_fn_with_state(front.clone(), hold::hold))
        .layer(from_fn_with_state(front.clone(), authorize))
        .layer(from_fn_with_state(front.clone(), observe::observe))
        .with_state(front)
}

async fn not_found() -> Response {
    plain(StatusCode::NOT_FOUND, "404 page not found")
}

async fn method_not_allowed() -> Response {
    plain(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed")
}

/// Hands the backends to the routes, or answers 503 while there are none.
async fn wait_for_store(State(front): State<Front>, mut request: Request, next: Next) -> Response {
    match front.backends() {
        Some(backends) => {
            request.extensions_mut().insert(backends);
            next.run(request).await
        }
        None => plain_unavailable(ops::REPLAYING),
    }
}

async fn authorize(State(front): State<Front>, request: Request, next: Next) -> Response {
    if OPEN_PATHS.contains(&request.uri().path()) {
        return next.run(request).await;
    }
    match front.gatekeeper().admit(request.headers()).await {
        Ok(()) => next.run(request).await,
        Err(refusal) => {
            front.count(Instrument::HttpRefused, &["credentials"]);
            refuse(refusal)
        }
    }
}

fn refuse(refusal: Refusal) -> Response {
    match refusal {
        Refusal::Unauthorized => {
            let mut response = plain(StatusCode::UNAUTHORIZED, "Unauthorized");
            let challenge = HeaderValue::from_static("Basic realm=\"belfry\", charset=\"UTF-8\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
            response
        }
        Refusal::Busy => plain_unavailable("too many passwords wait to be checked, try again"),
    }
}

#[cfg(test)]
mod tests;
