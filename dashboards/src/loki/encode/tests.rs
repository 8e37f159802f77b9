//! Answers as text, because key order is part of the contract.

use super::*;
use model::time::{Millis, Nanos};
use query::logql::{LogLine, LogStats};
use std::time::Duration;

fn labels(pairs: &[(&str, &str)]) -> Labels {
    Labels::from_pairs(pairs.iter().copied())
}

fn line(at: i64, text: &str, parts: [&[(&str, &str)]; 3]) -> LogLine {
    let [stream, metadata, parsed] = parts.map(labels);
    LogLine { timestamp: Nanos(at), line: text.to_owned(), stream, metadata, parsed }
}

/// The answer without its stats, which are asserted to be there.
fn encode(value: LogValue, shape: Shape, warnings: &[&str]) -> String {
    let warnings = warnings.iter().map(|&warning| warning.to_owned()).collect();
    let answered = LogAnswer { value, warnings, stats: LogStats::default() };
    let text = answer(&answered, shape, Took::default()).expect("small").into_string();
    serde_json::from_str::<serde_json::Value>(&text).expect("JSON");
    let (before, stats) = text.split_once(",\"stats\":").expect("stats");
    assert!(stats.starts_with("{\"summary\":{") && stats.ends_with("}}}"), "{stats}");
    before.to_owned()
}

fn lines() -> Vec<LogLine> {
    let app: &[(&str, &str)] = &[("app", "x")];
    vec![
        line(3, "c \"q\"", [app, &[("trace", "1")], &[("status", "200")]]),
        line(3, "b", [&[("app", "x"), ("pod", "p")], &[], &[]]),
        line(2, "a", [app, &[], &[]]),
        line(1, "a", [app, &[], &[("status", "200"), ("trace", "1")]]),
    ]
}

#[test]
fn without_categories_lines_have_two_elements_and_streams_all_labels() {
    let expected = concat!(
        r#"{"status":"success","data":{"resultType":"streams","result":["#,
        r#"{"stream":{"app":"x","pod":"p"},"values":[["3","b"]]},"#,
        r#"{"stream":{"app":"x","status":"200","trace":"1"},"values":[["3","c \"q\""],["1","a"]]},"#,
        r#"{"stream":{"app":"x"},"values":[["2","a"]]}]"#
    );
    assert_eq!(encode(LogValue::Lines(lines()), Shape::Merged, &[]), expected);
}

#[test]
fn with_categories_every_line_has_a_third_element() {
    let expected = concat!(
        r#"{"status":"success","data":{"resultType":"streams","encodingFlags":["categorize-labels"],"result":["#,
        r#"{"stream":{"app":"x","pod":"p"},"values":[["3","b",{}]]},"#,
        r#"{"stream":{"app":"x"},"values":["#,
        r#"["3","c \"q\"",{"structuredMetadata":{"trace":"1"},"parsed":{"status":"200"}}],"#,
        r#"["2","a",{}],["1","a",{"parsed":{"status":"200","trace":"1"}}]]}]"#
    );
    assert_eq!(encode(LogValue::Lines(lines()), Shape::Categorized, &[]), expected);
}

#[test]
fn samples_have_times_as_numbers_and_values_as_texts() {
    let point = |millis: i64, value: f64| Point { timestamp: Millis(millis), value };
    let series = LogSeries { labels: labels(&[("a", "b")]), points: vec![point(1_000, 1.0), point(2_500, f64::NAN)] };
    assert_eq!(
        encode(LogValue::Matrix(vec![series]), Shape::Merged, &["cut"]),
        r#"{"status":"success","warnings":["cut"],"data":{"resultType":"matrix","result":[{"metric":{"a":"b"},"values":[[1,"1"],[2.500,"NaN"]]}]"#
    );
    let sample = LogVectorSample { labels: Labels::empty(), point: point(4_000_000_000_000, 2.0) };
    assert_eq!(
        encode(LogValue::Vector(vec![sample]), Shape::Categorized, &[]),
        r#"{"status":"success","data":{"resultType":"vector","encodingFlags":["categorize-labels"],"result":[{"metric":{},"value":[4000000000,"2"]}]"#
    );
    assert_eq!(
        encode(LogValue::Scalar(point(4_000, 0.5)), Shape::Merged, &[]),
        r#"{"status":"success","data":{"resultType":"scalar","result":[4,"0.5"]"#
    );
}

#[test]
fn nothing_is_an_empty_list() {
    for (value, kind) in [
        (LogValue::Lines(Vec::new()), "streams"),
        (LogValue::Vector(Vec::new()), "vector"),
        (LogValue::Matrix(Vec::new()), "matrix"),
    ] {
        let expected = format!(r#"{{"status":"success","data":{{"resultType":"{kind}","result":[]"#);
        assert_eq!(encode(value, Shape::Merged, &[]), expected);
    }
}

#[test]
fn costs_stand_where_grafana_looks() {
    let stats = LogStats { lines: 100, bytes: 5_000, chunks: 3, entries_returned: 7 };
    let answered = LogAnswer { value: LogValue::Lines(Vec::new()), warnings: Vec::new(), stats };
    let took = Took { queued: Duration::from_millis(5), evaluated: Duration::from_millis(500) };
    let text = answer(&answered, Shape::Merged, took).expect("small").into_string();
    let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let check = |path: &str, expected: serde_json::Value| {
        assert_eq!(json.pointer(&format!("/data/stats/{path}")), Some(&expected), "{path}");
    };
    check("summary/bytesProcessedPerSecond", 10_000.into());
    check("summary/linesProcessedPerSecond", 200.into());
    check("summary/totalBytesProcessed", 5_000.into());
    check("summary/totalLinesProcessed", 100.into());
    check("summary/execTime", 0.5.into());
    check("summary/queueTime", 0.005.into());
    check("summary/totalEntriesReturned", 7.into());
    check("querier/store/totalChunksRef", 3.into());
    check("querier/store/chunk/decompressedLines", 100.into());
    check("ingester/totalReached", 0.into());
    check("cache/result/requests", 0.into());
    check("index/totalChunks", 3.into());
    check("store/totalChunksDownloaded", 3.into());
}

#[test]
fn answers_that_are_too_large_are_refused_before_they_are_written() {
    let text = "x".repeat(1 << 20);
    let lines = (0..200).map(|at| line(at, &text, [&[("a", "b")], &[], &[]])).collect();
    let answered = LogAnswer { value: LogValue::Lines(lines), warnings: Vec::new(), stats: LogStats::default() };
    let refused = answer(&answered, Shape::Merged, Took::default()).expect_err("too large");
    assert_eq!(refused.kind, ErrorKind::Execution);
    assert!(refused.text.contains("at most 134217728"), "{}", refused.text);
}
