//! What is due every few seconds.
//!
//! Invariant: one run at a time. A step that fails is tried again at the next run and does not keep the others from
//! theirs, but for those that build on it.

use super::head::Generation;
use super::merging::{merge_one, replace};
use super::parts::{PartList, Parts, SealedPart};
use super::retention::{self, Candidate, Kept};
use super::{Logs, seal};
use crate::Error;
use model::instrument::Instrument;
use model::time::{Millis, Nanos};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Instant;

/// The label value of the logs engine.
const ENGINE: &str = "logs";

/// Does what is due.
///
/// # Errors
/// The first thing that could not be done.
pub(super) fn run(logs: &Logs, now: Millis) -> Result<(), Error> {
    let _one = logs.maintaining.lock().unwrap_or_else(PoisonError::into_inner);
    if logs.wal.is_closed() {
        return Ok(());
    }
    let began = Instant::now();
    let recovered = recover(logs);
    let sealed = if recovered.is_ok() { seal_what_is_due(logs, now) } else { Ok(()) };
    let aside = set_aside(logs);
    drop_old(logs, now);
    let merged = merge_one(logs, now);
    let settled = settle(logs);
    Parts::trim(&logs.present.get().parts);
    let took = began.elapsed().as_secs_f64();
    logs.instruments.observe(Instrument::StoreMaintenanceSeconds, &[ENGINE], took);
    show(logs);
    recovered.and(sealed).and(aside).and(merged).and(settled)
}

/// Leaves the read-only mode of an I/O error.
fn recover(logs: &Logs) -> Result<(), Error> {
    if logs.wal.failure().is_none() {
        return Ok(());
    }
    logs.wal.recover()?;
    // What was acknowledged before the failure may not have reached the disk; the head still has it.
    logs.sealing.lock().unwrap_or_else(PoisonError::into_inner).hasten();
    Ok(())
}

fn seal_what_is_due(logs: &Logs, now: Millis) -> Result<(), Error> {
    let mut sealing = logs.sealing.lock().unwrap_or_else(PoisonError::into_inner);
    // What an earlier try has frozen comes first; then the head may be due itself.
    for _ in 0..2 {
        if sealing.is_due(&logs.present.get().active, logs.wal.segment(), now) {
            seal::run(logs, &mut sealing)?;
        }
    }
    Ok(())
}

/// Takes parts that cannot be read out of the way.
fn set_aside(logs: &Logs) -> Result<(), Error> {
    let list = Arc::clone(&logs.present.get().parts);
    for part in list.iter().filter(|part| part.unreadable.load(Ordering::Relaxed)) {
        replace(logs, std::slice::from_ref(part), None);
        logs.parts.set_aside(part)?;
    }
    Ok(())
}

fn drop_old(logs: &Logs, now: Millis) {
    let list = Arc::clone(&logs.present.get().parts);
    let candidate = |part: &Arc<SealedPart>| Candidate {
        span: part.span,
        max: part.part.meta().max,
        bytes: part.part.meta().bytes(),
    };
    let candidates: Vec<_> = list.iter().map(candidate).collect();
    let kept = Kept { time: logs.options.retention, bytes: logs.options.retention_size };
    let gone = retention::plan(&candidates, kept, Nanos::from(now));
    if gone.is_empty() {
        return;
    }
    let gone: PartList = gone.into_iter().filter_map(|place| list.get(place)).cloned().collect();
    tracing::info!(parts = gone.len(), "dropping log parts beyond the retention");
    replace(logs, &gone, None);
    logs.parts.bury(gone);
}

/// Removes files of parts that went; nobody seals meanwhile.
fn settle(logs: &Logs) -> Result<(), Error> {
    let _sealing = logs.sealing.lock().unwrap_or_else(PoisonError::into_inner);
    logs.parts.settle()
}

/// Sets the gauges.
fn show(logs: &Logs) {
    let view = logs.present.get();
    let set = |instrument: Instrument, value: f64| logs.instruments.set(instrument, &[], value);
    let sum = |of: fn(&Generation) -> usize| view.heads().map(|head| of(head)).sum::<usize>() as f64;
    set(Instrument::LogStreams, sum(Generation::stream_count));
    set(Instrument::LogHeadBytes, sum(Generation::bytes));
    let metas = || view.parts.iter().map(|part| part.part.meta());
    set(Instrument::LogParts, view.parts.len() as f64);
    set(Instrument::LogPartBytes, metas().map(|meta| meta.bytes()).sum::<u64>() as f64);
    let oldest = metas().map(|meta| meta.min).min();
    set(Instrument::LogOldest, oldest.map_or(0.0, |oldest| oldest.to_millis().as_seconds()));
    let read_only = f64::from(u8::from(logs.wal.failure().is_some()));
    logs.instruments.set(Instrument::StoreReadOnly, &[ENGINE], read_only);
}
