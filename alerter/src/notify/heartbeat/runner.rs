//! Runs the heartbeats of all receivers.
//!
//! Invariant: each is a task of its own, so that one that hangs keeps nobody else; a reload stops all and starts those
//! of the new config.

use super::{Alive, Heartbeat};
use model::clock::Clock;
use model::instrument::Instruments;
use runtime::{BoxError, Class, TaskSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// How long a request that is under way may take when its heartbeat is stopped.
const STOP_WITHIN: Duration = Duration::from_secs(1);

/// See the module.
#[derive(Debug)]
pub struct Heartbeats {
    current: watch::Sender<Vec<Arc<Heartbeat>>>,
    instruments: Arc<Instruments>,
    clock: Arc<dyn Clock>,
}

impl Heartbeats {
    /// With those of a config; they beat once [`Heartbeats::run`] runs.
    pub fn new(heartbeats: Vec<Heartbeat>, instruments: Arc<Instruments>, clock: Arc<dyn Clock>) -> Self {
        let (current, _) = watch::channel(heartbeats.into_iter().map(Arc::new).collect());
        Self { current, instruments, clock }
    }

    /// Puts those of another config in their place.
    pub fn commit(&self, heartbeats: Vec<Heartbeat>) {
        self.current.send_replace(heartbeats.into_iter().map(Arc::new).collect());
    }

    /// Beats until it is told to stop, for as long as `alive` says so.
    ///
    /// # Errors
    /// None; the type is that of a task.
    pub async fn run(&self, alive: Alive, stop: CancellationToken) -> Result<(), BoxError> {
        let mut changes = self.current.subscribe();
        while !stop.is_cancelled() {
            let tasks = TaskSet::new(Arc::clone(&self.instruments), stop.child_token());
            for heartbeat in changes.borrow_and_update().iter() {
                self.start(heartbeat, &alive, &tasks);
            }
            // The sender lives as long as we do.
            let _ = stop.run_until_cancelled(changes.changed()).await;
            if let Err(cut) = tasks.stop_and_wait(STOP_WITHIN).await {
                tracing::warn!(%cut, "heartbeats were cut off");
            }
        }
        Ok(())
    }

    fn start(&self, heartbeat: &Arc<Heartbeat>, alive: &Alive, tasks: &TaskSet) {
        let (heartbeat, alive, clock) = (Arc::clone(heartbeat), Arc::clone(alive), Arc::clone(&self.clock));
        tasks.spawn(heartbeat.name().to_owned(), Class::Isolated, move |stop| {
            let (heartbeat, alive, clock) = (Arc::clone(&heartbeat), Arc::clone(&alive), Arc::clone(&clock));
            async move { heartbeat.run(alive, clock, stop).await }
        });
    }
}
