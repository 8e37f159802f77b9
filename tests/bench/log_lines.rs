//! Log lines as a small cluster writes them: nginx access lines, JSON with trace ids, logfmt, Java stack traces, Falco
//! events and system logs, with the entropy that real ones have.
//!
//! Invariant: a line depends only on its stream and number, so every server is given the same bytes.

use std::fmt::Write as _;

/// What a stream's lines look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Nginx,
    Json,
    Logfmt,
    Java,
    Falco,
    Syslog,
}

const SHAPES: [Shape; 10] = [
    Shape::Nginx,
    Shape::Json,
    Shape::Logfmt,
    Shape::Nginx,
    Shape::Json,
    Shape::Java,
    Shape::Nginx,
    Shape::Json,
    Shape::Falco,
    Shape::Syslog,
];

const PATHS: [&str; 12] = [
    "/",
    "/board",
    "/posts/kubernetes-on-bare-metal/",
    "/posts/istio-mesh/",
    "/api/posts",
    "/api/posts/search",
    "/tags/",
    "/images/cover.webp",
    "/css/main.min.css",
    "/index.xml",
    "/actuator/health",
    "/favicon.ico",
];
const AGENTS: [&str; 5] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "kube-probe/1.30",
    "curl/8.5.0",
];
const WORDS: [&str; 24] = [
    "connection",
    "session",
    "payment",
    "timeout",
    "retry",
    "cache",
    "worker",
    "queue",
    "refused",
    "upstream",
    "commit",
    "replica",
    "snapshot",
    "token",
    "order",
    "request",
    "volume",
    "lease",
    "leader",
    "probe",
    "image",
    "pull",
    "scheduled",
    "accepted",
];

/// The shape of a stream.
pub(crate) fn shape(stream: u64) -> Shape {
    SHAPES.get((stream % 10) as usize).copied().unwrap_or(Shape::Nginx)
}

