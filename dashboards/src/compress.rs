//! gzip for answers that are worth it, when the client takes it.
//!
//! Invariant: long answers are compressed on a pool of their own, never on the reactor; when it is busy they go out as
//! they are.

use crate::limits::{GZIP_BYTES_MIN, GZIP_INLINE_BYTES_MAX};
use crate::state::Front;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use flate2::Compression;
use flate2::write::GzEncoder;
use http_body_util::BodyExt;
use std::io::Write;

pub(crate) async fn compress(State(front): State<Front>, request: Request, next: Next) -> Response {
    let wanted = takes_gzip(request.headers()) && request.method() != Method::HEAD;
    let mut response = next.run(request).await;
    let length = response.body().size_hint().exact().unwrap_or(0);
    let is_encoded = response.headers().contains_key(header::CONTENT_ENCODING);
    if length < GZIP_BYTES_MIN as u64 || is_encoded {
        return response;
    }
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    if !wanted {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    // Our bodies are whole in memory, so collecting one neither waits nor copies.
    let plain = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let zipped = if plain.len() <= GZIP_INLINE_BYTES_MAX {
        gzip(&plain)
    } else {
        let shared = plain.clone();
        front.gzip_pool().run(move || gzip(&shared)).await.ok().flatten()
    };
    match zipped {
        Some(zipped) => {
            parts.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            parts.headers.remove(header::CONTENT_LENGTH);
            Response::from_parts(parts, Body::from(zipped))
        }
        None => Response::from_parts(parts, Body::from(plain)),
    }
}

/// `None` never happens: a vector refuses no bytes.
fn gzip(plain: &Bytes) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(plain.len() / 4), Compression::fast());
    encoder.write_all(plain).ok()?;
    encoder.finish().ok()
}

/// Whether `Accept-Encoding` names gzip with a weight above zero.
fn takes_gzip(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let refused = weight.trim().strip_prefix("q=").and_then(|q| q.parse::<f32>().ok()).is_some_and(|q| q <= 0.0);
        name.trim().eq_ignore_ascii_case("gzip") && !refused
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accept_encoding_is_read() {
        let check = |value: &'static str, expected: bool| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(value));
            assert_eq!(takes_gzip(&headers), expected, "{value}");
        };
        check("gzip", true);
        check("deflate, GZIP;q=0.5", true);
        check("gzip;q=0", false);
        check("br", false);
        check("", false);
        assert!(!takes_gzip(&HeaderMap::new()));
    }
}
