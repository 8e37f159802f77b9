//! Targets that are scraped no more, until their series got their stale markers.
//!
//! Invariant: as in Prometheus a target is given two intervals (and a tenth) to come back; its markers then carry the
//! time when its next scrape would have been. When the daemon stops, nothing is marked: it goes on after the restart.

use super::schedule::Schedule;
use super::scrape_loop::{SharedMemory, Surroundings, hash, wait_until};
use super::target::Target;
use crate::config::Job;
use model::labels::Labels;
use model::time::{Millis, duration_millis};
use runtime::task_set::{Task, TaskSet};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError};
use store::metrics::Metrics;
use tokio_util::sync::CancellationToken;

/// Targets that are scraped no more, by the labels of their series.
#[derive(Debug, Default)]
pub(crate) struct Retirement {
    /// Kept, and not yet given a task.
    kept: Vec<Retired>,
    waiting: HashMap<Labels, Waiting>,
}

/// A target that is scraped no more.
#[derive(Debug)]
pub(crate) struct Retired {
    pub(crate) target: Arc<Target>,
    pub(crate) job: Arc<Job>,
    pub(crate) memory: SharedMemory,
}

#[derive(Debug)]
struct Waiting {
    memory: SharedMemory,
    task: Task,
    done: CancellationToken,
}

impl Retirement {
    /// Keeps what a stopped target's scrapes remember.
    pub(crate) fn keep(&mut self, retired: Retired) {
        self.kept.push(retired);
    }

    /// The memory of a target with these labels, if it left not long ago; it gets no markers then.
    pub(crate) fn take_back(&mut self, labels: &Labels) -> Option<SharedMemory> {
        if let Some(position) = self.kept.iter().position(|retired| retired.target.labels == *labels) {
            return Some(self.kept.swap_remove(position).memory);
        }
        let waiting = self.waiting.remove(labels)?;
        waiting.task.stop();
        Some(waiting.memory)
    }

    /// Starts the wait of all that were kept and not taken back.
    pub(crate) fn start(&mut self, tasks: &TaskSet, surroundings: &Arc<Surroundings>) {
        self.waiting.retain(|_, waiting| !waiting.done.is_cancelled());
        for retired in self.kept.drain(..) {
            let (done, memory) = (CancellationToken::new(), Arc::clone(&retired.memory));
            let (finished, labels) = (done.clone(), retired.target.labels.clone());
            let name = format!("retire/{} {}", retired.job.job_name, retired.target.url);
            let surroundings = Arc::clone(surroundings);
            let task = tasks.spawn_once(name, |stop| async move {
                retired.end(surroundings, stop).await;
                finished.cancel();
                Ok(())
            });
            self.waiting.insert(labels, Waiting { memory, task, done });
        }
    }
}

impl Retired {
    async fn end(self, surroundings: Arc<Surroundings>, stop: CancellationToken) {
        let clock = Arc::clone(&surroundings.clock);
        let next_scrape = Schedule::new(self.target.interval, hash(&self.target)).next(clock.now());
        let interval = duration_millis(self.target.interval);
        // A target that moved has been scraped at its new place by then.
        if !wait_until(next_scrape + interval + interval / 10, clock.as_ref(), &stop).await {
            return;
        }
        let target = self.target.url.to_string();
        let (threads, metrics) = (surroundings.threads.clone(), Arc::clone(&surroundings.metrics));
        let error = match threads.run(move || self.mark(&metrics, next_scrape)).await {
            Ok(Ok(())) => return,
            Ok(Err(error)) => error.to_string(),
            Err(error) => error.to_string(),
        };
        // Without their markers the series end five minutes after their last sample.
        tracing::warn!(target, error, "stale markers of a target that is gone could not be stored");
    }

    fn mark(&self, metrics: &Metrics, at: Millis) -> Result<(), store::Error> {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        memory.store_end(metrics, &self.target.labels, &self.job, at)
    }
}
