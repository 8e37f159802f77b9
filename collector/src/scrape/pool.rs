//! The targets of one job: compares what discovery found with what is scraped, starts and stops loops.
//!
//! Invariant: a target that did not change keeps its loop and its memory. One that changed in anything but its labels
//! hands its memory to the new loop, so that only series which are really gone become stale. One that is gone for two
//! intervals gets its stale markers; one that comes back before that goes on as if it had never left.

use super::client::Client;
use super::failure::{Failure, FailureClass};
use super::retirement::{Retired, Retirement};
use super::scrape_loop::{Health, ScrapeLoop, SharedHealth, SharedMemory, Surroundings};
use super::target::{Outcome, Target, resolve};
use crate::config::Job;
use crate::discovery::Group;
use model::instrument::Instrument;
use model::labels::Labels;
use runtime::task_set::{Class, Task, TaskSet};
use std::collections::HashMap;
use std::sync::Arc;

/// What tells targets apart: labels, URL, interval and timeout in milliseconds.
type Identity = (Labels, String, u128, u128);

/// The targets of one job.
#[derive(Debug)]
pub(crate) struct Pool {
    job: Arc<Job>,
    client: Arc<Client>,
    active: HashMap<Identity, Running>,
    /// Those that relabeling dropped, as many as are kept to be shown.
    dropped: Vec<Labels>,
    dropped_count: usize,
    /// Discovered labels that make no target, with the reason.
    invalid: Vec<(Labels, String)>,
    over_limit: bool,
}

#[derive(Debug)]
struct Running {
    target: Arc<Target>,
    task: Task,
    memory: SharedMemory,
    health: SharedHealth,
}

/// What a sync works with.
#[derive(Debug)]
pub(crate) struct Hands<'a> {
    pub(crate) tasks: &'a TaskSet,
    pub(crate) surroundings: &'a Arc<Surroundings>,
    pub(crate) retirement: &'a mut Retirement,
}

/// A job's targets as they are shown.
#[derive(Clone, Debug)]
pub struct PoolView {
    /// The job's name.
    pub name: String,
    /// What is scraped, with how it goes; sorted by URL, then labels.
    pub active: Vec<(Arc<Target>, Health)>,
    /// Discovered labels of those that relabeling dropped, as many as the config keeps.
    pub dropped: Vec<Labels>,
    /// How many were dropped in all.
    pub dropped_count: usize,
    /// Discovered labels that make no target, with the reason.
    pub invalid: Vec<(Labels, String)>,
    /// What discovery could not read.
    pub discovery_errors: Vec<String>,
}

impl Pool {
    /// A job without targets yet.
    pub(crate) fn new(job: Arc<Job>, client: Arc<Client>) -> Self {
        Self {
            job,
            client,
            active: HashMap::new(),
            dropped: Vec::new(),
            dropped_count: 0,
            invalid: Vec::new(),
            over_limit: false,
        }
    }

    /// Takes a job that only finds other targets: what is scraped goes on until the next sync, which keeps the loops
    /// of the targets that are found again.
    pub(crate) fn find_anew(&mut self, job: Arc<Job>) {
        self.job = job;
    }

    /// Takes a changed job: every loop will start anew with the next sync, its memory kept.
    pub(crate) fn change(&mut self, job: Arc<Job>, client: Arc<Client>, retirement: &mut Retirement) {
        let before = std::mem::replace(&mut self.job, job);
        self.client = client;
        self.active.drain().for_each(|(_, running)| retire(running, &before, retirement));
    }

    /// Makes what is scraped what discovery found, and the built-in target of the job, if it has one.
    pub(crate) fn sync(&mut self, found: &[Group], built_in: Option<Target>, hands: &mut Hands<'_>) {
        let targets = self.resolve_all(found);
        self.apply(targets.into_iter().chain(built_in).collect(), hands);
    }

