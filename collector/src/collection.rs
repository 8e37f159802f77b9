//! The collector: all jobs of the config, from discovery to the store, and their reload.
//!
//! Invariant: a [`Prepared`] cannot fail any more; committing one keeps every pool whose job did not change, with its
//! loops and what they remember. Jobs, targets and discoveries live in the task set of [`Collector::run`] and end with
//! it.

use crate::config::{Config, HOST_JOB, Job, SELF_JOB};
use crate::discovery::{Discoverer, Files, Found, Group, Static};
use crate::exporter::{Exporter, host, self_};
use crate::limits::{DISCOVERY_QUEUE, PAGES_AT_ONCE, PAGES_WAITING_MAX, STOP_SECONDS_MAX};
use crate::scrape::target::built_in;
use crate::scrape::{
    Client, Hands, Health, Origin, Pool, PoolView, Retirement, Room, SharedHealth, Surroundings, Target,
};
use model::clock::Clock;
use model::finding::{Finding, Place};
use model::instrument::{Instrument, Instruments};
use runtime::pool::Pool as Threads;
use runtime::task_set::{BoxError, Class, Task, TaskSet};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use store::metrics::Metrics;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

/// What the collector works with.
#[derive(Debug)]
pub struct Parts {
    /// Where samples go.
    pub metrics: Arc<Metrics>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Where the collector counts what it does; also the page of the job `belfry`.
    pub instruments: Arc<Instruments>,
    /// The label `instance` of the job `belfry`: where this process listens, such as `localhost:9090`.
    pub own_instance: String,
    /// The label `instance` of the job `node`: the machine's name.
    pub host_instance: String,
}

/// A config that can be put in force: every client is made, every certificate read.
#[derive(Debug)]
pub struct Prepared {
    jobs: Vec<PreparedJob>,
}

#[derive(Clone, Debug)]
struct PreparedJob {
    job: Arc<Job>,
    client: Arc<Client>,
    /// What is rendered in this process; `Http` for all others.
    origin: Origin,
}

impl PreparedJob {
    /// Whether nothing would change: neither the config nor the files of certificates that it names.
    fn is_like(&self, other: &Self) -> bool {
        self.job == other.job && self.client.same_material(&other.client)
    }
}

impl Prepared {
    /// Makes the clients of all jobs. Nothing is put in force.
    ///
    /// # Errors
    /// Every certificate, key or proxy that is of no use.
    pub fn new(config: &Config) -> Result<Self, Vec<Finding>> {
        let mut findings = Vec::new();
        let mut jobs = Vec::new();
        let exporters =
            [(config.exporters.own, SELF_JOB, Origin::Own), (config.exporters.host, HOST_JOB, Origin::Host)];
        let built_in = exporters.into_iter().filter(|(on, ..)| *on);
        let built_in = built_in.map(|(_, name, origin)| (Job::named(name, &config.global), origin));
        let written = config.scrape_configs.iter().map(|job| (job.clone(), Origin::Http));
        for (job, origin) in built_in.chain(written) {
            match Client::new(&job) {
                Ok(client) => jobs.push(PreparedJob { job: Arc::new(job), client: Arc::new(client), origin }),
                Err(error) => findings.push(Finding {
                    place: Place::default(),
                    key: format!("scrape_configs[job_name={}]", job.job_name),
                    what: error,
                }),
            }
        }
        if findings.is_empty() { Ok(Self { jobs }) } else { Err(findings) }
    }
}

/// Discovers and scrapes. Share it behind an `Arc`; one task runs it, others ask it and reload it.
#[derive(Debug)]
pub struct Collector {
    surroundings: Arc<Surroundings>,
    own_instance: String,
    host_instance: String,
    wanted: watch::Sender<Arc<Prepared>>,
    views: Mutex<BTreeMap<String, (PoolView, Vec<SharedHealth>)>>,
}

impl Collector {
    /// A collector that does nothing before [`Collector::run`].
    pub fn new(prepared: Prepared, parts: Parts) -> Self {
        let own = Exporter::Itself(self_::SelfExporter::new(Arc::clone(&parts.instruments)));
        let host = Exporter::Host(host::HostExporter::new(host::Roots::default()));
        let surroundings = Surroundings {
            metrics: parts.metrics,
            clock: parts.clock,
            instruments: parts.instruments,
            own: Arc::new(own),
            host: Arc::new(host),
            threads: Threads::new(PAGES_AT_ONCE, PAGES_WAITING_MAX),
            bodies: Room::default(),
        };
        Self {
            surroundings: Arc::new(surroundings),
            own_instance: parts.own_instance,
            host_instance: parts.host_instance,
            wanted: watch::Sender::new(Arc::new(prepared)),
            views: Mutex::default(),
        }
    }

