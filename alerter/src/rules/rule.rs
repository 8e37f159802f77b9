//! One rule that is evaluated: its alerts, its series and how its evaluations went.
//!
//! Invariant: its lock is never held over a query, a write or a post. What an evaluation changed is kept on disk before
//! anybody is told of it.

mod found;
mod kept;

pub use kept::Health;
pub(crate) use kept::Kept;

use super::alerting_rule::{Absence, ActiveAlerts, Found, SameLabels, Timing};
use super::around::{Around, Settings};
use super::posting::{Envelope, is_due};
use super::series::{Written, of_alert};
use crate::alert::{Alert, State};
use crate::blind::look_all;
use crate::config::rules::{Group, Kind, Language, Rule};
use crate::limits::{ALERTS_PER_RULE_MAX, BLIND_LOOK_AGAIN, BLIND_LOOK_EVERY};
use crate::posted::PostedAlert;
use found::{Finding, recorded};
use model::cancel::{Cancel, Cancelled};
use model::labels::Labels;
use model::time::{Millis, duration_millis};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A rule and what is known of it.
#[derive(Debug)]
pub(crate) struct RunningRule {
    pub(crate) rule: Arc<Rule>,
    kept: Mutex<Kept>,
}

/// One evaluation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment<'a> {
    pub(crate) around: &'a Around,
    pub(crate) settings: &'a Settings,
    pub(crate) group: &'a Group,
    pub(crate) interval: Duration,
    pub(crate) query_offset: Duration,
    /// The time that it is evaluated for.
    pub(crate) at: Millis,
    pub(crate) cancel: &'a Cancel,
}

impl Moment<'_> {
    /// The time of what is asked and written.
    fn asked_at(&self) -> Millis {
        self.at.minus(self.query_offset)
    }
}

impl RunningRule {
    /// With what was known of it before.
    pub(crate) fn new(rule: Arc<Rule>, kept: Kept) -> Self {
        Self { rule, kept: Mutex::new(kept) }
    }

    /// What is known of it. A panic while it was held leaves what was done until then; the next evaluation goes on.
    pub(crate) fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Evaluates it; whether that went well.
    pub(crate) fn evaluate(&self, moment: &Moment<'_>) -> bool {
        let (started, evaluated_at) = (Instant::now(), moment.around.parts.clock.now());
        let outcome = match &self.rule.kind {
            Kind::Alerting { timing, annotations } => self.alert(*timing, annotations, moment),
            Kind::Recording => self.record(moment),
        };
        if moment.cancel.check() == Err(Cancelled::ByCaller) {
            // The daemon stops or reloads: that says nothing of the rule.
            return true;
        }
        let went_well = outcome.is_ok();
        if let Err(error) = &outcome {
            tracing::warn!(group = moment.group.name, rule = self.rule.name, error, "evaluating a rule failed");
        }
        self.kept().note(outcome, evaluated_at, started.elapsed());
        self.look(moment);
        went_well
    }

    /// Notes that it could not be evaluated at all.
    pub(crate) fn fail(&self, error: &str, at: Millis) {
        tracing::error!(rule = self.rule.name, error, "evaluating a rule failed");
        self.kept().note(Err(error.to_owned()), at, Duration::ZERO);
    }

    fn record(&self, moment: &Moment<'_>) -> Result<(), String> {
        let found = moment.ask(&self.rule.query)?;
        let written = recorded(&self.rule, found)?;
        check_limit(moment.group.limit, written.len(), "series")?;
        self.write(&written, moment)
    }

    fn alert(&self, timing: Timing, annotations: &Labels, moment: &Moment<'_>) -> Result<(), String> {
        let elements = moment.ask(&self.rule.query)?;
        if elements.len() > ALERTS_PER_RULE_MAX {
            return Err(too_many(ALERTS_PER_RULE_MAX, elements.len(), "alerts"));
        }
        let found = Finding { rule: &self.rule, annotations, moment }.alerts(elements)?;
        let (changed, written) = self.kept().follow(timing, found, moment)?;
        // Nothing of the rule is held here: the snapshot looks at every rule.
        match (&written, changed) {
            (Err(_), _) => moment.around.keeping.touch(),
            (Ok(_), true) => moment.around.keeping.save(),
            (Ok(_), false) => moment.around.keeping.save_when_old(),
        }
        let written = written?;
        let due = self.due(moment);
        if !due.is_empty() {
            (moment.around.parts.post)(due);
        }
        self.write(&written, moment)
    }

