//! The JSON body of a write.
//!
//! Invariant: bounded in bytes and in time, and read only when it claims to be JSON: a page of another site cannot send
//! that type without asking first, and we never permit it.

use crate::limits::{BODY_BYTES_MAX, BODY_READ_MAX};
use crate::post::Draft;
use crate::refusal::{Reason, Refusal};
use axum::body::{Body, HttpBody as _};
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use bytes::Bytes;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

/// The draft in the body.
///
/// # Errors
/// 415 for another type, 413 for a long body, 408 for a slow one, 400 for what is not a JSON object with these fields.
pub(crate) async fn draft(request: Request) -> Result<Draft, Refusal> {
    if !is_json(request.headers()) {
        return Err(Refusal::new(Reason::MediaType, "Content-Type은 application/json이어야 합니다."));
    }
    let bytes = read(request.into_body()).await?;
    // A JSON array would fill the fields in their order.
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return Err(unreadable("JSON 객체가 아닙니다"));
    }
    // The position and not the text of the error, which speaks of our types.
    serde_json::from_slice(&bytes)
        .map_err(|error| unreadable(&format!("{}행 {}열의 JSON이 올바르지 않습니다", error.line(), error.column())))
}

fn unreadable(what: &str) -> Refusal {
    Refusal::new(Reason::UnreadableBody, format!("요청 본문을 읽을 수 없습니다: {what}"))
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

async fn read(body: Body) -> Result<Bytes, Refusal> {
    let large = || Refusal::new(Reason::LargeBody, format!("요청 본문은 {BODY_BYTES_MAX}바이트 이하여야 합니다."));
    // An announced length is refused before a byte of it is read.
    if body.size_hint().lower() > BODY_BYTES_MAX as u64 {
        return Err(large());
    }
    match tokio::time::timeout(BODY_READ_MAX, Limited::new(body, BODY_BYTES_MAX).collect()).await {
        Err(_) => Err(Refusal::new(Reason::SlowBody, "요청 본문을 제때 받지 못했습니다.")),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(large()),
        Ok(Err(_)) => Err(unreadable("전송이 중단되었습니다")),
        Ok(Ok(body)) => Ok(body.to_bytes()),
    }
}
