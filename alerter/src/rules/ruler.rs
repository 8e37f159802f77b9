//! The rules: all groups of both languages, from the config to the dispatcher, and their reload.
//!
//! Invariant: a [`Prepared`] cannot fail any more; committing one keeps every group that did not change, with its
//! times, and every alert whose rule has the same name and labels. Groups are tasks of [`Rules::run`] and end with it.

use super::around::{Around, RulesParts, Settings};
use super::group::RunningGroup;
use super::keeping::Restored;
use super::posting::Envelope;
use super::rule::generator_url;
use super::schedule::Due;
use super::view::{self, GroupView};
use crate::alert::{Alert, State};
use crate::config::rules::{Group, Language, RuleFiles};
use crate::limits::{RULE_GROUPS_MAX, RULES_AT_ONCE};
use crate::posted::PostedAlert;
use model::instrument::Instrument;
use model::time::Millis;
use runtime::pool::Pool;
use runtime::task_set::{BoxError, Class, Task, TaskSet};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Time that evaluations have to end when the rules are told to stop.
const STOP_WITHIN: Duration = Duration::from_secs(1);

/// Rules that can be put in force.
#[derive(Clone, Debug)]
pub struct Prepared {
    groups: Vec<Arc<Group>>,
    settings: Arc<Settings>,
}

impl Prepared {
    /// The groups of PromQL and of LogQL.
    pub fn new<'a>(files: impl IntoIterator<Item = &'a RuleFiles>, settings: Settings) -> Self {
        let mut groups: Vec<Arc<Group>> = files.into_iter().flat_map(|files| files.groups.clone()).collect();
        groups.sort_by(|left, right| name_of(left).cmp(&name_of(right)));
        Self { groups, settings: Arc::new(settings) }
    }
}

/// What names a group; the order of the API.
type Name<'a> = (&'a str, &'a str, Language);

fn name_of(group: &Group) -> Name<'_> {
    (&group.file, &group.name, group.language)
}

/// Evaluates rules. Share it behind an `Arc`; one task runs it, others ask it and reload it.
#[derive(Debug)]
pub struct Rules {
    around: Arc<Around>,
    wanted: watch::Sender<Prepared>,
    pool: Pool,
    /// Alerts of a kept state whose rules are gone; told as ended at the start.
    left: Mutex<Vec<Alert>>,
}

impl Rules {
    /// Rules that go on where they were when the last snapshot was saved; nothing happens before [`Rules::run`].
    /// It reads that snapshot and blocks.
    ///
    /// # Errors
    /// The disk cannot be read. A snapshot that makes no sense is set aside and no error.
    pub fn new(prepared: Prepared, parts: RulesParts) -> Result<Self, store::Error> {
        let around = Around::new(parts, Settings::clone(&prepared.settings));
        let mut restored = around.keeping.restore()?;
        let begin = |group: &Arc<Group>| begin(group, &prepared.settings, &mut restored);
        let groups = prepared.groups.iter().map(begin).collect();
        around.keeping.set_groups(groups);
        let left = Mutex::new(restored.left());
        let pool = Pool::new(RULES_AT_ONCE, 2 * RULE_GROUPS_MAX);
        Ok(Self { around: Arc::new(around), wanted: watch::Sender::new(prepared), pool, left })
    }

    /// Puts rules in force. Takes effect at once where [`Rules::run`] runs, else when it starts.
    pub fn commit(&self, prepared: Prepared) {
        self.wanted.send_replace(prepared);
    }

    /// The groups of a language, ascending by file and name.
    pub fn groups(&self, language: Language) -> Vec<GroupView> {
        let settings = self.around.settings();
        let groups = self.around.keeping.groups();
        groups.iter().filter(|group| group.group.language == language).map(|g| view::group(g, &settings)).collect()
    }

    /// Evaluates every group once for a time, whatever its interval: for rehearsals of rules over the past.
    pub async fn evaluate_all(&self, at: Millis) {
        let never = CancellationToken::new();
        for group in self.around.keeping.groups() {
            group.iterate(Due { at, missed: 0 }, &self.around, &self.pool, &never).await;
        }
    }

