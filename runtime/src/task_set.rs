//! A set of named tasks that live and die together.
//!
//! Invariant: a task belongs to one set; dropping the set aborts what is left of it. An isolated task that fails is
//! logged, counted and restarted with backoff, and its neighbors never notice; a critical one that ends is reported by
//! [`TaskSet::failed`], whose caller stops everything in its own order.
#![expect(
    clippy::disallowed_methods,
    reason = "the one place that spawns: tasks get their name, restarts and stop here"
)]

use crate::backoff::{self, Backoff, Bounds};
use crate::limits::{FIRST_RESTART_WAIT, HEALTHY_AFTER, LONGEST_RESTART_WAIT, PENDING_LOG_EVERY};
use futures_util::FutureExt;
use model::instrument::{Instrument, Instruments};
use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// What a task may fail with.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// What the end of a task means for the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// The daemon cannot go on without it: any end before the stop is a [`Failure`].
    Critical,
    /// Its failures stay its own: logged, counted, restarted with backoff. Ending with `Ok` is its end.
    Isolated,
}

/// A critical task that ended before it was told to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The task's name.
    pub task: String,
    /// Why it ended.
    pub what: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "task {} ended: {}", self.task, self.what)
    }
}

impl std::error::Error for Failure {}

/// Tasks that did not end in time and were aborted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stragglers {
    /// Their names, sorted.
    pub tasks: Vec<String>,
}

impl fmt::Display for Stragglers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "aborted after the deadline: {}", self.tasks.join(", "))
    }
}

impl std::error::Error for Stragglers {}

/// A running task, to stop it alone. Dropping it changes nothing.
#[derive(Clone, Debug)]
pub struct Task {
    id: u64,
    stop: CancellationToken,
    live: watch::Receiver<Live>,
}

impl Task {
    /// Tells the task to stop, and does not wait.
    pub fn stop(&self) {
        self.stop.cancel();
    }

    /// Waits until the task has ended (it or its set must have been stopped, or it ends by itself).
    pub async fn ended(&self) {
        let mut live = self.live.clone();
        // The sender is gone only with the whole set, which ends every task.
        let _ = live.wait_for(|live| !live.tasks.contains_key(&self.id)).await;
    }
}

/// The set. Hold it in the component that the tasks belong to.
#[derive(Debug)]
pub struct TaskSet {
    instruments: Arc<Instruments>,
    stop: CancellationToken,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    live: watch::Sender<Live>,
    failure: watch::Sender<Option<Failure>>,
    aborts: Mutex<BTreeMap<u64, AbortHandle>>,
}

/// Which tasks run. Names are kept per id, since two tasks may share a name.
#[derive(Debug, Default)]
struct Live {
    next_id: u64,
    tasks: BTreeMap<u64, Arc<str>>,
}

/// Leaves the set when the task ends, however it ends.
struct Membership {
    id: u64,
    shared: Arc<Shared>,
}

impl Drop for Membership {
    fn drop(&mut self) {
        drop(self.shared.aborts().remove(&self.id));
        self.shared.live.send_modify(|live| drop(live.tasks.remove(&self.id)));
    }
}

impl Shared {
    /// The map stays whole if a holder panics: each access is one insert or one remove.
    fn aborts(&self) -> MutexGuard<'_, BTreeMap<u64, AbortHandle>> {
        self.aborts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TaskSet {
    /// An empty set that stops when `stop` is raised. Must be used inside a tokio runtime.
    pub fn new(instruments: Arc<Instruments>, stop: CancellationToken) -> Self {
        let shared = Shared {
            live: watch::Sender::new(Live::default()),
            failure: watch::Sender::new(None),
            aborts: Mutex::new(BTreeMap::new()),
        };
        Self { instruments, stop: stop.child_token(), shared: Arc::new(shared) }
    }

    /// An empty set that stops when this one does. It is waited for by its own owner, not by this set.
    pub fn child(&self) -> Self {
        Self::new(Arc::clone(&self.instruments), self.stop.clone())
    }

    /// The token that is raised when the set stops.
    pub fn stop_token(&self) -> &CancellationToken {
        &self.stop
    }

    /// How many tasks run.
    pub fn len(&self) -> usize {
        self.shared.live.borrow().tasks.len()
    }

    /// Whether no task runs.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Names of the running tasks, sorted.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.shared.live.borrow().tasks.values().map(|name| name.to_string()).collect();
        names.sort_unstable();
        names
    }

    /// Starts a task. The factory is called for the first start and for each restart, with the token to watch.
    /// A name is `kind` or `kind/which one`; failures are counted by kind.
    pub fn spawn<F, Run>(&self, name: impl Into<Arc<str>>, class: Class, mut factory: F) -> Task
    where
        F: FnMut(CancellationToken) -> Run + Send + 'static,
        Run: Future<Output = Result<(), BoxError>> + Send + 'static,
    {
        let name = name.into();
        let stop = self.stop.child_token();
        let mut watch =
            Watch { name: Arc::clone(&name), stop: stop.clone(), instruments: Arc::clone(&self.instruments) };
        let shared = Arc::clone(&self.shared);
        self.start(name, stop, async move {
            match class {
                Class::Isolated => watch.restart_for_ever(factory).await,
                Class::Critical => {
                    let end = watch.run_once(&mut factory).await;
                    watch.report_critical(end, &shared.failure);
                }
            }
        })
    }

    /// Starts a task that cannot be restarted, such as one connection. Its failures are logged and counted.
    pub fn spawn_once<F, Run>(&self, name: impl Into<Arc<str>>, run: F) -> Task
    where
        F: FnOnce(CancellationToken) -> Run + Send + 'static,
        Run: Future<Output = Result<(), BoxError>> + Send + 'static,
    {
        let name = name.into();
        let stop = self.stop.child_token();
        let watch = Watch { name: Arc::clone(&name), stop: stop.clone(), instruments: Arc::clone(&self.instruments) };
        self.start(name, stop, async move {
            if let Some(what) = ended_badly(run, watch.stop.clone()).await {
                watch.count_failure(&what);
            }
        })
    }

