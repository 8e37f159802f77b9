//! What is stored of a push, what is refused, and in which words.

use super::*;
use crate::limits::{LINE_BYTES_MAX, PUSH_PARTS_MAX};
use crate::push::decompress::InflateError;
use proptest::prelude::*;
use std::cell::RefCell;
use std::io::Write;
use store::logs::{Refusal, Refused};

const JSON: Media = Media { format: Format::Json, encoding: Encoding::Plain };
const PROTOBUF: Media = Media { format: Format::Protobuf, encoding: Encoding::Plain };

/// Appends to a double of the store: the outcome, and what came as `{labels} time line {metadata}`.
fn append(body: &[u8], media: Media) -> (Result<Outcome, Rejection>, Vec<String>) {
    append_to(&Receiver::new(), body, media, Vec::new())
}

fn append_to(
    receiver: &Receiver,
    body: &[u8],
    media: Media,
    refused: Vec<Refusal>,
) -> (Result<Outcome, Rejection>, Vec<String>) {
    let came = RefCell::new(Vec::new());
    let outcome = receiver.append_with(body, media, &|batch| {
        assert_eq!(batch.duplicates, Duplicates::Drop);
        for stream in batch.streams {
            for entry in stream.entries {
                let (labels, at, metadata) = (stream.labels, entry.timestamp.0, entry.metadata);
                came.borrow_mut().push(format!("{labels} {at} {} {metadata}", entry.line));
            }
        }
        let stored = came.borrow().len() - refused.len();
        Ok(store::logs::Outcome { stored: stored as u64, repeated: 0, refused: refused.clone() })
    });
    (outcome, came.into_inner())
}

fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    [vec![number << 3 | 2], varint(bytes.len() as u64), bytes.to_vec()].concat()
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    bytes.push(value.to_le_bytes()[0]);
    bytes
}

fn entry(at: i64, line: &[u8], metadata: &[(&str, &str)]) -> Vec<u8> {
    let seconds = varint((at / 1_000_000_000).cast_unsigned());
    let nanos = varint((at % 1_000_000_000).cast_unsigned());
    let timestamp = [vec![0x08], seconds, vec![0x10], nanos].concat();
    let mut entry = [field(1, &timestamp), field(2, line)].concat();
    for (name, value) in metadata {
        entry.extend(field(3, &[field(1, name.as_bytes()), field(2, value.as_bytes())].concat()));
    }
    field(2, &entry)
}

fn stream(labels: &str, entries: &[Vec<u8>]) -> Vec<u8> {
    field(1, &[field(1, labels.as_bytes()), entries.concat()].concat())
}

fn block(message: &[u8]) -> Vec<u8> {
    snap::raw::Encoder::new().compress_vec(message).expect("compresses")
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(body).expect("memory");
    encoder.finish().expect("memory")
}

fn check(body: &[u8], media: Media, expected: &[&str]) {
    let (outcome, came) = append(body, media);
    assert_eq!(came, expected);
    let outcome = outcome.expect("is taken");
    assert_eq!((outcome.stored, outcome.rejected_lines()), (expected.len() as u64, 0), "{outcome}");
}

#[test]
fn both_formats_say_the_same() {
    let expected = [
        r#"{app="a", service_name="a"} 1700000000000000001 level=warn x {detected_level="warn"}"#,
        r#"{app="a", service_name="a"} 1700000000000000002 say "hi" {detected_level="unknown", trace_id="t"}"#,
        r#"{b="c", service_name="unknown_service"} 5  {detected_level="unknown"}"#,
    ];
    let json = r#"{"streams": [
        {"stream": {"app": "a"}, "values": [
            ["1700000000000000001", "level=warn x"],
            ["1700000000000000002", "say \"hi\"", {"trace_id": "t"}]]},
        {"values": [["5", ""]], "unknown": [{"a": [1, null, {}]}], "stream": {"b": "c"}}
    ], "more": -1.5e3} and what follows"#;
    let protobuf = [
        stream(
            "{app=\"a\"}",
            &[
                entry(1_700_000_000_000_000_001, b"level=warn x", &[]),
                entry(1_700_000_000_000_000_002, b"say \"hi\"", &[("trace_id", "t")]),
            ],
        ),
        stream("{b=\"c\"}", &[entry(5, b"", &[])]),
    ]
    .concat();
    check(json.as_bytes(), JSON, &expected);
    check(&block(&protobuf), PROTOBUF, &expected);
    check(&gzip(json.as_bytes()), Media { encoding: Encoding::Gzip, ..JSON }, &expected);
    check(&gzip(&block(&protobuf)), Media { encoding: Encoding::Gzip, ..PROTOBUF }, &expected);
}

