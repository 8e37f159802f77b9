//! One message from its place in the queue until it is told, recorded and saved, or given up.
//!
//! Invariant: however it ends, by success, failure, panic or abort, its group hears of it.

use super::Dispatcher;
use super::core::Job;
use super::history::{Outcome, Shown};
use crate::alert::ALERT_NAME;
use crate::limits::SENDS_PER_INTEGRATION;
use crate::notify::Notification;
use crate::notify::stage::{Ended, GaveUp, Then, send};
use crate::posted::PostedAlert;
use model::instrument::Instrument;
use runtime::task_set::BoxError;
use std::sync::{Arc, PoisonError};
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Why a message did not arrive that a stop ended. How many those were is told once.
const CUT_OFF: &str = "it was cut off";

/// Tells the group how its message ended.
struct Landing<'a> {
    dispatcher: &'a Dispatcher,
    job: &'a Job,
    /// `None` while it is under way.
    arrived: Option<bool>,
}

impl Drop for Landing<'_> {
    fn drop(&mut self) {
        let was_cut_off = self.arrived.is_none();
        if was_cut_off {
            let ended = Ended { attempts: 1, result: Err((GaveUp::Superseded, CUT_OFF.to_owned())) };
            self.dispatcher.count(self.job, &ended);
        }
        self.dispatcher.core().message_done(self.job, self.arrived.unwrap_or(false));
        self.dispatcher.wake.notify_one();
    }
}

impl Dispatcher {
    /// Sends the message; see the module.
    pub(super) async fn tell(self: Arc<Self>, job: Job, stop: CancellationToken) -> Result<(), BoxError> {
        let mut landing = Landing { dispatcher: &self, job: &job, arrived: None };
        let arrived = match job.message.alerts.as_ref() {
            None => true,
            Some(alerts) => {
                let alerts = alerts.iter().map(|held| held.alert.clone()).collect();
                self.send(&job, alerts, &stop).await
            }
        };
        if arrived {
            let now = self.now().wall;
            self.core().record(&job, now);
            self.save_log().await;
        }
        landing.arrived = Some(arrived);
        Ok(())
    }

    async fn send(&self, job: &Job, alerts: Vec<PostedAlert>, stop: &CancellationToken) -> bool {
        let begun = Instant::now();
        let deadline = begun.checked_add(job.within).unwrap_or(begun);
        let notification = Notification {
            receiver: job.sender.integration.receiver.clone(),
            group_key: job.group_key.clone(),
            group_labels: job.group.1.clone(),
            alerts,
            now: job.at,
        };
        // Held until the message has ended; where all are taken, its time runs out here.
        let place = tokio::time::timeout_at(deadline, self.places(job).acquire_owned());
        let Some(place) = stop.run_until_cancelled(place).await else {
            let ended = Ended { attempts: 0, result: Err((GaveUp::Superseded, CUT_OFF.to_owned())) };
            self.count(job, &ended);
            return false;
        };
        let failed = |attempts: u32, undelivered: &crate::notify::Undelivered| {
            self.retrying(job, attempts, &undelivered.what);
            if self.core().under_way(job).is_some() { Then::GoOn } else { Then::GiveUp }
        };
        let ended = send(job.sender.notifier.as_ref(), &notification, deadline, stop, failed).await;
        drop(place);
        let kind = job.sender.integration.kind.as_str();
        self.parts.instruments.observe(Instrument::NotificationSeconds, &[kind], begun.elapsed().as_secs_f64());
        self.count(job, &ended);
        ended.result.is_ok()
    }

    fn places(&self, job: &Job) -> Arc<Semaphore> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Arc::new(Semaphore::new(SENDS_PER_INTEGRATION));
        Arc::clone(places.entry(job.sender.integration.clone()).or_insert_with(new))
    }

    fn retrying(&self, job: &Job, attempts: u32, error: &str) {
        let integration = &job.sender.integration;
        self.parts.instruments.add(Instrument::NotificationRetries, &[&integration.kind], 1);
        if attempts == 1 {
            let (receiver, name) = (&integration.receiver, integration.name());
            tracing::warn!(receiver, integration = name, error, "notification not delivered, trying again");
        }
        self.show(job, Outcome::Retrying, attempts, error);
    }

    fn count(&self, job: &Job, ended: &Ended) {
        let integration = &job.sender.integration;
        let instruments = &self.parts.instruments;
        match &ended.result {
            Ok(()) => {
                instruments.add(Instrument::NotificationsSent, &[&integration.kind], 1);
                self.show(job, Outcome::Sent, ended.attempts, "");
            }
            Err((reason, error)) => {
                let reason = reason.as_str();
                instruments.add(Instrument::NotificationsFailed, &[&integration.kind, reason], 1);
                let (receiver, name, attempts) = (&integration.receiver, integration.name(), ended.attempts);
                self.show(job, Outcome::Failed, attempts, error);
                if error == CUT_OFF {
                    return;
                }
                tracing::error!(
                    receiver,
                    integration = name,
                    group = job.group_key,
                    alerts = alert_names(job),
                    attempts,
                    reason,
                    error,
                    "notification not delivered"
                );
            }
        }
    }

    fn show(&self, job: &Job, outcome: Outcome, attempts: u32, error: &str) {
        let alerts = job.message.alerts.iter().flatten();
        let shown = Shown {
            at: self.now().wall,
            integration: job.sender.integration.clone(),
            group_key: job.group_key.clone(),
            group_labels: job.group.1.clone(),
            firing: !job.message.contents.firing.is_empty(),
            alerts: alerts.map(|held| held.alert.fingerprint()).collect(),
            outcome,
            attempts,
            error: error.to_owned(),
        };
        self.core().history.attempted(job.number, shown);
    }
}

/// The names of the message's alerts, each once.
fn alert_names(job: &Job) -> String {
    let alerts = job.message.alerts.iter().flatten();
    let names: std::collections::BTreeSet<_> = alerts.filter_map(|held| held.alert.labels.get(ALERT_NAME)).collect();
    names.into_iter().take(10).collect::<Vec<_>>().join(", ")
}
