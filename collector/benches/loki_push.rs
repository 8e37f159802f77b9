//! What a pushed line costs before the store sees it, and what of that is the search for its level.
//!
//! `cargo bench -p collector --bench loki_push`; bodies of about 1 MB from 100 streams of four kinds of lines: access log,
//! JSON, logfmt, Java. The store is left out: batches are counted and dropped.
#![expect(clippy::print_stdout, clippy::indexing_slicing, reason = "a benchmark prints, and stops where it is wrong")]

use collector::enrichment::line_level;
use collector::push::loki_push::{Encoding, Format, Media, Receiver};
use std::hint::black_box;
use std::time::Instant;
use store::logs::Outcome;

const STREAMS: usize = 100;
const BODY_BYTES: usize = 1 << 20;
const BODIES: usize = 32;
const ROUNDS: usize = 8;
const START: i64 = 1_700_000_000_000_000_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for (kind, make) in KINDS {
        let lines: Vec<String> = (0..10_000).map(make).collect();
        let bytes: usize = lines.iter().map(String::len).sum();
        let started = ticks()?;
        for _ in 0..40 {
            for line in &lines {
                black_box(line_level(black_box(line)));
            }
        }
        let seconds = (ticks()? - started) as f64 / procfs::ticks_per_second() as f64;
        let nanos = seconds * 1e9 / (40 * lines.len()) as f64;
        println!("level of {kind}: {nanos:.0} ns a line of {} bytes", bytes / lines.len());
    }
    let bodies: Vec<Vec<Line>> = (0..BODIES).map(body).collect();
    let bytes: usize = bodies.iter().flatten().map(|line| line.text.len()).sum();
    for (name, format, encoding) in
        [("protobuf", Format::Protobuf, Encoding::Plain), ("json", Format::Json, Encoding::Plain)]
    {
        let encoded: Vec<Vec<u8>> = bodies
            .iter()
            .map(|lines| match format {
                Format::Protobuf => protobuf(lines),
                Format::Json => Ok(json(lines)),
            })
            .collect::<Result<_, _>>()?;
        let receiver = Receiver::new();
        let (started, wall) = (ticks()?, Instant::now());
        let mut stored = 0;
        for _ in 0..ROUNDS {
            for body in &encoded {
                let outcome = receiver.append_with(body, Media { format, encoding }, &|batch| {
                    let entries = batch.streams.iter().map(|stream| stream.entries.len() as u64).sum();
                    Ok(Outcome { stored: entries, ..Outcome::default() })
                })?;
                stored += outcome.stored;
            }
        }
        let gigabytes = (bytes * ROUNDS) as f64 / 1e9;
        let cpu = (ticks()? - started) as f64 / procfs::ticks_per_second() as f64;
        let wall = wall.elapsed().as_secs_f64();
        let nanos = cpu * 1e9 / stored as f64;
        println!("{name}: {:.2} CPU-s/GB ({:.2} s/GB wall), {nanos:.0} ns a line", cpu / gigabytes, wall / gigabytes);
    }
    Ok(())
}

/// What the process has used of the CPU; exact enough over all rounds, where other load makes wall time useless.
fn ticks() -> procfs::ProcResult<u64> {
    let stat = procfs::process::Process::myself()?.stat()?;
    Ok(stat.utime + stat.stime)
}

type Kind = (&'static str, fn(usize) -> String);

const KINDS: [Kind; 4] = [("access log", access), ("json", json_line), ("logfmt", logfmt), ("java", java)];

struct Line {
    stream: usize,
    at: i64,
    text: String,
}

fn body(number: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut bytes = 0;
    while bytes < BODY_BYTES {
        let index = number * 10_000 + lines.len();
        let stream = lines.len() / 50 % STREAMS;
        let make = KINDS[stream % KINDS.len()].1;
        let text = make(index);
        bytes += text.len();
        lines.push(Line { stream, at: START + index as i64 * 1_000_003, text });
    }
    lines
}

fn access(n: usize) -> String {
    format!(
        "10.{}.{}.{} - - [28/Nov/2026:12:{:02}:{:02} +0000] \"GET /posts/{n}?page={}&size=20 HTTP/1.1\" 200 {} \
         \"https://blog.example.com/\" \"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
         Chrome/120.0.0.0 Safari/537.36\" {}",
        n % 250,
        n / 7 % 250,
        n / 3 % 250,
        n / 60 % 60,
        n % 60,
        n % 9,
        n * 7919 % 90_000,
        n % 100
    )
}

fn json_line(n: usize) -> String {
    format!(
        "{{\"ts\":\"2026-11-28T12:{:02}:{:02}.{:03}Z\",\"level\":\"info\",\"msg\":\"request\",\"method\":\"GET\",\
         \"uri\":\"/posts/{{id}}\",\"status\":200,\"duration_ms\":{},\"trace_id\":\"{:032x}\",\"user\":\"user-{}\"}}",
        n / 60 % 60,
        n % 60,
        n % 1000,
        n % 977,
        (n as u128).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060),
        n % 5000
    )
}