    /// Puts a config in force. Takes effect at once where [`Collector::run`] runs, else when it starts.
    pub fn commit(&self, prepared: Prepared) {
        self.wanted.send_replace(Arc::new(prepared));
    }

    /// Discovers and scrapes until it is told to stop.
    ///
    /// # Errors
    /// None today; the type is that of a task.
    pub async fn run(&self, stop: CancellationToken) -> Result<(), BoxError> {
        let tasks = TaskSet::new(Arc::clone(&self.surroundings.instruments), stop.clone());
        let mut wanted = self.wanted.subscribe();
        wanted.mark_changed();
        let (sender, mut updates) = mpsc::channel(DISCOVERY_QUEUE);
        let mut running =
            Jobs { tasks: &tasks, collector: self, jobs: BTreeMap::new(), retirement: Retirement::default(), sender };
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                changed = wanted.changed() => if changed.is_ok() {
                    let prepared = Arc::clone(&wanted.borrow_and_update());
                    running.put_in_force(&prepared);
                },
                Some(update) = updates.recv() => running.take(update),
            }
        }
        if let Err(stragglers) = tasks.stop_and_wait(Duration::from_secs(STOP_SECONDS_MAX)).await {
            tracing::warn!(%stragglers, "scrapes did not stop in time");
        }
        Ok(())
    }

    /// All jobs with their targets and how those go, by name.
    pub fn targets(&self) -> Vec<PoolView> {
        let views = self.views.lock().unwrap_or_else(PoisonError::into_inner);
        views.values().map(|(view, healths)| with_health(view, healths)).collect()
    }

    fn show(&self, name: &str, view: (PoolView, Vec<SharedHealth>)) {
        self.views.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), view);
    }

    fn hide(&self, name: &str) {
        self.views.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
    }

    fn built_in_target(&self, job: &Job, origin: Origin) -> Option<Target> {
        let instance = match origin {
            Origin::Http => return None,
            Origin::Own => &self.own_instance,
            Origin::Host => &self.host_instance,
        };
        built_in(job, origin, instance)
            .inspect_err(|error| tracing::error!(job = job.job_name, error, "built-in target is of no use"))
            .ok()
    }
}

fn with_health(view: &PoolView, healths: &[SharedHealth]) -> PoolView {
    let mut view = view.clone();
    for ((_, shown), health) in view.active.iter_mut().zip(healths) {
        *shown = health.lock().map_or_else(|poisoned| poisoned.into_inner().clone(), |health| Health::clone(&health));
    }
    view
}

/// One discovery of one job told what it knows.
#[derive(Debug)]
struct Update {
    job: String,
    /// Which life of the job; a reload begins a new one.
    life: u64,
    source: usize,
    found: Found,
}

/// What runs.
struct Jobs<'a> {
    tasks: &'a TaskSet,
    collector: &'a Collector,
    jobs: BTreeMap<String, RunningJob>,
    retirement: Retirement,
    sender: mpsc::Sender<Update>,
}

struct RunningJob {
    prepared: PreparedJob,
    pool: Pool,
    life: u64,
    discoveries: Vec<Task>,
    /// What each discovery knows; `None` before it told.
    found: Vec<Option<Found>>,
}

