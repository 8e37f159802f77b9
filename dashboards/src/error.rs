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
    /// The store cannot answer now, or something that all requests share is used up.
    Unavailable,
    /// Too many ask at once.
    Busy,
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
            Self::Unavailable | Self::Busy => "unavailable",
            Self::Internal => "internal",
        }
    }

    /// Grafana reads the JSON of 400, 422 and 503 only, so a canceled query is 503 like one that ran out of time.
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Self::BadData => StatusCode::BAD_REQUEST,
            Self::Execution => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Timeout | Self::Canceled | Self::Unavailable | Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::SlowBody => StatusCode::REQUEST_TIMEOUT,
        }
    }

    /// The status under which Loki answers the same. Canceled is 503 as well: whoever left reads no status, so it is
    /// seen only by those who wait while we go down.
    fn loki_status(self) -> StatusCode {
        match self {
            Self::Execution => StatusCode::BAD_REQUEST,
            Self::Timeout => StatusCode::GATEWAY_TIMEOUT,
            Self::Busy => StatusCode::TOO_MANY_REQUESTS,
            other => other.status(),
        }
    }

    /// Whether the same request may go well a little later.
    fn is_passing(self) -> bool {
        matches!(self, Self::Unavailable | Self::Busy)
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
        let status = self.kind.status();
        self.plain_with(status)
    }

    fn plain_with(&self, status: StatusCode) -> Response {
        let mut response = plain(status, &self.text);
        if self.kind.is_passing() {
            response.headers_mut().insert(header::RETRY_AFTER, retry_after());
        }
        response
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
        if self.kind.is_passing() {
            response.headers_mut().insert(header::RETRY_AFTER, retry_after());
        }
        response
    }
}

/// A failure as Loki answers it: in plain text, with its statuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LokiFailure(pub(crate) Failure);

impl From<Failure> for LokiFailure {
    fn from(failure: Failure) -> Self {
        Self(failure)
    }
}

impl IntoResponse for LokiFailure {
    fn into_response(self) -> Response {
        self.0.plain_with(self.0.kind.loki_status())
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
