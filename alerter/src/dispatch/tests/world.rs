//! A dispatcher with recording receivers over a store in a temporary folder, and rules that post to it every minute.

use super::super::{Dispatcher, End, Parts, Prepared};
use crate::config::alerting::{self, Alerting};
use crate::notify::{Attempt, Notification, Notifier, Retry, Undelivered};
use crate::posted::PostedAlert;
use model::clock::Clock;
use model::instrument::Instruments;
use model::labels::Labels;
use model::time::{Millis, Nanos};
use runtime::task_set::{Class, TaskSet};
use settings::Source;
use settings::report::{Key, Report};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use store::fs::DataDir;
use store::state::States;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Shows the time that tokio pauses and advances.
#[derive(Debug)]
pub(crate) struct PausedClock {
    origin: Instant,
    base: Millis,
}

impl Clock for PausedClock {
    fn now_nanos(&self) -> Nanos {
        Nanos::from(self.base).plus(self.origin.elapsed())
    }
}

/// What a receiver does when it is asked to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Arrived,
    Never,
    Soon,
    After(Duration),
    Hangs,
    Panics,
}

#[derive(Debug)]
pub(crate) struct Recorder {
    receiver: &'static str,
    kind: &'static str,
    sends_resolved: bool,
    answer: Mutex<Answer>,
    shared: Arc<Mutex<Told>>,
}

#[derive(Debug, Default)]
pub(crate) struct Told {
    messages: Vec<String>,
    attempts: usize,
}

impl Notifier for Recorder {
    fn kind(&self) -> &'static str {
        self.kind
    }

    fn sends_resolved(&self) -> bool {
        self.sends_resolved
    }

    fn send<'a>(&'a self, notification: &'a Notification) -> Attempt<'a> {
        Box::pin(async move {
            assert!(!notification.alerts.is_empty(), "a message about nothing");
            let answer = *self.answer.lock().expect("whole");
            self.shared.lock().expect("whole").attempts += 1;
            // A message takes its time, so that a kill can find it under way.
            tokio::time::sleep(Duration::from_millis(200)).await;
            let refused = |retry| Err(Undelivered { retry, what: format!("{retry:?}") });
            match answer {
                Answer::Arrived => {
                    self.shared.lock().expect("whole").messages.push(self.text(notification));
                    Ok(())
                }
                Answer::Never => refused(Retry::Never),
                Answer::Soon => refused(Retry::Soon),
                Answer::After(wait) => refused(Retry::After(wait)),
                Answer::Hangs => std::future::pending().await,
                Answer::Panics => panic!("on purpose"),
            }
        })
    }
}

impl Recorder {
    fn text(&self, notification: &Notification) -> String {
        let named = |resolved: bool| {
            let alerts = notification.alerts.iter().filter(|alert| alert.is_resolved(notification.now) == resolved);
            let mut names: Vec<_> = alerts.map(|alert| name_of(&alert.labels)).collect();
            names.sort();
            names.join(" ")
        };
        let mut text = format!("{}/{}[0] {}", self.receiver, self.kind, notification.group_key);
        for (word, names) in [("firing", named(false)), ("resolved", named(true))] {
            if !names.is_empty() {
                text.push_str(&format!(" {word}: {names}"));
            }
        }
        text
    }
}

/// `PodDown` or `PodDown{pod=a}`.
fn name_of(labels: &Labels) -> String {
    let rest: Vec<_> =
        labels.iter().filter(|(name, _)| *name != "alertname").map(|(n, v)| format!("{n}={v}")).collect();
    let name = labels.get("alertname").unwrap_or_default();
    if rest.is_empty() { name.to_owned() } else { format!("{name}{{{}}}", rest.join(",")) }
}

fn labels_of(name: &str) -> Labels {
    let (name, rest) = name.split_once('{').unwrap_or((name, ""));
    let pairs = rest.trim_end_matches('}').split(',').filter_map(|pair| pair.split_once('='));
    Labels::from_pairs(pairs.chain([("alertname", name)]))
}

/// Reads an alertmanager.yml.
pub(crate) fn config(yaml: &str) -> Alerting {
    let raw = serde_saphyr::from_str(yaml).expect("reads");
    let mut report = Report::new("belfry.yml".to_owned());
    let read = alerting::read(Some(raw), &Key::root("alerting"), &Source::default(), &mut report);
    report.finish(read).expect("right")
}

