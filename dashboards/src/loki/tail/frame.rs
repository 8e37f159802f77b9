//! Messages of a live tail.
//!
//! Invariant: a message begins with what its reader needs to know of the streams that follow. Lines that were left out
//! are told in the next message, in one element with their number, since who reads too slowly has no use for more.

use crate::json::Json;
use crate::limits::TAIL_MESSAGE_BYTES;
use crate::loki::encode::{Shape, Stream, group, write_stream};
use model::rfc3339;
use model::time::Nanos;
use query::logql::LogLine;

/// The form of the messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// `/loki/api/v1/tail`
    Present(Shape),
    /// `/api/prom/tail`
    Legacy,
}

/// Lines that were left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dropped {
    /// How many.
    pub(super) lines: u64,
    /// When that was noticed.
    pub(super) at: Nanos,
}

impl Dialect {
    /// The messages that tell of the lines, each about [`TAIL_MESSAGE_BYTES`] long; none when there is nothing to tell.
    pub(super) fn messages(self, mut lines: &[LogLine], dropped: Dropped) -> Vec<String> {
        let mut messages = Vec::new();
        let mut untold = (dropped.lines > 0).then_some(dropped);
        while !lines.is_empty() || untold.is_some() {
            let (piece, rest) = lines.split_at_checked(fitting(lines)).unwrap_or((lines, &[]));
            messages.push(self.message(piece, untold.take()));
            lines = rest;
        }
        messages
    }

    fn message(self, lines: &[LogLine], dropped: Option<Dropped>) -> String {
        let mut json = Json::with_capacity(lines.iter().map(bytes).sum::<usize>() * 9 / 8 + 256);
        match self {
            Self::Present(shape) => {
                json.raw("{").raw(shape.flags()).raw("\"streams\":");
                json.array(group(lines, shape), |json, stream| write_stream(json, &stream, shape));
                if let Some(dropped) = dropped {
                    json.raw(",\"dropped_entries\":[{\"timestamp\":").nanos(dropped.at);
                    json.raw(",\"labels\":{},\"count\":").digits(dropped.lines).raw("}]");
                }
            }
            Self::Legacy => {
                json.raw("{\"streams\":");
                json.array(group(lines, Shape::Merged), |json, stream| write_legacy_stream(json, &stream));
                json.raw(",\"droppedEntries\":[");
                if let Some(dropped) = dropped {
                    json.raw("{\"Timestamp\":").text(&rfc3339::format(dropped.at));
                    json.raw(",\"Labels\":\"{}\",\"count\":").digits(dropped.lines).raw("}");
                }
                json.raw("]");
            }
        }
        json.raw("}");
        json.into_string()
    }
}

/// A stream in the old form: its labels in one text, times in RFC 3339.
pub(in crate::loki) fn write_legacy_stream(json: &mut Json, stream: &Stream<'_>) {
    json.raw("{\"labels\":").text(&stream.labels.to_string()).raw(",\"entries\":");
    json.array(&stream.lines, |json, line| {
        json.raw("{\"ts\":").text(&rfc3339::format(line.timestamp)).raw(",\"line\":").text(&line.line).raw("}");
    });
    json.raw("}");
}

/// How many of the lines go into one message; at least one, where there is one.
fn fitting(lines: &[LogLine]) -> usize {
    let mut sum = 0;
    let fits = |line: &&LogLine| {
        let before = sum;
        sum += bytes(line);
        before == 0 || sum <= TAIL_MESSAGE_BYTES
    };
    lines.iter().take_while(fits).count()
}

/// Bytes that a line takes in a message, about.
fn bytes(line: &LogLine) -> usize {
    let labels = [&line.stream, &line.metadata, &line.parsed];
    64 + line.line.len() + labels.into_iter().map(|labels| labels.as_raw().len()).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::labels::Labels;

    fn line(at: i64, text: &str) -> LogLine {
        LogLine {
            timestamp: Nanos(at),
            line: text.to_owned(),
            stream: Labels::from_pairs([("app", "x")]),
            metadata: Labels::from_pairs([("trace", "1")]),
            parsed: Labels::empty(),
        }
    }

    #[test]
    fn messages_hold_streams_and_what_was_left_out() {
        let check = |dialect: Dialect, lines: &[LogLine], dropped: u64, expected: &[&str]| {
            assert_eq!(dialect.messages(lines, Dropped { lines: dropped, at: Nanos(9) }), expected);
        };
        let merged = Dialect::Present(Shape::Merged);
        check(merged, &[], 0, &[]);
        check(
            merged,
            &[line(1, "a"), line(2, "b\"")],
            0,
            &[r#"{"streams":[{"stream":{"app":"x","trace":"1"},"values":[["1","a"],["2","b\""]]}]}"#],
        );
        check(merged, &[], 3, &[r#"{"streams":[],"dropped_entries":[{"timestamp":"9","labels":{},"count":3}]}"#]);
        check(
            Dialect::Present(Shape::Categorized),
            &[line(1, "a")],
            0,
            &[
                r#"{"encodingFlags":["categorize-labels"],"streams":[{"stream":{"app":"x"},"values":[["1","a",{"structuredMetadata":{"trace":"1"}}]]}]}"#,
            ],
        );
        check(
            Dialect::Legacy,
            &[line(1, "a")],
            0,
            &[
                r#"{"streams":[{"labels":"{app=\"x\", trace=\"1\"}","entries":[{"ts":"1970-01-01T00:00:00.000000001Z","line":"a"}]}],"droppedEntries":[]}"#,
            ],
        );
    }

    #[test]
    fn long_messages_are_split() {
        let lines: Vec<LogLine> = (0..5).map(|at| line(at, &"x".repeat(400 << 10))).collect();
        let messages = Dialect::Present(Shape::Merged).messages(&lines, Dropped { lines: 1, at: Nanos(0) });
        assert_eq!(messages.len(), 3);
        let told: Vec<bool> = messages.iter().map(|message| message.contains("dropped_entries")).collect();
        assert_eq!(told, [true, false, false]);
        let huge = [line(0, &"x".repeat(3 << 20)), line(1, "b")];
        assert_eq!(Dialect::Present(Shape::Merged).messages(&huge, Dropped { lines: 0, at: Nanos(0) }).len(), 2);
    }
}
