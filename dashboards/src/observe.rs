//! Around every request: its time and status in our metrics, its panic kept to itself, and security headers.
//!
//! Invariant: what is counted and logged is the route's template, never the path or the query, which may hold secrets.

use crate::error::plain;
use crate::state::Front;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use futures_util::FutureExt;
use model::instrument::Instrument;
use std::borrow::Cow;
use std::panic::AssertUnwindSafe;
use tokio::time::Instant;

/// The label of requests that no route takes.
const NO_ROUTE: &str = "none";

const HEADERS: [(HeaderName, HeaderValue); 3] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
];

pub(crate) async fn observe(State(front): State<Front>, request: Request, next: Next) -> Response {
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let route = label(matched.as_ref().map_or(NO_ROUTE, MatchedPath::as_str));
    let route = route.as_ref();
    let method = request.method().clone();
    let started = Instant::now();
    // What a panic leaves half-done is dropped with the future; shared state guards itself (poisoned locks).
    let answered = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    let mut response = answered.unwrap_or_else(|_| {
        tracing::error!(route, "BUG: answering a request panicked");
        front.count(Instrument::HttpPanics, &[]);
        plain(StatusCode::INTERNAL_SERVER_ERROR, "answering this request failed (a bug of Belfry, see its log)")
    });
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, value);
    }
    // Only HTML may bring a policy of its own.
    let policy = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
    response.headers_mut().entry(header::CONTENT_SECURITY_POLICY).or_insert(policy);
    let seconds = started.elapsed().as_secs_f64();
    front.instruments().observe(Instrument::HttpSeconds, &[route], seconds);
    front.count(Instrument::HttpRequests, &[route, response.status().as_str()]);
    tracing::debug!(%method, route, status = response.status().as_u16(), seconds, "answered");
    response
}

/// A route's template as a label value: `:name` for `{name}`, since simple parsers end the labels at a brace.
fn label(template: &str) -> Cow<'_, str> {
    if template.contains('{') {
        Cow::Owned(template.replace('{', ":").replace('}', ""))
    } else {
        Cow::Borrowed(template)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn label_values_hold_no_braces() {
        assert_eq!(label("/api/v1/label/{name}/values"), "/api/v1/label/:name/values");
        assert_eq!(label("/metrics"), "/metrics");
    }
}
