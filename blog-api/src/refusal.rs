//! Why a request is not answered with what it asked for, and how that looks outside.
//!
//! Invariant: the only place where a reason becomes a status. The client gets the message; the detail, which may name
//! files and statements, goes to the log only.

use crate::calendar;
use crate::limits::RETRY_AFTER_SECONDS;
use crate::store;
use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// The kinds of reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    Parameter,
    Validation,
    UnreadableBody,
    Forbidden,
    PostNotFound,
    PathNotFound,
    MethodNotAllowed,
    SlowBody,
    LargeBody,
    LongTarget,
    MediaType,
    Internal,
    Busy,
    Timeout,
}

impl Reason {
    fn status(self) -> StatusCode {
        match self {
            Self::Parameter | Self::Validation | Self::UnreadableBody => StatusCode::BAD_REQUEST,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::PostNotFound | Self::PathNotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::SlowBody => StatusCode::REQUEST_TIMEOUT,
            Self::LargeBody => StatusCode::PAYLOAD_TOO_LARGE,
            Self::LongTarget => StatusCode::URI_TOO_LONG,
            Self::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Busy | Self::Timeout => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The metrics' `exception` and `error`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Parameter => "InvalidParameter",
            Self::Validation => "InvalidPost",
            Self::UnreadableBody => "UnreadableBody",
            Self::Forbidden => "Forbidden",
            Self::PostNotFound => "PostNotFound",
            Self::PathNotFound => "PathNotFound",
            Self::MethodNotAllowed => "MethodNotAllowed",
            Self::SlowBody => "SlowBody",
            Self::LargeBody => "LargeBody",
            Self::LongTarget => "LongTarget",
            Self::MediaType => "UnsupportedMediaType",
            Self::Internal => "Internal",
            Self::Busy => "Busy",
            Self::Timeout => "Timeout",
        }
    }
}

/// Why a request is refused.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    reason: Reason,
    message: String,
    detail: Option<String>,
}

impl Refusal {
    pub(crate) fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self { reason, message: message.into(), detail: None }
    }

    /// A parameter of the path or the query that cannot be.
    pub(crate) fn parameter(name: &str, what: &str) -> Self {
        Self::new(Reason::Parameter, format!("잘못된 요청 값: {name}: {what}"))
    }

    /// A post whose fields have findings.
    pub(crate) fn validation(findings: &[String]) -> Self {
        Self::new(Reason::Validation, format!("입력값 검증 실패: {}", findings.join(", ")))
    }

    pub(crate) fn post_not_found(id: i64) -> Self {
        Self::new(Reason::PostNotFound, format!("게시글을 찾을 수 없습니다. ID: {id}"))
    }

    /// Something of ours went wrong. `detail` is for the log.
    pub(crate) fn internal(detail: impl Into<String>) -> Self {
        let refusal = Self::new(Reason::Internal, "서버 내부 오류가 발생했습니다.");
        Self { detail: Some(detail.into()), ..refusal }
    }

    /// There is more to do than we take on. `detail` is for the log.
    pub(crate) fn busy(detail: impl Into<String>) -> Self {
        let refusal = Self::new(Reason::Busy, "요청이 많아 처리할 수 없습니다. 잠시 후 다시 시도해 주세요.");
        Self { detail: Some(detail.into()), ..refusal }
    }

    pub(crate) fn reason(&self) -> Reason {
        self.reason
    }

    /// What the log says about it.
    pub(crate) fn detail(&self) -> &str {
        self.detail.as_deref().unwrap_or(&self.message)
    }

    /// The answer's body.
    pub(crate) fn body(&self, path: &str, now: i64) -> Body {
        let status = self.reason.status();
        let shown = Shown {
            timestamp: calendar::local(now),
            status: status.as_u16(),
            error: status.canonical_reason().unwrap_or_default(),
            message: &self.message,
            path,
        };
        serde_json::to_vec(&shown).map_or_else(|_| Body::empty(), Body::from)
    }
}

/// Spring's error body.
#[derive(Serialize)]
struct Shown<'a> {
    timestamp: String,
    status: u16,
    error: &'static str,
    message: &'a str,
    path: &'a str,
}

impl From<store::Error> for Refusal {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Busy(detail) => Self::busy(detail),
            store::Error::Failed(detail) => Self::internal(detail),
        }
    }
}

impl IntoResponse for Refusal {
    /// The head of the answer. `observe` writes the body, which needs the path and the time.
    fn into_response(self) -> Response {
        let mut response = self.reason.status().into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        match self.reason {
            Reason::Busy | Reason::Timeout => {
                headers.insert(RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_SECONDS));
            }
            Reason::Forbidden => {
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            _ => {}
        }
        response.extensions_mut().insert(self);
        response
    }
}
