//! What a pushed sample costs, from the compressed body to the store's answer.
//!
//! `cargo bench -p collector --bench remote_write`; requests as Prometheus sends them (2,000 samples, a series each),
//! from 20,000 series. The first round names every series by its labels, the further ones by reference.
#![expect(clippy::print_stdout, reason = "a benchmark prints")]

use collector::push::remote_write::Receiver;
use model::clock::ManualClock;
use model::instrument::Instruments;
use model::time::Millis;
use std::sync::Arc;
use std::time::Instant;
use store::fs::DataDir;
use store::metrics::{Metrics, Options};

const SERIES: u64 = 20_000;
const REQUEST_SAMPLES: u64 = 2_000;
const ROUNDS: i64 = 100;
const START: i64 = 1_700_000_000_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let clock = Arc::new(ManualClock::new(Millis(START)));
    let options = Options::new(DataDir::open(folder.path())?);
    let metrics = Metrics::open(options, clock.clone(), Arc::new(Instruments::new()))?;
    let receiver = Receiver::new();
    let mut first = 0.0;
    let mut rest = Vec::new();
    let mut ticks = 0;
    for round in 0..ROUNDS {
        clock.set(Millis(START + round * 15_000));
        let bodies = (0..SERIES / REQUEST_SAMPLES).map(|part| body(part * REQUEST_SAMPLES, round));
        let bodies: Vec<Vec<u8>> = bodies.collect::<Result<_, _>>()?;
        let (started, ticks_before) = (Instant::now(), cpu_ticks()?);
        let mut stored = 0;
        for body in &bodies {
            stored += receiver.append(body, &metrics)?.stored as u64;
        }
        let micros = started.elapsed().as_secs_f64() * 1e6 / SERIES as f64;
        assert_eq!(stored, SERIES, "every sample is stored");
        if round > 0 {
            ticks += cpu_ticks()? - ticks_before;
        }
        if round == 0 { first = micros } else { rest.push(micros) }
    }
    rest.sort_by(f64::total_cmp);
    let median = rest.get(rest.len() / 2).copied().unwrap_or_default();
    let best = rest.first().copied().unwrap_or_default();
    let cpu = ticks as f64 / procfs::ticks_per_second() as f64 * 1e6 / (SERIES as f64 * (ROUNDS - 1) as f64);
    println!("new series: {first:.3} µs a sample");
    println!("known series: {median:.3} µs a sample (median), {best:.3} µs (best); {cpu:.3} µs of CPU (all threads)");
    Ok(())
}

/// What the process has used of the CPU; exact enough over all rounds, where other load makes wall time useless.
fn cpu_ticks() -> procfs::ProcResult<u64> {
    let stat = procfs::process::Process::myself()?.stat()?;
    Ok(stat.utime + stat.stime)
}

/// A request for the series from `first` on, at the time of the round.
fn body(first: u64, round: i64) -> Result<Vec<u8>, snap::Error> {
    let mut request = Vec::new();
    for number in first..first + REQUEST_SAMPLES {
        let mut series = Vec::new();
        let labels = [
            ("__name__", "http_request_duration_seconds_bucket".to_owned()),
            ("instance", format!("10.0.{}.{}:9090", number / 250 % 250, number % 250)),
            ("job", "checkout".to_owned()),
            ("le", format!("{}", number % 12)),
            ("route", "/api/v1/orders/{id}".to_owned()),
        ];
        for (name, value) in labels {
            let mut label = Vec::new();
            field(&mut label, 1, name.as_bytes());
            field(&mut label, 2, value.as_bytes());
            field(&mut series, 1, &label);
        }
        let mut sample = vec![0x09];
        sample.extend((number as f64 + round as f64).to_le_bytes());
        sample.push(0x10);
        varint(&mut sample, (START + round * 15_000) as u64);
        field(&mut series, 2, &sample);
        field(&mut request, 1, &series);
    }
    snap::raw::Encoder::new().compress_vec(&request)
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
