//! How long it takes to read and print typical queries: `cargo bench -p language --bench promql_parse`.
//!
//! One line per query: microseconds to parse, to print, and to break into lines. Run without `--bench` (as `cargo test`
//! does) each query is read once, so that the list stays valid.
#![expect(clippy::print_stdout, clippy::expect_used, reason = "a bench prints, and its queries are constants")]

use language::promql::{Features, ParseOptions, parse, pretty, print};
use std::hint::black_box;
use std::time::Instant;

const QUERIES: &[(&str, &str)] = &[
    ("selector", "up"),
    ("rate", r#"sum by (job, instance) (rate(http_requests_total{job="api-server", code="500"}[5m]))"#),
    (
        "ratio",
        r#"sum by (job) (rate(http_requests_total{job="api", code=~"5.."}[5m])) / sum by (job) (rate(http_requests_total{job="api"}[5m])) > 0.05"#,
    ),
    (
        "quantile",
        r#"histogram_quantile(0.99, sum by (le, route) (rate(request_duration_seconds_bucket{job="checkout", namespace=~"a|b"}[5m])))"#,
    ),
    (
        "matching",
        r#"100 - avg by (instance) (irate(node_cpu_seconds_total{mode="idle", instance=~".*"}[5m])) * 100 and on (instance) node_uname_info{nodename=~".+"}"#,
    ),
    ("subquery", "max_over_time(deriv(rate(distance_covered_total[5s])[30s:5s])[10m:] offset 1w @ end())"),
    ("compiled regex", r#"kube_pod_info{pod=~"(api|web)-[0-9a-f]+-[0-9a-z]{5}"}"#),
];

fn main() {
    let measured = std::env::args().any(|arg| arg == "--bench");
    let rounds = if measured { 20_000 } else { 1 };
    let options = ParseOptions { features: Features::ALL };
    println!("{:>16} {:>9} {:>9} {:>9}  microseconds", "query", "parse", "print", "pretty");
    for (name, query) in QUERIES {
        let expr = parse(query, &options).expect("the bench's queries are valid");
        let parsing = microseconds(rounds, || parse(black_box(query), &options));
        let printing = microseconds(rounds, || print(black_box(&expr)));
        let breaking = microseconds(rounds, || pretty(black_box(&expr)));
        println!("{name:>16} {parsing:>9.2} {printing:>9.2} {breaking:>9.2}");
    }
}

/// Time of one call.
fn microseconds<T>(rounds: u32, work: impl Fn() -> T) -> f64 {
    let started = Instant::now();
    for _ in 0..rounds {
        black_box(work());
    }
    started.elapsed().as_secs_f64() * 1e6 / f64::from(rounds)
}
