//! Lines as services write them, the same in every run, with the entropy that ids, times and sizes have.

use model::labels::Labels;

/// Entries of one stream: nanoseconds and lines.
pub(super) type Stream = (Labels, Vec<(i64, String)>);

/// Writes a line of that time.
type Writer = fn(&mut Numbers, i64) -> String;

const BEGIN: i64 = 1_764_300_000_000_000_000;
const SPAN: i64 = 6 * 3600 * 1_000_000_000;
const STREAMS: usize = 100;

/// A generator of numbers: SplitMix64.
pub(super) struct Numbers(pub(super) u64);

impl Numbers {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        value ^ (value >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// Small numbers far more often than large ones, as popularity has it.
    fn skewed(&mut self, bound: u64) -> u64 {
        let unit = self.below(1 << 24) as f64 / (1 << 24) as f64;
        (unit.powi(3) * bound as f64) as u64
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        let place = self.skewed(from.len() as u64) as usize;
        from.get(place).copied().unwrap_or("")
    }

    fn hex(&mut self, digits: usize) -> String {
        let mut text = String::new();
        while text.len() < digits {
            text.push_str(&format!("{:016x}", self.next()));
        }
        text.truncate(digits);
        text
    }

    /// A random UUID.
    pub(super) fn uuid(&mut self) -> String {
        let hex = self.hex(32);
        let part = |range| hex.get(range).unwrap_or("").to_owned();
        format!("{}-{}-4{}-a{}-{}", part(0..8), part(8..12), part(13..16), part(17..20), part(20..32))
    }
}

/// Days and times from nanoseconds, all within one day of November.
fn clock(at: i64) -> (i64, i64, i64, i64, i64) {
    let seconds = at / 1_000_000_000 % 86_400;
    (28 + at / 86_400_000_000_000 % 2, seconds / 3600, seconds / 60 % 60, seconds % 60, at % 1_000_000_000)
}

fn iso(at: i64) -> String {
    let (day, hour, minute, second, nanos) = clock(at);
    format!("2025-11-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", nanos / 1_000_000)
}

const PATHS: &[&str] = &[
    "/",
    "/posts",
    "/posts/{}",
    "/posts/{}/comments",
    "/api/v1/search?q={}",
    "/assets/app-{}.js",
    "/login",
    "/feed.xml",
    "/users/{}/avatar.png",
    "/api/v1/orders/{}",
    "/health",
    "/api/v1/carts/{}/items",
];
const AGENTS: &[&str] = &[
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "kube-probe/1.31",
    "Prometheus/2.55.1",
    "curl/8.11.0",
    "python-requests/2.32.3",
];
const MESSAGES: &[&str] = &[
    "request completed",
    "cache miss, loading from database",
    "order accepted",
    "payment authorised by provider",
    "retrying after transient failure",
    "user signed in",
    "message published to topic",
    "connection reset by peer",
    "deadline exceeded while calling inventory",
    "validation failed for field email",
    "session expired",
];
const CLASSES: &[&str] = &[
    "c.e.shop.order.OrderService",
    "c.e.shop.payment.PaymentGateway",
    "o.s.web.servlet.DispatcherServlet",
    "c.zaxxer.hikari.pool.HikariPool",
    "o.a.k.clients.consumer.KafkaConsumer",
    "c.e.shop.cart.CartController",
];

fn path(numbers: &mut Numbers) -> String {
    let id = numbers.skewed(200_000);
    numbers.pick(PATHS).replace("{}", &id.to_string())
}

fn nginx(numbers: &mut Numbers, at: i64) -> String {
    let (day, hour, minute, second, _) = clock(at);
    let client = numbers.skewed(40_000);
    let status = numbers.pick(&["200", "200", "304", "404", "301", "500", "502", "499"]);
    format!(
        "{}.{}.{}.{} - - [{day:02}/Nov/2025:{hour:02}:{minute:02}:{second:02} +0900] \"{} {} HTTP/1.1\" {status} {} \"-\" \"{}\" {:.3}",
        100 + client % 90,
        client / 7 % 250,
        client / 13 % 250,
        client % 250,
        numbers.pick(&["GET", "GET", "POST", "PUT", "DELETE"]),
        path(numbers),
        numbers.skewed(60_000),
        numbers.pick(AGENTS),
        numbers.skewed(3_000) as f64 / 1000.0,
    )
}

fn json(numbers: &mut Numbers, at: i64) -> String {
    format!(
        "{{\"time\":\"{}\",\"level\":\"{}\",\"logger\":\"{}\",\"msg\":\"{}\",\"trace_id\":\"{}\",\"span_id\":\"{}\",\"user_id\":{},\"path\":\"{}\",\"status\":{},\"duration_ms\":{:.2}}}",
        iso(at),
        numbers.pick(&["info", "info", "debug", "warn", "error"]),
        numbers.pick(CLASSES),
        numbers.pick(MESSAGES),
        numbers.hex(32),
        numbers.hex(16),
        numbers.skewed(90_000),
        path(numbers),
        numbers.pick(&["200", "201", "204", "400", "404", "500"]),
        numbers.skewed(200_000) as f64 / 100.0,
    )
}

fn logfmt(numbers: &mut Numbers, at: i64) -> String {
    format!(
        "ts={} level={} caller={}.go:{} component={} msg=\"{}\" duration={}µs bytes={} request={}",
        iso(at),
        numbers.pick(&["info", "debug", "warn", "error"]),
        numbers.pick(&["engine", "ingester", "compactor", "memberlist", "table_manager"]),
        numbers.skewed(900),
        numbers.pick(&["querier", "distributor", "store-gateway", "ruler"]),
        numbers.pick(MESSAGES),
        numbers.skewed(2_000_000),
        numbers.skewed(10_000_000),
        numbers.uuid(),
    )
}

fn java(numbers: &mut Numbers, at: i64) -> String {
    let (day, hour, minute, second, nanos) = clock(at);
    let class = numbers.pick(CLASSES);
    let head = format!(
        "2025-11-{day:02} {hour:02}:{minute:02}:{second:02}.{:03} {:>5} 1 --- [http-nio-8080-exec-{}] {class:<40} : ",
        nanos / 1_000_000,
        numbers.pick(&["INFO", "DEBUG", "WARN", "ERROR"]),
        numbers.skewed(200),
    );
    if numbers.below(12) > 0 {
        return format!(
            "{head}{} [order={}, took={} ms]",
            numbers.pick(MESSAGES),
            numbers.skewed(5_000_000),
            numbers.skewed(4_000)
        );
    }
    let frame = |numbers: &mut Numbers| {
        format!(
            "\tat {}.{}({}.java:{})\n",
            numbers.pick(CLASSES),
            numbers.pick(&["handle", "invoke", "execute", "apply", "doFilter"]),
            numbers.pick(&["OrderService", "PaymentGateway", "DispatcherServlet"]),
            numbers.skewed(900)
        )
    };
    let frames: String = (0..8 + numbers.below(20)).map(|_| frame(numbers)).collect();
    format!(
        "{head}Unhandled exception\njava.lang.IllegalStateException: order {} is closed\n{}",
        numbers.skewed(5_000_000),
        frames.trim_end()
    )
}

fn falco(numbers: &mut Numbers, at: i64) -> String {
    let (_, hour, minute, second, nanos) = clock(at);
    let container = Numbers(numbers.skewed(60)).hex(12);
    format!(
        "{{\"hostname\":\"node-{}\",\"output\":\"{hour:02}:{minute:02}:{second:02}.{nanos:09}: {} {} (user=root user_loginuid=-1 command={} pid={} file=/etc/{} container_id={container} image=registry.example/{})\",\"priority\":\"{}\",\"rule\":\"{}\",\"source\":\"syscall\"}}",
        numbers.below(34),
        numbers.pick(&["Notice", "Warning", "Error"]),
        numbers.pick(&[
            "A shell was spawned in a container with an attached terminal",
            "Sensitive file opened for reading by non-trusted program",
            "Redirect stdout or stdin to network connection"
        ]),
        numbers.pick(&["bash", "sh -c ls", "cat /etc/shadow", "curl http://example"]),
        numbers.below(60_000),
        numbers.pick(&["shadow", "passwd", "hosts", "resolv.conf"]),
        numbers.pick(&["shop/cart", "shop/order", "infra/nginx"]),
        numbers.pick(&["Notice", "Warning", "Error"]),
        numbers.pick(&["Terminal shell in container", "Read sensitive file untrusted"]),
    )
}

fn syslog(numbers: &mut Numbers, at: i64) -> String {
    let (day, hour, minute, second, _) = clock(at);
    let what = match numbers.below(4) {
        0 => format!(
            "sshd[{}]: Failed password for invalid user {} from {}.{}.{}.{} port {} ssh2",
            numbers.below(60_000),
            numbers.pick(&["admin", "oracle", "test", "ubuntu"]),
            numbers.below(223),
            numbers.below(255),
            numbers.below(255),
            numbers.below(255),
            numbers.below(65_000)
        ),
        1 => format!(
            "kubelet[1021]: I1128 {hour:02}:{minute:02}:{second:02}.{:06} 1021 reconciler_common.go:{}] \"operationExecutor.VerifyControllerAttachedVolume started for volume\" pod=\"shop/order-{}-{}\"",
            numbers.below(1_000_000),
            numbers.below(400),
            numbers.hex(9),
            numbers.hex(5)
        ),
        2 => format!("systemd[1]: Started Session {} of user deploy.", numbers.below(100_000)),
        _ => format!(
            "kernel: [{}.{:06}] IPv4: martian source 10.42.{}.{} from 10.42.{}.{}, on dev eth0",
            numbers.below(9_000_000),
            numbers.below(1_000_000),
            numbers.below(255),
            numbers.below(255),
            numbers.below(255),
            numbers.below(255)
        ),
    };
    format!("Nov {day:02} {hour:02}:{minute:02}:{second:02} node-{} {what}", numbers.below(34))
}

/// About `bytes` bytes of lines in 100 streams over six hours, streams ascending by labels.
pub(super) fn streams(bytes: usize) -> Vec<Stream> {
    let kinds: [(&str, Writer); 6] =
        [("nginx", nginx), ("order", json), ("loki", logfmt), ("shop", java), ("falco", falco), ("system", syslog)];
    let mut streams: Vec<Stream> = Vec::new();
    for number in 0..STREAMS {
        let (app, line) = kinds[number % kinds.len()];
        let mut numbers = Numbers(number as u64 + 1);
        let share = bytes / STREAMS;
        let labels = Labels::from_pairs([
            ("app", app.to_owned()),
            ("namespace", format!("ns-{}", number % 12)),
            ("pod", format!("{app}-{}-{}", numbers.hex(9), numbers.hex(5))),
        ]);
        let (mut entries, mut written, mut at) = (Vec::new(), 0, BEGIN + number as i64 * 7919);
        let step = SPAN / (share as i64 / 230).max(1);
        while written < share {
            at += 1 + (numbers.skewed(4_000) as i64 * step / 1000);
            let text = line(&mut numbers, at);
            written += text.len();
            entries.push((at, text));
        }
        streams.push((labels, entries));
    }
    streams.sort_by(|a, b| a.0.as_raw().cmp(b.0.as_raw()));
    streams
}
