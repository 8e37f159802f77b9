//! LogQL over 200,000 lines of three kinds: what a range query costs per line, by what it makes of it.
#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a bench prints its table and ends where it finds the unexpected"
)]

use model::budget::Pool;
use model::cancel::Cancel;
use model::clock::ManualClock;
use model::labels::Labels;
use model::time::{Millis, Nanos};
use query::logql::LogRangeRequest;
use query::{Config, LogEngine};
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::logs::{AppendEntry, AppendStream, Batch, Direction, Duplicates, Logs, Options};

/// Lines of each stream, one each 100 ms.
const LINES: i64 = 20_000;
/// Streams.
const STREAMS: usize = 10;
const RUNS: usize = 5;

const QUERIES: [(&str, &str); 14] = [
    ("lines per app", r#"sum by (app) (count_over_time({app=~".+"}[1m]))"#),
    ("lines, all series", r#"count_over_time({app=~".+"}[1m])"#),
    ("bytes, overlapping", r#"sum by (app) (bytes_rate({app=~".+"}[10m]))"#),
    ("levels (volume)", r#"sum by (level, detected_level) (count_over_time({app=~".+"} | drop __error__[1m]))"#),
    ("substring", r#"sum by (app) (count_over_time({app=~".+"} |= "needle" [1m]))"#),
    ("regex", r#"sum by (app) (count_over_time({app=~".+"} |~ "GET /api/v[12]/posts" [1m]))"#),
    ("case-insensitive", r#"sum by (app) (count_over_time({app=~".+"} |~ "(?i)NEEDLE" [1m]))"#),
    ("json, one field", r#"sum by (status) (count_over_time({kind="json"} | json [1m]))"#),
    ("json, filter", r#"sum(count_over_time({kind="json"} | json | status >= 500 [1m]))"#),
    ("json, top paths", r#"topk(10, sum by (path) (count_over_time({kind="json"} | json [1h])))"#),
    ("json, p99", r#"quantile_over_time(0.99, {kind="json"} | json | unwrap took [5m]) by (app)"#),
    ("logfmt, one field", r#"sum by (level) (count_over_time({kind="logfmt"} | logfmt [1m]))"#),
    ("pattern", r#"sum by (method) (count_over_time({kind="nginx"} | pattern "<_> \"<method> <_>" [1m]))"#),
    ("last 100", r#"{app=~".+"} |= "needle""#),
];

fn main() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let engine = filled(&folder);
    println!("{:<22} {:>10} {:>12} {:>10}", "query", "median ms", "lines", "ns/line");
    for (name, text) in QUERIES {
        let request = LogRangeRequest {
            text,
            start: Nanos(0),
            end: Millis(LINES * 100).into(),
            step: Duration::from_secs(60),
            interval: Duration::ZERO,
            direction: Direction::Backward,
            limit: 100,
            cancel: &Cancel::default(),
        };
        let mut times: Vec<Duration> = Vec::new();
        let mut lines = 0;
        for _ in 0..RUNS {
            let began = Instant::now();
            let answer = engine.range(&request).expect("answered");
            times.push(began.elapsed());
            lines = answer.stats.lines;
        }
        times.sort();
        let median = times[RUNS / 2];
        let per_line = median.as_nanos() as f64 / lines.max(1) as f64;
        println!("{name:<22} {:>10.2} {lines:>12} {per_line:>10.1}", median.as_secs_f64() * 1e3);
    }
}

fn filled(folder: &tempfile::TempDir) -> LogEngine {
    let mut options = Options::new(store::fs::DataDir::open(folder.path()).expect("data folder"));
    options.retention = Duration::ZERO;
    let clock = Arc::new(ManualClock::new(Millis(4_102_444_800_000)));
    let logs = Arc::new(Logs::open(options, clock, Arc::default()).expect("store"));
    for stream in 0..STREAMS {
        let kind = ["nginx", "json", "logfmt"][stream % 3];
        let labels = Labels::from_pairs([
            ("app", format!("app-{stream}")),
            ("kind", kind.to_owned()),
            ("namespace", "blog-system".to_owned()),
            ("service_name", format!("app-{stream}")),
        ]);
        let levels = ["info", "warn", "error"].map(|level| Labels::from_pairs([("detected_level", level)]));
        let lines: Vec<String> = (0..LINES).map(|at| line(kind, at)).collect();
        let entries: Vec<AppendEntry<'_>> = (0..)
            .zip(&lines)
            .map(|(at, line)| AppendEntry {
                timestamp: Millis(at * 100).into(),
                line,
                metadata: &levels[usize::try_from(at % 7).unwrap_or_default() % 3],
            })
            .collect();
        let streams = [AppendStream { labels: &labels, entries: &entries }];
        logs.append(&Batch { streams: &streams, positions: &[], duplicates: Duplicates::Keep }).expect("append");
    }
    // As the daemon does every few seconds.
    logs.maintain(Millis(LINES * 100)).expect("maintained");
    LogEngine::new(Config::default(), logs, Pool::new(512 << 20))
}

fn line(kind: &str, at: i64) -> String {
    let path = format!("/api/v{}/posts/{}", at % 3, at % 211);
    let status = [200, 200, 200, 304, 404, 500, 503][usize::try_from(at % 7).unwrap_or_default()];
    let rare = if at % 4_999 == 0 { " needle" } else { "" };
    match kind {
        "nginx" => format!(
            "10.0.{}.{} - - [28/Nov/2026:12:00:00 +0000] \"GET {path} HTTP/1.1\" {status} {}{rare} \"Mozilla/5.0\"",
            at % 31,
            at % 253,
            at * 37 % 9_973
        ),
        "json" => format!(
            r#"{{"time":"2026-11-28T12:00:00Z","level":"info","trace_id":"{:032x}","method":"GET","path":"{path}","status":{status},"took":{},"msg":"request done{rare}"}}"#,
            at * 7_919,
            at * 31 % 1_009
        ),
        _ => format!(
            "time=2026-11-28T12:00:00Z level=info caller=handler.go:{} msg=\"request done{rare}\" path={path} status={status}",
            at % 400
        ),
    }
}