    /// Tells what was kept, then evaluates until it is told to stop.
    ///
    /// # Errors
    /// None today; the type is that of a task.
    pub async fn run(&self, stop: CancellationToken) -> Result<(), BoxError> {
        let parts = &self.around.parts;
        let tasks = TaskSet::new(Arc::clone(&parts.instruments), stop.clone());
        let mut wanted = self.wanted.subscribe();
        wanted.mark_changed();
        let mut running = Running { tasks: &tasks, rules: self, groups: BTreeMap::new() };
        self.tell_what_was_kept();
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                changed = wanted.changed() => if changed.is_ok() {
                    let prepared = wanted.borrow_and_update().clone();
                    running.put_in_force(&prepared).await;
                },
            }
        }
        if let Err(stragglers) = tasks.stop_and_wait(STOP_WITHIN).await {
            tracing::warn!(%stragglers, "rules did not stop in time");
        }
        let around = Arc::clone(&self.around);
        // Nothing is lost without it: what was posted may be posted once more.
        let _ = self.pool.run(move || around.keeping.save()).await;
        Ok(())
    }

    /// Everybody may have forgotten what went on: all of it is posted before the first evaluation.
    fn tell_what_was_kept(&self) {
        let (settings, now) = (self.around.settings(), self.around.parts.clock.now());
        let mut due = self.ended_with_their_rules(&settings, now);
        for group in self.around.keeping.groups() {
            for rule in &group.rules {
                let url = generator_url(&settings, group.group.language, &rule.rule);
                let envelope = Envelope {
                    external_labels: &settings.external_labels,
                    generator_url: &url,
                    interval: group.interval,
                };
                due.extend(rule.take_due(envelope, now));
            }
        }
        if !due.is_empty() {
            tracing::info!(alerts = due.len(), "alerts go on after a restart");
            (self.around.parts.post)(due);
        }
    }

    fn ended_with_their_rules(&self, settings: &Settings, now: Millis) -> Vec<PostedAlert> {
        let left = std::mem::take(&mut *self.left.lock().unwrap_or_else(PoisonError::into_inner));
        let envelope = Envelope {
            external_labels: &settings.external_labels,
            generator_url: settings.links.external_url(),
            interval: settings.evaluation_interval,
        };
        let end = |alert: Alert| {
            let resolved_at = Some(alert.resolved_at.unwrap_or(now));
            envelope.post(&Alert { state: State::Resolved, resolved_at, ..alert }, now)
        };
        left.into_iter().map(end).collect()
    }
}

fn begin(group: &Arc<Group>, settings: &Settings, restored: &mut Restored) -> Arc<RunningGroup> {
    Arc::new(RunningGroup::new(Arc::clone(group), settings, |rule| restored.take(group, rule)))
}

/// The groups that run.
struct Running<'a> {
    tasks: &'a TaskSet,
    rules: &'a Rules,
    groups: BTreeMap<(String, String, Language), (Arc<RunningGroup>, Task)>,
}

impl Running<'_> {
    async fn put_in_force(&mut self, prepared: &Prepared) {
        let around = &self.rules.around;
        around.set_settings(Arc::clone(&prepared.settings));
        // Before the first time these are the groups that were begun with the kept state; they have no task yet.
        let mut before: BTreeMap<_, _> =
            around.keeping.groups().into_iter().map(|group| (key(&group.group), group)).collect();
        let mut groups = Vec::new();
        for group in &prepared.groups {
            let old = before.remove(&key(group));
            groups.push(self.follow(group, old, &prepared.settings).await);
        }
        for gone in before.into_values() {
            self.end(&gone).await;
        }
        around.keeping.set_groups(groups);
    }

    /// The group as it is wanted, running.
    async fn follow(
        &mut self,
        group: &Arc<Group>,
        old: Option<Arc<RunningGroup>>,
        settings: &Settings,
    ) -> Arc<RunningGroup> {
        let wanted = match old {
            Some(old) if old.is_like(group, settings) => old,
            Some(old) => {
                self.stop(&old.group).await;
                Arc::new(RunningGroup::going_on(Arc::clone(group), settings, &old))
            }
            None => Arc::new(RunningGroup::new(Arc::clone(group), settings, |_| super::rule::Kept::default())),
        };
        if !self.groups.contains_key(&key(group)) {
            let task = self.spawn(&wanted);
            self.groups.insert(key(group), (Arc::clone(&wanted), task));
        }
        wanted
    }

    fn spawn(&self, group: &Arc<RunningGroup>) -> Task {
        let (group, around, pool) = (Arc::clone(group), Arc::clone(&self.rules.around), self.rules.pool.clone());
        self.tasks.spawn(format!("rules/{}", group.group.name), Class::Isolated, move |stop| {
            Arc::clone(&group).run(Arc::clone(&around), pool.clone(), stop)
        })
    }

    /// Stops a group and waits for the end of its evaluation.
    async fn stop(&mut self, group: &Group) {
        if let Some((_, task)) = self.groups.remove(&key(group)) {
            task.stop();
            task.ended().await;
        }
    }

    /// Stops a group for good. Its series end two intervals later, when a group of another name that goes on with them
    /// has had its turn; as in Prometheus.
    async fn end(&mut self, group: &Arc<RunningGroup>) {
        self.stop(&group.group).await;
        let around = Arc::clone(&self.rules.around);
        let name = group.counted_as();
        for counted in [
            Instrument::RuleIterationsMissed,
            Instrument::RuleEvaluations,
            Instrument::RuleFailures,
            Instrument::RuleGroupSeconds,
            Instrument::RuleGroupEvaluated,
        ] {
            around.parts.instruments.remove(counted, &[&name]);
        }
        around.keeping.touch();
        let (mut series, at, wait) = (group.take_series(), around.parts.clock.now(), group.interval.saturating_mul(2));
        if series.is_empty() {
            return;
        }
        let pool = self.rules.pool.clone();
        self.tasks.spawn_once(format!("ended-rules/{}", group.group.name), move |stop| async move {
            if stop.run_until_cancelled(tokio::time::sleep(wait)).await.is_some() {
                pool.run(move || series.end(&around.parts.metrics, at)).await??;
            }
            Ok(())
        });
    }
}

fn key(group: &Group) -> (String, String, Language) {
    (group.file.clone(), group.name.clone(), group.language)
}
