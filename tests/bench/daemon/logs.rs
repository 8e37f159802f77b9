//! Log lines pushed as snappy protobuf, then kill -9, restart, count, the usual queries, stop, disk.
//!
//! Invariant: the limits (`zstd -3` for size and CPU, a plain scan for searching) are measured on the same lines in the
//! same run, so that a figure counts as a ratio.

use crate::log_lines;
use crate::procs::{cpu_seconds, folder_bytes, memory_mb, named_bytes};
use crate::push_request::PushRequest;
use crate::scenario::{Figures, now_ms, setting};
use crate::server::{Connection, Kind, Server};
use std::io::Error;
use std::time::{Duration, Instant};

const STREAMS: u64 = 100;
const BATCH_BYTES: usize = 1 << 20;
/// What the lines are spread over, in nanoseconds.
const SPAN_NS: i64 = 6 * 3_600 * 1_000_000_000;
/// Placed three times among all lines.
const NEEDLE: &str = "5f0c1a9e-77b3-4b52-9c3e-2d6a8e41f0aa";

/// `BENCH_LOG_MB` of lines of 100 streams; only Belfry speaks Loki's push here.
pub(crate) fn logs(kind: Kind) -> Result<Figures, Error> {
    let mut figures = Figures::default();
    if kind != Kind::Belfry {
        return Ok(figures);
    }
    let server = Server::start(kind, "scrape_configs: []\n")?;
    figures.put("rss_empty_mb", memory_mb(server.pid(), "VmRSS"));
    let sent = push(&server, &mut figures)?;
    limits(&sent, &mut figures)?;
    let (mut server, ready) = server.restart_after_kill()?;
    figures.put("restart_s", ready);
    figures.put("lines_missing", sent.lines as f64 - count(&server)?);
    queries(&server, &mut figures)?;
    figures.put("rss_after_queries_mb", memory_mb(server.pid(), "VmHWM"));
    std::thread::sleep(Duration::from_secs(setting("BENCH_LOG_SETTLE", 20) as u64));
    figures.put("rss_idle_mb", memory_mb(server.pid(), "VmRSS"));
    server.stop()?;
    let folder = server.folder.join("store").join("logs");
    figures.put("disk_per_raw_byte", folder_bytes(&folder) as f64 / sent.bytes as f64);
    figures.put("disk_wal_per_raw_byte", folder_bytes(&folder.join("wal")) as f64 / sent.bytes as f64);
    figures.put("disk_index_per_raw_byte", named_bytes(&folder, "index") as f64 / sent.bytes as f64);
    Ok(figures)
}

/// What was pushed.
struct Sent {
    lines: u64,
    bytes: usize,
    /// The lines of the first megabytes, grouped by stream, for the limits.
    sample: Vec<u8>,
}

fn push(server: &Server, figures: &mut Figures) -> Result<Sent, Error> {
    let target = setting("BENCH_LOG_MB", 200) << 20;
    let start = now_ms() * 1_000_000 - SPAN_NS;
    let mut connection = server.connect()?;
    let mut sent = Sent { lines: 0, bytes: 0, sample: Vec::new() };
    let mut groups = vec![Vec::new(); STREAMS as usize];
    let (mut taken, mut number) = (Duration::ZERO, 0);
    let cpu = cpu_seconds(server.pid());
    while sent.bytes < target {
        let mut request = PushRequest::default();
        let mut batch = 0;
        while batch < BATCH_BYTES {
            for stream in 0..STREAMS {
                let mut line = String::new();
                log_lines::put(&mut line, stream, number);
                if stream == 3 && [100, 5_000, 9_000].contains(&number) {
                    line.push_str(NEEDLE);
                }
                let share = (sent.bytes + batch) as f64 / target as f64;
                request.line(stream, start + (share * SPAN_NS as f64) as i64, &line);
                batch += line.len();
                sent.lines += 1;
                if sent.bytes < target / 5
                    && let Some(group) = groups.get_mut(stream as usize)
                {
                    group.extend_from_slice(line.as_bytes());
                    group.push(b'\n');
                }
            }
            number += 1;
        }
        sent.bytes += batch;
        let body = request.compressed();
        let began = Instant::now();
        connection.push(&body)?;
        taken += began.elapsed();
    }
    let used = cpu_seconds(server.pid()) - cpu;
    sent.sample = groups.concat();
    let gigabytes = sent.bytes as f64 / 1e9;
    figures.put("raw_mb", sent.bytes as f64 / 1e6);
    figures.put("lines", sent.lines as f64);
    figures.put("mb_per_s", sent.bytes as f64 / 1e6 / taken.as_secs_f64());
    figures.put("cpu_s_per_gb", used / gigabytes);
    figures.put("rss_peak_mb", memory_mb(server.pid(), "VmHWM"));
    // What is sealed and merged behind the pushes costs as well.
    std::thread::sleep(Duration::from_secs(setting("BENCH_LOG_SETTLE", 20) as u64));
    figures.put("cpu_s_per_gb_settled", (cpu_seconds(server.pid()) - cpu) / gigabytes);
    figures.put("rss_settled_mb", memory_mb(server.pid(), "VmRSS"));
    Ok(sent)
}

