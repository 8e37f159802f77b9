//! What the headers of a push say of its body.
//!
//! Invariant: JSON is what says that it is JSON; everything else is the snappy protobuf that agents send, as Loki reads
//! it.

use model::number::quoted;
use std::fmt;

/// How a push is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A snappy block of `logproto.PushRequest`.
    Protobuf,
    /// JSON: `stream` and `values`, or the older `labels` and `entries`.
    Json,
}

/// What the body is compressed with, beside the snappy of [`Format::Protobuf`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Nothing.
    Plain,
    /// gzip
    Gzip,
    /// Raw deflate.
    Deflate,
}

/// Both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Media {
    /// How it is written down.
    pub format: Format,
    /// What it is compressed with.
    pub encoding: Encoding,
}

/// A `Content-Encoding` that is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnsupportedEncoding(String);

impl fmt::Display for UnsupportedEncoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Content-Encoding {} not supported", quoted(&self.0))
    }
}

impl std::error::Error for UnsupportedEncoding {}

/// The two headers that tell what a body is; `None` where one is absent.
#[derive(Clone, Copy, Debug, Default)]
pub struct Headers<'a> {
    /// `Content-Type`
    pub content_type: Option<&'a str>,
    /// `Content-Encoding`
    pub content_encoding: Option<&'a str>,
}

impl Media {
    /// Reads the headers.
    ///
    /// # Errors
    /// When the body is compressed with something else than gzip, deflate or snappy.
    pub fn from_headers(headers: Headers<'_>) -> Result<Self, UnsupportedEncoding> {
        let essence = headers.content_type.and_then(|text| text.split(';').next()).unwrap_or_default().trim();
        let format = match essence.eq_ignore_ascii_case("application/json") {
            true => Format::Json,
            false => Format::Protobuf,
        };
        let encoding = match headers.content_encoding.unwrap_or_default() {
            // Some agents say so of the block that protobuf bodies are anyway.
            "" | "snappy" => Encoding::Plain,
            "gzip" => Encoding::Gzip,
            "deflate" => Encoding::Deflate,
            other => return Err(UnsupportedEncoding(other.to_owned())),
        };
        Ok(Self { format, encoding })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_tell_the_format() {
        let check = |content_type, content_encoding, expected: Result<(Format, Encoding), &str>| {
            let media = Media::from_headers(Headers { content_type, content_encoding });
            let told = media.map(|media| (media.format, media.encoding)).map_err(|error| error.to_string());
            assert_eq!(told, expected.map_err(str::to_owned));
        };
        check(None, None, Ok((Format::Protobuf, Encoding::Plain)));
        check(Some("application/x-protobuf"), Some("snappy"), Ok((Format::Protobuf, Encoding::Plain)));
        check(Some("application/x-protobuf"), Some("gzip"), Ok((Format::Protobuf, Encoding::Gzip)));
        check(Some("application/json"), None, Ok((Format::Json, Encoding::Plain)));
        check(Some("Application/JSON; charset=utf-8"), Some("gzip"), Ok((Format::Json, Encoding::Gzip)));
        check(Some("application/json"), Some("deflate"), Ok((Format::Json, Encoding::Deflate)));
        check(Some("application/jsonn"), None, Ok((Format::Protobuf, Encoding::Plain)));
        check(None, Some("br"), Err("Content-Encoding \"br\" not supported"));
    }
}
