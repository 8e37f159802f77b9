//! What the browser gets: pages, what they load, and under which policy.

use crate::state::Phase;
use crate::testing::{Answer, Fixture};
use axum::body::Body;
use axum::http::Request;
use std::sync::Arc;

async fn ask_knowing(fixture: &Fixture, path: &str, tag: &str) -> Answer {
    let request = Request::builder().uri(path).header("if-none-match", tag);
    fixture.send(request.body(Body::empty()).expect("a request")).await
}

#[tokio::test]
async fn every_page_is_the_app() {
    let fixture = Fixture::new();
    let first = fixture.ask("GET /").await;
    assert!(first.text().starts_with("<!doctype html>"), "{}", first.text());
    for path in ["/", "/logs", "/logs?query=%7B%7D&from=now-1h", "/graph?g0.expr=up&g0.tab=1", "/alerts", "/targets"] {
        let answer = fixture.ask(&format!("GET {path}")).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8", "{path}");
        assert_eq!(answer.body, first.body, "{path}");
    }
    for path in ["/graph/", "/silences", "/status", "/logs/", "/assets/", "/assets/app.map", "/index.html"] {
        let answer = fixture.ask(&format!("GET {path}")).await;
        assert_eq!((answer.status.as_u16(), answer.text()), (404, "404 page not found\n"), "{path}");
    }
}

#[tokio::test]
async fn all_that_a_page_loads_is_there() {
    let fixture = Fixture::new();
    let page = fixture.ask("GET /logs").await;
    let check = async |path: &str, kind: &str| {
        assert!(page.text().contains(&format!("\"./{path}\"")), "{path} in {}", page.text());
        let answer = fixture.ask(&format!("GET /{path}")).await;
        assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, kind), "{path}");
        assert!(!answer.body.is_empty(), "{path}");
    };
    check("assets/app.js", "text/javascript; charset=utf-8").await;
    check("assets/app.css", "text/css; charset=utf-8").await;
    check("assets/favicon.svg", "image/svg+xml").await;
    assert_eq!(page.text().matches("src=").count() + page.text().matches("href=").count(), 3, "{}", page.text());
}

#[tokio::test]
async fn the_policy_forbids_what_the_pages_do_not_need() {
    let fixture = Fixture::new();
    let page = fixture.ask("GET /logs").await;
    let policy = page.header("content-security-policy");
    let rules = [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    ];
    rules.iter().for_each(|rule| assert!(policy.split("; ").any(|part| part == *rule), "{rule} in {policy}"));
    assert!(!policy.contains("unsafe"), "{policy}");
    let inline = ["<style", " style=", " onclick=", "<script>"];
    inline.iter().for_each(|markup| assert!(!page.text().contains(markup), "{markup} in {}", page.text()));
    assert_eq!((page.header("x-content-type-options"), page.header("referrer-policy")), ("nosniff", "no-referrer"));
    let json = fixture.ask("GET /api/v1/labels").await;
    assert_eq!(json.header("content-security-policy"), "default-src 'none'; frame-ancestors 'none'");
    assert_eq!(json.header("x-content-type-options"), "nosniff");
}

#[tokio::test]
async fn what_has_not_changed_is_not_sent_again() {
    let fixture = Fixture::new();
    for path in ["/logs", "/assets/app.js", "/assets/app.css"] {
        let answer = fixture.ask(&format!("GET {path}")).await;
        let tag = answer.header("etag").to_owned();
        assert_eq!((answer.status.as_u16(), answer.header("cache-control")), (200, "no-cache"), "{path}");
        let check = async |known: &str, status: u16| {
            let answer = ask_knowing(&fixture, path, known).await;
            assert_eq!((answer.status.as_u16(), answer.body.is_empty()), (status, status == 304), "{path}: {known}");
            assert_eq!(answer.header("etag"), tag, "{path}: {known}");
        };
        check(&tag, 304).await;
        check(&format!("\"other\", {}", tag.trim_start_matches("W/")), 304).await;
        check("*", 304).await;
        check("W/\"other\"", 200).await;
    }
}

#[tokio::test]
async fn pages_are_there_while_the_store_is_not() {
    let fixture = Fixture::new();
    fixture.server.set_phase(Phase::Replaying(Arc::default()));
    for path in ["/", "/logs", "/assets/app.js"] {
        assert_eq!(fixture.ask(&format!("GET {path}")).await.status, 200, "{path}");
    }
    assert_eq!(fixture.ask("GET /loki/api/v1/labels").await.status, 503);
}

#[tokio::test]
async fn the_overview_is_one_answer() {
    let fixture = Fixture::new();
    let expected = concat!(
        r#"{"version":"0.1.0","startTime":"2023-11-14T21:13:20Z","reloadSucceeded":true,"retention":"90d","series":0,"#,
        r#""blog":null}"#
    );
    fixture.check_data("GET /api/belfry/v1/status", expected).await;
}
