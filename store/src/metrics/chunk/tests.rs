//! Chunks give back what was put in, and refuse what is damaged.

use super::*;
use model::histogram::{Histogram, Span};
use model::sample::stale_marker;
use model::time::Millis;

const ALL: std::ops::Range<i64> = i64::MIN..i64::MAX;

fn xor_chunk(samples: &[(i64, f64)]) -> Chunk {
    let (&(timestamp, value), rest) = samples.split_first().expect("samples");
    let mut encoder = XorEncoder::new(timestamp, value);
    for &(timestamp, value) in rest {
        encoder.push(timestamp, value);
    }
    encoder.snapshot()
}

fn check_floats(samples: &[(i64, f64)]) {
    let chunk = xor_chunk(samples);
    let mut columns = Columns::default();
    chunk.decode(ALL, &mut columns).expect("decodes");
    let decoded: Vec<_> = columns.timestamps.iter().zip(&columns.values).map(|(t, v)| (t.0, v.to_bits())).collect();
    let expected: Vec<_> = samples.iter().map(|(t, v)| (*t, v.to_bits())).collect();
    assert_eq!(decoded, expected);
    assert_eq!((chunk.min, chunk.max), (samples[0].0, samples[samples.len() - 1].0));
}

#[test]
fn floats_round_trip() {
    check_floats(&[(0, 0.0)]);
    check_floats(&[(1, 1.0), (2, 1.0), (3, 1.0), (4, 2.0)]);
    check_floats(&[(-5, f64::NAN), (0, stale_marker()), (i64::MAX - 1, f64::INFINITY)]);
    check_floats(&[(i64::MIN, -0.0), (i64::MAX - 1, f64::MIN_POSITIVE)]);
    let jitter = [0, 1, -3, 127, -128, 128, 16_383, -16_384, 1 << 19, -(1 << 20), 1 << 20, 1 << 40];
    let mut timestamp = 1_700_000_000_000;
    let samples: Vec<_> = jitter
        .iter()
        .enumerate()
        .map(|(position, jitter)| {
            timestamp += (1_i64 << 21) + jitter;
            (timestamp, (position as f64).exp())
        })
        .collect();
    check_floats(&samples);
    let counter: Vec<_> = (0..120).map(|i| (i * 15_000 + i % 3, (i * i) as f64)).collect();
    check_floats(&counter);
}

#[test]
fn only_the_asked_range_is_decoded() {
    let samples: Vec<_> = (0..100).map(|i| (i * 10, i as f64)).collect();
    let mut columns = Columns::default();
    xor_chunk(&samples).decode(100..131, &mut columns).expect("decodes");
    assert_eq!(columns.values, [10.0, 11.0, 12.0, 13.0]);
}

fn histogram(seed: u32) -> Histogram {
    Histogram {
        schema: if seed.is_multiple_of(5) { 2 } else { 3 },
        zero_threshold: 0.001,
        zero_count: f64::from(seed),
        count: f64::from(seed) * 4.0,
        sum: f64::from(seed) * 1.5,
        positive_spans: vec![Span { offset: -2, length: 2 }, Span { offset: 1, length: 1 }],
        positive_buckets: vec![f64::from(seed), 0.5, 1e300],
        ..Histogram::default()
    }
}

#[test]
fn histograms_round_trip() {
    let mut encoder = HistogramEncoder::new(7, Arc::new(histogram(1)));
    for seed in 2..40 {
        encoder.push(7 * i64::from(seed), Arc::new(histogram(seed)));
    }
    let mut columns = Columns::default();
    encoder.snapshot().decode(ALL, &mut columns).expect("decodes");
    for seed in 1..40_u32 {
        let (timestamp, sum, decoded) = columns.get(seed as usize - 1).expect("sample");
        assert_eq!(timestamp, Millis(7 * i64::from(seed)));
        assert_eq!(**decoded.expect("histogram"), histogram(seed));
        assert_eq!(sum, f64::from(seed) * 1.5);
    }
}

#[test]
fn damaged_chunks_never_panic() {
    let samples: Vec<_> = (0..60).map(|i| (i * 15_000, (i as f64).sqrt())).collect();
    let mut histograms = HistogramEncoder::new(0, Arc::new(histogram(1)));
    (2..20).for_each(|seed| histograms.push(i64::from(seed), Arc::new(histogram(seed))));
    for chunk in [xor_chunk(&samples), histograms.snapshot()] {
        let mut failures = 0;
        for bit in 0..chunk.bytes.len() * 8 {
            let mut bytes = chunk.bytes.to_vec();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let mut columns = Columns::default();
            let damaged = Chunk { bytes: bytes.into(), ..chunk.clone() };
            failures += usize::from(damaged.decode(ALL, &mut columns).is_err());
            assert!(columns.len() <= usize::from(chunk.count));
        }
        for cut in 0..chunk.bytes.len() {
            let cut = Chunk { bytes: chunk.bytes[..cut].into(), ..chunk.clone() };
            assert!(cut.decode(ALL, &mut Columns::default()).is_err(), "a cut chunk was read");
        }
        assert!(failures > 0);
    }
}
