//! The page at `/`: what Belfry is, what it scrapes and how that goes, and where everything else is.
//!
//! Invariant: no script, nothing loaded from anywhere, and every value that comes from outside is escaped; the content
//! policy allows the one style sheet below by its hash.

mod html;
mod targets;

use crate::state::{Backends, BlogStatus, Front};
use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use html::Html;
use model::duration;
use std::sync::Arc;
use std::time::Duration;

const STYLE: &str = include_str!("page/style.css");

/// The questions that people ask by hand, with what they answer.
const LINKS: [(&str, &str); 8] = [
    ("/metrics", "Belfry's own metrics"),
    ("/api/v1/targets", "targets"),
    ("/api/v1/labels", "label names"),
    ("/api/v1/metadata", "metric types and help"),
    ("/api/v1/status/tsdb", "what the store holds"),
    ("/api/v1/status/config", "the config in force"),
    ("/api/v1/status/buildinfo", "what is running"),
    ("/-/ready", "whether it is ready"),
];

pub(crate) async fn page(State(front): State<Front>, Extension(backends): Extension<Arc<Backends>>) -> Response {
    let mut html = Html::new();
    html.raw("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Belfry</title>");
    html.raw("<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><style>").raw(STYLE);
    html.raw("</style></head><body><header><h1>Belfry</h1>");
    html.raw("<p>The metrics of a small cluster, from one process on one port.</p></header><main>");
    write_summary(&mut html, &front, &backends);
    targets::write(&mut html, &backends.collector.targets(), front.now());
    write_links(&mut html);
    html.raw("</main></body></html>\n");
    respond(html)
}

fn write_summary(html: &mut Html, front: &Front, backends: &Backends) {
    let status = (front.daemon().status)();
    let uptime = u64::try_from(front.now().0.saturating_sub(status.started.0) / 1_000).unwrap_or(0);
    let statistics = backends.metrics.statistics();
    html.raw("<dl><div><dt>Version</dt><dd>").text(&front.build().version);
    html.raw("</dd></div><div><dt>Up for</dt><dd>").text(&duration::format(Duration::from_secs(uptime)));
    html.raw("</dd></div><div><dt>Series in memory</dt><dd>").text(&statistics.series.to_string());
    html.raw("</dd></div><div><dt>Kept for</dt><dd>").text(&status.retention);
    html.raw("</dd></div></dl>");
    if let Some(blog) = &status.blog {
        write_blog(html, blog);
    }
}

fn write_blog(html: &mut Html, blog: &BlogStatus) {
    html.raw("<p>The demonstration blog ");
    match &blog.failure {
        Some(failure) => html.raw("<strong>failed</strong>: ").text(failure),
        None if blog.running => html.raw("runs at http://").text(&blog.address),
        None => html.raw("starts at http://").text(&blog.address),
    };
    html.raw(".</p>");
}

fn write_links(html: &mut Html) {
    html.raw("<h2>Ask it</h2><p>Add this address to Grafana as a <em>Prometheus</em> data source, or open:</p><ul>");
    for (path, what) in LINKS {
        html.raw("<li><a href=\"").raw(path).raw("\">").raw(path).raw("</a> ").raw(what).raw("</li>");
    }
    html.raw("</ul>");
}

fn respond(html: Html) -> Response {
    let mut response = Response::new(Body::from(html.into_string()));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let hash = STANDARD.encode(ring::digest::digest(&ring::digest::SHA256, STYLE.as_bytes()));
    let policy = format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; frame-ancestors 'none'");
    if let Ok(policy) = HeaderValue::try_from(policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}
