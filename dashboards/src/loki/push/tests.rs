//! Pushes of logs: statuses and texts.

use crate::limits::BODY_BYTES_MAX;
use crate::testing::{Answer, Fixture, NOW};
use axum::body::Body;
use axum::http::Request;
use model::budget::Budget;
use model::cancel::Cancel;
use model::matcher::Matcher;
use model::time::LogRange;
use std::ops::ControlFlow;
use store::logs::{Direction, Order, Reads, Select};

async fn post(fixture: &Fixture, path: &str, headers: &[(&str, &str)], body: Body) -> Answer {
    let mut request = Request::builder().method("POST").uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    fixture.send(request.body(body).expect("a request")).await
}

fn body(line: &str, ago: i64) -> String {
    format!(r#"{{"streams":[{{"stream":{{"app":"shop"}},"values":[["{}000000000","{line}"]]}}]}}"#, NOW - ago)
}

fn stored(fixture: &Fixture) -> Vec<String> {
    let select = Select {
        matchers: &[Matcher::equal("app", "shop")],
        filters: &[],
        range: LogRange::ALL,
        order: Order::ByTime(Direction::Forward),
        reads: Reads::All,
        expected: 0,
        budget: &Budget::unlimited(),
        cancel: &Cancel::default(),
    };
    let mut lines = Vec::new();
    let visited = fixture.backends.logs.select(&select, &mut |entry| {
        lines.push(format!("{} {} {}", entry.labels, entry.line, entry.metadata));
        ControlFlow::Continue(())
    });
    visited.expect("selects");
    lines
}

#[tokio::test]
async fn pushed_lines_are_stored() {
    let fixture = Fixture::new();
    let json = [("content-type", "application/json")];
    for path in ["/loki/api/v1/push", "/api/prom/push"] {
        let answer = post(&fixture, path, &json, Body::from(body("an error", 0))).await;
        assert_eq!((answer.status.as_u16(), answer.text()), (204, ""), "{path}");
    }
    assert_eq!(stored(&fixture), [r#"{app="shop", service_name="shop"} an error {detected_level="error"}"#]);
    let page = fixture.instruments.encode();
    assert!(page.contains("belfry_push_lines_total{outcome=\"stored\"} 1\n"), "{page}");
    assert!(page.contains("belfry_push_lines_total{outcome=\"repeated\"} 1\n"), "{page}");
}

#[tokio::test]
async fn what_cannot_be_stored_is_told() {
    let fixture = Fixture::new();
    let check = async |headers: &[(&str, &str)], body: Vec<u8>, status: u16, words: &str| {
        let answer = post(&fixture, "/loki/api/v1/push", headers, Body::from(body)).await;
        assert_eq!(answer.status, status, "{}", answer.text());
        assert!(answer.text().contains(words), "{}", answer.text());
        assert!(answer.header("content-type").starts_with("text/plain"));
    };
    let json = [("content-type", "application/json")];
    check(&json, b"{\"streams\":[{".to_vec(), 400, "malformed JSON at offset 13").await;
    check(&json, b"{}".to_vec(), 422, "error at least one valid stream is required for ingestion").await;
    check(&json, br#"{"streams":[{"stream":{"a-b":"c"},"values":[["1","x"]]}]}"#.to_vec(), 400, "parse labels").await;
    check(&[], body("x", 0).into_bytes(), 400, "malformed snappy block").await;
    check(&[], b"\xff\xff\xff\xff\x0f".to_vec(), 413, "inflates to more than").await;
    check(&[("content-encoding", "br")], Vec::new(), 400, "Content-Encoding \"br\" not supported").await;
    check(&json, vec![b' '; BODY_BYTES_MAX + 1], 413, "larger than").await;
    assert_eq!(stored(&fixture), Vec::<String>::new());
    assert_eq!(fixture.ask("GET /loki/api/v1/push").await.status, 405);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_never_ends_is_asked_for_again() {
    let fixture = Fixture::new();
    let never = Body::from_stream(futures_util::stream::pending::<Result<Vec<u8>, std::io::Error>>());
    let answer = post(&fixture, "/loki/api/v1/push", &[], never).await;
    assert_eq!((answer.status.as_u16(), answer.text()), (503, "the request body did not arrive in time\n"));
    assert_eq!(answer.header("retry-after"), "5");
}
