//! Intersection of postings: `cargo bench -p store --bench postings_intersect`.
#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use std::hint::black_box;
use store::probe::intersect;

/// Seconds that this thread has run: what others do on the machine does not count.
fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|nanos| nanos.parse::<f64>().ok()).unwrap_or(0.0) / 1e9
}

fn measure(name: &str, a: &[u64], b: &[u64]) {
    let rounds = 200;
    let began = cpu_seconds();
    for _ in 0..rounds {
        black_box(intersect(black_box(a), black_box(b)));
    }
    println!("{name}: {:.1} us", (cpu_seconds() - began) / f64::from(rounds) * 1e6);
}

fn main() {
    let list = |count: u64, step: u64| (0..count).map(|i| i * step).collect::<Vec<_>>();
    measure("100,000 with 100,000", &list(100_000, 2), &list(100_000, 3));
    measure("100 with 1,000,000", &list(100, 9_973), &list(1_000_000, 1));
    measure("10,000 with 1,000,000", &list(10_000, 97), &list(1_000_000, 1));
}