    /// Makes what is scraped these targets.
    fn apply(&mut self, targets: Vec<Target>, hands: &mut Hands<'_>) {
        let limit = usize::try_from(self.job.limits.target_limit).unwrap_or(usize::MAX);
        let over_limit = limit > 0 && targets.len() > limit;
        let forced = over_limit.then(|| {
            let text = format!("target_limit exceeded (number of targets: {}, limit: {limit})", targets.len());
            Failure::new(FailureClass::TargetLimit, text)
        });
        let mut before = std::mem::take(&mut self.active);
        if over_limit != self.over_limit {
            // Whether scrapes are forced to fail is part of a loop: start them anew.
            self.over_limit = over_limit;
            before.drain().for_each(|(_, running)| retire(running, &self.job, hands.retirement));
        }
        let mut new = Vec::new();
        for target in targets {
            let identity = identity(&target);
            match before.remove(&identity) {
                Some(running) => {
                    self.active.insert(identity, Running { target: Arc::new(target), ..running });
                }
                None => new.push((identity, target)),
            }
        }
        // Those that are gone leave their memory first, so that a changed target finds it.
        before.drain().for_each(|(_, running)| retire(running, &self.job, hands.retirement));
        for (identity, target) in new {
            if !self.active.contains_key(&identity) {
                let running = self.start(target, forced.clone(), hands);
                self.active.insert(identity, running);
            }
        }
        hands.retirement.start(hands.tasks, hands.surroundings);
        let count = f64::from(u32::try_from(self.active.len()).unwrap_or(u32::MAX));
        hands.surroundings.instruments.set(Instrument::ScrapeTargets, &[&self.job.job_name], count);
    }

    /// The job is gone: all its targets go.
    pub(crate) fn end(mut self, hands: &mut Hands<'_>) {
        self.apply(Vec::new(), hands);
        hands.surroundings.instruments.remove(Instrument::ScrapeTargets, &[&self.job.job_name]);
    }

    /// How it goes.
    pub(crate) fn view(&self, discovery_errors: Vec<String>) -> (PoolView, Vec<SharedHealth>) {
        let mut running: Vec<&Running> = self.active.values().collect();
        running
            .sort_by(|a, b| (a.target.url.as_str(), &a.target.labels).cmp(&(b.target.url.as_str(), &b.target.labels)));
        let view = PoolView {
            name: self.job.job_name.clone(),
            active: running.iter().map(|running| (Arc::clone(&running.target), Health::default())).collect(),
            dropped: self.dropped.clone(),
            dropped_count: self.dropped_count,
            invalid: self.invalid.clone(),
            discovery_errors,
        };
        (view, running.iter().map(|running| Arc::clone(&running.health)).collect())
    }

    fn resolve_all(&mut self, found: &[Group]) -> Vec<Target> {
        let keep = match usize::try_from(self.job.limits.keep_dropped_targets) {
            Ok(0) | Err(_) => usize::MAX,
            Ok(keep) => keep,
        };
        let mut targets = Vec::new();
        self.dropped.clear();
        self.invalid.clear();
        self.dropped_count = 0;
        for group in found {
            for address in &group.targets {
                match resolve(&self.job, &group.labels, address) {
                    Outcome::Active(target) => targets.push(*target),
                    Outcome::Invalid(labels, error) => {
                        tracing::warn!(job = self.job.job_name, %labels, error, "discovered target is of no use");
                        self.invalid.push((labels, error));
                    }
                    Outcome::Dropped(labels) => {
                        self.dropped_count += 1;
                        if self.dropped.len() < keep {
                            self.dropped.push(labels);
                        }
                    }
                }
            }
        }
        targets
    }

    fn start(&self, target: Target, forced: Option<Failure>, hands: &mut Hands<'_>) -> Running {
        let target = Arc::new(target);
        let memory = hands.retirement.take_back(&target.labels).unwrap_or_default();
        let health = SharedHealth::default();
        let scrape_loop = ScrapeLoop {
            target: Arc::clone(&target),
            job: Arc::clone(&self.job),
            client: Arc::clone(&self.client),
            surroundings: Arc::clone(hands.surroundings),
            memory: Arc::clone(&memory),
            health: Arc::clone(&health),
            forced,
        };
        let name = format!("scrape/{} {}", self.job.job_name, target.url);
        let task = hands.tasks.spawn(name, Class::Isolated, move |stop| {
            let scrape_loop = scrape_loop.clone();
            async move {
                scrape_loop.run(stop).await;
                Ok(())
            }
        });
        Running { target, task, memory, health }
    }
}

fn retire(running: Running, job: &Arc<Job>, retirement: &mut Retirement) {
    running.task.stop();
    retirement.keep(Retired { target: running.target, job: Arc::clone(job), memory: running.memory });
}

fn identity(target: &Target) -> Identity {
    (target.labels.clone(), target.url.to_string(), target.interval.as_millis(), target.timeout.as_millis())
}
