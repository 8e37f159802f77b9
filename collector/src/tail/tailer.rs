//! All jobs, a step at a time: list, read, append.
//!
//! Invariant: a step reads at most [`TAIL_STEP_BYTES`] beyond one batch, and nothing while a batch waits for the store. It
//! never sleeps; whoever calls it decides when.

use super::batch::Gathered;
use super::family::{Counts, Hands, Left};
use super::job::{Numbers, RunningJob};
use super::position::{self, Position};
use crate::config::LogJob;
use crate::limits::{TAIL_BATCH_BYTES, TAIL_STEP_BYTES};
use model::clock::Clock;
use model::instrument::{Instrument, Instruments};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use store::logs::{Logs, Outcome};

/// What a step looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// Every folder and every file.
    Everything,
    /// Every file; folders only where a file asks for it.
    Files,
}

/// What a step came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// Everything that is there is in the store.
    Idle,
    /// There is more to read at once.
    More,
    /// The store takes nothing now; nothing is lost, the same is tried again.
    Refused,
}

/// What a tailer works with.
#[derive(Clone, Debug)]
pub(super) struct Surroundings {
    pub(super) logs: Arc<Logs>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) instruments: Arc<Instruments>,
}

/// Tails the files of all jobs.
#[derive(Debug)]
pub(super) struct Tailer {
    surroundings: Surroundings,
    pub(super) jobs: BTreeMap<String, RunningJob>,
    /// Positions of paths that no job names now.
    unclaimed: BTreeMap<(String, PathBuf), Vec<(u64, Position)>>,
    numbers: Numbers,
    batch: Gathered,
    buffer: Vec<u8>,
}

impl Tailer {
    /// Without jobs, with the positions that the store kept.
    pub(super) fn new(surroundings: Surroundings) -> Self {
        let mut numbers = Numbers::default();
        let mut unclaimed: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (key, record) in surroundings.logs.positions() {
            let Some(id) = position::id(&key) else { continue };
            numbers.after(id);
            match Position::decode(&record) {
                Some(position) => {
                    let family = (position.job.clone(), position.path.clone());
                    unclaimed.entry(family).or_default().push((id, position));
                }
                None => tracing::warn!(id, "the position of a tailed file is unreadable, the file is new to us"),
            }
        }
        let (jobs, batch, buffer) = (BTreeMap::new(), Gathered::default(), Vec::new());
        Self { surroundings, jobs, unclaimed, numbers, batch, buffer }
    }

    /// Makes these the jobs that run. What did not change goes on.
    pub(super) fn put_in_force(&mut self, wanted: &[Arc<LogJob>]) {
        let names: Vec<&str> = wanted.iter().map(|job| job.job_name.as_str()).collect();
        let gone: Vec<String> = self.jobs.keys().filter(|name| !names.contains(&name.as_str())).cloned().collect();
        gone.iter().for_each(|name| self.end(name));
        for job in wanted {
            match self.jobs.get(&job.job_name) {
                Some(running) if running.config == *job => {}
                Some(_) => {
                    self.end(&job.job_name);
                    self.start(job);
                }
                None => self.start(job),
            }
        }
        self.claim_left_over();
    }

    fn start(&mut self, job: &Arc<LogJob>) {
        let mut running = RunningJob::new(Arc::clone(job));
        let own: Vec<_> = self.unclaimed.keys().filter(|(name, _)| *name == job.job_name).cloned().collect();
        for key in own {
            if running.target_of(&key.1).is_some()
                && let Some(positions) = self.unclaimed.remove(&key)
            {
                running.resume(&key.1, positions);
            }
        }
        self.jobs.insert(job.job_name.clone(), running);
    }

    /// A job that was given another name goes on where the old one stopped.
    fn claim_left_over(&mut self) {
        let keys: Vec<_> = self.unclaimed.keys().filter(|(job, _)| !self.jobs.contains_key(job)).cloned().collect();
        for key in keys {
            let path = &key.1;
            let heir = self.jobs.values_mut().find(|job| !job.was_listed && job.target_of(path).is_some());
            if let Some(heir) = heir.filter(|heir| !heir.families.contains_key(path))
                && let Some(mut positions) = self.unclaimed.remove(&key)
            {
                positions.iter_mut().for_each(|(_, position)| position.job.clone_from(&heir.config.job_name));
                heir.resume(path, positions);
            }
        }
    }

