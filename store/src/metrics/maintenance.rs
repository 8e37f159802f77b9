//! What is due about every minute.
//!
//! Invariant: one run at a time. A step that fails is tried again at the next run and does not keep the others from
//! theirs, but for those that build on it.

use super::block::{Block, Meta};
use super::limits::FUTURE_MAX;
use super::retention::{self, Kept};
use super::{Metrics, compaction, cut};
use crate::Error;
use model::instrument::Instrument;
use model::time::{Millis, duration_millis};
use std::sync::{Arc, PoisonError};
use std::time::Instant;

/// The label value of the metrics engine.
const ENGINE: &str = "metrics";

/// What one run leaves to the next.
#[derive(Debug, Default)]
pub(crate) struct Maintenance {
    /// Blocks were published whose samples are still in the head as well.
    cut_unfinished: bool,
}

/// Does what is due.
///
/// # Errors
/// The first thing that could not be done.
pub(super) fn run(metrics: &Metrics, now: Millis) -> Result<(), Error> {
    let mut maintenance = metrics.maintenance.lock().unwrap_or_else(PoisonError::into_inner);
    if metrics.wal.is_closed() {
        return Ok(());
    }
    let began = Instant::now();
    let recovered = recover(metrics);
    let cut = if recovered.is_ok() { cut_head(metrics, &mut maintenance, now) } else { Ok(()) };
    let dropped = drop_old(metrics, now);
    let merged = merge_one(metrics, now);
    let settled = metrics.blocks.settle().map(drop);
    let took = began.elapsed().as_secs_f64();
    metrics.instruments.observe(Instrument::StoreMaintenanceSeconds, &[ENGINE], took);
    show(metrics);
    recovered.and(cut).and(dropped).and(merged).and(settled)
}

/// Sets the gauges.
fn show(metrics: &Metrics) {
    let (series, bytes, oldest) = metrics.head.totals();
    let list = metrics.blocks.list();
    let oldest = list.iter().map(|block| block.meta.min).chain(oldest).min();
    let set = |instrument: Instrument, value: f64| metrics.instruments.set(instrument, &[], value);
    set(Instrument::StoreSeries, series as f64);
    set(Instrument::StoreChunkBytes, bytes as f64);
    set(Instrument::StoreBlocks, list.len() as f64);
    set(Instrument::StoreBlockBytes, list.iter().map(|block| block.meta.bytes()).sum::<u64>() as f64);
    set(Instrument::StoreOldest, oldest.map_or(0.0, |oldest| Millis(oldest).as_seconds()));
    let read_only = f64::from(u8::from(metrics.wal.failure().is_some()));
    metrics.instruments.set(Instrument::StoreReadOnly, &[ENGINE], read_only);
}

/// Leaves the read-only mode of an I/O error.
fn recover(metrics: &Metrics) -> Result<(), Error> {
    if metrics.wal.failure().is_none() {
        return Ok(());
    }
    metrics.wal.recover()?;
    // What was acknowledged before the failure may not have reached the disk; the head still has it.
    metrics.checkpoint()
}

fn cut_head(metrics: &Metrics, maintenance: &mut Maintenance, now: Millis) -> Result<(), Error> {
    if maintenance.cut_unfinished {
        return finish_cut(metrics, maintenance);
    }
    let Some(end) = due(metrics, now) else { return Ok(()) };
    let written = cut::write(&metrics.head, &metrics.blocks, end)?;
    tracing::info!(blocks = written.len(), end, "cut the head");
    metrics.blocks.replace(Vec::new(), written);
    maintenance.cut_unfinished = true;
    finish_cut(metrics, maintenance)
}

/// What a clock that ran ahead has left, in the head and in blocks, has no say: it would put off every cut until the time
/// is there.
fn due(metrics: &Metrics, now: Millis) -> Option<i64> {
    let latest = now.plus(FUTURE_MAX).0;
    let ended = metrics.blocks.list().iter().map(|block| block.meta.end).filter(|end| *end <= latest).max();
    // After a gap the head begins later than the last block ended; late samples begin earlier and wait for the next cut.
    let (oldest, newest) = metrics.head.bounds()?;
    let begin = ended.map_or(oldest, |ended| ended.max(oldest));
    cut::plan(begin, newest.min(latest))
}

/// Drops from the head what is in blocks, once nobody reads the head without those blocks.
fn finish_cut(metrics: &Metrics, maintenance: &mut Maintenance) -> Result<(), Error> {
    if !metrics.blocks.settle()? {
        return Ok(());
    }
    let series = cut::finish(&metrics.head);
    maintenance.cut_unfinished = false;
    tracing::info!(series, "dropped from the head what is in blocks, and series without samples");
    metrics.checkpoint()
}

fn drop_old(metrics: &Metrics, now: Millis) -> Result<(), Error> {
    let list = metrics.blocks.list();
    let metas: Vec<Meta> = list.iter().map(|block| block.meta).collect();
    let kept = Kept { millis: duration_millis(metrics.options.retention), bytes: metrics.options.retention_size };
    let gone = chosen(&list, &retention::plan(&metas, kept, now));
    if gone.is_empty() {
        return Ok(());
    }
    tracing::info!(blocks = gone.len(), "dropping blocks beyond the retention");
    metrics.blocks.replace(gone, Vec::new());
    Ok(())
}

/// Merges at most once, so that one run does not take long.
fn merge_one(metrics: &Metrics, now: Millis) -> Result<(), Error> {
    let list = metrics.blocks.list();
    let metas: Vec<Meta> = list.iter().map(|block| block.meta).collect();
    let cut_until = metas.iter().map(|meta| meta.end).filter(|end| *end <= now.0).max().unwrap_or(i64::MIN);
    let Some(plan) = compaction::plan(&metas, cut_until) else { return Ok(()) };
    let parts = chosen(&list, &plan.blocks);
    drop(list);
    let merged = compaction::merge(&metrics.blocks, &parts, plan.range)?;
    for block in &merged.damaged {
        metrics.blocks.set_aside(block, &Error::new(crate::ErrorKind::Corrupt, "series of it could not be read"))?;
    }
    tracing::info!(blocks = merged.whole.len(), damaged = merged.damaged.len(), "merged blocks");
    metrics.blocks.replace(merged.whole, merged.block.map(Arc::new).into_iter().collect());
    metrics.blocks.trim();
    Ok(())
}

fn chosen(list: &[Arc<Block>], positions: &[usize]) -> Vec<Arc<Block>> {
    positions.iter().filter_map(|position| list.get(*position)).cloned().collect()
}
