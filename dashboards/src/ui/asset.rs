//! A file that is part of the program, as an answer.
//!
//! Invariant: names are fixed, so a browser asks each time whether it has changed; the entity tag is a hash of the
//! bytes, and what has not changed is 304.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::sync::OnceLock;

/// Bytes of the hash that the entity tag keeps.
const TAG_BYTES: usize = 12;

/// One file.
#[derive(Debug)]
pub(super) struct Asset {
    kind: &'static str,
    bytes: &'static [u8],
    policy: Option<&'static str>,
    tag: OnceLock<String>,
}

impl Asset {
    /// A file of that media type.
    pub(super) const fn new(kind: &'static str, bytes: &'static [u8]) -> Self {
        Self { kind, bytes, policy: None, tag: OnceLock::new() }
    }

    /// The file with a content security policy of its own.
    pub(super) const fn with_policy(mut self, policy: &'static str) -> Self {
        self.policy = Some(policy);
        self
    }

    /// The file, or 304 when `If-None-Match` names the one that is here.
    pub(super) fn answer(&self, asked: &HeaderMap) -> Response {
        let tag = self.tag();
        let mut response = if is_known(asked, tag) {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            response
        } else {
            Response::new(Body::from(self.bytes))
        };
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.kind));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        if let Ok(tag) = HeaderValue::try_from(tag) {
            headers.insert(header::ETAG, tag);
        }
        if let Some(policy) = self.policy {
            headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
        }
        response
    }

    /// Weak, because the same file goes out compressed or not.
    fn tag(&self) -> &str {
        self.tag.get_or_init(|| {
            let digest = ring::digest::digest(&ring::digest::SHA256, self.bytes);
            let kept = digest.as_ref().get(..TAG_BYTES).unwrap_or_default();
            format!("W/\"{}\"", URL_SAFE_NO_PAD.encode(kept))
        })
    }
}

fn is_known(asked: &HeaderMap, tag: &str) -> bool {
    let values = asked.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let opaque = tag.trim_start_matches("W/");
    values
        .flat_map(|value| value.split(','))
        .any(|known| matches!(known.trim(), "*") || known.trim().trim_start_matches("W/") == opaque)
}
