//! Lines as pods write them, for the benches of the log store: deterministic, with the variety that compression and
//! index see in practice. Also what the benches measure themselves with.

use model::clock::ManualClock;
use model::instrument::Instruments;
use model::labels::Labels;
use model::time::{Millis, Nanos};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use store::fs::DataDir;
use store::logs::{AppendEntry, AppendStream, Batch, Duplicates, Logs, Options, PositionUpdate};

pub(crate) type Failure = Box<dyn std::error::Error>;

pub(crate) const BEGIN: i64 = 1_795_867_200_000;
pub(crate) const STREAMS: usize = 20;
/// Lines of a batch, as a tail that has something to catch up with hands them over.
const BATCH: usize = 500;

/// A generator that is the same everywhere (xorshift).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

/// Writes one line: a request in JSON, a request of nginx, or a message of a framework.
fn line(random: &mut Random, into: &mut String) {
    const PATHS: [&str; 6] =
        ["/api/v1/posts", "/api/v1/posts/{id}", "/actuator/health", "/login", "/search", "/static/app.js"];
    const WORDS: [&str; 8] = ["accepted", "connection", "timeout", "pool", "released", "worker", "cache", "refreshed"];
    into.clear();
    let path = PATHS[random.below(6) as usize];
    let status = [200, 200, 200, 200, 201, 304, 404, 500][random.below(8) as usize];
    let written = match random.below(10) {
        0..=4 => write!(
            into,
            r#"{{"ts":"2026-11-28T12:{:02}:{:02}.{:03}Z","level":"info","msg":"request","method":"GET","uri":"{path}","status":{status},"duration_ms":{}.{},"trace_id":"{:016x}{:016x}","bytes":{}}}"#,
            random.below(60),
            random.below(60),
            random.below(1000),
            random.below(400),
            random.below(10),
            random.next(),
            random.next(),
            random.below(100_000),
        ),
        5..=7 => write!(
            into,
            r#"10.0.{}.{} - - [28/Nov/2026:12:{:02}:{:02} +0900] "GET {path}?page={} HTTP/1.1" {status} {} "-" "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36""#,
            random.below(8),
            random.below(256),
            random.below(60),
            random.below(60),
            random.below(500),
            random.below(50_000),
        ),
        _ => write!(
            into,
            "2026-11-28 12:{:02}:{:02}.{:03}  INFO 1 --- [nio-8080-exec-{}] c.e.blog.{} : {} {} {} after {} ms",
            random.below(60),
            random.below(60),
            random.below(1000),
            random.below(32),
            ["PostService", "CommentController", "HikariPool"][random.below(3) as usize],
            WORDS[random.below(8) as usize],
            WORDS[random.below(8) as usize],
            WORDS[random.below(8) as usize],
            random.below(3000),
        ),
    };
    debug_assert!(written.is_ok());
}

/// Lines of about so many bytes, all different.
pub(crate) fn lines(bytes: usize) -> Vec<String> {
    let (mut random, mut lines, mut held) = (Random(0x9e37_79b9_7f4a_7c15), Vec::new(), 0);
    let mut text = String::new();
    while held < bytes {
        line(&mut random, &mut text);
        held += text.len();
        lines.push(text.clone());
    }
    lines
}

pub(crate) fn labels(number: usize) -> Labels {
    Labels::from_pairs([
        ("namespace", "blog-system".to_owned()),
        ("pod", format!("was-{number}")),
        ("container", "was".to_owned()),
        ("service_name", "was".to_owned()),
    ])
}

pub(crate) fn open(folder: &Path) -> Result<Logs, Failure> {
    let clock = Arc::new(ManualClock::new(Millis(BEGIN + 3_600_000)));
    Ok(Logs::open(Options::new(DataDir::open(folder)?), clock, Arc::new(Instruments::new()))?)
}

/// Appends the lines as `writer` of `writers`: each has streams of its own; times go on from `from`, a millisecond a
/// batch.
pub(crate) fn append(logs: &Logs, lines: &[String], writer: usize, writers: usize, from: i64) -> Result<(), Failure> {
    let labels: Vec<_> = (0..STREAMS).map(labels).collect();
    let metadata = Labels::from_pairs([("detected_level", "info"), ("stream", "stdout")]);
    let mut position = 0_u64;
    for (number, batch) in lines.chunks(BATCH).enumerate() {
        let stream = (number * writers + writer) % STREAMS;
        let begin = (BEGIN + from + number as i64) * 1_000_000;
        let entry = |(place, line)| AppendEntry { timestamp: Nanos(begin + place), line, metadata: &metadata };
        let entries: Vec<_> = (0..).step_by(100).zip(batch.iter().map(String::as_str)).map(entry).collect();
        position += batch.iter().map(|line| line.len() as u64 + 1).sum::<u64>();
        let key = format!("file {stream}");
        let update = PositionUpdate { key: key.as_bytes(), value: Some(&position.to_le_bytes()) };
        let streams = [AppendStream { labels: &labels[stream], entries: &entries }];
        logs.append(&Batch { streams: &streams, positions: &[update], duplicates: Duplicates::Keep })?;
    }
    Ok(())
}

/// Seconds of processor that this process has used, all threads together.
pub(crate) fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |place: usize| fields.get(place).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

/// A line of `/proc/self/status`, in MiB.
pub(crate) fn resident_mib(name: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}

/// How many MB of lines, from the environment.
pub(crate) fn megabytes(default: usize) -> usize {
    std::env::var("MEGABYTES").ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}
