//! The pages for the browser: one app, written in TypeScript under `dashboards/web`, built before it is committed and
//! embedded as it lies there.
//!
//! Invariant: only pages that exist are served, each the same document. The policy allows this origin's own script,
//! styles and APIs, nothing inline, and no script may turn text into markup: a log line can hold anything.

mod asset;
mod rules;
mod status;

use crate::state::Front;
use asset::Asset;
use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use axum::routing::get;

/// Paths of pages; the app finds out by itself which one it is on.
const PAGES: [&str; 5] = ["/", "/logs", "/graph", "/alerts", "/targets"];

/// What a page may load and do. `connect-src` names WebSockets by nothing more than the origin, as CSP 3 says.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
                      trusted-types 'none'";

static DOCUMENT: Asset =
    Asset::new("text/html; charset=utf-8", include_bytes!("../web/dist/index.html")).with_policy(POLICY);
static SCRIPT: Asset = Asset::new("text/javascript; charset=utf-8", include_bytes!("../web/dist/assets/app.js"));
static STYLES: Asset = Asset::new("text/css; charset=utf-8", include_bytes!("../web/dist/assets/app.css"));
static ICON: Asset = Asset::new("image/svg+xml", include_bytes!("../web/dist/assets/favicon.svg"));

/// What only the pages ask, and needs the store.
pub(crate) fn gated_routes() -> Router<Front> {
    Router::new().route("/api/belfry/v1/status", get(status::status)).route("/api/belfry/v1/rules", get(rules::rules))
}

/// The pages and what they load. They need no store: while the WAL is replayed, the app says so itself.
pub(crate) fn routes() -> Router<Front> {
    let pages = PAGES.iter().fold(Router::new(), |router, path| router.route(path, get(document)));
    pages
        .route("/assets/app.js", get(|request: Request| async move { SCRIPT.answer(request.headers()) }))
        .route("/assets/app.css", get(|request: Request| async move { STYLES.answer(request.headers()) }))
        .route("/assets/favicon.svg", get(|request: Request| async move { ICON.answer(request.headers()) }))
}

async fn document(request: Request) -> Response {
    DOCUMENT.answer(request.headers())
}

#[cfg(test)]
mod tests;