pub(crate) struct World {
    clock: Arc<PausedClock>,
    states: States,
    pub(crate) instruments: Arc<Instruments>,
    config: Alerting,
    recorders: BTreeMap<String, Vec<Arc<Recorder>>>,
    shared: Arc<Mutex<Told>>,
    dispatcher: Arc<Dispatcher>,
    tasks: TaskSet,
    /// What the rules know: since when each alert fires, and when it ended.
    rules: BTreeMap<String, (Millis, Option<Millis>)>,
    next_post: Instant,
    _folder: tempfile::TempDir,
}

impl World {
    /// With one recording integration of each receiver; one whose name ends in `quiet` tells no ends.
    pub(crate) fn new(yaml: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let dir = DataDir::open(folder.path().join("store")).expect("locked");
        let states = States::open(dir).expect("a folder");
        let config = config(yaml);
        let shared = Arc::<Mutex<Told>>::default();
        let recorder = |receiver: &str, kind| {
            Arc::new(Recorder {
                receiver: Box::leak(receiver.to_owned().into_boxed_str()),
                kind,
                sends_resolved: !receiver.ends_with("quiet"),
                answer: Mutex::new(Answer::Arrived),
                shared: Arc::clone(&shared),
            })
        };
        let kinds = |name: &str| if name.ends_with("both") { vec!["test", "other"] } else { vec!["test"] };
        let recorders = config.receivers.iter().map(|receiver| {
            let recorders = kinds(&receiver.name).into_iter().map(|kind| recorder(&receiver.name, kind)).collect();
            (receiver.name.clone(), recorders)
        });
        let recorders: BTreeMap<String, Vec<Arc<Recorder>>> = recorders.collect();
        let clock = Arc::new(PausedClock { origin: Instant::now(), base: Millis(1_800_000_000_000) });
        let instruments = Arc::new(Instruments::new());
        let dispatcher = dispatcher(&config, &recorders, &states, &clock, &instruments);
        let tasks = running(&dispatcher, &instruments);
        Self {
            clock,
            states,
            instruments,
            config,
            recorders,
            shared,
            dispatcher,
            tasks,
            rules: BTreeMap::new(),
            next_post: Instant::now(),
            _folder: folder,
        }
    }

    pub(crate) fn dispatcher(&self) -> &Arc<Dispatcher> {
        &self.dispatcher
    }

    pub(crate) fn now(&self) -> Millis {
        self.clock.now()
    }

    /// The rule finds the alert.
    pub(crate) fn fire(&mut self, name: &str) {
        let now = self.now();
        self.rules.insert(name.to_owned(), (now, None));
        self.post(&[name]);
    }

    /// The rule finds it no longer.
    pub(crate) fn resolve(&mut self, name: &str) {
        let now = self.now();
        let rule = self.rules.get_mut(name).expect("it fired");
        rule.1 = Some(now);
        self.post(&[name]);
    }

    /// The rule is gone, or knows nothing of the alert any more.
    pub(crate) fn forget(&mut self, name: &str) {
        self.rules.remove(name);
    }

    /// Nothing runs for so long, after a kill; then it starts again.
    pub(crate) async fn be_down(&mut self, text: &str) {
        self.tasks = TaskSet::new(Arc::clone(&self.instruments), CancellationToken::new());
        tokio::time::sleep(model::duration::parse(text).expect("a duration")).await;
        self.start_again();
    }

    fn posted(&self, name: &str) -> PostedAlert {
        let (starts_at, ended) = self.rules[name];
        PostedAlert {
            labels: labels_of(name),
            annotations: Labels::empty(),
            starts_at,
            ends_at: ended.unwrap_or(self.now().plus(Duration::from_secs(240))),
            generator_url: String::new(),
            value: String::new(),
        }
    }

    fn post(&self, names: &[&str]) {
        self.dispatcher.post(names.iter().map(|name| self.posted(name)).collect());
    }

    fn post_all(&mut self) {
        let kept = self.now().minus(Duration::from_secs(15 * 60));
        self.rules.retain(|_, (_, ended)| ended.is_none_or(|ended| ended > kept));
        let names: Vec<_> = self.rules.keys().map(String::as_str).collect();
        self.post(&names);
        self.next_post = Instant::now() + Duration::from_secs(60);
    }

    /// Posts an alert of somebody else, without an end.
    pub(crate) fn post_external(&self, name: &str) {
        self.dispatcher.post_external(vec![self.external(name)]).expect("held");
    }

