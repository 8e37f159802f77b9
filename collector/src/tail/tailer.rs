//! All jobs, a step at a time: list, read, append.
//!
//! Invariant: a step reads at most [`TAIL_STEP_BYTES`] beyond one batch, and nothing while a batch waits for the store. It
//! never sleeps; whoever calls it decides when.

use super::batch::Gathered;
use super::family::{Counts, Family, Hands, Left};
use super::job::{Numbers, RunningJob};
use super::position::{self, Position};
use super::watch::Changed;
use crate::config::LogJob;
use crate::enrichment::Enricher;
use crate::limits::{TAIL_BATCH_BYTES, TAIL_OPEN_FILES_MAX, TAIL_STEP_BYTES};
use model::clock::Clock;
use model::instrument::{Instrument, Instruments};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use store::logs::{Logs, Outcome};

/// What a step looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// Every folder and every file.
    Everything,
    /// Every file, and the folders where something changed.
    Files(Changed),
    /// Files and folders where something changed.
    Changed(Changed),
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
    enricher: Enricher,
    open_files: usize,
    /// Whether a folder was listed since this was set to false.
    pub(super) was_listed: bool,
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
        let enricher = Enricher::default();
        Self { surroundings, jobs, unclaimed, numbers, batch, buffer, enricher, open_files: 0, was_listed: false }
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
        for gauge in [Instrument::TailFiles, Instrument::TailLag, Instrument::TailProblems] {
            self.surroundings.instruments.remove(gauge, &[name]);
        }
        for (path, family) in running.families {
            let positions = family.members.into_iter().map(|member| (member.id, member.position)).collect();
            self.unclaimed.insert((name.to_owned(), path), positions);
        }
    }

    /// Lists and reads what is in scope, and appends it.
    pub(super) fn step(&mut self, scope: &Scope) -> Progress {
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
        if *scope == Scope::Everything {
            self.count_files();
        }
        match (self.append(), left) {
            (Err(Refused), _) => Progress::Refused,
            (Ok(()), Left::More) => Progress::More,
            (Ok(()), Left::Nothing) => Progress::Idle,
        }
    }

    fn step_job(&mut self, name: &str, scope: &Scope, read: &mut u64) -> Result<Left, Refused> {
        self.list(name, scope);
        let paths = self.paths(name, scope);
        let mut left = Left::Nothing;
        for path in paths {
            if *read >= TAIL_STEP_BYTES {
                return Ok(Left::More);
            }
            let mut counts = Counts::default();
            let now = self.surroundings.clock.now_nanos();
            let may_keep_open = self.open_files <= TAIL_OPEN_FILES_MAX;
            let Self { jobs, batch, buffer, enricher, .. } = self;
            let Some(job) = jobs.get_mut(name) else { return Ok(Left::Nothing) };
            if job.read(&path, &mut Hands { batch, buffer, enricher, now, may_keep_open, counts: &mut counts })
                == Left::More
            {
                left = Left::More;
            }
            *read += counts.bytes;
            self.count(name, counts);
            if self.batch.bytes() >= TAIL_BATCH_BYTES {
                self.append()?;
            }
        }
        // What a rotation moved while it was read is found at once, not at the next step.
        let wants = self.jobs.get(name).is_some_and(|job| job.wants_listing);
        Ok(if wants { Left::More } else { left })
    }

    /// The paths of a job that are in scope.
    fn paths(&mut self, name: &str, scope: &Scope) -> Vec<PathBuf> {
        let Some(job) = self.jobs.get(name) else { return Vec::new() };
        match scope {
            Scope::Changed(changed) if !changed.is_everything => job.changed(changed).into_iter().collect(),
            _ => job.families.keys().cloned().collect(),
        }
    }

    /// Folders in which a change is worth a look.
    pub(super) fn watched_folders(&self) -> BTreeSet<PathBuf> {
        self.jobs.values().flat_map(RunningJob::watched_folders).map(Path::to_owned).collect()
    }

    /// Has these folders listed again at the next step. Whether any is one of ours.
    pub(super) fn list_again(&mut self, folders: &BTreeSet<PathBuf>) -> bool {
        let mut wants_listing = false;
        for job in self.jobs.values_mut() {
            let is_ours = job.is_touched(folders);
            job.wants_listing |= is_ours;
            wants_listing |= is_ours;
        }
        wants_listing
    }

    /// Whether something has to be looked at again although nothing changes.
    pub(super) fn is_waiting(&self) -> bool {
        !self.batch.is_empty() || self.jobs.values().any(|job| !job.waiting.is_empty())
    }

    /// Counts the files that are tailed and open.
    #[expect(clippy::cast_precision_loss, reason = "files and bytes on a page for people")]
    fn count_files(&mut self) {
        self.open_files = 0;
        for (name, job) in &self.jobs {
            self.open_files += job.families.values().map(Family::open_files).sum::<usize>();
            let (files, lag) = (job.families.len() as f64, job.lag() as f64);
            self.surroundings.instruments.set(Instrument::TailFiles, &[name], files);
            self.surroundings.instruments.set(Instrument::TailLag, &[name], lag);
            self.surroundings.instruments.set(Instrument::TailProblems, &[name], job.problems() as f64);
        }
    }

    fn list(&mut self, name: &str, scope: &Scope) {
        let now = self.surroundings.clock.now_nanos();
        let Self { jobs, numbers, .. } = self;
        let Some(job) = jobs.get_mut(name) else { return };
        let is_due = match scope {
            Scope::Everything => true,
            Scope::Files(changed) | Scope::Changed(changed) => {
                changed.is_everything || job.is_touched(&changed.folders)
            }
        };
        if is_due || job.wants_listing || !job.was_listed {
            job.list(numbers, now);
            self.was_listed = true;
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
        for (reason, count) in counts.dropped {
            self.surroundings.instruments.add(Instrument::TailLinesDropped, &[job, &reason], count);
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
