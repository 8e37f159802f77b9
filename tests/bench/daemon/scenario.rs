//! The scenarios: what is done to a server, and what is read off it.

use crate::load;
use crate::procs::{cpu_seconds, folder_bytes, memory_mb};
use crate::server::{Kind, Server};
use std::io::Error;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A scenario runs on one kind of server.
pub(crate) type Scenario = fn(Kind) -> Result<Figures, Error>;

/// Named numbers in the order in which they were taken.
#[derive(Default)]
pub(crate) struct Figures(Vec<(String, f64)>);

impl Figures {
    pub(crate) fn put(&mut self, name: &str, value: f64) {
        self.0.push((name.to_owned(), value));
    }

    /// Whether nothing was measured: the scenario is not for that server.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One JSON object on one line.
    pub(crate) fn to_json(&self, scenario: &str, server: &str) -> String {
        let numbers: Vec<String> = self.0.iter().map(|(name, value)| format!("\"{name}\": {value:.4}")).collect();
        format!("{{\"scenario\": \"{scenario}\", \"server\": \"{server}\", {}}}", numbers.join(", "))
    }
}

const NO_TARGETS: &str = "global: {scrape_interval: 15s}\nscrape_configs: []\n";
const SERIES_PER_REQUEST: usize = 500;
const SAMPLES_PER_SERIES: usize = 4;

pub(crate) fn setting(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

pub(crate) fn now_ms() -> i64 {
    #[expect(
        clippy::disallowed_methods,
        reason = "the load must end at the real present, which is when the servers live"
    )]
    let now = SystemTime::now();
    now.duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(0))
}

/// Sends the steps of all series and returns how many samples that was.
fn fill(server: &Server, series: usize, steps: usize) -> Result<usize, Error> {
    let start = now_ms() - (steps as i64) * load::INTERVAL_MS;
    let mut connection = server.connect()?;
    for first in (0..steps).step_by(SAMPLES_PER_SERIES) {
        for from in (0..series).step_by(SERIES_PER_REQUEST) {
            let span = from..(from + SERIES_PER_REQUEST).min(series);
            connection.write(&load::write_request(span, first..(first + SAMPLES_PER_SERIES).min(steps), start))?;
        }
    }
    Ok(series * steps)
}

/// Remote write of `BENCH_SERIES` series over `BENCH_STEPS` steps, then kill -9, restart, count, stop, disk.
pub(crate) fn write(kind: Kind) -> Result<Figures, Error> {
    let (series, steps) = (setting("BENCH_SERIES", 10_000), setting("BENCH_STEPS", 240));
    let mut figures = Figures::default();
    let server = Server::start(kind, NO_TARGETS)?;
    figures.put("rss_empty_mb", memory_mb(server.pid(), "VmRSS"));
    let (cpu, wall) = (cpu_seconds(server.pid()), Instant::now());
    let samples = fill(&server, series, steps)? as f64;
    figures.put("samples", samples);
    figures.put("wall_s", wall.elapsed().as_secs_f64());
    figures.put("cpu_us_per_sample", (cpu_seconds(server.pid()) - cpu) * 1e6 / samples);
    figures.put("rss_peak_mb", memory_mb(server.pid(), "VmHWM"));
    figures.put("rss_after_mb", memory_mb(server.pid(), "VmRSS"));
    let (mut server, ready) = server.restart_after_kill()?;
    figures.put("restart_s", ready);
    figures.put("samples_found", stored_samples(&server, steps)?);
    server.stop()?;
    figures.put("disk_bytes_per_sample", folder_bytes(&server.folder) as f64 / samples);
    Ok(figures)
}

