//! Which format a page is in, judged by its `Content-Type` as Prometheus 3 judges it.

use model::number::quoted;
use std::fmt;

/// A format of exposition pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// The text format, version 0.0.4 (and 1.0.0, which adds quoted names).
    Text,
    /// OpenMetrics text, version 0.0.1 or 1.0.0.
    OpenMetrics,
}

/// Why a page's format is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormatError {
    content_type: Option<String>,
}

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(content_type) = &self.content_type else {
            return f.write_str("target sent no Content-Type and the job has no fallback_scrape_protocol");
        };
        let hint = if media_type(content_type) == "text/html" { ": is this the metrics path?" } else { "" };
        write!(
            f,
            "unsupported Content-Type {}, expected text/plain or application/openmetrics-text{hint} (the job has no \
             fallback_scrape_protocol)",
            quoted(content_type)
        )
    }
}

impl std::error::Error for FormatError {}

/// Chooses the format of a page. A missing or unknown `Content-Type` takes the fallback.
///
/// # Errors
/// When the `Content-Type` is missing or unknown and there is no fallback.
pub fn choose_format(content_type: Option<&str>, fallback: Option<Format>) -> Result<Format, FormatError> {
    let content_type = content_type.map(str::trim).filter(|text| !text.is_empty());
    let known = match content_type.map(media_type).as_deref() {
        Some("text/plain") => Some(Format::Text),
        Some("application/openmetrics-text") => Some(Format::OpenMetrics),
        _ => None,
    };
    known.or(fallback).ok_or_else(|| FormatError { content_type: content_type.map(str::to_owned) })
}

/// The media type without its parameters, in lower case.
fn media_type(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_types_choose_the_format() {
        let check = |content_type: Option<&str>, fallback, expected: Option<Format>| {
            assert_eq!(choose_format(content_type, fallback).ok(), expected, "{content_type:?}");
        };
        check(Some("text/plain; version=0.0.4; charset=utf-8"), None, Some(Format::Text));
        check(Some("text/plain"), Some(Format::OpenMetrics), Some(Format::Text));
        check(Some("application/openmetrics-text; version=1.0.0"), None, Some(Format::OpenMetrics));
        check(Some("Application/OpenMetrics-Text"), None, Some(Format::OpenMetrics));
        check(Some("text/html"), None, None);
        check(Some("text/html"), Some(Format::Text), Some(Format::Text));
        check(Some("application/json"), Some(Format::Text), Some(Format::Text));
        check(Some(""), None, None);
        check(None, None, None);
        check(None, Some(Format::Text), Some(Format::Text));
        let error = choose_format(Some("text/html"), None).unwrap_err().to_string();
        assert!(error.contains("\"text/html\"") && error.contains("is this the metrics path?"), "{error}");
    }
}
