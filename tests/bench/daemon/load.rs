//! The load: series shaped like a node_exporter's (constants, counters, gauges), as remote-write requests and as pages.
//!
//! Invariant: values depend only on (series, step), so every server is given the same bytes.

use crate::write_request::WriteRequest;
use std::fmt::Write as _;

/// Milliseconds between two samples of a series.
pub(crate) const INTERVAL_MS: i64 = 15_000;

/// The metric names of the load.
pub(crate) const NAMES: [&str; 5] =
    ["node_cpu_seconds_total", "node_memory_bytes", "node_network_bytes_total", "node_load", "node_filesystem_bytes"];

/// The labels of a series.
pub(crate) fn labels(series: usize) -> [(&'static str, String); 5] {
    const NAMES: [&str; 5] = [
        "node_cpu_seconds_total",
        "node_memory_bytes",
        "node_network_bytes_total",
        "node_load",
        "node_filesystem_bytes",
    ];
    let name = NAMES.get(series % 5).copied().unwrap_or("node_load");
    [
        ("__name__", name.to_owned()),
        ("device", format!("dev{}", series / 5 % 10)),
        ("instance", format!("10.0.{}.{}:9100", series / 12_800, series / 50 % 256)),
        ("job", "node".to_owned()),
        ("mode", format!("m{}", series / 2560)),
    ]
}

/// The value of a series at a step: a third stand still, a third count up unevenly, a third wander.
pub(crate) fn value(series: usize, step: usize) -> f64 {
    let noise = scramble((series as u64) << 32 | step as u64);
    match series % 3 {
        0 => (scramble(series as u64) % 1_000_000) as f64,
        1 => (step as u64 * (1 + series as u64 % 97) * 3 + noise % 5) as f64 / 100.0,
        _ => 1e9 + ((step as f64 / 20.0 + series as f64).sin() * 1e6).round() + (noise % 4096) as f64,
    }
}

fn scramble(seed: u64) -> u64 {
    let mut x = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// A snappy-compressed WriteRequest: the series of the range, `steps` samples each.
pub(crate) fn write_request(series: std::ops::Range<usize>, steps: std::ops::Range<usize>, start_ms: i64) -> Vec<u8> {
    let mut request = WriteRequest::default();
    for id in series {
        let samples = steps.clone().map(|step| (start_ms + step as i64 * INTERVAL_MS, value(id, step)));
        request.series(&labels(id), samples);
    }
    request.compressed()
}

/// A text page of `count` series of a target at a step.
pub(crate) fn page(target: usize, count: usize, step: usize) -> String {
    let mut page = String::with_capacity(count * 80);
    for name in 0..count / 100 {
        let _ = writeln!(page, "# HELP bench_metric_{name} A metric of the load.\n# TYPE bench_metric_{name} gauge");
        for id in 0..100 {
            let series = target * count + name * 100 + id;
            let _ = writeln!(
                page,
                "bench_metric_{name}{{device=\"dev{}\",mode=\"m{}\"}} {}",
                id / 10,
                id % 10,
                value(series, step)
            );
        }
    }
    page
}