#[test]
fn the_older_form_is_read() {
    let json = r#"{"streams":[{"labels":"{app=\"a\"}","entries":[
        {"ts":"1970-01-01T00:00:00.5Z","line":"one"},
        {"line":"two","timestamp":"1970-01-01T01:00:01+01:00","structuredMetadata":[{"name":"x","value":"y"}]}]}]}"#;
    let expected = [
        r#"{app="a", service_name="a"} 500000000 one {detected_level="unknown"}"#,
        r#"{app="a", service_name="a"} 1000000000 two {detected_level="unknown", x="y"}"#,
    ];
    check(json.as_bytes(), JSON, &expected);
}

#[test]
fn answers_of_queries_can_be_pushed_again() {
    let json = r#"{"streams":[{"stream":{"app":"a"},"values":[
        ["1","x",{"structuredMetadata":{"detected_level":"WRN"},"parsed":{"p":"q"}}],["2","x",{}]]}]}"#;
    let expected = [
        r#"{app="a", service_name="a"} 1 x {detected_level="warn"}"#,
        r#"{app="a", service_name="a"} 2 x {detected_level="unknown"}"#,
    ];
    check(json.as_bytes(), JSON, &expected);
}

#[test]
fn levels_come_from_labels_then_metadata_then_the_line() {
    let one = |labels: &str, metadata: &[(&str, &str)], line: &str, level: &str| {
        let message = stream(labels, &[entry(1, line.as_bytes(), metadata), entry(2, line.as_bytes(), metadata)]);
        let (_, came) = append(&block(&message), PROTOBUF);
        assert_eq!(came.len(), 2);
        assert!(came.iter().all(|line| line.contains(&format!("detected_level=\"{level}\""))), "{came:?}");
    };
    one("{a=\"b\"}", &[], "an ERROR", "error");
    one("{a=\"b\"}", &[("lvl", "dbg")], "an ERROR", "debug");
    one("{a=\"b\", level=\"info\"}", &[("lvl", "dbg")], "an ERROR", "info");
    one("{a=\"b\", level=\"notice\"}", &[], "an ERROR", "notice");
    one("{a=\"b\", level=\"notice\"}", &[("x", "y")], "an ERROR", "notice");
    one("{a=\"b\"}", &[("severity_number", "21")], "an ERROR", "fatal");
    one("{a=\"b\"}", &[("x", "y")], "an ERROR", "error");
}

#[test]
fn wrong_streams_take_nothing_with_them() {
    let message = [
        stream("{app=\"a\"}", &[entry(1, b"kept", &[])]),
        stream("{app=a}", &[entry(1, b"x", &[]), entry(2, b"x", &[])]),
        stream("no labels", &[entry(1, b"x", &[])]),
        stream("{broken", &[]),
        stream("{app=\"a\"}", &[entry(3, b"x", &[("", "y")]), entry(4, b"kept", &[("y", "z")])]),
    ]
    .concat();
    let (outcome, came) = append(&block(&message), PROTOBUF);
    assert_eq!(came.len(), 2, "{came:?}");
    let outcome = outcome.expect("is taken");
    assert_eq!((outcome.stored, outcome.rejected_lines()), (2, 4));
    let told = outcome.to_string();
    assert!(told.starts_with("3 errors like: couldn't parse labels: 1:6: parse error: "), "{told}");
    let second = r#"; 1 errors like: stream '{app="a", service_name="a"}' has structured metadata without a name"#;
    assert!(told.ends_with(second), "{told}");
}

