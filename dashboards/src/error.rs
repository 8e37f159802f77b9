//! Failures of the front, and the one place where a kind becomes a status and Prometheus's error JSON.
//!
//! Invariant: no text holds a secret, and text that came from outside is quoted or JSON-escaped.

use crate::json::Json;
use crate::limits::RETRY_AFTER_SECONDS;
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::fmt;

/// What class of failure it is, under the names of Prometheus's `errorType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ErrorKind {
    /// The request makes no sense.
    BadData,
    /// The evaluation is undefined, or a limit was passed.
    Execution,
    /// The time was up.
    Timeout,
    /// Whoever asked has left, or we go down.
    Canceled,
    /// There is no such thing.
    NotFound,
    /// Too many ask at once, or the store cannot answer now.
    Unavailable,
    /// Our own fault.
    Internal,
    /// The body is larger than we take.
    TooLarge,
    /// The body did not arrive in time.
    SlowBody,
}

impl ErrorKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::BadData | Self::TooLarge | Self::SlowBody => "bad_data",
            Self::Execution => "execution",
            Self::Timeout => "timeout",
            Self::Canceled => "canceled",
            Self::NotFound => "not_found",
            Self::Unavailable => "unavailable",
            Self::Internal => "internal",
        }
    }

    /// Grafana reads the JSON of 400, 422 and 503 only, so a canceled query is 503 like one that ran out of time.
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Self::BadData => StatusCode::BAD_REQUEST,
            Self::Execution => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Timeout | Self::Canceled | Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::SlowBody => StatusCode::REQUEST_TIMEOUT,
        }
    }
}

/// A failure with the text that the client reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) kind: ErrorKind,
    pub(crate) text: String,
}

impl Failure {
    pub(crate) fn new(kind: ErrorKind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into() }
    }

    pub(crate) fn bad_data(text: impl Into<String>) -> Self {
        Self::new(ErrorKind::BadData, text)
    }

    /// `invalid parameter "start": ...`, as Prometheus begins what is wrong with a parameter.
    pub(crate) fn parameter(name: &str, what: impl fmt::Display) -> Self {
        Self::bad_data(format!("invalid parameter {}: {what}", model::number::quoted(name)))
    }
}

impl Failure {
    /// The failure as plain text, for the paths whose clients read no JSON.
    pub(crate) fn into_plain(self) -> Response {
        if self.kind == ErrorKind::Unavailable {
            plain_unavailable(&self.text)
        } else {
            plain(self.kind.status(), &self.text)
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl From<query::Error> for Failure {
    fn from(error: query::Error) -> Self {
        let kind = match error.kind() {
            query::ErrorKind::Invalid => return Self::parameter("query", &error),
            query::ErrorKind::Execution | query::ErrorKind::Limit => ErrorKind::Execution,
            query::ErrorKind::Timeout => ErrorKind::Timeout,
            query::ErrorKind::Canceled => ErrorKind::Canceled,
            query::ErrorKind::Unavailable => ErrorKind::Unavailable,
        };
        Self::new(kind, error.to_string())
    }
}

impl From<store::Error> for Failure {
    fn from(error: store::Error) -> Self {
        let kind = match error.kind() {
            store::ErrorKind::Invalid => ErrorKind::BadData,
            store::ErrorKind::Limit => ErrorKind::Execution,
            store::ErrorKind::Canceled => ErrorKind::Canceled,
            store::ErrorKind::Timeout => ErrorKind::Timeout,
            store::ErrorKind::Unavailable => ErrorKind::Unavailable,
            store::ErrorKind::Corrupt | store::ErrorKind::Io => ErrorKind::Internal,
        };
        Self::new(kind, error.to_string())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut json = Json::new();
        json.raw("{\"status\":\"error\",\"errorType\":\"").raw(self.kind.as_str()).raw("\",\"error\":");
        json.text(&self.text).raw("}");
        let mut response = (self.kind.status(), json).into_response();
        if self.kind == ErrorKind::Unavailable {
            response.headers_mut().insert(header::RETRY_AFTER, retry_after());
        }
        response
    }
}

pub(crate) fn retry_after() -> HeaderValue {
    HeaderValue::from(RETRY_AFTER_SECONDS)
}

/// An answer in plain text; the newline that ends it is added.
pub(crate) fn plain(status: StatusCode, text: &str) -> Response {
    let mut response = Response::new(Body::from(format!("{text}\n")));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

/// 503 with a reason and `Retry-After`.
pub(crate) fn plain_unavailable(reason: &str) -> Response {
    let mut response = plain(StatusCode::SERVICE_UNAVAILABLE, reason);
    response.headers_mut().insert(header::RETRY_AFTER, retry_after());
    response
}