    fn start(&self, name: Arc<str>, stop: CancellationToken, run: impl Future<Output = ()> + Send + 'static) -> Task {
        let mut id = 0;
        self.shared.live.send_modify(|live| {
            id = live.next_id;
            live.next_id += 1;
            live.tasks.insert(id, name);
        });
        let membership = Membership { id, shared: Arc::clone(&self.shared) };
        // Held over the spawn, so that a task which ends at once finds its own entry to remove.
        let mut aborts = self.shared.aborts();
        let spawned = tokio::spawn(async move {
            let _until_the_end = membership;
            run.await;
        });
        aborts.insert(id, spawned.abort_handle());
        drop(aborts);
        Task { id, stop, live: self.shared.live.subscribe() }
    }

    /// Waits for the first failure of a critical task; for ever, if there is none.
    pub async fn failed(&self) -> Failure {
        let mut failure = self.shared.failure.subscribe();
        let found = failure.wait_for(Option::is_some).await.ok().and_then(|found| found.clone());
        match found {
            Some(failure) => failure,
            None => std::future::pending().await,
        }
    }

    /// Tells all tasks to stop and waits for their end. Every 5 s the names that are still pending are logged; what
    /// has not ended at the deadline is aborted.
    ///
    /// # Errors
    /// The names of the tasks that had to be aborted.
    pub async fn stop_and_wait(&self, deadline: Duration) -> Result<(), Stragglers> {
        self.stop.cancel();
        let give_up = Instant::now() + deadline;
        let mut live = self.shared.live.subscribe();
        loop {
            let next_log = (Instant::now() + PENDING_LOG_EVERY).min(give_up);
            let all_ended = live.wait_for(|live| live.tasks.is_empty());
            if tokio::time::timeout_at(next_log, all_ended).await.is_ok() {
                return Ok(());
            }
            let pending = self.names();
            if Instant::now() >= give_up {
                self.abort_all();
                return if pending.is_empty() { Ok(()) } else { Err(Stragglers { tasks: pending }) };
            }
            tracing::info!(tasks = pending.join(", "), "waiting for tasks to stop");
        }
    }

    fn abort_all(&self) {
        // Aborting an unstarted task may drop it here, and its membership takes the same lock: collect first.
        let aborts: Vec<AbortHandle> = self.shared.aborts().values().cloned().collect();
        aborts.iter().for_each(AbortHandle::abort);
    }
}

impl Drop for TaskSet {
    fn drop(&mut self) {
        self.stop.cancel();
        self.abort_all();
    }
}

/// What surrounds one task: its name, its stop and its counts.
struct Watch {
    name: Arc<str>,
    stop: CancellationToken,
    instruments: Arc<Instruments>,
}

impl Watch {
    /// Runs it again and again until it ends well or is stopped.
    async fn restart_for_ever<F, Run>(&mut self, mut factory: F)
    where
        F: FnMut(CancellationToken) -> Run,
        Run: Future<Output = Result<(), BoxError>>,
    {
        let bounds = Bounds { first: FIRST_RESTART_WAIT, longest: LONGEST_RESTART_WAIT };
        let mut waits = Backoff::new(bounds, backoff::seed(&self.name));
        loop {
            let started = Instant::now();
            let Some(what) = self.run_once(&mut factory).await else { return };
            self.count_failure(&what);
            if started.elapsed() >= HEALTHY_AFTER {
                waits.reset();
            }
            let stopped = tokio::time::timeout(waits.next_wait(), self.stop.cancelled()).await.is_ok();
            if stopped {
                return;
            }
            self.instruments.add(Instrument::TaskRestarts, &[self.kind()], 1);
        }
    }

    async fn run_once<F, Run>(&self, factory: &mut F) -> Option<String>
    where
        F: FnMut(CancellationToken) -> Run,
        Run: Future<Output = Result<(), BoxError>>,
    {
        ended_badly(factory, self.stop.clone()).await
    }

    fn report_critical(&self, end: Option<String>, failure: &watch::Sender<Option<Failure>>) {
        if end.is_none() && self.stop.is_cancelled() {
            return;
        }
        let what = end.unwrap_or_else(|| "it returned before it was stopped".to_owned());
        self.count_failure(&what);
        failure.send_if_modified(|first| {
            let is_first = first.is_none();
            first.get_or_insert_with(|| Failure { task: self.name.to_string(), what });
            is_first
        });
    }

    fn count_failure(&self, what: &str) {
        tracing::error!(task = &*self.name, error = what, "task failed");
        self.instruments.add(Instrument::TaskFailures, &[self.kind()], 1);
    }

    fn kind(&self) -> &str {
        self.name.split('/').next().unwrap_or_default()
    }
}

/// Runs to the end; the text of the error or panic, if it ended with one.
async fn ended_badly<F, Run>(run: F, stop: CancellationToken) -> Option<String>
where
    F: FnOnce(CancellationToken) -> Run,
    Run: Future<Output = Result<(), BoxError>>,
{
    // What a panic leaves half-done is dropped with the future; shared state guards itself (poisoned locks).
    let ended = AssertUnwindSafe(async move { run(stop).await }).catch_unwind().await;
    match ended {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(error.to_string()),
        Err(panic) => Some(format!("BUG: panicked: {}", panic_text(panic.as_ref()))),
    }
}

/// What a panic said.
pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no text")
}

#[cfg(test)]
mod tests;
