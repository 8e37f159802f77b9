//! What the dispatcher knows and decides: alerts into groups, groups' turns into messages, and what became of those.
//!
//! Invariant: pure. It asks for no time, sends nothing and saves nothing: it answers what is to be sent, and is told how
//! that went. Whatever it holds is bounded in `limits.rs`.

use super::alerts::{Alerts, End, Held, Refusal};
use super::believed::{AllBelieved, Believed};
use super::group::{After, FlushId, Group, Now};
use super::history::History;
use super::prepared::Prepared;
use super::route::Route;
use crate::inhibit::Inhibitor;
use crate::limits::{ALERTS_BYTES_MAX, GROUPS_MAX, UNCLAIMED_AFTER, UNTOLD_ENDS_MAX};
use crate::notification_log::{NotificationLog, hash};
use crate::notify::stage::{Message, Sender, deduplicated};
use crate::posted::PostedAlert;
use crate::silence::Silences;
use model::labels::Labels;
use model::time::Millis;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

/// Names a group: its route and the labels it groups by.
pub(crate) type GroupName = (usize, Labels);

/// The shortest time that a flush is given, whatever `group_interval` is; as in Alertmanager.
const FLUSH_MIN: Duration = Duration::from_secs(10);

/// A message that is to be sent.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) group: GroupName,
    pub(crate) flush: FlushId,
    /// Tells messages apart.
    pub(crate) number: u64,
    pub(crate) group_key: String,
    pub(crate) sender: Sender,
    pub(crate) message: Message,
    pub(crate) repeat_after: Duration,
    /// When the flush was; decides which of its alerts count as resolved.
    pub(crate) at: Millis,
    /// For how long it may be tried.
    pub(crate) within: Duration,
}

/// How many alerts were kept from being told, by why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Suppressed {
    pub(crate) inhibited: usize,
    pub(crate) out_of_active_time: usize,
    pub(crate) in_mute_time: usize,
    pub(crate) silenced: usize,
}

/// What a turn of the clock brings.
#[derive(Debug, Default)]
pub(crate) struct Turn {
    pub(crate) jobs: Vec<Job>,
    pub(crate) suppressed: Suppressed,
}

/// What became of alerts that were posted.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Posted {
    /// The first refusal, and how many there were by reason.
    pub(crate) refused: BTreeMap<&'static str, u64>,
    pub(crate) first_refusal: Option<Refusal>,
    /// How often a group that an alert needs was over the limit.
    pub(crate) without_group: u64,
}

#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) config: Arc<Prepared>,
    pub(crate) alerts: Alerts,
    pub(crate) silences: Silences,
    pub(crate) log: NotificationLog,
    pub(crate) history: History,
    inhibitor: Inhibitor,
    groups: HashMap<GroupName, Group>,
    /// Which group's turn is when; a group is here exactly while it has a turn.
    turns: BTreeSet<(Duration, GroupName)>,
    /// Before this nobody is told.
    hold_until: Duration,
    /// What somebody believed to go on when we ended, and nobody may post any more.
    unclaimed: AllBelieved,
    numbers: u64,
}

impl Core {
    pub(crate) fn new(config: Prepared, silences: Silences, log: NotificationLog) -> Self {
        let alerts = Alerts::default();
        Self {
            inhibitor: Inhibitor::new(&config.inhibit_rules, &alerts),
            config: Arc::new(config),
            alerts,
            silences,
            log,
            history: History::default(),
            groups: HashMap::new(),
            turns: BTreeSet::new(),
            hold_until: Duration::ZERO,
            unclaimed: AllBelieved::default(),
            numbers: 0,
        }
    }

    /// Tells nobody before this time: after a start the rules first post what they know.
    pub(crate) fn hold_until(&mut self, steady: Duration) {
        self.hold_until = steady;
    }

    /// Takes up what somebody believed to go on before the start. An end that had come is to be told; of what went on
    /// the end comes when nobody posts it for [`UNCLAIMED_AFTER`].
    pub(crate) fn restore(&mut self, believed: AllBelieved, now: Now) {
        let (ended, going_on): (Vec<_>, Vec<_>) = believed.0.into_iter().partition(|(_, believed)| believed.ended);
        self.unclaimed = AllBelieved(going_on.into_iter().collect());
        self.post(ended.into_iter().map(|(_, believed)| (believed.alert, End::Given)).collect(), now);
    }

