//! The named tasks of the daemon, in the four stages that stop one after the other: what is watched, collecting, serving,
//! storing.
//!
//! Invariant: a stage is stopped only after everything that feeds it has ended.

use super::alerting::Told;
use super::blog::BlogRunner;
use super::{Base, gauges};
use crate::limits::{
    MAINTAIN_EVERY, MAINTAIN_LOGS_EVERY, STOP_BLOG_WITHIN, STOP_COLLECTING_WITHIN, STOP_SERVING_WITHIN,
    STOP_STORING_WITHIN,
};
use alerter::Rules;
use alerter::notify::heartbeat::{Alive, Heartbeats};
use collector::{Collector, LogCollector};
use dashboards::Server;
use model::instrument::Instruments;
use runtime::{BoxError, Class, Failure, TaskSet};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use store::logs::Logs;
use store::metrics::{Metrics, Sync};
use tokio::net::TcpListener;
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use tokio_util::sync::CancellationToken;

/// All tasks that run besides `main`.
#[derive(Debug)]
pub(super) struct Stages {
    watched: TaskSet,
    collecting: TaskSet,
    serving: TaskSet,
    storing: TaskSet,
}

impl Stages {
    /// Without any task.
    pub(super) fn new(instruments: &Arc<Instruments>) -> Self {
        let set = || TaskSet::new(Arc::clone(instruments), CancellationToken::new());
        Self { watched: set(), collecting: set(), serving: set(), storing: set() }
    }

    /// Answers on the port.
    pub(super) fn serve(&self, server: &Server, listener: TcpListener) {
        let (server, mut listener) = (server.clone(), Some(listener));
        self.serving.spawn("server", Class::Critical, move |stop| {
            let (server, listener) = (server.clone(), listener.take());
            async move {
                match listener {
                    Some(listener) => server.serve(listener, stop).await,
                    None => Err("the listener is gone".into()),
                }
            }
        });
    }

    /// Discovers and scrapes.
    pub(super) fn collect(&self, collector: &Arc<Collector>, base: &Base) {
        let (collector, counted, base) = (Arc::clone(collector), Arc::clone(collector), base.clone());
        self.collecting.spawn("collector", Class::Critical, move |stop| {
            let collector = Arc::clone(&collector);
            async move { collector.run(stop).await }
        });
        self.collecting.spawn("target-counts", Class::Isolated, move |stop| {
            gauges::count_targets(Arc::clone(&counted), base.clone(), stop)
        });
    }

    /// Tails log files.
    pub(super) fn tail(&self, tail: &Arc<LogCollector>) {
        let tail = Arc::clone(tail);
        self.collecting.spawn("tail", Class::Isolated, move |stop| {
            let tail = Arc::clone(&tail);
            async move { tail.run(stop).await }
        });
    }

    /// Evaluates rules.
    pub(super) fn rule(&self, rules: &Arc<Rules>) {
        let rules = Arc::clone(rules);
        self.collecting.spawn("rules", Class::Isolated, move |stop| {
            let rules = Arc::clone(&rules);
            async move { rules.run(stop).await }
        });
    }

    /// Tells people of alerts; it ends after what posts them, and before the store does.
    pub(super) fn tell(&self, told: &Told) {
        let dispatcher = Arc::clone(&told.dispatch);
        self.serving.spawn("dispatch", Class::Isolated, move |stop| Arc::clone(&dispatcher).run(stop));
        let forward = Arc::clone(&told.forward);
        self.serving.spawn("forward-alerts", Class::Isolated, move |stop| {
            let forward = Arc::clone(&forward);
            async move { forward.run(stop).await }
        });
    }

    /// Sends heartbeats for as long as rules are evaluated.
    pub(super) fn beat(&self, heartbeats: &Arc<Heartbeats>, alive: Alive) {
        let heartbeats = Arc::clone(heartbeats);
        self.collecting.spawn("heartbeats", Class::Isolated, move |stop| {
            let (heartbeats, alive) = (Arc::clone(&heartbeats), Arc::clone(&alive));
            async move { heartbeats.run(alive, stop).await }
        });
    }

    /// Runs the embedded blog; it ends before what tails its lines.
    pub(super) fn run_blog(&self, blog: &Arc<BlogRunner>) {
        let blog = Arc::clone(blog);
        self.watched.spawn("blog", Class::Isolated, move |stop| {
            let blog = Arc::clone(&blog);
            async move { blog.run(stop).await }
        });
    }

