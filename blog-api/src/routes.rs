//! The paths of the blog.
//!
//! Invariant: [`TEMPLATES`] holds every template the router knows; the metrics and the log name no other.

mod actuator;
mod posts;

use crate::app::App;
use crate::observe::observe;
use crate::refusal::{Reason, Refusal};
use axum::Router;
use axum::extract::MatchedPath;
use axum::http::Method;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use std::sync::Arc;

const POSTS: &str = "/api/posts";
const POST: &str = "/api/posts/{id}";
const SEARCH: &str = "/api/posts/search";
const HEALTH: &str = "/actuator/health";
const LIVENESS: &str = "/actuator/health/liveness";
const READINESS: &str = "/actuator/health/readiness";
const PROMETHEUS: &str = "/actuator/prometheus";

/// Every template.
const TEMPLATES: [&str; 7] = [POSTS, POST, SEARCH, HEALTH, LIVENESS, READINESS, PROMETHEUS];

/// What stands for every path that is none of ours, as Spring has it.
const UNKNOWN: &str = "/**";

/// The template of a matched path.
pub(crate) fn template(matched: Option<&MatchedPath>) -> &'static str {
    let known = matched.and_then(|matched| TEMPLATES.into_iter().find(|known| *known == matched.as_str()));
    known.unwrap_or(UNKNOWN)
}

/// Whether a path is asked for by those who watch the blog and not by its readers.
pub(crate) fn is_actuator(path: &str) -> bool {
    path.starts_with("/actuator/")
}

/// All routes.
pub(crate) fn router(app: Arc<App>) -> Router {
    Router::new()
        .route(POSTS, get(posts::list).post(posts::create))
        .route(SEARCH, get(posts::search))
        .route(POST, get(posts::view).put(posts::update).delete(posts::delete))
        .route(HEALTH, get(actuator::health))
        .route(LIVENESS, get(actuator::liveness))
        .route(READINESS, get(actuator::readiness))
        .route(PROMETHEUS, get(actuator::prometheus))
        .fallback(path_not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn_with_state(Arc::clone(&app), observe))
        .with_state(app)
}

async fn path_not_found() -> Refusal {
    Refusal::new(Reason::PathNotFound, "요청한 경로를 찾을 수 없습니다.")
}

async fn method_not_allowed(method: Method) -> Refusal {
    Refusal::new(Reason::MethodNotAllowed, format!("지원하지 않는 메서드입니다: {method}"))
}

#[cfg(test)]
mod tests;