#[test]
fn refusals_of_the_store_are_told_in_lokis_words() {
    let message = stream("{app=\"a\"}", &[entry(1_500_000_000, b"x", &[]), entry(2, b"y", &[])]);
    let body = block(&message);
    let check = |refused: &[(usize, Refused)], expected: &str| {
        let refused = refused.iter().map(|(entry, why)| Refusal { stream: 0, entry: *entry, why: *why });
        let (outcome, _) = append_to(&Receiver::new(), &body, PROTOBUF, refused.collect());
        assert_eq!(outcome.expect("is taken").to_string(), expected);
    };
    check(&[], "");
    let old = r#"entry for stream '{app="a", service_name="a"}' has timestamp too old: 1970-01-01T00:00:01Z"#;
    check(&[(0, Refused::BeforeRetention)], old);
    check(&[(0, Refused::BeforeRetention), (1, Refused::BeforeRetention)], &format!("2 errors like: {old}"));
    let new = r#"entry for stream '{app="a", service_name="a"}' has timestamp too new: 1970-01-01T00:00:00Z"#;
    let both = format!("1 errors like: {old}; 1 errors like: {new}");
    check(&[(0, Refused::BeforeRetention), (1, Refused::TooFarAhead)], &both);
    let streams = "maximum active stream limit exceeded when trying to create stream {app=\"a\", service_name=\"a\"}, \
                   reduce the number of active streams (reduce labels or reduce label values)";
    check(&[(0, Refused::TooManyStreams)], streams);
}