    /// Stops a job; its positions stay.
    fn end(&mut self, name: &str) {
        let Some(running) = self.jobs.remove(name) else { return };
        for (path, family) in running.families {
            let positions = family.members.into_iter().map(|member| (member.id, member.position)).collect();
            self.unclaimed.insert((name.to_owned(), path), positions);
        }
    }

    /// Lists and reads what is in scope, and appends it.
    pub(super) fn step(&mut self, scope: Scope) -> Progress {
        if self.append().is_err() {
            return Progress::Refused;
        }
        let names: Vec<String> = self.jobs.keys().cloned().collect();
        let mut left = Left::Nothing;
        let mut read = 0;
        for name in names {
            match self.step_job(&name, scope, &mut read) {
                Ok(Left::Nothing) => {}
                Ok(Left::More) => left = Left::More,
                Err(Refused) => return Progress::Refused,
            }
        }
        match (self.append(), left) {
            (Err(Refused), _) => Progress::Refused,
            (Ok(()), Left::More) => Progress::More,
            (Ok(()), Left::Nothing) => Progress::Idle,
        }
    }

    fn step_job(&mut self, name: &str, scope: Scope, read: &mut u64) -> Result<Left, Refused> {
        self.list(name, scope == Scope::Everything);
        let paths: Vec<PathBuf> =
            self.jobs.get(name).into_iter().flat_map(|job| job.families.keys().cloned()).collect();
        let mut left = Left::Nothing;
        for path in paths {
            if *read >= TAIL_STEP_BYTES {
                return Ok(Left::More);
            }
            let mut counts = Counts::default();
            let now = self.surroundings.clock.now_nanos();
            let Self { jobs, batch, buffer, .. } = self;
            let Some(job) = jobs.get_mut(name) else { return Ok(Left::Nothing) };
            if job.read(&path, &mut Hands { batch, buffer, now, counts: &mut counts }) == Left::More {
                left = Left::More;
            }
            *read += counts.bytes;
            self.count(name, counts);
            if self.batch.bytes() >= TAIL_BATCH_BYTES {
                self.append()?;
            }
        }
        // What a rotation moved while it was read is found at once, not at the next step.
        let wants = |job: &RunningJob| job.families.values().any(|family| family.wants_listing);
        Ok(if self.jobs.get(name).is_some_and(wants) { Left::More } else { left })
    }

    fn list(&mut self, name: &str, is_due: bool) {
        let now = self.surroundings.clock.now_nanos();
        let Self { jobs, batch, buffer, numbers, .. } = self;
        let Some(job) = jobs.get_mut(name) else { return };
        if is_due || !job.was_listed || job.families.values().any(|family| family.wants_listing) {
            job.list(numbers, &Hands { batch, buffer, now, counts: &mut Counts::default() });
        }
    }

    fn count(&self, job: &str, counts: Counts) {
        for (instrument, count) in [
            (Instrument::TailLines, counts.lines),
            (Instrument::TailBytes, counts.bytes),
            (Instrument::TailLinesCut, counts.cut),
            (Instrument::TailInvalid, counts.invalid),
        ] {
            if count > 0 {
                self.surroundings.instruments.add(instrument, &[job], count);
            }
        }
    }

    fn append(&mut self) -> Result<(), Refused> {
        if self.batch.is_empty() {
            return Ok(());
        }
        match self.batch.append(&self.surroundings.logs) {
            Ok(outcome) => {
                self.count_refused(&outcome);
                Ok(())
            }
            Err(error) => {
                tracing::warn!(%error, "tailed lines wait for the store");
                Err(Refused)
            }
        }
    }

    fn count_refused(&self, outcome: &Outcome) {
        for refusal in &outcome.refused {
            self.surroundings.instruments.add(Instrument::TailRefused, &[refusal.why.as_str()], 1);
        }
    }
}

/// The store takes nothing now.
struct Refused;
