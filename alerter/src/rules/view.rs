//! The rules as the API shows them.

use super::alerting_rule::Condition;
use super::around::Settings;
use super::group::RunningGroup;
use super::posting::Envelope;
use super::rule::{Health, RunningRule, generator_url};
use crate::alert::{Alert, State};
use crate::blind::Looked;
use crate::config::rules::{Group, Rule};
use crate::posted::fingerprint;
use model::time::Millis;
use std::sync::Arc;
use std::time::Duration;

/// One group.
#[derive(Clone, Debug)]
pub struct GroupView {
    /// Its config.
    pub group: Arc<Group>,
    /// How often it is evaluated.
    pub interval: Duration,
    /// When it was last evaluated; `None` before the first time.
    pub evaluated_at: Option<Millis>,
    /// How long that took.
    pub took: Duration,
    /// Its rules, in their order.
    pub rules: Vec<RuleView>,
}

/// One rule.
#[derive(Clone, Debug)]
pub struct RuleView {
    /// Its config.
    pub rule: Arc<Rule>,
    /// What its alerts amount to.
    pub condition: Condition,
    /// How its last evaluation went.
    pub health: Health,
    /// Why that failed; empty when it did not.
    pub last_error: String,
    /// When it was last evaluated; `None` before the first time.
    pub evaluated_at: Option<Millis>,
    /// How long that took.
    pub took: Duration,
    /// Its pending and firing alerts, ascending by labels.
    pub alerts: Vec<AlertView>,
    /// What its selectors match, in the order of the text; empty before they were first looked up.
    pub looked: Vec<Looked>,
    /// Whether it cannot see, see [`crate::blind`]; false before its selectors were first looked up.
    pub is_blind: bool,
}

/// One alert.
#[derive(Clone, Debug)]
pub struct AlertView {
    /// The alert.
    pub alert: Alert,
    /// The name under which the dispatcher knows it.
    pub fingerprint: String,
}

pub(super) fn group(running: &RunningGroup, settings: &Settings) -> GroupView {
    let last = running.last();
    let rules = running.rules.iter().map(|rule| self::rule(running, rule, settings)).collect();
    GroupView {
        group: Arc::clone(&running.group),
        interval: running.interval,
        evaluated_at: last.evaluated_at,
        took: last.took,
        rules,
    }
}

fn rule(group: &RunningGroup, running: &RunningRule, settings: &Settings) -> RuleView {
    let url = generator_url(settings, group.group.language, &running.rule);
    let envelope =
        Envelope { external_labels: &settings.external_labels, generator_url: &url, interval: group.interval };
    let kept = running.kept();
    let active = kept.alerts.iter().filter(|alert| alert.state != State::Resolved);
    let alerts = active
        .map(|alert| AlertView { alert: alert.clone(), fingerprint: fingerprint(&envelope.labels(&alert.labels)) });
    RuleView {
        rule: Arc::clone(&running.rule),
        condition: kept.alerts.condition(),
        health: kept.health,
        last_error: kept.last_error.clone(),
        evaluated_at: kept.evaluated_at,
        took: kept.took,
        alerts: alerts.collect(),
        is_blind: kept.looked_at.is_some() && running.rule.watching.is_blind(&kept.looked),
        looked: kept.looked.clone(),
    }
}
