//! Tails log files: finds them, follows them through rotations, and appends what is written to them.
//!
//! Invariant: a line is stored once, whatever becomes of its file and of us: how far a file was read is in the record
//! that stores the lines. What cannot be read is told and tried again, and takes nothing else with it.

mod batch;
mod cri;
mod disk;
mod family;
mod job;
mod lines;
mod listing;
mod member;
mod names;
mod outlet;
mod pattern;
mod position;
mod probe;
mod proof;
mod rotation;
mod source;
mod tailer;
mod target;
mod view;
mod watch;

pub(crate) use pattern::Pattern;
pub use target::Target;
pub(crate) use target::TargetLabels;
pub use view::{FileState, TailedFile, TailedJob};

use crate::config::{Config, LogJob};
use crate::limits::{
    TAIL_FILE_COSTS, TAIL_FILES_EVERY, TAIL_GATHER_FOR, TAIL_POLL_EVERY, TAIL_RETRY_EVERY, TAIL_SWEEP_EVERY,
};
use model::clock::Clock;
use model::instrument::Instruments;
use runtime::pool::Pool;
use runtime::task_set::BoxError;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use store::logs::Logs;
use tailer::{Progress, Scope, Surroundings, Tailer};
use tokio::sync::watch::Sender;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use watch::{Changes, FolderWatch};

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
    wanted: Sender<Vec<Arc<LogJob>>>,
    tailing: Arc<Mutex<Option<Tailing>>>,
    changes: Arc<Changes>,
    view: Arc<View>,
    thread: Pool,
}

/// What a step works on.
#[derive(Debug)]
struct Tailing {
    tailer: Tailer,
    watch: FolderWatch,
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
            wanted: Sender::new(jobs(config)),
            tailing: Arc::default(),
            changes: Arc::default(),
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
        let mut due = Due::now();
        while !stop.is_cancelled() {
            let jobs = wanted.has_changed()?.then(|| wanted.borrow_and_update().clone());
            let scope = if jobs.is_some() { Scope::Everything } else { due.scope(&self.changes) };
            let stepped = self.step(jobs, scope).await?;
            due.after(&stepped);
            let wait = async {
                match stepped.progress {
                    Progress::More => {}
                    Progress::Refused => tokio::time::sleep(TAIL_RETRY_EVERY).await,
                    Progress::Idle => {
                        tokio::time::sleep(TAIL_GATHER_FOR).await;
                        let _ = tokio::time::timeout_at(due.next, self.changes.wait()).await;
                    }
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                _ = wanted.changed() => wanted.mark_changed(),
                () = wait => {}
            }
        }
        Ok(())
    }

    async fn step(&self, jobs: Option<Vec<Arc<LogJob>>>, scope: Scope) -> Result<Stepped, BoxError> {
        let (tailing, surroundings) = (Arc::clone(&self.tailing), self.surroundings.clone());
        let (view, changes) = (Arc::clone(&self.view), Arc::clone(&self.changes));
        let (wanted, is_new) = (self.wanted.borrow().clone(), jobs.is_some());
        let step = move || {
            // A step that panicked may have left anything half done: the store's positions are what holds.
            let mut held = tailing.lock().unwrap_or_else(|poisoned| {
                tailing.clear_poison();
                let mut held = poisoned.into_inner();
                *held = None;
                held
            });
            let is_new = is_new || held.is_none();
            let Tailing { tailer, watch } = held.get_or_insert_with(|| Tailing {
                tailer: Tailer::new(surroundings),
                watch: FolderWatch::new(&changes),
            });
            if is_new {
                tailer.put_in_force(&wanted);
            }
            let stepped = step(tailer, watch, scope);
            if stepped.was_everything || view.was_seen.swap(false, Ordering::Relaxed) {
                let jobs = tailer.jobs.iter().map(|(name, job)| TailedJob::of(name, job)).collect();
                *view.jobs.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(jobs);
            }
            stepped
        };
        Ok(self.thread.run(step).await?)
    }
}

/// What a step came to, and what that means for the next one.
#[derive(Debug)]
struct Stepped {
    progress: Progress,
    /// Whether something is due soon although nothing changes.
    is_waiting: bool,
    /// Whether the system tells of changes in all folders.
    is_watched: bool,
    was_everything: bool,
    was_files: bool,
    files: u32,
}

fn step(tailer: &mut Tailer, watch: &mut FolderWatch, scope: Scope) -> Stepped {
    tailer.was_listed = false;
    let mut progress = tailer.step(&scope);
    if tailer.was_listed {
        // Between the listing of a folder and its watch something may have come into it.
        let added = watch.follow(&tailer.watched_folders());
        if tailer.list_again(&added) && progress == Progress::Idle {
            progress = Progress::More;
        }
    }
    let files = tailer.jobs.values().map(|job| job.families.len()).sum::<usize>();
    Stepped {
        progress,
        is_waiting: tailer.is_waiting(),
        is_watched: watch.is_whole,
        was_everything: scope == Scope::Everything,
        was_files: !matches!(scope, Scope::Changed(_)),
        files: u32::try_from(files).unwrap_or(u32::MAX),
    }
}

/// When what is looked at again.
#[derive(Debug)]
struct Due {
    everything: Instant,
    files: Instant,
    next: Instant,
}

impl Due {
    fn now() -> Self {
        let now = Instant::now();
        Self { everything: now, files: now, next: now }
    }

    fn scope(&self, changes: &Changes) -> Scope {
        let now = Instant::now();
        match (now >= self.everything, now >= self.files) {
            (true, _) => Scope::Everything,
            (false, true) => Scope::Files(changes.take()),
            (false, false) => Scope::Changed(changes.take()),
        }
    }

    fn after(&mut self, stepped: &Stepped) {
        let now = Instant::now();
        let cost = TAIL_FILE_COSTS * stepped.files;
        // Where the system is silent, folders are listed each time: what a rotation left comes before what follows it.
        let every = if stepped.is_watched { TAIL_SWEEP_EVERY.max(cost * 5) } else { TAIL_POLL_EVERY.max(cost) };
        if stepped.was_everything {
            self.everything = now + every;
        }
        if stepped.was_files {
            self.files = now + TAIL_FILES_EVERY.max(cost);
        }
        let soon = if stepped.is_waiting { now + TAIL_POLL_EVERY } else { self.files };
        self.next = soon.min(self.files).min(self.everything);
    }
}

fn jobs(config: &Config) -> Vec<Arc<LogJob>> {
    config.log_configs.iter().cloned().map(Arc::new).collect()
}

#[cfg(test)]
mod tests;
