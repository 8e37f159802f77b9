//! Tails log files: finds them, follows them through rotations, and appends what is written to them.
//!
//! Invariant: a line is stored once, whatever becomes of its file and of us: how far a file was read is in the record
//! that stores the lines. What cannot be read is told and tried again, and takes nothing else with it.

mod batch;
mod disk;
mod family;
mod job;
mod lines;
mod listing;
mod member;
mod names;
mod pattern;
mod position;
mod proof;
mod rotation;
mod source;
mod tailer;
mod target;
mod view;

pub(crate) use pattern::Pattern;
pub use target::Target;
pub(crate) use target::TargetLabels;
pub use view::{FileState, TailedFile, TailedJob};

use crate::config::{Config, LogJob};
use crate::limits::{TAIL_POLL_EVERY, TAIL_RETRY_EVERY, TAIL_SWEEP_EVERY};
use model::clock::Clock;
use model::instrument::Instruments;
use runtime::pool::Pool;
use runtime::task_set::BoxError;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use store::logs::Logs;
use tailer::{Progress, Scope, Surroundings, Tailer};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// What the log collector works with.
#[derive(Debug)]
pub struct LogParts {
    /// Where lines and positions go.
    pub logs: Arc<Logs>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Where it counts what it does.
    pub instruments: Arc<Instruments>,
}

/// Tails the files of all jobs. Share it behind an `Arc`; one task runs it, others ask it and reload it.
#[derive(Debug)]
pub struct LogCollector {
    surroundings: Surroundings,
    wanted: watch::Sender<Vec<Arc<LogJob>>>,
    tailer: Arc<Mutex<Option<Tailer>>>,
    view: Arc<View>,
    thread: Pool,
}

/// What is shown, and whether someone looked since it was made.
#[derive(Debug, Default)]
struct View {
    jobs: Mutex<Arc<Vec<TailedJob>>>,
    was_seen: AtomicBool,
}

impl LogCollector {
    /// A collector that does nothing before [`LogCollector::run`].
    pub fn new(config: &Config, parts: LogParts) -> Self {
        let LogParts { logs, clock, instruments } = parts;
        Self {
            surroundings: Surroundings { logs, clock, instruments },
            wanted: watch::Sender::new(jobs(config)),
            tailer: Arc::default(),
            view: Arc::default(),
            thread: Pool::new(1, 1),
        }
    }

    /// Puts a config in force. Takes effect at once where [`LogCollector::run`] runs, else when it starts.
    pub fn commit(&self, config: &Config) {
        self.wanted.send_replace(jobs(config));
    }

    /// All jobs with their files and how those go, by name. A second old at most while someone looks again and again.
    pub fn view(&self) -> Arc<Vec<TailedJob>> {
        self.view.was_seen.store(true, Ordering::Relaxed);
        Arc::clone(&self.view.jobs.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Tails until it is told to stop.
    ///
    /// # Errors
    /// When a step failed by a bug. The next run goes on from the positions in the store.
    pub async fn run(&self, stop: CancellationToken) -> Result<(), BoxError> {
        let mut wanted = self.wanted.subscribe();
        wanted.mark_changed();
        let mut next_sweep = Instant::now();
        while !stop.is_cancelled() {
            let jobs = wanted.has_changed()?.then(|| wanted.borrow_and_update().clone());
            let is_due = Instant::now() >= next_sweep || jobs.is_some();
            if is_due {
                next_sweep = Instant::now() + TAIL_SWEEP_EVERY;
            }
            let scope = if is_due { Scope::Everything } else { Scope::Files };
            let progress = self.step(jobs, scope).await?;
            let wait = match progress {
                Progress::More => continue,
                Progress::Idle => TAIL_POLL_EVERY,
                Progress::Refused => TAIL_RETRY_EVERY,
            };
            tokio::select! {
                () = stop.cancelled() => {}
                _ = wanted.changed() => wanted.mark_changed(),
                () = tokio::time::sleep(wait) => {}
            }
        }
        Ok(())
    }

    async fn step(&self, jobs: Option<Vec<Arc<LogJob>>>, scope: Scope) -> Result<Progress, BoxError> {
        let (tailer, surroundings) = (Arc::clone(&self.tailer), self.surroundings.clone());
        let view = Arc::clone(&self.view);
        let step = move || {
            // A step that panicked may have left anything half done: the store's positions are what holds.
            let mut held = tailer.lock().unwrap_or_else(|poisoned| {
                tailer.clear_poison();
                let mut held = poisoned.into_inner();
                *held = None;
                held
            });
            let tailer = held.get_or_insert_with(|| Tailer::new(surroundings));
            if let Some(jobs) = jobs {
                tailer.put_in_force(&jobs);
            }
            let progress = tailer.step(scope);
            if scope == Scope::Everything || view.was_seen.swap(false, Ordering::Relaxed) {
                let jobs = tailer.jobs.iter().map(|(name, job)| TailedJob::of(name, job)).collect();
                *view.jobs.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(jobs);
            }
            progress
        };
        Ok(self.thread.run(step).await?)
    }
}

fn jobs(config: &Config) -> Vec<Arc<LogJob>> {
    config.log_configs.iter().cloned().map(Arc::new).collect()
}

#[cfg(test)]
mod tests;
