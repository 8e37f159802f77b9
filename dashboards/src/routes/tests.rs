//! What stands around every route: methods, unknown paths, phases, credentials, compression, panics.

use crate::config::Web;
use crate::observe::observe;
use crate::state::Phase;
use crate::testing::{Answer, Fixture};
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::write::GzDecoder;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use tower::ServiceExt;

async fn get_with(fixture: &Fixture, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::builder().uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    fixture.send(request.body(Body::empty()).expect("a request")).await
}

#[tokio::test]
async fn unknown_paths_are_plain_404s() {
    let fixture = Fixture::new();
    for path in [
        "/api/v1/nothing",
        "/api/v1/search/metric_names",
        "/api/prom/rules/test/test",
        "/loki/api/v1/nothing",
        "/alertmanager/api/v2/status",
        "/prometheus/api/v1/nothing",
        "/config/v1/rules",
        "/rules/test/test",
        "/graph/x",
        "/logs/x",
        "/favicon.ico",
    ] {
        let answer = fixture.ask(&format!("GET {path}")).await;
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8", "{path}");
        assert_eq!(answer.text(), "404 page not found\n", "{path}");
    }
}

#[tokio::test]
async fn methods_are_checked() {
    let fixture = Fixture::new();
    let check = async |request: &str, status: u16, allow: &str| {
        let answer = fixture.ask(request).await;
        assert_eq!(answer.status, status, "{request}");
        assert_eq!(answer.header("allow"), allow, "{request}");
    };
    check("DELETE /api/v1/query", 405, "GET,HEAD,POST").await;
    check("POST /api/v1/rules", 405, "GET,HEAD").await;
    check("GET /-/reload", 405, "POST,PUT").await;
    check("HEAD /-/healthy", 200, "").await;
    let head = fixture.ask("HEAD /api/v1/query?query=1").await;
    assert_eq!((head.status.as_u16(), head.text()), (200, ""));
}