    /// An alert of somebody else, without an end.
    pub(crate) fn external(&self, name: &str) -> (PostedAlert, End) {
        let now = self.now();
        let ends_at = now.plus(self.dispatcher.resolve_timeout());
        let alert = PostedAlert {
            labels: labels_of(name),
            annotations: Labels::empty(),
            starts_at: now,
            ends_at,
            generator_url: String::new(),
            value: String::new(),
        };
        (alert, End::Assumed)
    }

    /// Lets time pass while the rules post every minute.
    pub(crate) async fn pass(&mut self, text: &str) {
        let until = Instant::now() + model::duration::parse(text).expect("a duration");
        while self.next_post <= until {
            tokio::time::sleep_until(self.next_post).await;
            self.post_all();
        }
        tokio::time::sleep_until(until).await;
    }

    /// What was told since the last time it was asked for, in any order.
    pub(crate) fn told(&self, expected: &[&str]) {
        let mut told = std::mem::take(&mut self.shared.lock().expect("whole").messages);
        told.sort();
        let mut expected = expected.to_vec();
        expected.sort_unstable();
        assert_eq!(told, expected, "at {}", model::rfc3339::format_millis(self.now()));
    }

    /// The same, given out.
    pub(crate) fn take_told(&self) -> Vec<String> {
        std::mem::take(&mut self.shared.lock().expect("whole").messages)
    }

    /// How many messages arrived and were not taken yet.
    pub(crate) fn told_count(&self) -> usize {
        self.shared.lock().expect("whole").messages.len()
    }

    pub(crate) fn attempts(&self) -> usize {
        self.shared.lock().expect("whole").attempts
    }

    /// From now on every receiver does so.
    pub(crate) fn answers(&self, answer: Answer) {
        for recorder in self.recorders.values().flatten() {
            *recorder.answer.lock().expect("whole") = answer;
        }
    }

    /// From now on this integration does so.
    pub(crate) fn answers_of(&self, receiver: &str, kind: &str, answer: Answer) {
        let recorder = self.recorders[receiver].iter().find(|recorder| recorder.kind == kind).expect("known");
        *recorder.answer.lock().expect("whole") = answer;
    }

    /// Ends in order and starts again.
    pub(crate) async fn restart(&mut self) {
        self.tasks.stop_and_wait(Duration::from_secs(8)).await.expect("in time");
        self.start_again();
    }

    /// Ends as `kill -9` does: nothing more happens; and starts again.
    pub(crate) async fn kill(&mut self) {
        self.tasks = TaskSet::new(Arc::clone(&self.instruments), CancellationToken::new());
        // What was aborted goes with its next poll.
        tokio::task::yield_now().await;
        self.start_again();
    }

    /// The rules restore what they know and post all of it.
    fn start_again(&mut self) {
        self.dispatcher = dispatcher(&self.config, &self.recorders, &self.states, &self.clock, &self.instruments);
        self.tasks = running(&self.dispatcher, &self.instruments);
        self.post_all();
    }

    /// Puts another config in force, with the same receivers.
    pub(crate) fn reload(&mut self, yaml: &str) {
        self.config = config(yaml);
        self.dispatcher.commit(prepared(&self.config, &self.recorders));
    }
}

fn prepared(config: &Alerting, recorders: &BTreeMap<String, Vec<Arc<Recorder>>>) -> Prepared {
    let notifiers = recorders.iter().map(|(name, recorders)| {
        let notifiers = recorders.iter().map(|recorder| Arc::clone(recorder) as Arc<dyn Notifier>).collect();
        (name.clone(), notifiers)
    });
    Prepared::with_notifiers(config, notifiers.collect())
}

fn dispatcher(
    config: &Alerting,
    recorders: &BTreeMap<String, Vec<Arc<Recorder>>>,
    states: &States,
    clock: &Arc<PausedClock>,
    instruments: &Arc<Instruments>,
) -> Arc<Dispatcher> {
    let parts = Parts {
        states: states.clone(),
        clock: Arc::clone(clock) as Arc<dyn Clock>,
        instruments: Arc::clone(instruments),
    };
    Arc::new(Dispatcher::new(prepared(config, recorders), parts).expect("opens"))
}

fn running(dispatcher: &Arc<Dispatcher>, instruments: &Arc<Instruments>) -> TaskSet {
    let tasks = TaskSet::new(Arc::clone(instruments), CancellationToken::new());
    let dispatcher = Arc::clone(dispatcher);
    tasks.spawn("dispatch", Class::Isolated, move |stop| Arc::clone(&dispatcher).run(stop));
    tasks
}
