//! Scrapes one target again and again: waits for the tick, fetches, stores, remembers how it went.
//!
//! Invariant: one scrape of a target at a time; what is decided is decided in `schedule` and `memory`, this shell
//! only waits and carries out. Reading and storing a page runs on the pages' pool, never on the reactor.

use super::client::{Client, Fetched};
use super::failure::{Failure, FailureClass};
use super::memory::{Memory, Scrape, Stored};
use super::room::Room;
use super::schedule::Schedule;
use super::target::{Origin, Target};
use crate::config::Job;
use crate::exporter::Exporter;
use model::clock::Clock;
use model::instrument::{Instrument, Instruments};
use model::time::Millis;
use runtime::pool::Pool as Threads;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use store::metrics::Metrics;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// What all scrape loops share.
#[derive(Debug)]
pub(crate) struct Surroundings {
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) instruments: Arc<Instruments>,
    /// Renders the page of the job `belfry`.
    pub(crate) own: Arc<Exporter>,
    /// Renders the page of the job `node`.
    pub(crate) host: Arc<Exporter>,
    /// Where pages are read and stored.
    pub(crate) threads: Threads,
    /// Where bodies are held until then.
    pub(crate) bodies: Room,
}

/// How the last scrape of a target went.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Health {
    /// When it began; `None` before the first.
    pub last_scrape: Option<Millis>,
    /// How long it took.
    pub last_duration: Duration,
    /// Why it failed; empty when it did not.
    pub last_error: String,
}

/// Shared between a loop and who asks how it goes.
pub(crate) type SharedHealth = Arc<Mutex<Health>>;
/// What a target's scrapes remember, kept over a reload of the config.
pub(crate) type SharedMemory = Arc<Mutex<Memory>>;

/// One target's loop.
#[derive(Clone, Debug)]
pub(crate) struct ScrapeLoop {
    pub(crate) target: Arc<Target>,
    pub(crate) job: Arc<Job>,
    pub(crate) client: Arc<Client>,
    pub(crate) surroundings: Arc<Surroundings>,
    pub(crate) memory: SharedMemory,
    pub(crate) health: SharedHealth,
    /// Set when every scrape must fail, because the job has more targets than it may.
    pub(crate) forced: Option<Failure>,
}

impl ScrapeLoop {
    /// Scrapes until it is stopped.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let clock = Arc::clone(&self.surroundings.clock);
        let mut schedule = Schedule::new(self.target.interval, hash(&self.target));
        loop {
            let tick = schedule.next(clock.now());
            if !wait_until(tick, clock.as_ref(), &stop).await {
                return;
            }
            let skipped = schedule.skipped(tick);
            if skipped > 0 {
                self.surroundings.instruments.add(Instrument::ScrapeTicksSkipped, &[&self.job.job_name], skipped);
            }
            let at = schedule.reach(tick, clock.now());
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.scrape(at) => {}
            }
        }
    }

    async fn scrape(&self, at: Millis) {
        let started = Instant::now();
        let fetched = match &self.forced {
            Some(failure) => Err(failure.clone()),
            None => self.fetch().await,
        };
        let job = self.clone();
        match self.surroundings.threads.run(move || job.store(at, started, fetched)).await {
            Ok(stored) => self.account(at, &stored),
            Err(error) => {
                self.surroundings.instruments.add(Instrument::ScrapesLost, &[&self.job.job_name], 1);
                tracing::warn!(target = %self.target.url, %error, "scrape could not be read");
                let last_error = format!("reading the scrape: {error}");
                *self.health() = Health { last_scrape: Some(at), last_duration: started.elapsed(), last_error };
            }
        }
    }

    async fn fetch(&self) -> Result<Fetched, Failure> {
        let exporter = match self.target.origin {
            Origin::Http => return self.client.fetch(&self.target, &self.surroundings.bodies).await,
            Origin::Own => Arc::clone(&self.surroundings.own),
            Origin::Host => Arc::clone(&self.surroundings.host),
        };
        let now = self.surroundings.clock.now_nanos();
        match self.surroundings.threads.run(move || exporter.page(now)).await {
            Ok(page) => Ok(Fetched::rendered(page)),
            Err(error) => Err(Failure::new(FailureClass::BuiltIn, format!("rendering the built-in page: {error}"))),
        }
    }

    fn store(&self, at: Millis, started: Instant, fetched: Result<Fetched, Failure>) -> Stored {
        let scrape = Scrape {
            job: &self.job,
            labels: &self.target.labels,
            at,
            timeout_seconds: self.target.timeout.as_secs_f64(),
            started,
        };
        // A panic in an earlier page may have left the memory half-way: what it holds is only a cache, so start anew.
        let mut memory = self.memory.lock().unwrap_or_else(|poisoned| {
            self.memory.clear_poison();
            let mut memory = poisoned.into_inner();
            *memory = Memory::default();
            memory
        });
        memory.store(&self.surroundings.metrics, &scrape, fetched)
    }

    fn health(&self) -> MutexGuard<'_, Health> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the instruments and who asks how it went.
    fn account(&self, at: Millis, stored: &Stored) {
        let (instruments, job) = (&self.surroundings.instruments, self.job.job_name.as_str());
        instruments.observe(Instrument::ScrapeSeconds, &[job], stored.seconds);
        if let Some(error) = &stored.unavailable {
            instruments.add(Instrument::ScrapesLost, &[job], 1);
            tracing::warn!(target = %self.target.url, %error, "scrape could not be stored");
        } else if stored.failure.is_none() {
            instruments.add(Instrument::ScrapeSamples, &[job], stored.counts.kept);
        }
        if stored.counts.skipped > 0 {
            instruments.add(Instrument::ScrapeLinesSkipped, &[job], stored.counts.skipped);
        }
        for (reason, count) in stored.refused.by_reason().into_iter().filter(|(_, count)| *count > 0) {
            instruments.add(Instrument::ScrapeSamplesRefused, &[reason], count);
            tracing::debug!(target = %self.target.url, reason, count, "store refused samples of a scrape");
        }
        let mut health = self.health();
        let error = match (&stored.failure, &stored.unavailable) {
            (Some(failure), _) => {
                instruments.add(Instrument::ScrapeFailures, &[job, failure.class.as_str()], 1);
                failure.text.clone()
            }
            (None, Some(error)) => format!("storing the scrape: {error}"),
            (None, None) => String::new(),
        };
        if error != health.last_error && !error.is_empty() {
            tracing::debug!(target = %self.target.url, error, "scrape failed");
        }
        let last_duration = Duration::try_from_secs_f64(stored.seconds).unwrap_or_default();
        *health = Health { last_scrape: Some(at), last_duration, last_error: error };
    }
}

/// Sleeps until the time comes; `false` when told to stop.
pub(super) async fn wait_until(tick: Millis, clock: &dyn Clock, stop: &CancellationToken) -> bool {
    let millis = u64::try_from(tick.0 - clock.now().0).unwrap_or(0);
    tokio::select! {
        () = stop.cancelled() => false,
        () = tokio::time::sleep(Duration::from_millis(millis)) => true,
    }
}

/// The same target is scraped at the same offset in every run, and two at different ones.
pub(super) fn hash(target: &Target) -> u64 {
    target.labels.fingerprint() ^ xxhash_rust::xxh3::xxh3_64(target.url.as_str().as_bytes())
}