    /// Reloads on SIGHUP; a task of the serving stage, so that it ends before the store does.
    pub(super) fn serve_task<F, Run>(&self, name: &'static str, factory: F)
    where
        F: FnMut(CancellationToken) -> Run + Send + 'static,
        Run: Future<Output = Result<(), BoxError>> + Send + 'static,
    {
        self.serving.spawn(name, Class::Isolated, factory);
    }

    /// Keeps the store in shape: flushes its WAL, cuts blocks, drops what is old.
    pub(super) fn store(&self, metrics: &Arc<Metrics>, base: &Base, sync: Sync) {
        if let Sync::Interval(every) = sync {
            self.repeat("wal-sync", every, metrics, base, |metrics, _| metrics.sync_wal());
        }
        self.repeat("store-maintenance", MAINTAIN_EVERY, metrics, base, |metrics, base| {
            metrics.maintain(base.clock.now())
        });
    }

    /// The same for the store of logs, whose head is sealed more often than blocks of metrics are cut.
    pub(super) fn store_logs(&self, logs: &Arc<Logs>, base: &Base, sync: Sync) {
        if let Sync::Interval(every) = sync {
            self.repeat("log-wal-sync", every, logs, base, |logs, _| logs.sync_wal());
        }
        self.repeat("log-maintenance", MAINTAIN_LOGS_EVERY, logs, base, |logs, base| logs.maintain(base.clock.now()));
    }

    fn repeat<S: Send + std::marker::Sync + 'static>(
        &self,
        name: &'static str,
        every: Duration,
        store: &Arc<S>,
        base: &Base,
        work: fn(&S, &Base) -> Result<(), store::Error>,
    ) {
        let (store, base) = (Arc::clone(store), base.clone());
        self.storing.spawn(name, Class::Isolated, move |stop| {
            let (store, base) = (Arc::clone(&store), base.clone());
            async move {
                let mut ticks = interval_at(Instant::now() + every, every);
                ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
                loop {
                    tokio::select! {
                        () = stop.cancelled() => return Ok(()),
                        _ = ticks.tick() => {}
                    }
                    let (store, inner) = (Arc::clone(&store), base.clone());
                    base.store_pool.run(move || work(&store, &inner)).await??;
                }
            }
        });
    }

    /// Waits for the first critical task that ends by itself.
    pub(super) async fn failed(&self) -> Failure {
        tokio::select! {
            failure = self.collecting.failed() => failure,
            failure = self.serving.failed() => failure,
            failure = self.storing.failed() => failure,
        }
    }

    /// Stops one stage after the other. What does not end in its time is cut off and named in the log.
    pub(super) async fn stop(&self) {
        for (stage, within) in [
            (&self.watched, STOP_BLOG_WITHIN),
            (&self.collecting, STOP_COLLECTING_WITHIN),
            (&self.serving, STOP_SERVING_WITHIN),
            (&self.storing, STOP_STORING_WITHIN),
        ] {
            if let Err(stragglers) = stage.stop_and_wait(within).await {
                tracing::warn!("{stragglers}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    #[tokio::test(start_paused = true)]
    async fn what_feeds_a_stage_has_ended_before_it_stops() {
        let stages = Stages::new(&Arc::new(Instruments::new()));
        let ended = Arc::new(Mutex::new(Vec::new()));
        for (set, name) in
            [(&stages.storing, "storing"), (&stages.collecting, "collecting"), (&stages.serving, "serving")]
        {
            let ended = Arc::clone(&ended);
            set.spawn_once(name, move |stop| async move {
                stop.cancelled().await;
                tokio::time::sleep(Duration::from_millis(300)).await;
                ended.lock().expect("no panic").push(name);
                Ok(())
            });
        }
        stages.stop().await;
        assert_eq!(*ended.lock().expect("no panic"), ["collecting", "serving", "storing"]);
    }

    #[tokio::test(start_paused = true)]
    async fn stages_that_hang_are_cut_off_in_time() {
        let stages = Stages::new(&Arc::new(Instruments::new()));
        for set in [&stages.storing, &stages.collecting, &stages.serving] {
            set.spawn_once("hanging", |_stop| std::future::pending());
        }
        let began = Instant::now();
        stages.stop().await;
        assert!(began.elapsed() < crate::limits::STOP_WITHIN, "{:?}", began.elapsed());
    }
}