/// The labels of a stream, ascending.
pub(crate) fn labels(stream: u64) -> [(&'static str, String); 4] {
    let app = format!("{:?}", shape(stream)).to_lowercase();
    [
        ("app", app.clone()),
        ("container", "main".to_owned()),
        ("namespace", format!("ns-{}", stream % 7)),
        ("pod", format!("{app}-{stream}")),
    ]
}

/// Appends the line.
pub(crate) fn put(into: &mut String, stream: u64, number: u64) {
    let mut random = Random(scramble(stream << 40 | number));
    match shape(stream) {
        Shape::Nginx => nginx(into, number, &mut random),
        Shape::Json => json(into, number, &mut random),
        Shape::Logfmt => logfmt(into, &mut random),
        Shape::Java => java(into, &mut random),
        Shape::Falco => falco(into, number, &mut random),
        Shape::Syslog => syslog(into, number, &mut random),
    }
}

fn nginx(into: &mut String, number: u64, random: &mut Random) {
    let (path, agent) = (random.skewed(&PATHS), random.skewed(&AGENTS));
    let status =
        [200, 200, 200, 200, 200, 200, 304, 301, 404, 500].get(random.below(10) as usize).copied().unwrap_or(200);
    let second = number / 4 % 60;
    let _ = write!(
        into,
        "10.42.{}.{} - - [28/Nov/2026:03:{:02}:{second:02} +0900] \"GET {path} HTTP/1.1\" {status} {} \"-\" \"{agent}\" rt=0.{:03}",
        random.below(8),
        random.below(250),
        number / 240 % 60,
        random.below(60_000),
        random.below(900),
    );
}

fn json(into: &mut String, number: u64, random: &mut Random) {
    let level = ["INFO", "INFO", "INFO", "INFO", "DEBUG", "WARN", "ERROR"]
        .get(random.below(7) as usize)
        .copied()
        .unwrap_or("INFO");
    let status = [200, 200, 200, 201, 204, 400, 404, 503].get(random.below(8) as usize).copied().unwrap_or(200);
    let _ = write!(
        into,
        "{{\"ts\":\"2026-11-28T03:{:02}:{:02}.{:03}Z\",\"level\":\"{level}\",\"msg\":\"{} {} handled\",\"method\":\"GET\",\"uri\":\"{}\",\"status\":{status},\"duration_ms\":{}.{:03},\"trace_id\":\"{:016x}{:016x}\",\"span_id\":\"{:016x}\",\"user\":{}}}",
        number / 600 % 60,
        number / 10 % 60,
        random.below(1_000),
        random.skewed(&WORDS),
        random.skewed(&WORDS),
        random.skewed(&PATHS),
        random.below(400),
        random.below(1_000),
        random.next(),
        random.next(),
        random.next(),
        random.below(5_000),
    );
}

fn logfmt(into: &mut String, random: &mut Random) {
    let level =
        ["info", "info", "info", "debug", "warn", "error"].get(random.below(6) as usize).copied().unwrap_or("info");
    let _ = write!(
        into,
        "level={level} caller=manager.go:{} component={} msg=\"{} {} {}\" shard={} took={}.{:06}ms bytes={} id={:08x}-{:04x}-{:04x}",
        random.below(900),
        random.skewed(&WORDS),
        random.skewed(&WORDS),
        random.skewed(&WORDS),
        random.skewed(&WORDS),
        random.below(16),
        random.below(90),
        random.below(1_000_000),
        random.below(1 << 20),
        random.below(1 << 32),
        random.below(1 << 16),
        random.below(1 << 16),
    );
}

fn java(into: &mut String, random: &mut Random) {
    if random.below(20) > 0 {
        let _ = write!(
            into,
            "2026-11-28 12:00:00.{:03} [http-nio-8080-exec-{}] INFO  c.e.board.controller.PostController - [trace_id={:016x}] {} {} id={}",
            random.below(1_000),
            random.below(10),
            random.next(),
            random.skewed(&WORDS),
            random.skewed(&WORDS),
            random.below(10_000),
        );
        return;
    }
    into.push_str("2026-11-28 12:00:00.000 [http-nio-8080-exec-1] ERROR c.e.board.GlobalExceptionHandler - java.lang.IllegalStateException: pool exhausted");
    for _ in 0..12 {
        let _ = write!(
            into,
            "\n\tat com.example.board.service.{}Service.{}(PostService.java:{})",
            random.skewed(&WORDS),
            random.skewed(&WORDS),
            random.below(400)
        );
    }
}

fn falco(into: &mut String, number: u64, random: &mut Random) {
    let _ = write!(
        into,
        "{:02}:{:02}:{:02}.{:09}: Warning Shell spawned in application container (user=root container={:012x} pid={} parent={} cmdline=sh -c {} k8s.pod=was-{:08x}-{:05x})",
        number / 3_600 % 24,
        number / 60 % 60,
        number % 60,
        random.below(1_000_000_000),
        random.below(1 << 48),
        random.below(60_000),
        random.skewed(&WORDS),
        random.skewed(&WORDS),
        random.below(1 << 32),
        random.below(1 << 20),
    );
}

fn syslog(into: &mut String, number: u64, random: &mut Random) {
    let _ = write!(
        into,
        "Nov 28 03:{:02}:{:02} node-{} kubelet[{}]: I1128 03:00:00.{:06} {} reconciler.go:{}] \"operationExecutor.{} started\" volume=\"pvc-{:08x}\"",
        number / 60 % 60,
        number % 60,
        random.below(4),
        1_000 + random.below(3),
        random.below(1_000_000),
        1_000 + random.below(3),
        random.below(400),
        random.skewed(&WORDS),
        random.below(1 << 32),
    );
}

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = scramble(self.0);
        self.0
    }

    fn below(&mut self, below: u64) -> u64 {
        self.next() % below
    }

    /// One of the words, the first far more often than the last.
    fn skewed<'a>(&mut self, words: &[&'a str]) -> &'a str {
        let most = words.len() as u64;
        let at = self.below(most).min(self.below(most));
        words.get(at as usize).copied().unwrap_or_default()
    }
}

fn scramble(seed: u64) -> u64 {
    let mut x = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