    /// Ends what nobody claimed since the start.
    pub(crate) fn end_unclaimed(&mut self, now: Now) {
        if now.steady < UNCLAIMED_AFTER || self.unclaimed.0.is_empty() {
            return;
        }
        let all = std::mem::take(&mut self.unclaimed.0).into_iter();
        let (due, later): (Vec<_>, Vec<_>) = all.partition(|(_, believed)| believed.alert.is_resolved(now.wall));
        self.unclaimed.0 = later.into_iter().collect();
        let lost = due.into_iter().filter(|(labels, _)| self.alerts.get(labels).is_none());
        let ended = lost.map(|(_, believed)| (PostedAlert { ends_at: now.wall, ..believed.alert }, End::Given));
        let ended = ended.collect();
        self.post(ended, now);
    }

    /// What somebody believes to go on.
    pub(crate) fn believed(&self, now: Millis) -> AllBelieved {
        let mut believed = self.unclaimed.clone();
        for (route, group) in self.groups() {
            let senders = self.config.senders.get(&route.receiver).into_iter().flatten();
            let logged = senders.filter_map(|sender| self.log.last(&group.key, &sender.integration));
            let logged: Vec<_> = logged.filter(|entry| !entry.firing.is_empty()).collect();
            if logged.is_empty() {
                continue;
            }
            for held in group.unordered() {
                let hash = hash(&held.alert.labels);
                if logged.iter().any(|entry| entry.firing.binary_search(&hash).is_ok()) {
                    let ended = held.alert.is_resolved(now);
                    let alert = held.alert.clone();
                    believed.0.insert(alert.labels.clone(), Believed { alert, ended });
                }
            }
        }
        believed
    }

    /// Takes alerts: all of them before any is told.
    pub(crate) fn post(&mut self, alerts: Vec<(PostedAlert, End)>, now: Now) -> Posted {
        let mut posted = Posted::default();
        for (alert, end) in alerts {
            match self.alerts.put(alert, end, now.wall) {
                Ok(held) => {
                    self.inhibitor.insert(&held);
                    posted.without_group += self.route(&held, now);
                }
                Err(refusal) => {
                    *posted.refused.entry(refusal.as_str()).or_default() += 1;
                    posted.first_refusal.get_or_insert(refusal);
                }
            }
        }
        posted
    }

    /// Puts an alert into its groups; how many of those are over the limit.
    fn route(&mut self, held: &Arc<Held>, now: Now) -> u64 {
        let config = Arc::clone(&self.config);
        let mut without_group = 0;
        for index in config.routes.taken_by(&held.alert.labels) {
            let Some(route) = config.routes.get(index) else { continue };
            let name = (index, route.group_by.labels_of(&held.alert.labels));
            if let Some(group) = self.groups.get_mut(&name) {
                group.insert(Arc::clone(held));
            } else if self.groups.len() < GROUPS_MAX {
                let group = Group::new(Arc::clone(held), name.1.clone(), route, now);
                self.turns.extend(group.due().map(|due| (due, name.clone())));
                self.groups.insert(name, group);
            } else {
                without_group += 1;
            }
        }
        without_group
    }

    /// When the next group's turn is.
    pub(crate) fn next_turn(&self) -> Option<Duration> {
        self.turns.first().map(|(due, _)| (*due).max(self.hold_until))
    }

    /// Flushes the groups whose turn has come.
    pub(crate) fn turn(&mut self, now: Now) -> Turn {
        let mut turn = Turn::default();
        if now.steady < self.hold_until {
            return turn;
        }
        while let Some((due, name)) = self.turns.first().cloned() {
            if due > now.steady {
                break;
            }
            self.turns.remove(&(due, name.clone()));
            self.flush(name, now, &mut turn);
        }
        turn
    }

