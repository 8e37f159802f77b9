//! Who is told of alerts: the dispatcher with its receivers, other Alertmanagers, heartbeats.
//!
//! Invariant: what can fail is made before anything is put in force.

use super::Daemon;
use alerter::Dispatcher;
use alerter::config::alerting::Alerting;
use alerter::config::rules::Language;
use alerter::forward::{self, Forwarder};
use alerter::links::Links;
use alerter::notify::heartbeat::{Alive, Heartbeat, Heartbeats};
use alerter::rules::Post;
use alerter::{Rules, dispatch};
use anyhow::Context;
use model::clock::Clock;
use model::finding::{Finding, Place};
use model::time::Millis;
use std::sync::Arc;
use std::time::Duration;
use store::state::States;

/// An evaluation that is so many intervals late, and this time more, has stalled: heartbeats stop.
const STALLED_AFTER: (u32, Duration) = (3, Duration::from_secs(60));

/// Everything that tells people, ready to be put in force.
#[derive(Debug)]
pub(crate) struct Prepared {
    dispatch: dispatch::Prepared,
    forward: forward::Prepared,
    heartbeats: Vec<Heartbeat>,
}

impl Prepared {
    /// Compiles templates, reads certificates, makes clients.
    ///
    /// # Errors
    /// Everything that is of no use.
    pub(crate) fn new(alerting: &Alerting, links: Links, clock: Arc<dyn Clock>) -> Result<Self, Vec<Finding>> {
        let mut findings = Vec::new();
        let unusable = |key: String, what| Finding { place: Place::default(), key, what };
        let forward = forward::Prepared::new(&alerting.alertmanagers)
            .map_err(|what| findings.push(unusable("alerting.alertmanagers".to_owned(), what)));
        let dispatch = dispatch::Prepared::new(alerting, links, clock).map_err(|found| findings.extend(found));
        let mut heartbeats = Vec::new();
        for receiver in &alerting.receivers {
            match receiver.heartbeats() {
                Ok(made) => heartbeats.extend(made),
                Err(what) => findings.push(unusable(format!("alerting.receivers[name={}]", receiver.name), what)),
            }
        }
        match (forward, dispatch) {
            (Ok(forward), Ok(dispatch)) if findings.is_empty() => Ok(Self { dispatch, forward, heartbeats }),
            _ => Err(findings),
        }
    }
}

/// Everything that tells people.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) dispatch: Arc<Dispatcher>,
    pub(super) forward: Arc<Forwarder>,
    pub(super) heartbeats: Arc<Heartbeats>,
}

impl Told {
    /// Puts another config in force.
    pub(super) fn commit(&self, prepared: Prepared) {
        self.dispatch.commit(prepared.dispatch);
        self.forward.commit(prepared.forward);
        self.heartbeats.commit(prepared.heartbeats);
    }

    /// Where rules post their alerts.
    pub(super) fn post(&self) -> Post {
        let told = self.clone();
        Arc::new(move |alerts| {
            told.forward.post(&alerts);
            told.dispatch.post(alerts);
        })
    }
}

impl Daemon {
    /// The folder of small snapshots; opened once, since opening it cleans up.
    pub(super) async fn open_states(&self) -> anyhow::Result<States> {
        let lock = self.lock.clone();
        Ok(self.base.store_pool.run(move || States::open(lock)).await.context("opening the states")??)
    }

    /// Reads silences and what was told.
    pub(super) async fn open_told(&self, prepared: Prepared, states: States) -> anyhow::Result<Told> {
        let (clock, instruments) = (Arc::clone(&self.base.clock), Arc::clone(&self.base.instruments));
        let forward = Arc::new(Forwarder::new(prepared.forward, Arc::clone(&instruments)));
        let heartbeats = Heartbeats::new(prepared.heartbeats, Arc::clone(&instruments), Arc::clone(&clock));
        let parts = dispatch::Parts { states, clock, instruments };
        let open = move || Dispatcher::new(prepared.dispatch, parts);
        let dispatch = self.base.store_pool.run(open).await.context("opening silences and the notification log")??;
        Ok(Told { dispatch: Arc::new(dispatch), forward, heartbeats: Arc::new(heartbeats) })
    }

    /// Whether rules are being evaluated: what heartbeats stand for.
    pub(super) fn alive(&self, rules: &Arc<Rules>) -> Alive {
        let (rules, clock, started) = (Arc::clone(rules), Arc::clone(&self.base.clock), self.base.started);
        Arc::new(move || is_evaluating(&rules, clock.now(), started))
    }
}

fn is_evaluating(rules: &Rules, now: Millis, started: Millis) -> bool {
    let groups = [Language::PromQl, Language::LogQl].map(|language| rules.groups(language));
    groups.iter().flatten().all(|group| {
        let (intervals, more) = STALLED_AFTER;
        let allowed = group.interval.saturating_mul(intervals).saturating_add(more);
        group.evaluated_at.unwrap_or(started).plus(allowed) > now
    })
}
