//! Remote writes: what is kept, what is refused, and with which status.

use crate::limits::BODY_BYTES_MAX;
use crate::testing::{Answer, Fixture, NOW};
use axum::body::Body;
use axum::http::Request;

/// A `prometheus.WriteRequest` of one sample of `pushed{from="test"}`, in snappy.
fn push(name: &str, millis: i64, value: f64) -> Vec<u8> {
    let label = |name: &str, value: &str| [field(1, name.as_bytes()), field(2, value.as_bytes())].concat();
    let mut point = vec![0x09];
    point.extend_from_slice(&value.to_le_bytes());
    point.push(0x10);
    point.extend(varint(millis.cast_unsigned()));
    let labels = [field(1, &label("__name__", name)), field(1, &label("from", "test"))].concat();
    let message = field(1, &[labels, field(2, &point)].concat());
    snap::raw::Encoder::new().compress_vec(&message).expect("compresses")
}

fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    [vec![number << 3 | 2], varint(bytes.len() as u64), bytes.to_vec()].concat()
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    bytes.push(value.to_le_bytes()[0]);
    bytes
}

async fn post(fixture: &Fixture, path: &str, headers: &[(&str, &str)], body: Body) -> Answer {
    let mut request = Request::builder().method("POST").uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    fixture.send(request.body(body).expect("a request")).await
}

#[tokio::test]
async fn pushed_samples_are_stored() {
    let fixture = Fixture::new();
    let protobuf = [("content-type", "application/x-protobuf"), ("content-encoding", "snappy")];
    for path in ["/api/v1/write", "/api/v1/push"] {
        let answer = post(&fixture, path, &protobuf, Body::from(push("pushed", NOW * 1_000, 1.5))).await;
        assert_eq!((answer.status.as_u16(), answer.text()), (204, ""), "{path}");
    }
    fixture.check_data("GET /api/v1/series?match[]=pushed", r#"[{"__name__":"pushed","from":"test"}]"#).await;
    let page = fixture.instruments.encode();
    assert!(page.contains("belfry_push_samples_total{outcome=\"stored\"} 1\n"), "{page}");
    assert!(page.contains("belfry_push_samples_total{outcome=\"repeated\"} 1\n"), "{page}");
}

#[tokio::test]
async fn what_cannot_be_stored_is_told() {
    let fixture = Fixture::new();
    let check = async |headers: &[(&str, &str)], body: Vec<u8>, status: u16, words: &str| {
        let answer = post(&fixture, "/api/v1/write", headers, Body::from(body)).await;
        assert_eq!(answer.status, status, "{}", answer.text());
        assert!(answer.text().contains(words), "{}", answer.text());
        assert!(answer.header("content-type").starts_with("text/plain"));
    };
    check(&[], push("pushed", (NOW + 864_000) * 1_000, 1.0), 400, "out of bounds: 1 sample").await;
    check(&[], b"hello".to_vec(), 400, "malformed").await;
    check(&[], b"\xff\xff\xff\xff\x0f".to_vec(), 413, "inflates to more than").await;
    check(&[("content-encoding", "gzip")], Vec::new(), 415, "Content-Encoding").await;
    check(&[("content-type", "application/json")], Vec::new(), 415, "application/json").await;
    check(&[], vec![0; BODY_BYTES_MAX + 1], 413, "larger than").await;
    assert_eq!(fixture.ask("GET /api/v1/write").await.status, 405);
}

#[tokio::test]
async fn a_hundred_megabytes_are_refused_unread() {
    let fixture = Fixture::new();
    let never = Body::from_stream(futures_util::stream::pending::<Result<Vec<u8>, std::io::Error>>());
    let answer = post(&fixture, "/api/v1/write", &[("content-length", "104857600")], never).await;
    assert_eq!(answer.status, 413);
    let never = Body::from_stream(futures_util::stream::pending::<Result<Vec<u8>, std::io::Error>>());
    let form = [("content-length", "104857600"), ("content-type", "application/x-www-form-urlencoded")];
    let answer = post(&fixture, "/api/v1/query", &form, never).await;
    assert_eq!(answer.status, 413);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_never_ends_is_given_up() {
    let fixture = Fixture::new();
    let never = Body::from_stream(futures_util::stream::pending::<Result<Vec<u8>, std::io::Error>>());
    let answer = post(&fixture, "/api/v1/write", &[], never).await;
    assert_eq!((answer.status.as_u16(), answer.text()), (503, "the request body did not arrive in time\n"));
}