    /// What must be told now; it is noted as told.
    fn due(&self, moment: &Moment<'_>) -> Vec<PostedAlert> {
        let url = generator_url(moment.settings, moment.group.language, &self.rule);
        let envelope = Envelope {
            external_labels: &moment.settings.external_labels,
            generator_url: &url,
            interval: moment.interval,
        };
        self.take_due(envelope, moment.at)
    }

    /// What must be told at a time; it is noted as told.
    pub(crate) fn take_due(&self, envelope: Envelope<'_>, now: Millis) -> Vec<PostedAlert> {
        let mut kept = self.kept();
        let due = kept.alerts.iter_mut().filter(|alert| is_due(alert, now));
        let post = |alert: &mut Alert| {
            alert.posted_at = Some(now);
            envelope.post(alert, now)
        };
        due.map(post).collect()
    }

    /// Only one evaluation runs at a time, so the series can be taken out while they are written.
    fn write(&self, written: &[Written], moment: &Moment<'_>) -> Result<(), String> {
        let mut series = std::mem::take(&mut self.kept().series);
        let outcome = series.write(&moment.around.parts.metrics, written, moment.asked_at());
        self.kept().series = series;
        outcome
    }

    /// Looks up what its selectors match, when that is long ago.
    fn look(&self, moment: &Moment<'_>) {
        let (known, is_blind) = {
            let kept = self.kept();
            (kept.looked_at, self.rule.watching.is_blind(&kept.looked))
        };
        let every = if is_blind { BLIND_LOOK_AGAIN } else { BLIND_LOOK_EVERY };
        let is_recent = |at: Millis| (moment.at.0 - at.0).abs() < duration_millis(every);
        if known.is_some_and(is_recent) {
            return;
        }
        let stores = moment.around.stores(moment.settings);
        let asked = (&self.rule.watching, moment.group.language);
        match look_all(asked.0, asked.1, &stores, moment.asked_at(), moment.cancel) {
            Ok(looked) => self.kept().see(looked, moment.at),
            Err(error) => tracing::debug!(rule = self.rule.name, error, "looking up the selectors of a rule failed"),
        }
    }
}

impl Moment<'_> {
    fn ask(&self, query: &str) -> Result<Vec<super::engines::Element>, String> {
        self.settings.engines.ask(self.group.language, query, self.asked_at(), self.cancel)
    }
}

/// Where a rule's expression can be seen.
pub(crate) fn generator_url(settings: &Settings, language: Language, rule: &Rule) -> String {
    match language {
        Language::PromQl => settings.links.query(&rule.query),
        Language::LogQl => settings.links.log_query(&rule.query),
    }
}

/// Runs the transitions; whether anything changed that must be kept.
fn transitions<T>(
    alerts: &mut ActiveAlerts,
    evaluate: impl FnOnce(&mut ActiveAlerts) -> Result<T, SameLabels>,
) -> Result<bool, String> {
    type Shape = (Labels, State, Option<Millis>);
    let shape = |alerts: &ActiveAlerts| -> Vec<Shape> {
        alerts.iter().map(|alert| (alert.labels.clone(), alert.state, alert.keep_firing_since)).collect()
    };
    let before = shape(alerts);
    evaluate(alerts).map_err(|error| error.to_string())?;
    Ok(before != shape(alerts))
}

fn check_limit(limit: usize, found: usize, what: &str) -> Result<(), String> {
    if limit > 0 && found > limit { Err(too_many(limit, found, what)) } else { Ok(()) }
}

fn too_many(limit: usize, found: usize, what: &str) -> String {
    format!("exceeded limit of {limit} with {found} {what}")
}

impl Kept {
    /// Takes what was found: whether anything changed, and the samples that show the alerts, or that there are too many
    /// of them; then all are forgotten, as in Prometheus.
    fn follow(
        &mut self,
        timing: Timing,
        found: Vec<Found>,
        moment: &Moment<'_>,
    ) -> Result<(bool, Result<Vec<Written>, String>), String> {
        let absence = self.absence();
        let changed = transitions(&mut self.alerts, |alerts| alerts.evaluate(timing, found, absence, moment.at))?;
        if let Err(error) = check_limit(moment.group.limit, self.alerts.active(), "alerts") {
            self.alerts.clear();
            return Ok((true, Err(error)));
        }
        let active = self.alerts.iter().filter(|alert| alert.state != State::Resolved);
        Ok((changed, Ok(active.flat_map(of_alert).collect())))
    }

    /// What it means that an alert is not found.
    fn absence(&mut self) -> Absence {
        if self.tolerated == 0 {
            return Absence::Ends;
        }
        self.tolerated -= 1;
        Absence::Tolerated
    }
}