#[tokio::test]
async fn before_the_store_is_open_only_health_answers() {
    let fixture = Fixture::new();
    let check = async |path: &str, status: u16, words: &str| {
        let answer = fixture.ask(&format!("GET {path}")).await;
        assert_eq!(answer.status, status, "{path}");
        assert!(answer.text().contains(words), "{path}: {}", answer.text());
        assert_eq!(answer.header("retry-after"), if status == 503 { "5" } else { "" }, "{path}");
    };
    fixture.server.set_phase(Phase::Replaying(Arc::default()));
    check("/-/healthy", 200, "healthy").await;
    check("/-/ready", 503, "replayed").await;
    check("/ready", 503, "replayed").await;
    check("/metrics", 200, "# EOF").await;
    check("/api/v1/status/walreplay", 200, r#"{"min":0,"max":0,"current":0}"#).await;
    for path in ["/api/v1/query?query=1", "/api/v1/status/buildinfo", "/api/v1/labels", "/loki/api/v1/labels"] {
        check(path, 503, "replayed").await;
    }
    let backends = Arc::clone(&fixture.backends);
    fixture.server.set_phase(Phase::Starting(Arc::clone(&backends)));
    check("/-/ready", 503, "starting").await;
    check("/api/v1/query?query=1", 200, "success").await;
    fixture.server.set_phase(Phase::Serving(Arc::clone(&backends)));
    check("/-/ready", 200, "ready").await;
    check("/ready", 200, "ready").await;
    fixture.server.set_phase(Phase::Stopping(backends));
    check("/-/ready", 503, "stopping").await;
    check("/-/healthy", 200, "healthy").await;
}

fn guarded() -> Web {
    let hash = bcrypt::hash("open sesame", 4).expect("hashes");
    let yaml = format!("auth: {{basic_auth_users: {{ali: '{hash}'}}, bearer_tokens: [t0ken]}}");
    let section: crate::config::WebSection = serde_saphyr::from_str(&yaml).expect("parses");
    section.validate("", Path::new(".")).expect("valid")
}

#[tokio::test]
async fn credentials_are_asked_for_everywhere_but_for_health() {
    let fixture = Fixture::with(&guarded());
    let basic = format!("Basic {}", STANDARD.encode("ali:open sesame"));
    for path in ["/", "/metrics", "/api/v1/query?query=1", "/nothing", "/-/reload"] {
        let refused = get_with(&fixture, path, &[]).await;
        assert_eq!(refused.status, 401, "{path}");
        assert!(refused.header("www-authenticate").starts_with("Basic "), "{path}");
        for credentials in [&*basic, "Bearer t0ken"] {
            let answer = get_with(&fixture, path, &[("authorization", credentials)]).await;
            assert_ne!(answer.status, 401, "{path} with {credentials}");
        }
    }
    for path in ["/-/healthy", "/-/ready", "/ready"] {
        assert_eq!(get_with(&fixture, path, &[]).await.status, 200, "{path}");
    }
    let page = fixture.instruments.encode();
    assert!(page.contains("belfry_http_refused_total{reason=\"credentials\"} 5\n"), "{page}");
}

#[tokio::test]
async fn a_reload_changes_who_may_ask() {
    let fixture = Fixture::with(&guarded());
    fixture.server.commit(crate::Prepared::read(&Web::default()).expect("readable"));
    assert_eq!(get_with(&fixture, "/metrics", &[]).await.status, 200);
}

#[tokio::test]
async fn long_answers_are_compressed_for_those_who_take_it() {
    let fixture = Fixture::new();
    (0..200).for_each(|number| fixture.append(&format!("metric_{number}"), &[(0, 1.0)]));
    let path = "/api/v1/label/__name__/values";
    let plain = get_with(&fixture, path, &[]).await;
    assert_eq!((plain.header("content-encoding"), plain.header("vary")), ("", "Accept-Encoding"));
    let zipped = get_with(&fixture, path, &[("accept-encoding", "deflate, gzip")]).await;
    assert_eq!(zipped.header("content-encoding"), "gzip");
    assert!(zipped.body.len() < plain.body.len() / 2);
    let mut inflated = GzDecoder::new(Vec::new());
    inflated.write_all(&zipped.body).expect("gzip");
    assert_eq!(inflated.finish().expect("gzip"), plain.body);
    let short = get_with(&fixture, "/-/healthy", &[("accept-encoding", "gzip")]).await;
    assert_eq!(short.header("content-encoding"), "");
}

#[tokio::test]
async fn a_panic_stays_in_its_request() {
    let fixture = Fixture::new();
    let front = fixture.server.front().clone();
    let router: Router = Router::new()
        .route(
            "/panic",
            get(|| async {
                if true {
                    panic!("on purpose")
                }
            }),
        )
        .layer(from_fn_with_state(front, observe));
    let request = Request::builder().uri("/panic").body(Body::empty()).expect("a request");
    let response = router.oneshot(request).await.expect("infallible");
    assert_eq!(response.status(), 500);
    let page = fixture.instruments.encode();
    assert!(page.contains("belfry_http_panics_total 1\n"), "{page}");
}

#[tokio::test]
async fn requests_are_counted_by_route_and_not_by_path() {
    let fixture = Fixture::new();
    fixture.ask("GET /api/v1/label/job/values?match[]=up").await;
    fixture.ask("GET /secret/token").await;
    let page = fixture.instruments.encode();
    let values = "belfry_http_requests_total{route=\"/api/v1/label/:name/values\",status=\"200\"} 1\n";
    assert!(page.contains(values), "{page}");
    assert!(page.contains("belfry_http_requests_total{route=\"none\",status=\"404\"} 1\n"), "{page}");
    assert!(page.contains("belfry_http_request_seconds_count{route=\"none\"} 1\n"), "{page}");
    assert!(!page.contains("secret"), "{page}");
}

#[tokio::test]
async fn own_metrics_are_openmetrics() {
    let fixture = Fixture::new();
    let answer = fixture.ask("GET /metrics").await;
    assert_eq!(answer.header("content-type"), "application/openmetrics-text; version=1.0.0; charset=utf-8");
    assert!(answer.text().ends_with("# EOF\n"));
}

#[tokio::test]
async fn reload_tells_what_is_wrong() {
    let fixture = Fixture::new();
    for method in ["POST", "PUT"] {
        let answer = fixture.ask(&format!("{method} /-/reload")).await;
        assert_eq!(answer.status, 400);
        assert_eq!(answer.text(), "belfry.yml:1:1: web.listen: needs a restart\n");
    }
}

#[tokio::test]
async fn quitting_must_be_switched_on() {
    let fixture = Fixture::new();
    assert_eq!(fixture.ask("POST /-/quit").await.status, 403);
    assert!(!fixture.quit.is_cancelled());
    let fixture = Fixture::with(&Web { enable_quit: true, ..Web::default() });
    assert_eq!(fixture.ask("POST /-/quit").await.status, 200);
    assert!(fixture.quit.is_cancelled());
}

#[tokio::test]
async fn finished_answers_share_a_room() {
    let fixture = Fixture::new();
    let front = fixture.server.front();
    let large = crate::limits::ANSWERS_BYTES_MAX / 2 + 1;
    let router = Router::new()
        .route("/large", get(move || async move { vec![0_u8; large] }))
        .route("/small", get(|| async { "small" }))
        .layer(from_fn_with_state(front.clone(), crate::hold::hold));
    let ask = async |path: &str| {
        let request = Request::builder().uri(path).body(Body::empty()).expect("a request");
        router.clone().oneshot(request).await.expect("infallible")
    };
    let held = ask("/large").await;
    let refused = ask("/large").await;
    assert_eq!((held.status().as_u16(), refused.status().as_u16()), (200, 503));
    assert!(refused.headers().contains_key("retry-after"));
    assert_eq!(ask("/small").await.status(), 200);
    let bytes = http_body_util::BodyExt::collect(held.into_body()).await.expect("a body").to_bytes();
    assert_eq!(ask("/large").await.status(), 503, "the bytes are still there");
    drop(bytes);
    assert_eq!(ask("/large").await.status(), 200);
}