impl Jobs<'_> {
    fn put_in_force(&mut self, prepared: &Prepared) {
        let wanted: BTreeMap<&str, &PreparedJob> =
            prepared.jobs.iter().map(|prepared| (prepared.job.job_name.as_str(), prepared)).collect();
        let gone: Vec<String> = self.jobs.keys().filter(|name| !wanted.contains_key(name.as_str())).cloned().collect();
        for name in gone {
            self.end(&name);
        }
        for (name, prepared) in wanted {
            match self.jobs.get(name) {
                Some(running) if running.prepared.is_like(prepared) => {}
                Some(_) => self.change(name, prepared),
                None => self.start(prepared),
            }
        }
    }

    fn start(&mut self, prepared: &PreparedJob) {
        let pool = Pool::new(Arc::clone(&prepared.job), Arc::clone(&prepared.client));
        let name = prepared.job.job_name.clone();
        let job = RunningJob { prepared: prepared.clone(), pool, life: 0, discoveries: Vec::new(), found: Vec::new() };
        self.jobs.insert(name.clone(), job);
        self.discover(&name);
    }

    fn change(&mut self, name: &str, prepared: &PreparedJob) {
        let Some(running) = self.jobs.get_mut(name) else { return };
        running.discoveries.drain(..).for_each(|task| task.stop());
        running.life += 1;
        let (job, client) = (Arc::clone(&prepared.job), Arc::clone(&prepared.client));
        if scrapes_alike(&running.prepared.job, &job) && running.prepared.client.same_material(&client) {
            running.pool.find_anew(job);
        } else {
            running.pool.change(job, client, &mut self.retirement);
        }
        running.prepared = prepared.clone();
        self.discover(name);
    }

    fn end(&mut self, name: &str) {
        let Some(running) = self.jobs.remove(name) else { return };
        running.discoveries.iter().for_each(Task::stop);
        let surroundings = &self.collector.surroundings;
        running.pool.end(&mut Hands { tasks: self.tasks, surroundings, retirement: &mut self.retirement });
        self.collector.hide(name);
    }

    /// Starts the discoveries of a job; a built-in job has its one target at once.
    fn discover(&mut self, name: &str) {
        let Some(running) = self.jobs.get_mut(name) else { return };
        let job = Arc::clone(&running.prepared.job);
        running.found = vec![None; 1 + job.file_sd_configs.len()];
        let (tasks, sender, life) = (self.tasks, &self.sender, running.life);
        let spawn = |source: usize| {
            let (job, sender) = (Arc::clone(&job), sender.clone());
            tasks.spawn(format!("discovery/{name}"), Class::Isolated, move |stop| {
                let (job, sender) = (Arc::clone(&job), sender.clone());
                async move {
                    let to = Address { job: job.job_name.clone(), life, source, sender };
                    match source.checked_sub(1).and_then(|index| job.file_sd_configs.get(index)) {
                        Some(files) => forward(Files::new(files.clone()), to, stop).await,
                        None => forward(Static::new(&job.static_configs), to, stop).await,
                    }
                    Ok(())
                }
            })
        };
        running.discoveries = (0..running.found.len()).map(spawn).collect();
    }

    /// A discovery told something: the pool follows when all of the job's discoveries have told at least once, so
    /// that a reload does not take targets for gone that are merely not read yet.
    fn take(&mut self, update: Update) {
        let Some(running) = self.jobs.get_mut(&update.job).filter(|running| running.life == update.life) else {
            return;
        };
        for error in &update.found.errors {
            self.collector.surroundings.instruments.add(Instrument::DiscoveryFailures, &[&update.job], 1);
            tracing::warn!(job = update.job, error, "discovery keeps the targets that it found last");
        }
        if let Some(place) = running.found.get_mut(update.source) {
            *place = Some(update.found);
        }
        if running.found.iter().any(Option::is_none) {
            return;
        }
        let groups: Vec<Group> = running.found.iter().flatten().flat_map(|found| found.groups.clone()).collect();
        let built_in = self.collector.built_in_target(&running.prepared.job, running.prepared.origin);
        let surroundings = &self.collector.surroundings;
        let mut hands = Hands { tasks: self.tasks, surroundings, retirement: &mut self.retirement };
        running.pool.sync(&groups, built_in, &mut hands);
        let errors = running.found.iter().flatten().flat_map(|found| found.errors.clone()).collect();
        self.collector.show(&update.job, running.pool.view(errors));
    }
}

/// Whether the jobs differ at most in which targets they find, not in how those are scraped.
fn scrapes_alike(one: &Job, other: &Job) -> bool {
    let scraping = |job: &Job| Job {
        static_configs: Vec::new(),
        file_sd_configs: Vec::new(),
        relabel_configs: Vec::new(),
        ..job.clone()
    };
    scraping(one) == scraping(other)
}

/// Where a discovery's news go.
struct Address {
    job: String,
    life: u64,
    source: usize,
    sender: mpsc::Sender<Update>,
}

async fn forward(mut discoverer: impl Discoverer, to: Address, stop: CancellationToken) {
    loop {
        let found = tokio::select! {
            () = stop.cancelled() => return,
            found = discoverer.next() => found,
        };
        let update = Update { job: to.job.clone(), life: to.life, source: to.source, found };
        // The channel is full only while the collector is busy: waiting is right. It is closed when all is over.
        if to.sender.send(update).await.is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests;