fn logfmt(n: usize) -> String {
    format!(
        "ts=2026-11-28T12:{:02}:{:02}.{:03}Z caller=metrics.go:{} component=querier org_id=fake traceID={:016x} \
         level=info latency=fast query=\"sum(rate({{app=\\\"x\\\"}}[5m]))\" duration={}ms status=200 returned_lines={}",
        n / 60 % 60,
        n % 60,
        n % 1000,
        n % 300,
        n * 0x9e37_79b9,
        n % 977,
        n % 100
    )
}

fn java(n: usize) -> String {
    format!(
        "2026-11-28 12:{:02}:{:02},{:03} [http-nio-8080-exec-{}] INFO  org.example.blog.web.PostController - Found post \
         {n} for reader {} in {} ms, cached: {}, comments: {}, tags: [a, b, c]",
        n / 60 % 60,
        n % 60,
        n % 1000,
        n % 200,
        n % 5000,
        n % 977,
        n.is_multiple_of(2),
        n % 40
    )
}

fn labels(stream: usize) -> [(&'static str, String); 4] {
    [
        ("namespace", "blog-system".to_owned()),
        ("pod", format!("was-{stream}")),
        ("container", "was".to_owned()),
        ("app", "was".to_owned()),
    ]
}

fn by_stream(lines: &[Line]) -> impl Iterator<Item = (usize, Vec<&Line>)> {
    (0..STREAMS).map(|stream| (stream, lines.iter().filter(|line| line.stream == stream).collect()))
}

fn protobuf(lines: &[Line]) -> Result<Vec<u8>, snap::Error> {
    let mut request = Vec::new();
    for (number, lines) in by_stream(lines) {
        let mut stream = Vec::new();
        let text: Vec<String> = labels(number).iter().map(|(name, value)| format!("{name}=\"{value}\"")).collect();
        field(&mut stream, 1, format!("{{{}}}", text.join(", ")).as_bytes());
        for line in lines {
            let mut at = vec![0x08];
            varint(&mut at, (line.at / 1_000_000_000) as u64);
            at.push(0x10);
            varint(&mut at, (line.at % 1_000_000_000) as u64);
            let mut entry = Vec::new();
            field(&mut entry, 1, &at);
            field(&mut entry, 2, line.text.as_bytes());
            field(&mut stream, 2, &entry);
        }
        field(&mut request, 1, &stream);
    }
    snap::raw::Encoder::new().compress_vec(&request)
}

fn json(lines: &[Line]) -> Vec<u8> {
    let stream = |(number, lines): (usize, Vec<&Line>)| {
        let labels: serde_json::Map<_, _> =
            labels(number).into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
        let values: Vec<_> = lines.iter().map(|line| serde_json::json!([line.at.to_string(), line.text])).collect();
        serde_json::json!({"stream": labels, "values": values})
    };
    let streams: Vec<_> = by_stream(lines).map(stream).collect();
    serde_json::json!({ "streams": streams }).to_string().into_bytes()
}

fn field(into: &mut Vec<u8>, number: u8, bytes: &[u8]) {
    into.push(number << 3 | 2);
    varint(into, bytes.len() as u64);
    into.extend(bytes);
}

fn varint(into: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        into.push(value as u8 | 0x80);
        value >>= 7;
    }
    into.push(value as u8);
}
