//! An aggregation group: alerts of one route that share the labels it groups by, and when they are told next.
//!
//! Invariant: pure. A group waits `group_wait` for its first flush and `group_interval` for each further one, and flushes
//! one at a time: a turn that comes while a flush is under way follows it at once. An alert that ended leaves after a
//! flush that went well, unless it was posted again meanwhile. As Alertmanager's `dispatch.aggrGroup`.

use super::alerts::Held;
use super::route::Route;
use model::labels::Labels;
use model::time::Millis;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// The time twice: what clocks show, which may step, and what only goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Now {
    /// As the wall clock shows it; alerts begin and end in it.
    pub(crate) wall: Millis,
    /// Since the dispatcher was made; timers run in it.
    pub(crate) steady: Duration,
}

/// Tells flushes apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct FlushId(pub(crate) u64);

/// A flush that is under way.
#[derive(Debug)]
struct Flight {
    id: FlushId,
    /// What leaves when it goes well.
    resolved: Vec<Arc<Held>>,
    /// Messages that are not done yet.
    open: usize,
    failed: bool,
}

/// What a flush has to tell.
#[derive(Debug)]
pub(crate) struct Flush {
    pub(crate) alerts: Vec<Arc<Held>>,
}

/// What became of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum After {
    /// It goes on.
    Kept,
    /// It holds no alert any more and is to be dropped; a later alert makes a new one.
    Empty,
}

#[derive(Debug)]
pub(crate) struct Group {
    /// The labels that all its alerts share.
    pub(crate) labels: Labels,
    /// Its name in messages and in the notification log.
    pub(crate) key: String,
    /// Times by which it is muted, as its last flush found it.
    pub(crate) muted_by: Vec<String>,
    alerts: HashMap<Labels, Arc<Held>>,
    next: Duration,
    flight: Option<Flight>,
}

impl Group {
    /// With its first alert. One that began longer than `group_wait` ago has been waited for already.
    pub(crate) fn new(first: Arc<Held>, labels: Labels, route: &Route, now: Now) -> Self {
        let is_late = first.alert.starts_at.plus(route.group_wait) < now.wall;
        let wait = if is_late { Duration::ZERO } else { route.group_wait };
        let key = format!("{}:{}", route.key, shown(&labels));
        let mut group = Self {
            labels,
            key,
            muted_by: Vec::new(),
            alerts: HashMap::new(),
            next: now.steady.saturating_add(wait),
            flight: None,
        };
        group.insert(first);
        group
    }

    /// Adds an alert, or what is new of it.
    pub(crate) fn insert(&mut self, held: Arc<Held>) {
        self.alerts.insert(held.alert.labels.clone(), held);
    }

    /// The alerts, in the order in which messages list them.
    pub(crate) fn alerts(&self) -> Vec<Arc<Held>> {
        let mut alerts: Vec<_> = self.alerts.values().cloned().collect();
        alerts.sort_by(|a, b| order(&a.alert.labels, &b.alert.labels));
        alerts
    }

    /// When it wants its next turn; `None` while a flush is under way whose end it waits for.
    pub(crate) fn due(&self) -> Option<Duration> {
        self.flight.is_none().then_some(self.next)
    }

    /// Its turn has come: what is to be told, and from when on it may be its turn again.
    pub(crate) fn begin(&mut self, id: FlushId, route: &Route, now: Now) -> Flush {
        self.next = now.steady.saturating_add(route.group_interval);
        let alerts = self.alerts();
        let resolved = alerts.iter().filter(|held| held.alert.is_resolved(now.wall)).cloned().collect();
        self.flight = Some(Flight { id, resolved, open: 0, failed: false });
        Flush { alerts }
    }

    /// How many messages the flush sends. Without any it has gone well already.
    pub(crate) fn sending(&mut self, messages: usize) -> After {
        if let Some(flight) = &mut self.flight {
            flight.open = messages;
        }
        self.land_if_done()
    }

    /// One message is done. Those of a flush that is no longer under way count for nothing.
    pub(crate) fn message_done(&mut self, id: FlushId, arrived: bool) -> After {
        if let Some(flight) = self.flight.as_mut().filter(|flight| flight.id == id) {
            flight.open = flight.open.saturating_sub(1);
            flight.failed |= !arrived;
        }
        self.land_if_done()
    }

    /// Takes over the turn of the group that it was before a reload.
    pub(crate) fn continues(&mut self, before: Self) {
        self.next = before.next;
        self.flight = before.flight;
        self.muted_by = before.muted_by;
    }

    /// The alerts, in no order.
    pub(crate) fn unordered(&self) -> impl Iterator<Item = &Arc<Held>> {
        self.alerts.values()
    }

    /// Forgets an end that it could not tell.
    pub(crate) fn forget(&mut self, labels: &Labels) {
        self.alerts.remove(labels);
    }

    /// Whether it has nothing to tell and nothing under way.
    pub(crate) fn is_idle(&self) -> bool {
        self.alerts.is_empty() && self.flight.is_none()
    }

    /// The flush that is under way.
    pub(crate) fn under_way(&self) -> Option<FlushId> {
        self.flight.as_ref().map(|flight| flight.id)
    }

    fn land_if_done(&mut self) -> After {
        if let Some(flight) = self.flight.take_if(|flight| flight.open == 0)
            && !flight.failed
        {
            for told in flight.resolved {
                let same = |held: &Arc<Held>| Arc::ptr_eq(held, &told);
                if self.alerts.get(&told.alert.labels).is_some_and(same) {
                    self.alerts.remove(&told.alert.labels);
                }
            }
        }
        if self.alerts.is_empty() { After::Empty } else { After::Kept }
    }
}

/// Labels as group keys hold them: names as they are, values quoted.
fn shown(labels: &Labels) -> String {
    let pairs: Vec<_> = labels.iter().map(|(name, value)| format!("{name}={}", model::number::quoted(value))).collect();
    format!("{{{}}}", pairs.join(", "))
}

/// By job, then instance, then all labels; an alert without the label stands behind those with it.
pub(crate) fn order(a: &Labels, b: &Labels) -> std::cmp::Ordering {
    let absent_last = |name: &str| match (a.get(name), b.get(name)) {
        (Some(a), Some(b)) => a.cmp(b),
        (a, b) => a.is_none().cmp(&b.is_none()),
    };
    absent_last("job").then_with(|| absent_last("instance")).then_with(|| a.cmp(b))
}

#[cfg(test)]
mod tests;
