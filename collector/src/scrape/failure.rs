//! Why a scrape failed: a class for our own metrics and a phrase for people, in Prometheus's words where it has some.

use crate::limits::FAILURE_TEXT_BYTES_MAX;
use model::number::quoted;
use settings::client::{Layer, Trouble};
use std::error::Error as StdError;
use std::fmt;

/// What class of failure it is; the label `class` of `belfry_scrape_failures_total`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureClass {
    /// The host's name has no address.
    Dns,
    /// Nobody listens there.
    Refused,
    /// The connection broke or could not be made.
    Connection,
    /// TLS could not be agreed upon.
    Tls,
    /// The whole scrape took longer than its timeout.
    Timeout,
    /// The status is not 200.
    Status,
    /// The body is beyond its limit.
    BodyTooLarge,
    /// The body's encoding is wrong or unknown.
    Encoding,
    /// The body's format is not known.
    ContentType,
    /// The page cannot be read.
    Parse,
    /// There are more samples than allowed.
    SampleLimit,
    /// A label set is beyond its limits.
    LabelLimit,
    /// The job has more targets than allowed.
    TargetLimit,
    /// A password or certificate file cannot be read.
    Credentials,
    /// A built-in page could not be rendered.
    BuiltIn,
}

impl FailureClass {
    /// The label value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Refused => "refused",
            Self::Connection => "connection",
            Self::Tls => "tls",
            Self::Timeout => "timeout",
            Self::Status => "status",
            Self::BodyTooLarge => "body_too_large",
            Self::Encoding => "encoding",
            Self::ContentType => "content_type",
            Self::Parse => "parse",
            Self::SampleLimit => "sample_limit",
            Self::LabelLimit => "label_limit",
            Self::TargetLimit => "target_limit",
            Self::Credentials => "credentials",
            Self::BuiltIn => "built_in",
        }
    }
}

/// Why a scrape failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Its class.
    pub class: FailureClass,
    /// What happened, with the address or value it happened at.
    pub text: String,
}

impl Failure {
    /// A failure of a class with its phrase, cut at [`FAILURE_TEXT_BYTES_MAX`]: it may quote what a target sent.
    pub fn new(class: FailureClass, text: impl Into<String>) -> Self {
        let mut text = text.into();
        if text.len() > FAILURE_TEXT_BYTES_MAX {
            text.truncate(text.floor_char_boundary(FAILURE_TEXT_BYTES_MAX));
            text.push_str("...");
        }
        Self { class, text }
    }

    /// The whole scrape took too long.
    pub(super) fn timeout(url: &str) -> Self {
        Self::new(FailureClass::Timeout, format!("Get {}: context deadline exceeded", quoted(url)))
    }

    /// The body passed its limit.
    pub(super) fn body_too_large(limit: usize) -> Self {
        Self::new(FailureClass::BodyTooLarge, format!("body size limit exceeded (body_size_limit: {limit} bytes)"))
    }

    /// The request could not be sent, or its answer not be read.
    pub(super) fn of_request(url: &reqwest::Url, error: &reqwest::Error) -> Self {
        let Trouble { layer, text } = Trouble::of_request(url, error);
        let class = match layer {
            Layer::Dns => FailureClass::Dns,
            Layer::Refused => FailureClass::Refused,
            Layer::Connection => FailureClass::Connection,
            Layer::Tls => FailureClass::Tls,
        };
        Self::new(class, format!("Get {}: {text}", quoted(url.as_str())))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl StdError for Failure {}
