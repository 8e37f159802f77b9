//! What all rules share: where they ask, write and post, and what a reload changes.

use super::engines::Engines;
use super::keeping::Keeping;
use crate::blind::Stores;
use crate::links::Links;
use crate::posted::PostedAlert;
use model::clock::Clock;
use model::instrument::Instruments;
use model::labels::Labels;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use store::logs::Logs;
use store::metrics::Metrics;
use store::state::States;

/// Takes what the rules post: firing alerts, and those that ended. Called from threads that may block.
pub type Post = Arc<dyn Fn(Vec<PostedAlert>) + Send + Sync>;

/// What rules work with as long as the daemon runs.
#[derive(Clone)]
pub struct RulesParts {
    /// Where recorded series go, and `ALERTS`.
    pub metrics: Arc<Metrics>,
    /// Where LogQL selectors are looked up.
    pub logs: Arc<Logs>,
    /// Where the alerts are kept over restarts.
    pub states: States,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Where evaluations are counted.
    pub instruments: Arc<Instruments>,
    /// Who is told of alerts.
    pub post: Post,
}

impl fmt::Debug for RulesParts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RulesParts").finish_non_exhaustive()
    }
}

/// What a reload may change for all rules.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How often groups are evaluated that do not say so themselves.
    pub evaluation_interval: Duration,
    /// How far in the past, for groups that do not say so themselves.
    pub query_offset: Duration,
    /// Labels of alerts that leave this Belfry, where they have no such label.
    pub external_labels: Labels,
    /// Links under the address where users see Belfry.
    pub links: Links,
    /// Where expressions are evaluated.
    pub engines: Engines,
}

/// What a rule is evaluated with.
#[derive(Debug)]
pub(crate) struct Around {
    pub(crate) parts: RulesParts,
    pub(crate) keeping: Keeping,
    settings: RwLock<Arc<Settings>>,
}

impl Around {
    pub(crate) fn new(parts: RulesParts, settings: Settings) -> Self {
        let keeping = Keeping::new(parts.states.clone(), Arc::clone(&parts.clock));
        Self { parts, keeping, settings: RwLock::new(Arc::new(settings)) }
    }

    pub(crate) fn settings(&self) -> Arc<Settings> {
        Arc::clone(&self.settings.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn set_settings(&self, settings: Arc<Settings>) {
        *self.settings.write().unwrap_or_else(PoisonError::into_inner) = settings;
    }

    pub(crate) fn stores(&self, settings: &Settings) -> Stores {
        Stores {
            metrics: Arc::clone(&self.parts.metrics),
            logs: Arc::clone(&self.parts.logs),
            memory: Arc::clone(settings.engines.metrics.pool()),
        }
    }
}
