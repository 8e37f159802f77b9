//! Lines, grouped into streams.
//!
//! Invariant: with categories every line has three elements, and `stream` holds the labels of the stream alone;
//! without them two, and `stream` holds all labels of its lines. Streams stand in the order of their labels as text,
//! lines in the order in which they came.

use super::labels_bytes;
use crate::json::Json;
use crate::state::Front;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use model::labels::Labels;
use query::logql::LogLine;
use std::collections::HashMap;
use std::convert::Infallible;

/// The header by which a client asks for categories.
const FLAGS_HEADER: &str = "x-loki-response-encoding-flags";
const CATEGORIZE: &str = "categorize-labels";

/// Bytes that a line takes in the answer beside its text and labels: its time, quotes and brackets.
const LINE_BYTES: usize = 32;

/// How the labels of a line are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::loki) enum Shape {
    /// All in one set, which names the stream.
    Merged,
    /// By where they came from.
    Categorized,
}

impl Shape {
    /// The member that tells the reader, with a comma behind it.
    pub(in crate::loki) fn flags(self) -> &'static str {
        match self {
            Self::Merged => "",
            Self::Categorized => "\"encodingFlags\":[\"categorize-labels\"],",
        }
    }
}

impl FromRequestParts<Front> for Shape {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Front) -> Result<Self, Infallible> {
        let values = parts.headers.get_all(FLAGS_HEADER).iter().filter_map(|value| value.to_str().ok());
        let asked = values.flat_map(|value| value.split(',')).any(|flag| flag.trim() == CATEGORIZE);
        Ok(if asked { Self::Categorized } else { Self::Merged })
    }
}

/// Lines under one label set.
pub(in crate::loki) struct Stream<'a> {
    pub(in crate::loki) labels: Labels,
    pub(in crate::loki) lines: Vec<&'a LogLine>,
}

/// Groups lines by what their shape shows of their labels.
pub(in crate::loki) fn group(lines: &[LogLine], shape: Shape) -> Vec<Stream<'_>> {
    let mut streams: Vec<Stream<'_>> = Vec::new();
    let mut by_labels: HashMap<Labels, usize> = HashMap::new();
    let mut by_parts: HashMap<[&Labels; 3], usize> = HashMap::new();
    let empty = Labels::empty();
    for line in lines {
        let parts = match shape {
            Shape::Merged => [&line.stream, &line.metadata, &line.parsed],
            Shape::Categorized => [&line.stream, &empty, &empty],
        };
        let at = *by_parts.entry(parts).or_insert_with(|| {
            let labels = union(parts);
            *by_labels.entry(labels.clone()).or_insert_with(|| {
                streams.push(Stream { labels, lines: Vec::new() });
                streams.len() - 1
            })
        });
        if let Some(stream) = streams.get_mut(at) {
            stream.lines.push(line);
        }
    }
    streams.sort_by_cached_key(|stream| stream.labels.to_string());
    streams
}

/// All labels in one set; of equal names the last part's counts.
fn union([stream, metadata, parsed]: [&Labels; 3]) -> Labels {
    if metadata.is_empty() && parsed.is_empty() {
        return stream.clone();
    }
    let mut builder = stream.to_builder();
    for (name, value) in metadata.iter().chain(parsed) {
        builder.set(name, value);
    }
    builder.build()
}

/// Bytes that the lines take in the answer, about.
pub(super) fn expected_bytes(lines: &[LogLine]) -> usize {
    let bytes = |line: &LogLine| {
        let own = [&line.metadata, &line.parsed].into_iter().filter(|labels| !labels.is_empty());
        LINE_BYTES + line.line.len() * 9 / 8 + own.map(labels_bytes).sum::<usize>()
    };
    lines.iter().map(bytes).sum()
}

/// Appends the streams of an answer.
pub(super) fn write(json: &mut Json, lines: &[LogLine], shape: Shape) {
    json.array(group(lines, shape), |json, stream| write_stream(json, &stream, shape));
}

/// Appends one stream.
pub(in crate::loki) fn write_stream(json: &mut Json, stream: &Stream<'_>, shape: Shape) {
    json.raw("{\"stream\":").labels(&stream.labels).raw(",\"values\":");
    json.array(&stream.lines, |json, line| {
        json.raw("[").nanos(line.timestamp).raw(",").text(&line.line);
        if shape == Shape::Categorized {
            json.raw(",");
            write_categories(json, line);
        }
        json.raw("]");
    });
    json.raw("}");
}

fn write_categories(json: &mut Json, line: &LogLine) {
    let categories = [("structuredMetadata", &line.metadata), ("parsed", &line.parsed)];
    json.object(categories.into_iter().filter(|(_, labels)| !labels.is_empty()), |json, (name, labels)| {
        json.raw("\"").raw(name).raw("\":").labels(labels);
    });
}