    fn flush(&mut self, name: GroupName, now: Now, turn: &mut Turn) {
        let config = Arc::clone(&self.config);
        let Some(route) = config.routes.get(name.0) else { return };
        let id = FlushId(self.number());
        let Some(group) = self.groups.get_mut(&name) else { return };
        let flush = group.begin(id, route, now);
        let group_key = group.key.clone();
        let (alerts, muted_by) = self.unsuppressed(flush.alerts, route, now.wall, &mut turn.suppressed);
        let senders = config.senders.get(&route.receiver).map(Vec::as_slice).unwrap_or_default();
        let mut jobs = Vec::new();
        for sender in senders.iter().filter(|_| !alerts.is_empty()) {
            let message = deduplicated(&alerts, &group_key, sender, &self.log, route.repeat_interval, now.wall);
            if let Some(message) = message {
                jobs.push(Job {
                    group: name.clone(),
                    flush: id,
                    number: self.number(),
                    group_key: group_key.clone(),
                    sender: sender.clone(),
                    message,
                    repeat_after: route.repeat_interval,
                    at: now.wall,
                    within: route.group_interval.max(FLUSH_MIN),
                });
            }
        }
        if let Some(group) = self.groups.get_mut(&name) {
            group.muted_by = muted_by;
            let after = group.sending(jobs.len());
            self.settle(name, after);
        }
        turn.jobs.extend(jobs);
    }

    /// What is left of the alerts after inhibition, times and silences; and by which times the group is muted.
    fn unsuppressed(
        &self,
        alerts: Vec<Arc<Held>>,
        route: &Route,
        now: Millis,
        suppressed: &mut Suppressed,
    ) -> (Vec<Arc<Held>>, Vec<String>) {
        let all = alerts.len();
        let mut left = alerts;
        left.retain(|held| self.inhibited_by(&held.alert.labels, now).is_none());
        suppressed.inhibited += all - left.len();
        if left.is_empty() {
            return (left, Vec::new());
        }
        let intervals = &self.config.intervals;
        if !route.active_times.is_empty() && intervals.holding(&route.active_times, now).is_empty() {
            suppressed.out_of_active_time += left.len();
            return (Vec::new(), route.active_times.clone());
        }
        let muting = intervals.holding(&route.mute_times, now);
        if !muting.is_empty() {
            suppressed.in_mute_time += left.len();
            return (Vec::new(), muting.into_iter().map(str::to_owned).collect());
        }
        let loud = left.len();
        left.retain(|held| self.silences.silencing(&held.alert.labels, now).is_empty());
        suppressed.silenced += loud - left.len();
        (left, Vec::new())
    }

    /// The alert that keeps these labels quiet, if one does.
    pub(crate) fn inhibited_by(&self, labels: &Labels, now: Millis) -> Option<Labels> {
        self.inhibitor.inhibitor_of(labels, &self.alerts, now)
    }

    /// A message arrived: from now on it is known to have been told.
    pub(crate) fn record(&mut self, job: &Job, now: Millis) {
        let contents = job.message.contents.clone();
        self.log.record(&job.group_key, &job.sender.integration, contents, job.repeat_after, now);
    }

    /// A message is done, and what had to be saved is saved.
    pub(crate) fn message_done(&mut self, job: &Job, arrived: bool) {
        let Some(name) = self.under_way(job) else { return };
        if let Some(group) = self.groups.get_mut(&name) {
            let after = group.message_done(job.flush, arrived);
            self.settle(name, after);
        }
    }

    /// The group whose flush the message belongs to, while that is under way. Over a reload it may stand under another
    /// route.
    pub(crate) fn under_way(&self, job: &Job) -> Option<GroupName> {
        let is_it = |group: &Group| group.under_way() == Some(job.flush);
        if self.groups.get(&job.group).is_some_and(is_it) {
            return Some(job.group.clone());
        }
        self.groups.iter().find(|(_, group)| is_it(group)).map(|(name, _)| name.clone())
    }

    /// Drops the group, or lines it up for its next turn.
    fn settle(&mut self, name: GroupName, after: After) {
        match (after, self.groups.get(&name).and_then(Group::due)) {
            (After::Empty, _) => drop(self.groups.remove(&name)),
            (After::Kept, Some(due)) => {
                self.turns.insert((due, name));
            }
            (After::Kept, None) => {}
        }
    }