/// Waits until everything that was acknowledged is found: VictoriaMetrics shows samples about a second late.
fn await_visible(server: &Server, steps: usize, samples: usize) -> Result<(), Error> {
    let deadline = Instant::now() + Duration::from_secs(30);
    while stored_samples(server, steps)? < samples as f64 {
        if Instant::now() > deadline {
            return Err(Error::other(format!("{samples} samples were acknowledged and not all are found after 30 s")));
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    Ok(())
}

/// How many samples the server gives back, asked name by name because a range function drops the name.
fn stored_samples(server: &Server, steps: usize) -> Result<f64, Error> {
    let mut found = 0.0;
    for name in load::NAMES {
        let range = steps * 15 + 3_600;
        let path =
            format!("/api/v1/query?query=sum(count_over_time({name}%5B{range}s%5D))&latency_offset=1ms&nocache=1");
        let (_, answer) = server.get(&path)?;
        found += last_number(&answer);
    }
    Ok(found)
}

/// The last quoted number of an answer: the value of its only sample.
fn last_number(answer: &str) -> f64 {
    let quoted = answer.rsplit('"').filter_map(|part| part.parse::<f64>().ok());
    quoted.into_iter().next().unwrap_or(f64::NAN)
}

/// `BENCH_TARGETS` targets of 1,000 series scraped each `BENCH_INTERVAL` s for `BENCH_SECONDS` s.
pub(crate) fn scrape(kind: Kind) -> Result<Figures, Error> {
    let targets = setting("BENCH_TARGETS", 10);
    let (interval, seconds) = (setting("BENCH_INTERVAL", 15), setting("BENCH_SECONDS", 90));
    let port = serve_pages(1_000)?;
    let list: Vec<String> = (0..targets)
        .map(|target| {
            format!("{{targets: [\"127.0.0.1:{port}\"], labels: {{__metrics_path__: \"/{target}\", n: \"{target}\"}}}}")
        })
        .collect();
    let config = format!(
        "global: {{scrape_interval: {interval}s, scrape_timeout: {interval}s}}\nscrape_configs:\n- job_name: load\n  static_configs: [{}]\n",
        list.join(", ")
    );
    let server = Server::start(kind, &config)?;
    std::thread::sleep(Duration::from_secs(interval as u64 + 2));
    let cpu = cpu_seconds(server.pid());
    std::thread::sleep(Duration::from_secs(seconds as u64));
    let used = cpu_seconds(server.pid()) - cpu;
    let mut figures = Figures::default();
    let samples = (targets * 1_000 * seconds / interval) as f64;
    figures.put("series", (targets * 1_000) as f64);
    figures.put("cpu_percent_of_a_core", used / seconds as f64 * 100.0);
    figures.put("cpu_s_per_million_samples", used / samples * 1e6);
    figures.put("rss_mb", memory_mb(server.pid(), "VmRSS"));
    figures.put("rss_peak_mb", memory_mb(server.pid(), "VmHWM"));
    Ok(figures)
}

/// Serves the pages of all targets, one thread a connection, for as long as the process lives.
fn serve_pages(series: usize) -> Result<u16, Error> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    let start = Instant::now();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            std::thread::spawn(move || -> Result<(), Error> {
                let mut reader = BufReader::new(stream.try_clone()?);
                loop {
                    let mut request = String::new();
                    if reader.read_line(&mut request)? == 0 {
                        return Ok(());
                    }
                    let mut header = String::new();
                    while reader.read_line(&mut header)? > 2 {
                        header.clear();
                    }
                    let target = request.split(['/', ' ']).nth(2).and_then(|word| word.parse().ok()).unwrap_or(0);
                    let body = load::page(target, series, start.elapsed().as_secs() as usize);
                    let head = format!(
                        "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {}\r\n\r\n",
                        body.len()
                    );
                    stream.write_all(head.as_bytes())?;
                    stream.write_all(body.as_bytes())?;
                }
            });
        }
    });
    Ok(port)
}

/// Medians of the dashboards' usual queries over the load of [`write`], in milliseconds.
pub(crate) fn query(kind: Kind) -> Result<Figures, Error> {
    const QUERIES: [(&str, &str); 6] = [
        ("instant_selector", "node_load{mode=\"m0\",device=\"dev0\"}"),
        ("range_selector", "node_load{device=\"dev0\"}"),
        ("rate_by_instance", "sum by (instance) (rate(node_cpu_seconds_total[5m]))"),
        ("count_by_name", "count by (__name__) ({job=\"node\"})"),
        ("topk", "topk(10, node_memory_bytes)"),
        ("join", "node_memory_bytes / on (instance, device, mode) node_filesystem_bytes"),
    ];
    let (series, steps) = (setting("BENCH_SERIES", 10_000), setting("BENCH_STEPS", 240));
    let server = Server::start(kind, NO_TARGETS)?;
    let samples = fill(&server, series, steps)?;
    await_visible(&server, steps, samples)?;
    let end = now_ms() / 1_000;
    let mut figures = Figures::default();
    for (name, text) in QUERIES {
        let text: String = text.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let path = if name == "instant_selector" {
            format!("/api/v1/query?query={text}&nocache=1")
        } else {
            format!("/api/v1/query_range?query={text}&start={}&end={end}&step=15&nocache=1", end - 3_600)
        };
        let mut connection = server.connect()?;
        let mut times = Vec::new();
        for _ in 0..15 {
            let start = Instant::now();
            let (status, body) = connection.exchange("GET", &path, &[], "")?;
            times.push(start.elapsed().as_secs_f64() * 1_000.0);
            if status != 200 || !body.contains("\"metric\"") {
                return Err(Error::other(format!("{name} answered {status}: {body:.300}")));
            }
        }
        times.sort_by(f64::total_cmp);
        figures.put(name, times.get(times.len() / 2).copied().unwrap_or(f64::NAN));
    }
    figures.put("rss_after_mb", memory_mb(server.pid(), "VmRSS"));
    Ok(figures)
}
