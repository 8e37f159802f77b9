//! What was acknowledged is there, exactly once, whatever ended the process.

use super::fast_job;
use crate::daemon::Belfry;
use crate::exporter::{Exporter, Page};
use crate::poll::{await_until, now};
use crate::remote_write::{Sample, write};
use crate::scene::Scene;
use anyhow::{Context, Result, bail, ensure};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(15);
/// Series of the stream; each batch has one sample of each.
const SERIES: u64 = 20;
/// Between the batches' times, in milliseconds.
const STEP: i64 = 50;
/// Batches acknowledged before each kill: at once, in the middle of a segment, later.
const KILLS: [u64; 5] = [1, 17, 90, 3, 150];

pub(crate) fn kill_keeps_what_was_acknowledged(scene: &Scene) -> Result<()> {
    let mut stream = Stream::new()?;
    for batches in KILLS {
        let belfry = Belfry::start(scene, "scrape_configs: []\n")?;
        stream.check(&belfry)?;
        stream.run_and_kill(belfry, batches)?;
    }
    let belfry = Belfry::start(scene, "scrape_configs: []\n")?;
    stream.check(&belfry)?;
    ensure!(stream.acknowledged > KILLS.iter().sum(), "only {} batches acknowledged", stream.acknowledged);
    Ok(())
}

pub(crate) fn stop_keeps_what_was_acknowledged(scene: &Scene) -> Result<()> {
    let mut stream = Stream::new()?;
    for _ in 0..2 {
        let belfry = Belfry::start(scene, "scrape_configs: []\n")?;
        stream.check(&belfry)?;
        for _ in 0..40 {
            stream.send(&belfry)?;
        }
        let status = belfry.stop()?;
        ensure!(status.code() == Some(0), "stopped with {status}");
    }
    let belfry = Belfry::start(scene, "scrape_configs: []\n")?;
    stream.check(&belfry)
}

pub(crate) fn scraped_series_outlive_restarts(scene: &Scene) -> Result<()> {
    let exporter = Exporter::start(Page::text("# TYPE visits counter\nvisits_total 7\n"))?;
    let config = fast_job("shop", &[&exporter.target()], "");
    let mut before = 0.0;
    for _ in 0..3 {
        let belfry = Belfry::start(scene, &config)?;
        let count = "count_over_time(visits_total[5m])";
        let now = await_until("more samples than before", SOON, || {
            let now = belfry.value(count)?;
            ensure!(now > before + 2.0, "{now} samples, {before} before the restart");
            Ok(now)
        })?;
        before = now;
        belfry.kill()?;
    }
    Ok(())
}

/// A sender that repeats a batch until it is acknowledged, as Prometheus does, and knows what must be there.
struct Stream {
    start: i64,
    acknowledged: u64,
}

impl Stream {
    fn new() -> Result<Self> {
        Ok(Self { start: now()? - 600_000, acknowledged: 0 })
    }

    fn time(&self, batch: u64) -> i64 {
        self.start + STEP * batch.cast_signed()
    }

    fn batch(&self) -> Vec<Sample> {
        let (timestamp, batch) = (self.time(self.acknowledged), self.acknowledged);
        let label = |name: &str, value: String| (name.to_owned(), value);
        let sample = |series: u64| Sample {
            labels: vec![label("__name__", "stream".to_owned()), label("series", series.to_string())],
            timestamp,
            value: value(batch, series),
        };
        (0..SERIES).map(sample).collect()
    }

    fn send(&mut self, belfry: &Belfry) -> Result<()> {
        let answer = write(belfry.address(), &self.batch())?;
        ensure!(answer.status == 204, "batch {}: {} {}", self.acknowledged, answer.status, answer.text());
        self.acknowledged += 1;
        Ok(())
    }

    /// Sends until the daemon is killed in the middle of it. The batch under way then is sent again to the next one.
    fn run_and_kill(&mut self, belfry: Belfry, batches: u64) -> Result<()> {
        let target = self.acknowledged + batches;
        let (sent, killed) = (AtomicU64::new(self.acknowledged), AtomicBool::new(false));
        let address = belfry.address();
        std::thread::scope(|scope| {
            let killer = scope.spawn(|| {
                let reached = await_until("enough batches", Duration::from_secs(60), || {
                    ensure!(sent.load(Ordering::Relaxed) >= target, "{sent:?} of {target}");
                    Ok(())
                });
                killed.store(true, Ordering::SeqCst);
                reached.and_then(|()| belfry.kill())
            });
            loop {
                match write(address, &self.batch()) {
                    Ok(answer) if answer.status == 204 => self.acknowledged += 1,
                    Ok(answer) => bail!("batch {}: {} {}", self.acknowledged, answer.status, answer.text()),
                    Err(_) if killed.load(Ordering::SeqCst) => break,
                    Err(error) => return Err(error),
                }
                sent.store(self.acknowledged, Ordering::Relaxed);
            }
            killer.join().ok().context("the killer panicked")?
        })
    }

    /// Every acknowledged sample is there once, with its value; beyond them at most the batch that was under way.
    fn check(&self, belfry: &Belfry) -> Result<()> {
        if self.acknowledged == 0 {
            return Ok(());
        }
        let mut found = BTreeMap::new();
        for (labels, samples) in belfry.samples("stream[30m]")? {
            let series: u64 = labels.get("series").context("no series label")?.parse()?;
            ensure!(found.insert(series, samples).is_none(), "series {series} twice");
        }
        ensure!(found.len() as u64 == SERIES, "{} series, expected {SERIES}", found.len());
        for (series, samples) in found {
            let times: Vec<_> = samples.iter().map(|(time, _)| *time).collect();
            let expected: Vec<_> = (0..self.acknowledged).map(|batch| self.time(batch)).collect();
            let under_way = times.last() == Some(&self.time(self.acknowledged));
            let times = &times[..times.len() - usize::from(under_way)];
            ensure!(times == expected, "series {series}: {} samples, {} acknowledged", times.len(), expected.len());
            for (batch, (time, found)) in (0..).zip(&samples) {
                let expected = value(batch, series);
                ensure!(*found == expected, "series {series} at {time}: {found}, expected {expected}");
            }
        }
        Ok(())
    }
}

#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn value(batch: u64, series: u64) -> f64 {
    (batch * 1_000 + series) as f64 + 0.25
}
