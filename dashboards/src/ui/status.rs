//! `/api/belfry/v1/status`: what runs, since when and how it is, in one answer for the overview page.
//!
//! Invariant: nothing secret is told, and nothing is computed that costs more than reading counters.

use crate::json::Json;
use crate::state::{Backends, BlogStatus, Front};
use axum::Extension;
use axum::extract::State;
use model::rfc3339;
use std::sync::Arc;

pub(super) async fn status(State(front): State<Front>, Extension(backends): Extension<Arc<Backends>>) -> Json {
    let daemon = (front.daemon().status)();
    let mut json = Json::new();
    json.raw("{\"status\":\"success\",\"data\":{\"version\":").text(&front.build().version);
    json.raw(",\"startTime\":").text(&rfc3339::format_millis(daemon.started));
    json.raw(",\"reloadSucceeded\":").boolean(daemon.reload_succeeded);
    json.raw(",\"retention\":").text(&daemon.retention);
    json.raw(",\"series\":").digits(backends.metrics.statistics().series);
    write_blog(json.raw(",\"blog\":"), daemon.blog.as_ref());
    json.raw("}}");
    json
}

/// `null` when no blog is configured.
fn write_blog(json: &mut Json, blog: Option<&BlogStatus>) {
    let Some(blog) = blog else {
        json.raw("null");
        return;
    };
    json.raw("{\"address\":").text(&blog.address).raw(",\"running\":").boolean(blog.running);
    json.raw(",\"failure\":").text(blog.failure.as_deref().unwrap_or_default()).raw("}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blog_that_failed_says_why() {
        let mut json = Json::new();
        let failure = Some("binding 127.0.0.1:8080: \"taken\"".to_owned());
        let blog = BlogStatus { address: "127.0.0.1:8080".to_owned(), running: false, failure };
        write_blog(&mut json, Some(&blog));
        let expected = r#"{"address":"127.0.0.1:8080","running":false,"failure":"binding 127.0.0.1:8080: \"taken\""}"#;
        assert_eq!(json.into_string(), expected);
    }
}
