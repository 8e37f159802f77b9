//! The alerts of all rules, kept on disk over restarts and kills.
//!
//! Invariant: one snapshot holds the alerts of all rules. It is on the disk before anybody is told of what changed; one
//! that cannot be read is set aside, and rules begin anew.

mod snapshot;

pub(crate) use snapshot::Restored;

use super::group::RunningGroup;
use crate::limits::STATE_SAVED_EVERY;
use model::clock::Clock;
use model::time::{Millis, duration_millis};
use snapshot::Snapshot;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use store::state::{StateName, States};

/// Saves the alerts of the groups that run.
#[derive(Debug)]
pub(crate) struct Keeping {
    states: States,
    clock: Arc<dyn Clock>,
    groups: RwLock<Vec<Arc<RunningGroup>>>,
    /// Held while a snapshot is made and written, so that an older one never replaces a newer.
    saved: Mutex<Saved>,
}

#[derive(Debug, Default)]
struct Saved {
    at: Option<Millis>,
    /// Whether anything but the time changed since.
    touched: bool,
    /// Whether the last snapshot held alerts.
    held_alerts: bool,
}

impl Keeping {
    pub(crate) fn new(states: States, clock: Arc<dyn Clock>) -> Self {
        Self { states, clock, groups: RwLock::default(), saved: Mutex::default() }
    }

    /// The groups whose alerts are kept, in the order of the API.
    pub(crate) fn groups(&self) -> Vec<Arc<RunningGroup>> {
        self.groups.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_groups(&self, groups: Vec<Arc<RunningGroup>>) {
        *self.groups.write().unwrap_or_else(PoisonError::into_inner) = groups;
    }

    /// What was kept.
    ///
    /// # Errors
    /// The disk cannot be read.
    pub(crate) fn restore(&self) -> Result<Restored, store::Error> {
        let Some(bytes) = self.states.load(StateName::Rules)? else { return Ok(Restored::default()) };
        match Snapshot::read(&bytes) {
            Ok(snapshot) => Ok(snapshot.restored(self.clock.now())),
            Err(error) => {
                tracing::error!(error, "the state of the rules cannot be read and is set aside");
                self.states.set_aside(StateName::Rules, &error)?;
                Ok(Restored::default())
            }
        }
    }

    /// Something changed that need not be on disk at once.
    pub(crate) fn touch(&self) {
        self.saved.lock().unwrap_or_else(PoisonError::into_inner).touched = true;
    }

    /// Saves now. What cannot be saved is logged, and telling people goes on.
    pub(crate) fn save(&self) {
        let mut saved = self.saved.lock().unwrap_or_else(PoisonError::into_inner);
        self.write(&mut saved);
    }

    /// Saves when the snapshot is old and there are or were alerts in it.
    pub(crate) fn save_when_old(&self) {
        let now = self.clock.now();
        let mut saved = self.saved.lock().unwrap_or_else(PoisonError::into_inner);
        let is_old = saved.at.is_none_or(|at| (now.0 - at.0).abs() >= duration_millis(STATE_SAVED_EVERY));
        if is_old && (saved.touched || saved.held_alerts) {
            self.write(&mut saved);
        }
    }

    fn write(&self, saved: &mut Saved) {
        let now = self.clock.now();
        let snapshot = Snapshot::of(&self.groups(), now);
        saved.at = Some(now);
        let held_alerts = !snapshot.is_empty();
        let written = snapshot
            .write()
            .and_then(|bytes| self.states.save(StateName::Rules, &bytes).map_err(|error| error.to_string()));
        match written {
            Ok(()) => (saved.touched, saved.held_alerts) = (false, held_alerts),
            Err(error) => {
                saved.touched = true;
                tracing::error!(error, "saving the state of the rules failed");
            }
        }
    }
}