/// What `zstd -3` makes of the lines, grouped by stream, and what a plain scan of them takes.
fn limits(sent: &Sent, figures: &mut Figures) -> Result<(), Error> {
    let gigabytes = sent.sample.len() as f64 / 1e9;
    let (began, cpu) = (Instant::now(), cpu_seconds(std::process::id()));
    let packed = zstd::bulk::compress(&sent.sample, 3)?;
    figures.put("zstd3_cpu_s_per_gb", (cpu_seconds(std::process::id()) - cpu) / gigabytes);
    figures.put("zstd3_wall_s_per_gb", began.elapsed().as_secs_f64() / gigabytes);
    figures.put("zstd3_per_raw_byte", packed.len() as f64 / sent.sample.len() as f64);
    let began = Instant::now();
    let found = memchr::memmem::find_iter(&sent.sample, b"pool exhausted").count();
    figures.put("scan_ms_per_gb", began.elapsed().as_secs_f64() * 1e3 / gigabytes);
    if found == 0 {
        return Err(Error::other("the phrase of the scan is not among the lines"));
    }
    Ok(())
}

fn count(server: &Server) -> Result<f64, Error> {
    let path = format!("/loki/api/v1/query?query={}", escape("sum(count_over_time({app=~\".+\"}[7h]))"));
    let (status, body) = server.get(&path)?;
    let value = body.split("\"value\":[").nth(1).and_then(|rest| rest.split('"').nth(1)?.parse().ok());
    value.ok_or_else(|| Error::other(format!("count answered {status}: {body:.300}")))
}

fn queries(server: &Server, figures: &mut Figures) -> Result<(), Error> {
    let needle = format!("{{app=~\".+\"}} |= \"{NEEDLE}\"");
    let needle_of_one = format!("{{app=\"nginx\"}} |= \"{NEEDLE}\"");
    // A stage before the filter keeps the index out of it.
    let scan = format!("{{app=~\".+\"}} | decolorize |= \"{NEEDLE}\"");
    let asked: [(&str, &str); 15] = [
        ("needle_scan_ms", &scan),
        ("needle_all_ms", &needle),
        ("needle_one_app_ms", &needle_of_one),
        ("phrase_ms", "{app=~\".+\"} |= \"pool exhausted\" |= \"GlobalExceptionHandler\" |= \"zzz\""),
        ("word_per_app_ms", "sum by (app) (count_over_time({app=~\".+\"} |= \"timeout\" [1m]))"),
        ("regex_literal_ms", "sum(count_over_time({app=\"nginx\"} |~ \"board.* 500 \" [1m]))"),
        ("json_status_ms", "sum(count_over_time({app=\"json\"} | json | status >= 500 [1m]))"),
        ("top_paths_ms", "topk(10, sum by (uri) (count_over_time({app=\"json\"} | json [6h])))"),
        ("unwrap_p99_ms", "quantile_over_time(0.99, {app=\"json\"} | json | unwrap duration_ms [10m]) by (app)"),
        ("last_100_one_stream_ms", "{pod=\"nginx-3\"}"),
        ("last_100_filter_ms", "{app=~\".+\"} |= \"refused\""),
        ("infix_ms", "{app=~\".+\"} |= \"xceptionHandl\" |= \"zzz\""),
        ("case_insensitive_ms", "sum(count_over_time({app=\"logfmt\"} |~ \"(?i)TIMEOUT\" [1m]))"),
        ("negative_ms", "sum(count_over_time({app=\"nginx\"} != \"kube-probe\" [1m]))"),
        ("lines_per_namespace_ms", "sum by (namespace) (count_over_time({app=~\".+\"}[1m]))"),
    ];
    let (end, start) = (now_ms() * 1_000_000, now_ms() * 1_000_000 - SPAN_NS);
    let mut connection = server.connect()?;
    for (name, query) in asked {
        let query = escape(query);
        let path = format!("/loki/api/v1/query_range?query={query}&start={start}&end={end}&step=60&limit=100");
        figures.put(name, median(&mut connection, &path)?);
    }
    let range = format!("start={start}&end={end}");
    figures.put("label_values_ms", median(&mut connection, &format!("/loki/api/v1/label/pod/values?{range}"))?);
    let series = format!("/loki/api/v1/series?match[]={}&{range}", escape("{app=\"nginx\"}"));
    figures.put("series_ms", median(&mut connection, &series)?);
    Ok(())
}

fn median(connection: &mut Connection, path: &str) -> Result<f64, Error> {
    let mut times = Vec::new();
    for _ in 0..7 {
        let began = Instant::now();
        let (status, body) = connection.exchange("GET", path, &[], "")?;
        times.push(began.elapsed().as_secs_f64() * 1_000.0);
        if status != 200 {
            return Err(Error::other(format!("{path} answered {status}: {body:.300}")));
        }
    }
    times.sort_by(f64::total_cmp);
    Ok(times.get(times.len() / 2).copied().unwrap_or(f64::NAN))
}

fn escape(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}
