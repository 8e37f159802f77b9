//! The stages between an aggregation group's turn and its receivers, in Alertmanager's order: inhibition, active times,
//! mute times, silences, then for each integration the notification log, sending with retries, and recording.
//!
//! Invariant: whom a flush tells is decided here from what is known, without I/O; what has been sent is recorded before
//! the flush counts as done.

use super::{Notification, Notifier, Undelivered};
use crate::dispatch::alerts::Held;
use crate::notification_log::{Contents, Integration, NotificationLog, Repeat, hash, needs_telling};
use crate::notify::Retry;
use model::time::Millis;
use runtime::backoff::{Backoff, Bounds, seed};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// The waits between attempts, as in Alertmanager but for jitter.
const WAITS: Bounds = Bounds { first: Duration::from_millis(500), longest: Duration::from_secs(60) };

/// One integration of a receiver that is in force.
#[derive(Clone, Debug)]
pub(crate) struct Sender {
    pub(crate) integration: Integration,
    pub(crate) notifier: Arc<dyn Notifier>,
}

/// What one integration has to be told.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    /// What is sent; `None` where only ends are to be told to an integration that does not tell them. It is recorded
    /// all the same, so that the log forgets what fired.
    pub(crate) alerts: Option<Vec<Arc<Held>>>,
    /// What is recorded once it has arrived.
    pub(crate) contents: Contents,
}

/// What of these alerts the integration has to be told; `None` when it knows it all.
pub(crate) fn deduplicated(
    alerts: &[Arc<Held>],
    group_key: &str,
    sender: &Sender,
    log: &NotificationLog,
    repeat_after: Duration,
    now: Millis,
) -> Option<Message> {
    let sends_resolved = sender.notifier.sends_resolved();
    let contents = contents(alerts, now);
    let last = log.last(group_key, &sender.integration);
    if !needs_telling(last, &contents, Repeat { after: repeat_after, sends_resolved }, now) {
        return None;
    }
    let told = |held: &&Arc<Held>| sends_resolved || !held.alert.is_resolved(now);
    let told: Vec<_> = alerts.iter().filter(told).cloned().collect();
    Some(Message { alerts: (!told.is_empty()).then_some(told), contents })
}

fn contents(alerts: &[Arc<Held>], now: Millis) -> Contents {
    let mut contents = Contents::default();
    for held in alerts {
        let of = if held.alert.is_resolved(now) { &mut contents.resolved } else { &mut contents.firing };
        of.push(hash(&held.alert.labels));
    }
    contents.firing.sort_unstable();
    contents.resolved.sort_unstable();
    contents
}

/// Why a message was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GaveUp {
    /// It would fail the same way again.
    Permanent,
    /// The group's next turn has come, which decides anew.
    Superseded,
}

impl GaveUp {
    /// The label `reason` of our own metrics.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Permanent => "permanent",
            Self::Superseded => "superseded",
        }
    }
}

/// How sending ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    pub(crate) attempts: u32,
    pub(crate) result: Result<(), (GaveUp, String)>,
}

/// What is to happen after an attempt that failed and may be repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// Try again after the wait.
    GoOn,
    /// Nobody waits for it any more.
    GiveUp,
}

/// Sends until it arrives, can never arrive, or the deadline has come; a stop ends the waits, not an attempt. `failed`
/// hears of each attempt that may be followed by another, and decides whether it is.
pub(crate) async fn send(
    notifier: &dyn Notifier,
    notification: &Notification,
    deadline: Instant,
    stop: &CancellationToken,
    mut failed: impl FnMut(u32, &Undelivered) -> Then,
) -> Ended {
    let mut waits = Backoff::new(WAITS, seed(&notification.group_key));
    let mut last_error = None;
    let mut attempts = 0;
    let give_up = |attempts, last: Option<String>| {
        let what = last.unwrap_or_else(|| "no answer before the group's next turn".to_owned());
        Ended { attempts, result: Err((GaveUp::Superseded, what)) }
    };
    // A deadline that has come before the first attempt (all places were taken) leaves the message to the next turn.
    while Instant::now() < deadline {
        attempts += 1;
        let Ok(result) = tokio::time::timeout_at(deadline, notifier.send(notification)).await else {
            return give_up(attempts, last_error);
        };
        let undelivered = match result {
            Ok(()) => return Ended { attempts, result: Ok(()) },
            Err(undelivered) => undelivered,
        };
        let wait = match undelivered.retry {
            Retry::Never => return Ended { attempts, result: Err((GaveUp::Permanent, undelivered.what)) },
            Retry::Soon => waits.next_wait(),
            Retry::After(asked) => asked.max(waits.next_wait()),
        };
        let then = failed(attempts, &undelivered);
        last_error = Some(undelivered.what);
        let next = Instant::now().checked_add(wait).unwrap_or(deadline).min(deadline);
        let stopped = tokio::time::timeout_at(next, stop.cancelled()).await.is_ok();
        if stopped || then == Then::GiveUp {
            break;
        }
    }
    give_up(attempts, last_error)
}

#[cfg(test)]
mod tests;
