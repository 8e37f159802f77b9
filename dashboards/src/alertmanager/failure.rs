//! Failures as Alertmanager answers them.
//!
//! Invariant: what its handlers refuse is a JSON text; what its schema refuses is an object with `code` and `message`.

use crate::error::{ErrorKind, Failure, retry_after};
use crate::json::Json;
use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use model::number::quoted;

/// A failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum AmFailure {
    /// A status with a text.
    Text(StatusCode, String),
    /// 422 with the schema's own code; 400 for a body that is no JSON of the kind.
    Schema(u32, String),
    /// 404 without a body.
    NotFound,
    /// Belfry's own: a body that is too large or slow, too many requests at once.
    Own(Failure),
}

/// Refuses a body that does not say that it is JSON, as Alertmanager does. It also keeps pages of other origins from
/// posting here: a browser asks us first before it sends JSON for them, and is not told yes.
pub(super) fn check_is_json(headers: &HeaderMap) -> Result<(), AmFailure> {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media = given.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if media == "application/json" {
        return Ok(());
    }
    let media = if media.is_empty() { "application/octet-stream" } else { &media };
    let message = format!("unsupported media type {}, only [application/json] are allowed", quoted(media));
    Err(AmFailure::Schema(WRONG_MEDIA, message))
}

/// The codes of go-openapi, which Alertmanager's schema is checked by.
pub(super) const NOT_JSON: u32 = 400;
const WRONG_MEDIA: u32 = 415;
pub(super) const WRONG_TYPE: u32 = 601;
pub(super) const REQUIRED: u32 = 602;
pub(super) const TOO_FEW: u32 = 612;

impl AmFailure {
    /// 400 with a text.
    pub(super) fn bad(text: impl Into<String>) -> Self {
        Self::Text(StatusCode::BAD_REQUEST, text.into())
    }

    /// A field of the body that must be there.
    pub(super) fn required(name: &str) -> Self {
        Self::Schema(REQUIRED, format!("{name} in body is required"))
    }
}

impl From<Failure> for AmFailure {
    fn from(failure: Failure) -> Self {
        Self::Own(failure)
    }
}

impl IntoResponse for AmFailure {
    fn into_response(self) -> Response {
        let (status, json) = match self {
            Self::NotFound => {
                let mut response = Response::new(Body::empty());
                *response.status_mut() = StatusCode::NOT_FOUND;
                return response;
            }
            Self::Text(status, text) => (status, text_of(&text)),
            Self::Own(failure) => (failure.kind.status(), text_of(&failure.text)),
            Self::Schema(code, message) => {
                let mut json = Json::new();
                json.raw("{\"code\":").digits(u64::from(code)).raw(",\"message\":").text(&message).raw("}");
                let status = match code {
                    NOT_JSON => StatusCode::BAD_REQUEST,
                    WRONG_MEDIA => StatusCode::UNSUPPORTED_MEDIA_TYPE,
                    _ => StatusCode::UNPROCESSABLE_ENTITY,
                };
                (status, json)
            }
        };
        let mut response = (status, json).into_response();
        if status == ErrorKind::Unavailable.status() {
            response.headers_mut().insert(header::RETRY_AFTER, retry_after());
        }
        response
    }
}

fn text_of(text: &str) -> Json {
    let mut json = Json::new();
    json.text(text).raw("\n");
    json
}
