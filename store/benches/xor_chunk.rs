//! Encoding and decoding of float chunks: `cargo bench -p store --bench xor_chunk`.
#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use std::hint::black_box;
use store::probe::{Columns, FloatChunk};

const ROUNDS: usize = 20_000;

/// Seconds that this thread has run: what others do on the machine does not count.
fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|nanos| nanos.parse::<f64>().ok()).unwrap_or(0.0) / 1e9
}

fn measure(name: &str, samples: &[(i64, f64)]) {
    let began = cpu_seconds();
    for _ in 0..ROUNDS {
        black_box(FloatChunk::encode(black_box(samples)));
    }
    let encoded = cpu_seconds() - began;
    let Some(chunk) = FloatChunk::encode(samples) else { return };
    let mut columns = Columns::default();
    let began = cpu_seconds();
    for _ in 0..ROUNDS {
        columns.clear();
        black_box(chunk.decode(&mut columns));
    }
    let decoded = cpu_seconds() - began;
    let all = (ROUNDS * samples.len()) as f64;
    println!(
        "{name}: encode {:.1} M/s, decode {:.1} M/s, {:.2} bytes per sample",
        all / encoded / 1e6,
        all / decoded / 1e6,
        chunk.bytes() as f64 / samples.len() as f64
    );
}

fn main() {
    let at = |i: i64| 1_700_000_000_000 + i * 15_000;
    let counter: Vec<_> = (0..120).map(|i| (at(i), (i * 37 + i % 7) as f64)).collect();
    let gauge: Vec<_> = (0..120).map(|i| (at(i) + i % 3, (i as f64 * 0.37).sin() * 100.0)).collect();
    let constant: Vec<_> = (0..120).map(|i| (at(i), 1.0)).collect();
    measure("counter", &counter);
    measure("gauge with jitter", &gauge);
    measure("constant", &constant);
}
