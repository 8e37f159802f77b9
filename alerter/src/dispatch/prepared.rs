//! A config of the dispatcher that can be put in force: templates compiled, senders made.
//!
//! Invariant: a [`Prepared`] cannot fail any more.

use super::route::Routes;
use crate::config::alerting::{Alerting, InhibitRule};
use crate::links::Links;
use crate::mute::Intervals;
use crate::notification_log::Integration;
use crate::notify::stage::Sender;
use crate::notify::template::Templates;
use crate::notify::{Context, Notifier};
use model::clock::Clock;
use model::finding::{Finding, Place};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// See the module.
#[derive(Clone, Debug)]
pub struct Prepared {
    pub(super) routes: Routes,
    pub(super) inhibit_rules: Vec<InhibitRule>,
    pub(super) intervals: Intervals,
    /// In the order of the config.
    pub(super) receivers: Vec<String>,
    pub(super) senders: BTreeMap<String, Vec<Sender>>,
    pub(super) resolve_timeout: Duration,
    /// The config as YAML, secrets hidden.
    pub(super) original: String,
}

impl Prepared {
    /// Compiles the templates and makes the senders.
    ///
    /// # Errors
    /// Every template, certificate or secret file that is of no use.
    pub fn new(alerting: &Alerting, links: Links, clock: Arc<dyn Clock>) -> Result<Self, Vec<Finding>> {
        let mut findings = Vec::new();
        let templates = Templates::read(&alerting.template_files).unwrap_or_else(|found| {
            findings.extend(found);
            Templates::default()
        });
        let context = Context { links, clock, templates: Arc::new(templates) };
        let mut senders = BTreeMap::new();
        for receiver in &alerting.receivers {
            match receiver.notifiers(&context) {
                Ok(notifiers) => {
                    senders.insert(receiver.name.clone(), numbered(&receiver.name, notifiers));
                }
                Err(what) => findings.push(Finding {
                    place: Place::default(),
                    key: format!("alerting.receivers[name={}]", receiver.name),
                    what,
                }),
            }
        }
        if findings.is_empty() { Ok(Self::with(alerting, senders)) } else { Err(findings) }
    }

    /// With senders made elsewhere, by receiver: for tests, which record what is sent.
    pub fn with_notifiers(alerting: &Alerting, notifiers: BTreeMap<String, Vec<Arc<dyn Notifier>>>) -> Self {
        let numbered = |(name, notifiers): (String, Vec<_>)| {
            let senders = numbered(&name, notifiers);
            (name, senders)
        };
        Self::with(alerting, notifiers.into_iter().map(numbered).collect())
    }

    fn with(alerting: &Alerting, senders: BTreeMap<String, Vec<Sender>>) -> Self {
        Self {
            routes: Routes::new(alerting.route.as_ref()),
            inhibit_rules: alerting.inhibit_rules.clone(),
            intervals: Intervals::new(&alerting.time_intervals),
            receivers: alerting.receivers.iter().map(|receiver| receiver.name.clone()).collect(),
            senders,
            resolve_timeout: alerting.global.resolve_timeout,
            original: alerting.to_yaml(),
        }
    }

    /// Every integration, in the order of the receivers.
    pub(super) fn integrations(&self) -> impl Iterator<Item = &Integration> {
        let senders = self.receivers.iter().filter_map(|name| self.senders.get(name)).flatten();
        senders.map(|sender| &sender.integration)
    }
}

/// Numbers each kind from 0, as Alertmanager does.
fn numbered(receiver: &str, notifiers: Vec<Arc<dyn Notifier>>) -> Vec<Sender> {
    let mut next: BTreeMap<&'static str, usize> = BTreeMap::new();
    let numbered = notifiers.into_iter().map(|notifier| {
        let index = next.entry(notifier.kind()).or_default();
        let integration =
            Integration { receiver: receiver.to_owned(), kind: notifier.kind().to_owned(), index: *index };
        *index += 1;
        Sender { integration, notifier }
    });
    numbered.collect()
}
