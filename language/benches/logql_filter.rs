//! How fast lines pass filters and parsers: `cargo bench -p language --bench logql_filter`.
//!
//! One line per pipeline: nanoseconds per line, lines kept of a hundred, and megabytes of lines per second on one core.
//! Run without `--bench` (as `cargo test` does) each pipeline sees a hundred lines, so that the list stays valid.
#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::panic,
    reason = "a bench prints, and its queries are constants"
)]
#![expect(clippy::cast_precision_loss, reason = "figures for people")]

use language::logql::ast::Expr;
use language::logql::parse;
use language::logql::stage::Stage;
use language::logql::stage::entry::{Entry, Scratch, Stored};
use model::labels::Labels;
use model::time::Nanos;
use std::hint::black_box;
use std::time::Instant;

const PIPELINES: &[(&str, &str)] = &[
    ("contains", r#"|= "status=503""#),
    ("contains none", r#"!= "status=503""#),
    ("chain of or", r#"|= "status=503" or "status=504" or "panic""#),
    ("regex literal", r#"|~ ".*status=503.*""#),
    ("regex alternatives", r#"|~ "status=50[34]|panic""#),
    ("regex, any case", r#"|~ "(?i)STATUS=503""#),
    ("pattern filter", r#"|> "<_>status=503<_>""#),
    ("ip filter", r#"|= ip("10.7.0.0/16")"#),
    ("logfmt", "| logfmt"),
    ("logfmt, filter", "| logfmt | status >= 500"),
    ("logfmt, three keys", "| logfmt status, took, user"),
    ("pattern", r#"| pattern "<_> method=<method> path=<path> status=<status> <_>""#),
    ("regexp", r#"| regexp "status=(?P<status>\\d+) took=(?P<took>\\S+)""#),
    ("labels to line", r#"| line_format "{{.app}} in {{.namespace}}""#),
    ("logfmt, labels to line", r#"| logfmt | line_format "{{.status}} {{.path}}""#),
    (
        "logfmt, template",
        r#"| logfmt | line_format "{{.status}} {{.path | upper}} {{if eq .status \"503\"}}failed{{end}}""#,
    ),
    ("template, regex", r#"| line_format "{{regexReplaceAll \"[0-9]+\" __line__ \"N\"}}""#),
    ("logfmt, set a label", r#"| logfmt | label_format seconds="{{duration .took}}""#),
    ("json", "| json"),
    ("json, filter", r#"| json | http_status >= 500"#),
    ("json, two paths", r#"| json status="http.status", user"#),
];

fn main() {
    let measured = std::env::args().any(|arg| arg == "--bench");
    let lines = if measured { 200_000 } else { 100 };
    let logfmt: Vec<String> = (0..1_000).map(logfmt_line).collect();
    let json: Vec<String> = (0..1_000).map(json_line).collect();
    println!("{:>22} {:>9} {:>9} {:>9}", "pipeline", "ns/line", "kept %", "MB/s");
    for (name, pipeline) in PIPELINES {
        let corpus = if name.starts_with("json") { &json } else { &logfmt };
        let stages = stages(pipeline);
        let stream = Labels::from_pairs([("app", "checkout"), ("namespace", "production")]);
        let metadata = Labels::empty();
        let mut scratch = Scratch::default();
        let (mut kept, mut bytes) = (0_u32, 0_usize);
        let started = Instant::now();
        for line in corpus.iter().cycle().take(lines) {
            let mut entry =
                Entry::new(Stored { at: Nanos(0), line, stream: &stream, metadata: &metadata }, &mut scratch);
            kept += u32::from(stages.iter().all(|stage| stage.apply(&mut entry)));
            bytes += line.len();
            black_box(&entry);
        }
        let seconds = started.elapsed().as_secs_f64();
        let (per_line, rate) = (seconds * 1e9 / lines as f64, bytes as f64 / 1e6 / seconds);
        println!("{name:>22} {per_line:>9.0} {:>9.1} {rate:>9.0}", f64::from(kept) * 100.0 / lines as f64);
    }
}

fn stages(pipeline: &str) -> Vec<Stage> {
    let query = format!("{{app=\"checkout\"}} {pipeline}");
    let Expr::Log(log) = parse(&query).expect("the bench's queries are valid") else {
        panic!("{query} asks for lines")
    };
    let compiled = |node| Stage::new(node).expect("compiles");
    log.stages.iter().map(|stage| compiled(&stage.node)).collect()
}

fn status(number: u32) -> u32 {
    if number.is_multiple_of(50) { 503 } else { 200 }
}

fn logfmt_line(number: u32) -> String {
    let (status, host) = (status(number), number % 200);
    format!(
        "ts=2026-11-22T19:00:00.{number:03}Z level=info method=GET path=/api/v1/cart/{number} status={status} \
        took={number}.5ms user=u{number} addr=10.{}.0.{host} msg=\"request served by worker {number}\"",
        number % 10
    )
}

fn json_line(number: u32) -> String {
    let status = status(number);
    format!(
        r#"{{"ts":"2026-11-22T19:00:00.{number:03}Z","level":"info","http":{{"method":"GET","path":"/api/v1/cart/{number}","status":{status},"took":{number}.5}},"user":"u{number}","tags":["a","b"],"msg":"request served by worker {number}"}}"#
    )
}
