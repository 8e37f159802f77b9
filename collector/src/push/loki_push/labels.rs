//! From the label text of a pushed stream to its labels.
//!
//! Invariant: what comes out is within every limit of a pushed stream and has its `service_name`; refusals are in
//! Loki's words.

use super::plan::LabelText;
use crate::enrichment::{SERVICE_NAME, Stream, Told, with_service_name};
use crate::json::Cursor;
use crate::limits::{
    STREAM_LABEL_NAME_BYTES_MAX, STREAM_LABEL_VALUE_BYTES_MAX, STREAM_LABELS_BYTES_MAX, STREAM_LABELS_MAX,
};
use language::promql::parse_selector;
use model::labels::Labels;
use model::matcher::{MatchOp, Matcher};
use model::number::quoted;
use std::borrow::Cow;
use std::collections::BTreeMap;

impl<'a> LabelText<'a> {
    /// The bytes that stand for the stream.
    pub(super) fn as_bytes(self) -> &'a [u8] {
        match self {
            Self::Selector(bytes) => bytes,
            Self::Object(text) | Self::Escaped(text) => text.as_bytes(),
        }
    }

    /// The stream that the text names.
    ///
    /// # Errors
    /// A phrase in Loki's words.
    pub(super) fn read(self) -> Result<Stream, String> {
        let length = self.as_bytes().len();
        if length > STREAM_LABELS_BYTES_MAX {
            return Err(format!("stream labels size {length} B exceeds limit of {STREAM_LABELS_BYTES_MAX} B"));
        }
        let text = match self {
            Self::Selector(bytes) => {
                let text = std::str::from_utf8(bytes);
                Cow::Borrowed(
                    text.map_err(|error| format!("couldn't parse labels: invalid UTF-8 at {}", error.valid_up_to()))?,
                )
            }
            Self::Object(object) => Cow::Owned(selector_text(object)),
            Self::Escaped(escaped) => crate::json::unescaped(escaped),
        };
        let labels = parse(&text)?;
        let stream = Stream { told: Told::by_labels(&labels), labels: with_service_name(&labels) };
        check_limits(&stream.labels)?;
        Ok(stream)
    }
}

/// The object as Loki turns it into a selector, so that names which are none are refused as there.
fn selector_text(object: &str) -> String {
    let mut pairs = BTreeMap::new();
    // The object is well-formed; of a name that comes twice the last value counts.
    let _ = Cursor::new(object).pairs(|name, value| _ = pairs.insert(name.into_owned(), value.into_owned()));
    let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={}", quoted(value))).collect();
    format!("{{{}}}", pairs.join(", "))
}

fn parse(text: &str) -> Result<Labels, String> {
    let matchers = parse_selector(text).map_err(|error| format!("couldn't parse labels: {error}"))?;
    let mut pairs: Vec<(&str, &str)> = Vec::with_capacity(matchers.len());
    for matcher in &matchers {
        if matcher.op() != MatchOp::Equal {
            let op = matcher.op().as_str();
            return Err(format!("couldn't parse labels: unexpected {} in label set, expected \"=\"", quoted(op)));
        }
        pairs.push((Matcher::name(matcher), matcher.value()));
    }
    pairs.sort_unstable();
    let twice = pairs.windows(2).find_map(|pair| match pair {
        [(left, _), (right, _)] if left == right => Some(left),
        _ => None,
    });
    if let Some(name) = twice {
        return Err(format!("stream '{text}' has duplicate label name: '{name}'"));
    }
    Ok(Labels::from_ascending(pairs))
}

