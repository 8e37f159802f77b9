//! Telling people: what one message is about, and what became of an attempt to send it.
//!
//! Invariant: a receiver sends once when it is asked once; how often it is asked, and who else must not be told, is
//! decided by the stages before it.

pub(crate) mod discord;
pub(crate) mod email;
#[cfg(test)]
pub(crate) mod for_tests;
pub mod heartbeat;
pub(crate) mod http;
pub(crate) mod message;
pub(crate) mod ntfy;
pub(crate) mod slack;
pub mod stage;
pub(crate) mod telegram;
pub mod template;
pub(crate) mod webhook;

use crate::links::Links;
use crate::posted::PostedAlert;
use model::clock::Clock;
use model::labels::Labels;
use model::time::Millis;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// What one message is about: the alerts of one aggregation group for one receiver.
#[derive(Clone, Debug, PartialEq)]
pub struct Notification {
    /// The receiver's name.
    pub receiver: String,
    /// Names the group: the route's and the group's labels, as Alertmanager writes it.
    pub group_key: String,
    /// The labels that the group's alerts share because the route groups by them.
    pub group_labels: Labels,
    /// The alerts, firing ones and those resolved since they were told; never empty.
    pub alerts: Vec<PostedAlert>,
    /// When it is sent; decides which alerts count as resolved.
    pub now: Millis,
}

impl Notification {
    /// Whether at least one of its alerts still fires.
    pub fn is_firing(&self) -> bool {
        self.alerts.iter().any(|alert| !alert.is_resolved(self.now))
    }
}

/// Whether a message that was not delivered may be tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// It would fail again the same way (a wrong address, a bad password): it is counted, shown and given up.
    Never,
    /// Soon, with growing waits.
    Soon,
    /// Not before this time has passed, as the other side asked (`Retry-After`).
    After(Duration),
}

/// A message that was not delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undelivered {
    /// Whether to try again.
    pub retry: Retry,
    /// What happened, with the host it happened at; never a secret.
    pub what: String,
}

impl fmt::Display for Undelivered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl Undelivered {
    /// It would fail again the same way.
    pub(crate) fn never(what: impl Into<String>) -> Self {
        Self { retry: Retry::Never, what: what.into() }
    }

    /// It may go better soon.
    pub(crate) fn soon(what: impl Into<String>) -> Self {
        Self { retry: Retry::Soon, what: what.into() }
    }
}

/// What the ways to tell people are made with.
#[derive(Clone, Debug)]
pub struct Context {
    /// Where links in messages lead.
    pub links: Links,
    /// The time, for heartbeats. Messages carry the time of their notification.
    pub clock: Arc<dyn Clock>,
    /// The templates that messages can call.
    pub templates: Arc<template::Templates>,
}

/// The outcome of one attempt.
pub type Attempt<'a> = Pin<Box<dyn Future<Output = Result<(), Undelivered>> + Send + 'a>>;

/// A way to tell people. Implementations: one for each kind of receiver, and a recording one for tests.
///
/// Contract: one call is one attempt. It ends by itself within its own timeout, may be dropped at any point, and never
/// tells a secret in its error.
pub trait Notifier: fmt::Debug + Send + Sync {
    /// The kind, such as `slack`; the label `integration` of our own metrics.
    fn kind(&self) -> &'static str;

    /// Whether ends are told as well as beginnings (`send_resolved`).
    fn sends_resolved(&self) -> bool;

    /// Sends once.
    fn send<'a>(&'a self, notification: &'a Notification) -> Attempt<'a>;
}
