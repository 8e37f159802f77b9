//! Whether a push is of the kind that is understood, judged by its headers as Prometheus does.

use std::fmt;

/// The message that this receiver reads.
const MESSAGE: &str = "prometheus.WriteRequest";

/// The headers name a kind of push that is not understood: answer 415.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnsupportedMedia(String);

impl fmt::Display for UnsupportedMedia {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for UnsupportedMedia {}

/// Judges `Content-Type` and `Content-Encoding`; a missing or empty one means remote write 1.0 and snappy.
///
/// # Errors
/// Another media type, another message (remote write 2.0) or another compression.
pub fn judge_headers(content_type: Option<&str>, content_encoding: Option<&str>) -> Result<(), UnsupportedMedia> {
    judge_type(content_type.unwrap_or_default().trim())?;
    match content_encoding.unwrap_or_default().trim() {
        encoding if encoding.is_empty() || encoding.eq_ignore_ascii_case("snappy") => Ok(()),
        encoding => Err(UnsupportedMedia(format!("unsupported Content-Encoding `{encoding}`, expected `snappy`"))),
    }
}

fn judge_type(content_type: &str) -> Result<(), UnsupportedMedia> {
    if content_type.is_empty() {
        return Ok(());
    }
    let mut parts = content_type.split(';').map(str::trim);
    let media_type = parts.next().unwrap_or_default();
    if !media_type.eq_ignore_ascii_case("application/x-protobuf") {
        let why = format!("unsupported Content-Type `{content_type}`, expected `application/x-protobuf`");
        return Err(UnsupportedMedia(why));
    }
    let proto = parts.filter_map(|part| part.split_once('=')).find(|(name, _)| name.eq_ignore_ascii_case("proto"));
    match proto {
        Some((_, message)) if message.trim_matches('"') != MESSAGE => {
            Err(UnsupportedMedia(format!("unsupported remote write message `{message}`, expected `{MESSAGE}`")))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_remote_write_one_with_snappy_is_understood() {
        let check = |content_type, encoding, expected: Option<&str>| {
            let judged = judge_headers(content_type, encoding).err().map(|error| error.to_string());
            assert_eq!(judged.as_deref(), expected);
        };
        check(None, None, None);
        check(Some("application/x-protobuf"), Some("snappy"), None);
        check(Some("application/x-protobuf;proto=prometheus.WriteRequest"), Some("Snappy"), None);
        check(
            Some("application/x-protobuf;proto=io.prometheus.write.v2.Request"),
            Some("snappy"),
            Some(
                "unsupported remote write message `io.prometheus.write.v2.Request`, expected `prometheus.WriteRequest`",
            ),
        );
        check(
            Some("application/json"),
            None,
            Some("unsupported Content-Type `application/json`, expected `application/x-protobuf`"),
        );
        check(None, Some("zstd"), Some("unsupported Content-Encoding `zstd`, expected `snappy`"));
    }
}