fn check_limits(labels: &Labels) -> Result<(), String> {
    let count = labels.iter().filter(|(name, _)| *name != SERVICE_NAME).count();
    if count > STREAM_LABELS_MAX {
        return Err(format!("entry for stream '{labels}' has {count} label names; limit {STREAM_LABELS_MAX}"));
    }
    for (name, value) in labels {
        if name.len() > STREAM_LABEL_NAME_BYTES_MAX {
            return Err(format!("stream '{labels}' has label name too long: '{name}'"));
        }
        if value.len() > STREAM_LABEL_VALUE_BYTES_MAX {
            return Err(format!("stream '{labels}' has label value too long: '{value}'"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<&str, &str>) {
        let read = LabelText::Selector(text.as_bytes()).read().map(|stream| stream.labels.to_string());
        assert_eq!(read.as_deref().map_err(String::as_str), expected);
    }

    #[test]
    fn label_texts_are_read_strictly() {
        check(r#"{app="a"}"#, Ok(r#"{app="a", service_name="a"}"#));
        check(r#"{ "app"="a" ,  b = 'c',}"#, Ok(r#"{app="a", b="c", service_name="a"}"#));
        check(r#"{a="\u00e9\n", empty=""}"#, Ok(r#"{a="é\n", service_name="unknown_service"}"#));
        check("{}", Ok(r#"{service_name="unknown_service"}"#));
        check(r#"{app="a", app="b"}"#, Err(r#"stream '{app="a", app="b"}' has duplicate label name: 'app'"#));
        check(r#"{app=~"a"}"#, Err(r#"couldn't parse labels: unexpected "=~" in label set, expected "=""#));
        for malformed in ["", "{", "{a}", "{a=}", r#"{a="b""#, r#"{a="b"} x"#, r#"{a-b="c"}"#, r#"{a="b" c="d"}"#] {
            let error = LabelText::Selector(malformed.as_bytes()).read().expect_err(malformed);
            assert!(error.starts_with("couldn't parse labels: ") && error.contains("parse error: "), "{error}");
        }
        let error = LabelText::Selector(b"{a=\"\xff\"}").read().expect_err("no UTF-8");
        assert_eq!(error, "couldn't parse labels: invalid UTF-8 at 4");
    }

    #[test]
    fn objects_are_read_as_the_selector_that_they_mean() {
        let check = |object: &str, expected: Result<&str, &str>| {
            let read = LabelText::Object(object).read().map(|stream| stream.labels.to_string());
            match (read.as_deref(), expected) {
                (Err(error), Err(words)) => assert!(error.contains(words), "{error}"),
                (read, expected) => assert_eq!(read.map_err(|error| error.as_str()), expected),
            }
        };
        check(r#"{"b":"x","a":"\"y\\"}"#, Ok(r#"{a="\"y\\", b="x", service_name="unknown_service"}"#));
        check(r#"{"job":1,"job":"last"}"#, Ok(r#"{job="last", service_name="last"}"#));
        check("{}", Ok(r#"{service_name="unknown_service"}"#));
        check(r#"{"a-b":"c"}"#, Err("couldn't parse labels: 1:3: parse error: "));
        check(r#"{"a=\"x\",b":"c"}"#, Ok(r#"{a="x", b="c", service_name="unknown_service"}"#));
    }

    #[test]
    fn limits_are_lokis() {
        let many = |count: usize| {
            let pairs: Vec<String> = (0..count).map(|number| format!("l{number}=\"x\"")).collect();
            LabelText::Selector(format!("{{{}}}", pairs.join(",")).as_bytes()).read().map(|_| ())
        };
        assert_eq!(many(STREAM_LABELS_MAX), Ok(()));
        let error = many(STREAM_LABELS_MAX + 1).expect_err("one too many");
        assert!(error.ends_with("has 129 label names; limit 128"), "{error}");
        let words = |text: String, words: &str| {
            let error = LabelText::Selector(text.as_bytes()).read().expect_err(words);
            assert!(error.contains(words), "{error}");
        };
        words(format!("{{{}=\"x\"}}", "a".repeat(1025)), "has label name too long: 'aaa");
        words(format!("{{a=\"{}\"}}", "x".repeat(2049)), "has label value too long: 'xxx");
        words(format!("{{a=\"{}\"}}", "x".repeat(STREAM_LABELS_BYTES_MAX)), "exceeds limit of 65536 B");
    }
}