#[test]
fn long_lines_are_cut_marked_and_counted() {
    let line = format!("error {}", "x".repeat(LINE_BYTES_MAX));
    let message = stream("{app=\"a\"}", &[entry(1, line.as_bytes(), &[("y", "z")]), entry(2, b"short", &[])]);
    let (outcome, came) = append(&block(&message), PROTOBUF);
    assert_eq!(outcome.expect("is taken").cut, 1);
    assert!(came[0].ends_with(r#"xxx {detected_level="error", truncated_bytes="6", y="z"}"#));
    assert!(came[0].len() < LINE_BYTES_MAX + 200);
}

#[test]
fn bytes_that_are_no_utf8_are_repaired() {
    let message = stream("{app=\"a\"}", &[entry(1, b"a\xffb", &[]), entry(2, b"fine", &[])]);
    let (outcome, came) = append(&block(&message), PROTOBUF);
    assert_eq!(outcome.expect("is taken").repaired, 1);
    assert!(came[0].contains(" a\u{fffd}b "), "{came:?}");
    let json = b"{\"streams\":[{\"stream\":{\"app\":\"a\"},\"values\":[[\"1\",\"a\xffb\"],[\"2\",\"fine\"]]}]}";
    let (outcome, came) = append(json, JSON);
    assert_eq!(outcome.expect("is taken").repaired, 1);
    assert!(came[0].contains(" a\u{fffd}b ") && came[1].contains(" fine "), "{came:?}");
}

#[test]
fn malformed_bodies_store_nothing() {
    let check = |body: &[u8], media: Media, words: &str| {
        let (outcome, came) = append(body, media);
        assert_eq!(came, Vec::<String>::new());
        let error = outcome.expect_err(words).to_string();
        assert!(error.contains(words), "{error}");
    };
    check(b"", JSON, "malformed JSON at offset 0: expected an object");
    check(b"[]", JSON, "at offset 0: expected an object");
    check(b"{}", JSON, "error at least one valid stream is required for ingestion");
    check(br#"{"streams":null}"#, JSON, "error at least one valid stream");
    check(br#"{"streams":[]}"#, JSON, "error at least one valid stream");
    check(
        br#"{"streams":[{"stream":{"a":"b"},"values":[["1","x"]}]}"#,
        JSON,
        "expected a comma or the end of the array",
    );
    check(br#"{"streams":[{"values":[["1"]]}]}"#, JSON, "expected an entry of 2 or 3 values");
    check(br#"{"streams":[{"values":[["1","x",{},{}]]}]}"#, JSON, "expected an entry of 2 or 3 values");
    check(br#"{"streams":[{"values":[[1,"x"]]}]}"#, JSON, "expected a string");
    check(br#"{"streams":[{"values":[["now","x"]]}]}"#, JSON, "expected nanoseconds since the epoch as a string");
    check(br#"{"streams":[{"values":[["1",{"a":"b"}]]}]}"#, JSON, "at offset 28: expected a string");
    check(br#"{"streams":[{"values":[["1","x\q"]]}]}"#, JSON, "expected an escape that JSON knows");
    check(br#"{"streams":[{"values":[["1","x"#, JSON, "expected the end of a string");
    check(br#"{"streams":[{"values":[["1","x","y"]]}]}"#, JSON, "expected an object");
    check(br#"{"streams":[{"entries":[{"ts":"yesterday"}]}]}"#, JSON, "expected a time as RFC 3339 writes it");
    check(format!("{{\"a\":{}", "[".repeat(1000)).as_bytes(), JSON, "expected less nesting");
    check(b"hello", PROTOBUF, "malformed snappy block");
    check(&block(b""), PROTOBUF, "error at least one valid stream");
    check(&block(b"\x0a\x05hi"), PROTOBUF, "malformed protobuf at offset 2: field is cut off");
    check(b"hello", Media { encoding: Encoding::Gzip, ..JSON }, "malformed gzip body");
    check(b"\xffhello", Media { encoding: Encoding::Deflate, ..JSON }, "malformed deflate body");
}

#[test]
fn bombs_and_crowds_are_refused() {
    let bomb = gzip(&vec![b' '; PUSH_INFLATED_BYTES_MAX + 1]);
    let (outcome, _) = append(&bomb, Media { encoding: Encoding::Gzip, ..JSON });
    assert!(matches!(outcome, Err(Rejection::Inflate(InflateError::TooLarge(_)))), "{outcome:?}");
    let crowd = field(1, &field(2, b"").repeat(PUSH_PARTS_MAX + 1));
    let (outcome, _) = append(&block(&crowd), PROTOBUF);
    assert!(matches!(outcome, Err(Rejection::TooMany(PUSH_PARTS_MAX))), "{outcome:?}");
    let crowd = format!("{{\"streams\":[{}{{}}]}}", "{},".repeat(PUSH_PARTS_MAX));
    let (outcome, _) = append(crowd.as_bytes(), JSON);
    assert!(matches!(outcome, Err(Rejection::TooMany(PUSH_PARTS_MAX))), "{outcome:?}");
}

#[test]
fn streams_without_lines_need_no_store() {
    let receiver = Receiver::new();
    let body = block(&stream("{app=\"a\"}", &[]));
    let outcome = receiver.append_with(&body, PROTOBUF, &|_| panic!("nothing to append"));
    assert_eq!(outcome.expect("is taken"), Outcome::default());
}

#[test]
fn a_stream_is_read_once() {
    let receiver = Receiver::new();
    let message = block(&stream("{app=\"a\"}", &[entry(1, b"x", &[])]));
    assert!(receiver.streams.get(b"{app=\"a\"}").is_none());
    for _ in 0..2 {
        let (outcome, came) = append_to(&receiver, &message, PROTOBUF, Vec::new());
        assert!(outcome.is_ok() && came.len() == 1);
        assert!(receiver.streams.get(b"{app=\"a\"}").is_some());
    }
}

#[test]
fn what_is_pushed_is_stored_and_a_repeat_is_recognized() {
    let clock = std::sync::Arc::new(model::clock::ManualClock::new(model::time::Millis(1_700_000_000_000)));
    let folder = tempfile::tempdir().expect("temp dir");
    let options = store::logs::Options::new(store::fs::DataDir::open(folder.path()).expect("locked"));
    let logs = Logs::open(options, clock, std::sync::Arc::default()).expect("opens");
    let receiver = Receiver::new();
    let lines = [entry(1_700_000_000_000_000_001, b"one", &[]), entry(1_700_000_000_000_000_002, b"two", &[])];
    let body = block(&stream("{app=\"a\"}", &lines));
    let outcome = receiver.append(&body, PROTOBUF, &logs).expect("is taken");
    assert_eq!((outcome.stored, outcome.repeated), (2, 0));
    let outcome = receiver.append(&body, PROTOBUF, &logs).expect("is taken");
    assert_eq!((outcome.stored, outcome.repeated), (0, 2));
}

proptest! {
    #[test]
    fn mutated_bodies_never_panic(at in 0usize..400, byte: u8, cut in 0usize..400) {
        let message = [
            stream("{app=\"a\"}", &[entry(1, b"level=warn \"x\"", &[("a", "b")]), entry(2, b"{\"level\":\"x\"}", &[])]),
            stream("{b=\"c\"}", &[entry(3, b"y", &[("level", "z")])]),
        ]
        .concat();
        let json = br#"{"streams":[{"stream":{"app":"a\u00e9"},"values":[["1","x\n\ud83d\ude00",{"a":"b"}],["2",""]]},
            {"labels":"{b=\"c\"}","entries":[{"ts":"2026-01-01T00:00:00Z","line":"y","structuredMetadata":[]}]}]}"#;
        for (body, media) in [(&message[..], PROTOBUF), (&json[..], JSON)] {
            let mut body = body.to_vec();
            let length = body.len();
            body[at % length] = byte;
            body.truncate(length - cut % 8);
            let body = if media == PROTOBUF { block(&body) } else { body };
            let _ = append(&body, media);
        }
    }
}