    /// Forgets what has ended or is too old; how many ends were never told, because there were too many.
    pub(crate) fn forget_old(&mut self, now: Millis) -> u64 {
        for labels in self.alerts.forget_ended(now) {
            self.inhibitor.remove(&labels);
        }
        self.log.forget_old(now);
        self.bound_untold_ends(now)
    }

    /// Groups keep ends until they are told, however long a receiver takes none: beyond the bound the oldest go.
    fn bound_untold_ends(&mut self, now: Millis) -> u64 {
        let ends = self.groups.iter().flat_map(|(name, group)| group.unordered().map(move |held| (name, held)));
        let mut ends: Vec<_> = ends.filter(|(_, held)| held.alert.is_resolved(now)).collect();
        let bytes: usize = ends.iter().map(|(_, held)| held.alert.bytes()).sum();
        if ends.len() <= UNTOLD_ENDS_MAX && bytes <= ALERTS_BYTES_MAX {
            return 0;
        }
        ends.sort_by_key(|(_, held)| std::cmp::Reverse(held.alert.ends_at));
        let (mut count, mut bytes) = (0, 0);
        let mut lost = Vec::new();
        for (name, held) in ends {
            count += 1;
            bytes += held.alert.bytes();
            if count > UNTOLD_ENDS_MAX || bytes > ALERTS_BYTES_MAX {
                lost.push((name.clone(), held.alert.labels.clone()));
            }
        }
        for (name, labels) in &lost {
            let Some(group) = self.groups.get_mut(name) else { continue };
            group.forget(labels);
            if group.is_idle() {
                group.due().map(|due| self.turns.remove(&(due, name.clone())));
                self.groups.remove(name);
            }
        }
        u64::try_from(lost.len()).unwrap_or(u64::MAX)
    }

    /// Puts a config in force. Every alert finds its groups anew; a group that is the same as before keeps its turn and
    /// its flush.
    pub(crate) fn commit(&mut self, config: Prepared, now: Now) {
        let old_config = std::mem::replace(&mut self.config, Arc::new(config));
        let old_groups = std::mem::take(&mut self.groups);
        self.turns.clear();
        self.inhibitor = Inhibitor::new(&self.config.inhibit_rules, &self.alerts);
        let mut alerts: HashMap<Labels, Arc<Held>> = HashMap::new();
        // Ends that were not told yet are known to their groups only.
        for held in old_groups.values().flat_map(Group::unordered).chain(self.alerts.iter()) {
            alerts.insert(held.alert.labels.clone(), Arc::clone(held));
        }
        for held in alerts.values() {
            self.route(held, now);
        }
        let mut before: HashMap<(String, String, Labels), Group> = HashMap::new();
        // A route that moved among its neighbours has another id and the same key; what is under way goes on with it.
        let mut moved: HashMap<(String, String), (String, String, Labels)> = HashMap::new();
        for ((index, labels), group) in old_groups {
            if let Some(route) = old_config.routes.get(index) {
                let name = (route.id.clone(), route.receiver.clone(), labels);
                moved.insert((group.key.clone(), route.receiver.clone()), name.clone());
                before.insert(name, group);
            }
        }
        self.turns.clear();
        let config = Arc::clone(&self.config);
        for (name, group) in &mut self.groups {
            let Some(route) = config.routes.get(name.0) else { continue };
            let same = (route.id.clone(), route.receiver.clone(), name.1.clone());
            let same =
                if before.contains_key(&same) { Some(&same) } else { moved.get(&(group.key.clone(), same.1.clone())) };
            if let Some(old) = same.and_then(|same| before.remove(same)) {
                group.continues(old);
            }
            self.turns.extend(group.due().map(|due| (due, name.clone())));
        }
        let known: BTreeSet<_> = config.integrations().collect();
        self.history.keep(|integration| known.contains(integration));
    }

    /// Every group with its route.
    pub(crate) fn groups(&self) -> impl Iterator<Item = (&Route, &Group)> {
        self.groups.iter().filter_map(|(name, group)| Some((self.config.routes.get(name.0)?, group)))
    }

    /// How many groups there are.
    pub(crate) fn group_count(&self) -> usize {
        self.groups.len()
    }

    fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }
}
