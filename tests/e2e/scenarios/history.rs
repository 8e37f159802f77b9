//! Half a day in blocks: what was sealed answers as what is live, after any end and with damage beside it.

use crate::daemon::Belfry;
use crate::poll::{await_until, now};
use crate::remote_write::{Sample, write};
use crate::scene::Scene;
use anyhow::{Context, Result, ensure};
use std::path::PathBuf;
use std::time::Duration;

/// Maintenance runs every 15 seconds; a busy machine may need a few rounds.
const SEALED_WITHIN: Duration = Duration::from_secs(90);
const SERIES: u16 = 5;
/// Samples of each series, one every [`STEP`] milliseconds.
const SAMPLES: u16 = 2_880;
const STEP: i64 = 15_000;
/// Times of one push.
const BATCH: u16 = 240;

pub(crate) fn history_outlives_blocks_and_kills(scene: &Scene) -> Result<()> {
    let belfry = Belfry::start(scene, "scrape_configs: []\n")?;
    push(&belfry)?;
    check(&belfry)?;
    await_until("most of it lies in blocks", SEALED_WITHIN, || {
        let blocks = gauge(&belfry, "belfry_store_blocks")?;
        ensure!(blocks >= 1.0, "{blocks} blocks");
        Ok(())
    })?;
    check(&belfry)?;
    belfry.kill()?;

    let belfry = Belfry::start(scene, "scrape_configs: []\n")?;
    check(&belfry)?;
    let status = belfry.stop()?;
    ensure!(status.code() == Some(0), "stopped with {status}");
    check(&Belfry::start(scene, "scrape_configs: []\n")?)
}

pub(crate) fn damage_is_set_aside(scene: &Scene) -> Result<()> {
    let belfry = Belfry::start(scene, "scrape_configs: []\n")?;
    push(&belfry)?;
    belfry.kill()?;

    // What a power cut leaves: the last segment ends in rubbish, and a file is there that nobody knows.
    let wal = scene.path("data/store/metrics/wal");
    let last = segments(&wal)?.pop().context("no segment of the WAL")?;
    let mut bytes = std::fs::read(&last).with_context(|| last.display().to_string())?;
    bytes.extend_from_slice(&[0x5a; 777]);
    std::fs::write(&last, bytes)?;
    std::fs::write(wal.join("99999999"), b"from the future, in a format that is not known")?;

    let belfry = Belfry::start(scene, "scrape_configs: []\n")?;
    check(&belfry)?;
    ensure!(belfry.log().contains("99999999"), "the unknown file is not told: {}", belfry.log());
    let set_aside = std::fs::read_dir(&wal)?.filter_map(Result::ok);
    let names: Vec<_> = set_aside.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    ensure!(names.iter().any(|name| name.ends_with(".unreadable")), "nothing was set aside: {names:?}");
    belfry.kill()?;
    check(&Belfry::start(scene, "scrape_configs: []\n")?)
}

fn segments(wal: &std::path::Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(wal).with_context(|| wal.display().to_string())?;
    let mut paths: Vec<_> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    paths
        .retain(|path| path.file_name().is_some_and(|name| name.to_string_lossy().bytes().all(|b| b.is_ascii_digit())));
    paths.sort();
    Ok(paths)
}

/// Pushes half a day that ends now.
fn push(belfry: &Belfry) -> Result<()> {
    let start = now()? - STEP * i64::from(SAMPLES);
    for first in (0..SAMPLES).step_by(usize::from(BATCH)) {
        let mut batch = Vec::new();
        for at in first..(first + BATCH).min(SAMPLES) {
            for series in 0..SERIES {
                let label = |name: &str, value: &str| (name.to_owned(), value.to_owned());
                batch.push(Sample {
                    labels: vec![label("__name__", "past"), label("series", &series.to_string())],
                    timestamp: start + STEP * i64::from(at),
                    value: f64::from(at) + f64::from(series) / 8.0,
                });
            }
        }
        let answer = write(belfry.address(), &batch)?;
        ensure!(answer.status == 204, "{} {}", answer.status, answer.text());
    }
    Ok(())
}

/// Count, sum, ends and order of every series.
fn check(belfry: &Belfry) -> Result<()> {
    let all = belfry.samples("past[13h]")?;
    ensure!(all.len() == usize::from(SERIES), "{} series", all.len());
    for (labels, samples) in &all {
        let series: f64 = labels.get("series").context("no series label")?.parse()?;
        ensure!(samples.len() == usize::from(SAMPLES), "series {series}: {} samples", samples.len());
        for (at, (_, value)) in (0_u16..).zip(samples) {
            let expected = f64::from(at) + series / 8.0;
            ensure!(*value == expected, "series {series}, sample {at}: {value}, expected {expected}");
        }
        let steps = samples.windows(2).all(|pair| pair[1].0 - pair[0].0 == STEP);
        ensure!(steps, "series {series}: its times are not {STEP} ms apart");
    }
    let counted = belfry.value("sum(count_over_time(past[13h]))")?;
    ensure!(counted == f64::from(SAMPLES) * f64::from(SERIES), "{counted} samples are counted");
    Ok(())
}

/// A value of Belfry's own page.
fn gauge(belfry: &Belfry, name: &str) -> Result<f64> {
    let page = belfry.get("/metrics")?.text();
    let line = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ').map(str::to_owned));
    line.with_context(|| format!("no {name} in {page}"))?.parse().context("its value")
}
