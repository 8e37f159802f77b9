//! Failures as Alertmanager answers them.
//!
//! Invariant: what its handlers refuse is a JSON text; what its schema refuses is an object with `code` and `message`.

use crate::error::{ErrorKind, Failure, retry_after};
use crate::json::Json;
use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

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

/// The codes of go-openapi, which Alertmanager's schema is checked by.
pub(super) const NOT_JSON: u32 = 400;
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
                let status = if code == NOT_JSON { StatusCode::BAD_REQUEST } else { StatusCode::UNPROCESSABLE_ENTITY };
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
