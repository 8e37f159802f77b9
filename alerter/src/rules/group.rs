//! A group of rules that are evaluated one after the other, at times an interval apart.
//!
//! Invariant: rules see what those before them wrote. A rule that fails, panics or takes too long leaves the others and
//! the group alone. After a reload rules of the same name and labels go on with their alerts.

use super::around::{Around, Settings};
use super::rule::{Kept, Moment, RunningRule};
use super::schedule::{Due, Schedule};
use super::series::Series;
use crate::config::rules::{Group, Rule};
use crate::limits::RULE_EVALUATION_MAX;
use model::cancel::Cancel;
use model::instrument::Instrument;
use model::labels::Labels;
use model::time::Millis;
use runtime::pool::{Pool, PoolError};
use runtime::task_set::BoxError;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// A group and how its evaluations go.
#[derive(Debug)]
pub(crate) struct RunningGroup {
    pub(crate) group: Arc<Group>,
    pub(crate) interval: Duration,
    pub(crate) query_offset: Duration,
    pub(crate) rules: Vec<Arc<RunningRule>>,
    last: Mutex<Last>,
    /// Series of rules that a reload removed; marked as gone with the next evaluation.
    orphans: Mutex<Series>,
}

/// The last evaluation.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Last {
    pub(crate) evaluated_at: Option<Millis>,
    pub(crate) took: Duration,
}

/// What names a rule over a reload.
type Name = (bool, String, Labels);

