//! A small service's metrics over two hours: counters that reset, gauges that wander, a histogram, a summary, gaps,
//! stale marks, NaN and infinities.
//!
//! Invariant: values depend only on the series and the step; times end at the present, on a whole minute.

use crate::write_request::WriteRequest;
use std::time::{SystemTime, UNIX_EPOCH};

const STEPS: i64 = 480;
const INTERVAL_MS: i64 = 15_000;
const STALE: u64 = 0x7ff0_0000_0000_0002;

/// The last minute that has begun, in milliseconds.
pub(crate) fn end_ms() -> i64 {
    #[expect(clippy::disallowed_methods, reason = "both servers live in the real present")]
    let now = SystemTime::now();
    let seconds = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    i64::try_from(seconds / 60 * 60_000).unwrap_or(0)
}

struct Demo {
    labels: Vec<(&'static str, String)>,
    /// The value at a step; `None` leaves the sample out.
    at: Box<dyn Fn(i64) -> Option<f64>>,
}

fn demo(name: &str, labels: &[(&'static str, &str)], at: impl Fn(i64) -> Option<f64> + 'static) -> Demo {
    let mut all: Vec<(&'static str, String)> =
        labels.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    all.push(("__name__", name.to_owned()));
    all.push(("job", "demo".to_owned()));
    all.sort();
    Demo { labels: all, at: Box::new(at) }
}

fn noise(seed: i64) -> f64 {
    let x = (seed as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    ((x ^ (x >> 32)) % 10_000) as f64 / 10_000.0
}

fn all_series() -> Vec<Demo> {
    let mut list = Vec::new();
    for (index, instance) in ["a:1", "b:2", "c:3"].into_iter().enumerate() {
        let seed = index as i64 * 1_000_003;
        per_instance(&mut list, instance, seed);
        histogram(&mut list, instance, seed);
    }
    odd_ones(&mut list);
    list
}

fn per_instance(list: &mut Vec<Demo>, instance: &'static str, seed: i64) {
    for (index, mode) in ["idle", "system", "user"].into_iter().enumerate() {
        let seed = seed + index as i64 * 77;
        let counter = move |step: i64| {
            Some(((step - (step / 200) * 200) as f64 * (0.3 + index as f64) + noise(seed + step)).max(0.0))
        };
        list.push(demo("demo_cpu_usage_seconds_total", &[("instance", instance), ("mode", mode)], counter));
    }
    for (index, kind) in ["buffers", "cached", "free", "used"].into_iter().enumerate() {
        let gauge =
            move |step: i64| Some(1e9 + (step as f64 / 30.0 + index as f64).sin() * 1e8 + noise(seed + step) * 1e6);
        list.push(demo("demo_memory_usage_bytes", &[("instance", instance), ("type", kind)], gauge));
    }
    list.push(demo("demo_num_cpus", &[("instance", instance)], |_| Some(4.0)));
    list.push(demo("demo_disk_usage_bytes", &[("instance", instance)], move |step| {
        Some(1e10 + step as f64 * 12_345.5)
    }));
    list.push(demo("demo_disk_total_bytes", &[("instance", instance)], |_| Some(2.5e10)));
    list.push(demo("up", &[("instance", instance)], |_| Some(1.0)));
    list.push(demo("demo_batch_last_success_timestamp_seconds", &[("instance", instance)], |step| {
        Some(1_700_000_000.0 + (step / 40) as f64 * 600.0)
    }));
}

fn histogram(list: &mut Vec<Demo>, instance: &'static str, seed: i64) {
    const BOUNDS: [(&str, f64); 7] =
        [("0.01", 0.1), ("0.1", 0.35), ("0.25", 0.6), ("0.5", 0.8), ("1", 0.93), ("2.5", 0.98), ("+Inf", 1.0)];
    for (index, path) in ["/", "/posts/{id}"].into_iter().enumerate() {
        let total = move |step: i64| ((step as f64) * (2.0 + index as f64) + (noise(seed) * 100.0).floor()).floor();
        for (le, share) in BOUNDS {
            let labels = [("instance", instance), ("path", path), ("status", "200"), ("le", le)];
            list.push(demo("demo_request_duration_seconds_bucket", &labels, move |step| {
                Some((total(step) * share).floor())
            }));
        }
        let labels = [("instance", instance), ("path", path), ("status", "200")];
        list.push(demo("demo_request_duration_seconds_count", &labels, move |step| Some(total(step))));
        list.push(demo("demo_request_duration_seconds_sum", &labels, move |step| Some(total(step) * 0.217)));
    }
}

fn odd_ones(list: &mut Vec<Demo>) {
    list.push(demo("demo_intermittent", &[("instance", "a:1")], |step| (step / 20 % 3 != 1).then_some(step as f64)));
    list.push(demo("demo_stale", &[("instance", "a:1")], |step| {
        Some(if step % 50 == 49 { f64::from_bits(STALE) } else { step as f64 })
    }));
    list.push(demo("demo_gone", &[("instance", "b:2")], |step| (step < 300).then_some(7.0)));
    list.push(demo("demo_nan", &[], |step| Some(if step % 7 == 0 { f64::NAN } else { step as f64 })));
    list.push(demo("demo_inf", &[("sign", "+")], |_| Some(f64::INFINITY)));
    list.push(demo("demo_inf", &[("sign", "-")], |_| Some(f64::NEG_INFINITY)));
    list.push(demo("demo_wild", &[("n", "1")], |step| Some(noise(step) * 1e300)));
    list.push(demo("demo_tiny", &[("n", "1")], |step| Some((noise(step) - 0.5) * 1e-300)));
    list.push(demo("demo_negative", &[("n", "1")], |step| Some(-1.5 * step as f64)));
    list.push(demo("demo_text", &[("text", "a\"b\\c\nd, e=f {g}"), ("한글", "값")], |_| Some(1.0)));
}

/// The remote-write requests that bring all of it, half an hour at a time: Prometheus takes nothing that is more than an
/// hour older than the newest sample.
pub(crate) fn requests(end_ms: i64) -> Vec<Vec<u8>> {
    let series = all_series();
    let slices = (0..=STEPS).step_by(120).map(|first| first..(first + 120).min(STEPS + 1));
    slices
        .flat_map(|steps| series.chunks(20).map(|some| encode(some, steps.clone(), end_ms)).collect::<Vec<_>>())
        .collect()
}

fn encode(series: &[Demo], steps: std::ops::Range<i64>, end_ms: i64) -> Vec<u8> {
    let mut request = WriteRequest::default();
    for one in series {
        let at = |step: i64| (one.at)(step).map(|value| (end_ms - (STEPS - step) * INTERVAL_MS, value));
        request.series(&one.labels, steps.clone().filter_map(at));
    }
    request.compressed()
}