fn name_of(rule: &Rule) -> Name {
    (rule.is_alerting(), rule.name.clone(), rule.labels.clone())
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl RunningGroup {
    /// A group whose rules begin with what `kept` gives for them.
    pub(crate) fn new(group: Arc<Group>, settings: &Settings, mut kept: impl FnMut(&Rule) -> Kept) -> Self {
        let rules = group.rules.iter().map(|rule| Arc::new(RunningRule::new(Arc::clone(rule), kept(rule)))).collect();
        Self {
            interval: group.interval.unwrap_or(settings.evaluation_interval),
            query_offset: group.query_offset.unwrap_or(settings.query_offset),
            group,
            rules,
            last: Mutex::default(),
            orphans: Mutex::default(),
        }
    }

    /// A changed group that goes on where the old one was left, which has ended.
    pub(crate) fn going_on(group: Arc<Group>, settings: &Settings, old: &Self) -> Self {
        let mut left: HashMap<Name, VecDeque<&RunningRule>> = HashMap::new();
        for rule in &old.rules {
            left.entry(name_of(&rule.rule)).or_default().push_back(rule);
        }
        let new = Self::new(group, settings, |rule| {
            let same = left.get_mut(&name_of(rule)).and_then(VecDeque::pop_front);
            same.map_or_else(Kept::default, |same| {
                let kept = same.kept().clone();
                // What the selectors of the old expression match says nothing of the new one's.
                if same.rule.watching == rule.watching {
                    kept
                } else {
                    Kept { looked_at: None, looked: Vec::new(), ..kept }
                }
            })
        });
        let mut orphans = std::mem::take(&mut *held(&old.orphans));
        left.into_values().flatten().for_each(|rule| orphans.absorb(std::mem::take(&mut rule.kept().series)));
        *held(&new.orphans) = orphans;
        *held(&new.last) = *held(&old.last);
        new
    }

    /// Whether nothing would change.
    pub(crate) fn is_like(&self, group: &Group, settings: &Settings) -> bool {
        *self.group == *group
            && self.interval == group.interval.unwrap_or(settings.evaluation_interval)
            && self.query_offset == group.query_offset.unwrap_or(settings.query_offset)
    }

    /// How its last evaluation went.
    pub(crate) fn last(&self) -> Last {
        *held(&self.last)
    }

    /// The value of the label `rule_group` of our own metrics, as Prometheus's.
    pub(crate) fn counted_as(&self) -> String {
        format!("{};{}", self.group.file, self.group.name)
    }

    /// All series of its rules, which end with it.
    pub(crate) fn take_series(&self) -> Series {
        let mut all = std::mem::take(&mut *held(&self.orphans));
        self.rules.iter().for_each(|rule| all.absorb(std::mem::take(&mut rule.kept().series)));
        all
    }

    /// Evaluates at its times until it is told to stop.
    pub(crate) async fn run(
        self: Arc<Self>,
        around: Arc<Around>,
        pool: Pool,
        stop: CancellationToken,
    ) -> Result<(), BoxError> {
        let clock = Arc::clone(&around.parts.clock);
        let schedule = Schedule::new(self.interval, &self.group.file, &self.group.name);
        let mut previous = schedule.aligned(clock.now());
        while !stop.is_cancelled() {
            let wait = schedule.wait(&mut previous, clock.now());
            if stop.run_until_cancelled(tokio::time::sleep(wait)).await.is_none() {
                break;
            }
            let due = schedule.due(previous, clock.now());
            previous = due.at;
            self.iterate(due, &around, &pool, &stop).await;
        }
        Ok(())
    }

    /// Evaluates all rules for one time.
    pub(crate) async fn iterate(
        self: &Arc<Self>,
        due: Due,
        around: &Arc<Around>,
        pool: &Pool,
        stop: &CancellationToken,
    ) {
        let (started, evaluated_at) = (Instant::now(), around.parts.clock.now());
        let name = self.counted_as();
        let instruments = &around.parts.instruments;
        instruments.add(Instrument::RuleIterationsMissed, &[&name], due.missed);
        for rule in &self.rules {
            if stop.is_cancelled() {
                return;
            }
            let went_well = self.evaluate(rule, due.at, around, pool, stop).await;
            instruments.add(Instrument::RuleEvaluations, &[&name], 1);
            instruments.add(Instrument::RuleFailures, &[&name], u64::from(!went_well));
        }
        self.end_orphans(due.at, around, pool).await;
        let took = started.elapsed();
        *held(&self.last) = Last { evaluated_at: Some(evaluated_at), took };
        instruments.observe(Instrument::RuleGroupSeconds, &[&name], took.as_secs_f64());
        instruments.set(Instrument::RuleGroupEvaluated, &[&name], evaluated_at.as_seconds());
    }

    /// Evaluates one rule on the pool, within its time; whether that went well.
    async fn evaluate(
        self: &Arc<Self>,
        rule: &Arc<RunningRule>,
        at: Millis,
        around: &Arc<Around>,
        pool: &Pool,
        stop: &CancellationToken,
    ) -> bool {
        let cancel = Cancel::default();
        let work = {
            let (group, rule, around, cancel) =
                (Arc::clone(self), Arc::clone(rule), Arc::clone(around), cancel.clone());
            move || {
                let settings = around.settings();
                let moment = Moment {
                    around: &around,
                    settings: &settings,
                    group: &group.group,
                    interval: group.interval,
                    query_offset: group.query_offset,
                    at,
                    cancel: &cancel,
                };
                rule.evaluate(&moment)
            }
        };
        let mut running = std::pin::pin!(pool.run(work));
        tokio::select! {
            biased;
            done = running.as_mut() => return ended(done, rule, at),
            () = tokio::time::sleep(RULE_EVALUATION_MAX) => cancel.time_out(),
            () = stop.cancelled() => cancel.cancel(),
        }
        // It looks at the flag often, and must have ended before another evaluation may begin.
        ended(running.await, rule, at)
    }

    async fn end_orphans(self: &Arc<Self>, at: Millis, around: &Arc<Around>, pool: &Pool) {
        if held(&self.orphans).is_empty() {
            return;
        }
        let (group, around) = (Arc::clone(self), Arc::clone(around));
        let at = at.minus(self.query_offset);
        let ended = pool.run(move || {
            let mut orphans = std::mem::take(&mut *held(&group.orphans));
            let ended = orphans.end(&around.parts.metrics, at);
            held(&group.orphans).absorb(orphans);
            ended
        });
        if let Err(error) = ended.await.unwrap_or_else(|error| Err(error.to_string())) {
            tracing::warn!(group = self.group.name, error, "marking series of removed rules as gone failed");
        }
    }
}

fn ended(done: Result<bool, PoolError>, rule: &RunningRule, at: Millis) -> bool {
    done.unwrap_or_else(|error| {
        rule.fail(&error.to_string(), at);
        false
    })
}
