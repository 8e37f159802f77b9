//! From alerts to messages: the dispatcher holds what was posted, groups it by the routes, and has receivers told.
//!
//! Invariant: one task keeps all timers; each message that is sent is a short task of its own, so that a receiver that
//! hangs or panics holds up no other. A message that arrived is on disk as told before its group goes on, so after a
//! kill nobody is told twice, except of what was under way. It behaves as Alertmanager's `dispatch` and `notify`.

pub(crate) mod alerts;
mod believed;
pub(crate) mod core;
pub(crate) mod group;
pub(crate) mod history;
mod prepared;
pub(crate) mod route;
mod save;
mod tell;
mod view;

pub use alerts::{End, Refusal};
pub use history::{Outcome, Shown, Tally};
pub use prepared::Prepared;
pub use view::{AlertFilter, AlertView, GroupView, ReceiverFilter, ReceiverView};

use self::core::{Core, Posted, Turn};
use crate::limits::SAVES_QUEUED;
use crate::notification_log::{Integration, NotificationLog};
use crate::posted::PostedAlert;
use crate::silence::{Phase, Silences};
use believed::AllBelieved;
use group::Now;
use model::clock::Clock;
use model::instrument::{Instrument, Instruments};
use model::labels::Labels;
use runtime::pool::Pool;
use runtime::task_set::{BoxError, Class, TaskSet};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use store::state::{StateName, States};
use tokio::sync::{Notify, Semaphore};
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

/// After a start nobody is told for so long: the rules post what they knew first, so that a group is whole again before
/// it is compared with what was told of it.
pub const START_HOLD: Duration = Duration::from_secs(2);

/// How often what has ended is forgotten and gauges are set.
const MAINTAIN_EVERY: Duration = Duration::from_secs(15);

/// How long messages that are under way may take when we stop. Then they are cut off, and sent again after the start.
pub const STOP_GRACE: Duration = Duration::from_secs(2);

/// What the dispatcher works with.
#[derive(Debug)]
pub struct Parts {
    /// Where silences and the notification log are kept.
    pub states: States,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Where the dispatcher counts what it does.
    pub instruments: Arc<Instruments>,
}

/// See the module. Share it behind an `Arc`; one task runs it, others post to it, ask it and reload it.
#[derive(Debug)]
pub struct Dispatcher {
    core: Mutex<Core>,
    parts: Parts,
    /// Raised when a turn may have come earlier.
    wake: Notify,
    /// When it was made: timers count from then.
    origin: Instant,
    /// Where snapshots are written.
    pool: Pool,
    /// Where alerts are counted.
    gauges: Pool,
    /// Up to which change the log is on disk; held while it is saved.
    log_saved: tokio::sync::Mutex<u64>,
    /// What was last kept of the alerts that somebody believes to go on; `None` before the first time.
    believed_saved: Mutex<Option<Vec<(Labels, bool)>>>,
    /// Held while silences change.
    silences_change: tokio::sync::Mutex<()>,
    /// Places for messages, by integration.
    places: Mutex<BTreeMap<Integration, Arc<Semaphore>>>,
}

impl Dispatcher {
    /// With what was kept; it tells nobody before [`Dispatcher::run`]. Reads the disk, so not for the reactor.
    ///
    /// # Errors
    /// What was kept cannot be read because of the disk. What makes no sense is set aside, and the start goes on.
    pub fn new(prepared: Prepared, parts: Parts) -> Result<Self, store::Error> {
        let silences = load(&parts.states, StateName::Silences, Silences::decode)?;
        let log = load(&parts.states, StateName::NotificationLog, NotificationLog::decode)?;
        let believed = load(&parts.states, StateName::Told, AllBelieved::decode)?;
        let mut core = Core::new(prepared, silences, log);
        core.restore(believed, Now { wall: parts.clock.now(), steady: Duration::ZERO });
        Ok(Self {
            core: Mutex::new(core),
            parts,
            wake: Notify::new(),
            origin: Instant::now(),
            pool: Pool::new(1, SAVES_QUEUED),
            gauges: Pool::new(1, 0),
            log_saved: tokio::sync::Mutex::new(0),
            believed_saved: Mutex::default(),
            silences_change: tokio::sync::Mutex::new(()),
            places: Mutex::default(),
        })
    }

    /// Takes alerts of our own rules. What is over a limit is refused, counted and logged.
    pub fn post(&self, alerts: Vec<PostedAlert>) {
        let alerts = alerts.into_iter().map(|alert| (alert, End::Given)).collect();
        self.take(alerts, "rules");
    }

    /// Takes alerts that others sent, each with where its end comes from.
    ///
    /// # Errors
    /// Some are over a limit; the others are held.
    pub fn post_external(&self, alerts: Vec<(PostedAlert, End)>) -> Result<(), Refusal> {
        self.take(alerts, "api").first_refusal.map_or(Ok(()), Err)
    }

    fn take(&self, alerts: Vec<(PostedAlert, End)>, source: &str) -> Posted {
        let count = u64::try_from(alerts.len()).unwrap_or(u64::MAX);
        let now = self.now();
        let posted = self.core().post(alerts, now);
        self.wake.notify_one();
        let instruments = &self.parts.instruments;
        instruments.add(Instrument::AlertsPosted, &[source], count);
        for (reason, count) in &posted.refused {
            instruments.add(Instrument::AlertsRefused, &[reason], *count);
            tracing::error!(reason, count, source, "alerts refused");
        }
        if posted.without_group > 0 {
            instruments.add(Instrument::AlertsRefused, &["no_group"], posted.without_group);
            tracing::error!(
                count = posted.without_group,
                "too many aggregation groups: alerts are held, nobody is told"
            );
        }
        posted
    }

    /// Puts a config in force. Alerts, silences, the notification log, and groups whose route stays are kept.
    pub fn commit(&self, prepared: Prepared) {
        let now = self.now();
        let known: BTreeSet<_> = prepared.integrations().cloned().collect();
        self.core().commit(prepared, now);
        self.places.lock().unwrap_or_else(PoisonError::into_inner).retain(|integration, _| known.contains(integration));
        self.wake.notify_one();
    }

    /// Tells until it is told to stop; then messages under way get [`STOP_GRACE`], and what was told is saved.
    ///
    /// # Errors
    /// None today; the type is that of a task.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) -> Result<(), BoxError> {
        // Not a child of `stop`: what is under way is given its time.
        let tasks = TaskSet::new(Arc::clone(&self.parts.instruments), CancellationToken::new());
        let begun = self.now().steady;
        self.core().hold_until(begun.saturating_add(START_HOLD));
        let dispatcher = Arc::clone(&self);
        // Apart from the turns: a disk that hangs holds up no first message.
        tasks.spawn("dispatch-maintenance", Class::Isolated, move |stop| Arc::clone(&dispatcher).maintain_until(stop));
        while !stop.is_cancelled() {
            let next = self.start_what_is_due(&tasks);
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.wake.notified() => {}
                () = until(next) => {}
            }
        }
        let open = tasks.len();
        if let Err(stragglers) = tasks.stop_and_wait(STOP_GRACE).await {
            let cut_off = stragglers.tasks.len();
            tracing::warn!(open, cut_off, "messages were cut off, they are sent again after the next start");
        }
        self.save_log().await;
        self.save_believed().await;
        Ok(())
    }

    /// Starts the messages of the groups whose turn has come; when the next turn is.
    fn start_what_is_due(self: &Arc<Self>, tasks: &TaskSet) -> Option<Instant> {
        let now = self.now();
        let (turn, next) = {
            let mut core = self.core();
            (core.turn(now), core.next_turn())
        };
        self.count_suppressed(&turn);
        for job in turn.jobs {
            let dispatcher = Arc::clone(self);
            let name = format!("notify/{}/{}", job.sender.integration.receiver, job.sender.integration.name());
            tasks.spawn_once(name, move |stop| dispatcher.tell(job, stop));
        }
        next.and_then(|next| self.origin.checked_add(next))
    }

    fn count_suppressed(&self, turn: &Turn) {
        let suppressed = turn.suppressed;
        for (reason, count) in [
            ("inhibition", suppressed.inhibited),
            ("active_time_interval", suppressed.out_of_active_time),
            ("mute_time_interval", suppressed.in_mute_time),
            ("silence", suppressed.silenced),
        ] {
            if count > 0 {
                let count = u64::try_from(count).unwrap_or(u64::MAX);
                self.parts.instruments.add(Instrument::NotificationsSuppressed, &[reason], count);
            }
        }
    }

    async fn maintain_until(self: Arc<Self>, stop: CancellationToken) -> Result<(), BoxError> {
        let mut ticks = tokio::time::interval(MAINTAIN_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while stop.run_until_cancelled(ticks.tick()).await.is_some() {
            let now = self.now();
            self.forget_old(now);
            self.forget_old_silences().await;
            self.save_log().await;
            self.save_believed().await;
            // Every alert is compared with the silences, which may take its time.
            let dispatcher = Arc::clone(&self);
            if let Err(error) = self.gauges.run(move || dispatcher.set_gauges()).await {
                tracing::warn!(%error, "gauges of alerts not set");
            }
        }
        Ok(())
    }

    fn forget_old(&self, now: Now) {
        let mut core = self.core();
        core.end_unclaimed(now);
        let lost = core.forget_old(now.wall);
        drop(core);
        if lost > 0 {
            self.parts.instruments.add(Instrument::AlertsRefused, &["end_not_told"], lost);
            tracing::error!(
                count = lost,
                "too many ends wait for a receiver that takes none: the oldest are forgotten"
            );
        }
        self.wake.notify_one();
    }

    fn set_gauges(&self) {
        let now = self.now().wall;
        let views = self.alerts(&AlertFilter::default());
        let suppressed = views.iter().filter(|view| view.is_suppressed()).count();
        let core = self.core();
        let gauges = [
            (Instrument::AlertsHeld, "active", views.len() - suppressed),
            (Instrument::AlertsHeld, "suppressed", suppressed),
            (Instrument::Silences, "active", core.silences.count(Phase::Active, now)),
            (Instrument::Silences, "pending", core.silences.count(Phase::Pending, now)),
            (Instrument::Silences, "expired", core.silences.count(Phase::Expired, now)),
        ];
        let groups = core.group_count();
        drop(core);
        let number = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
        let instruments = &self.parts.instruments;
        gauges.iter().for_each(|(gauge, label, count)| instruments.set(*gauge, &[label], number(*count)));
        instruments.set(Instrument::AlertGroups, &[], number(groups));
    }

    fn now(&self) -> Now {
        Now { wall: self.parts.clock.now(), steady: self.origin.elapsed() }
    }

    /// The core is whole whenever it is not locked: a panic while it is would be a bug of the pure part.
    fn core(&self) -> MutexGuard<'_, Core> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn until(next: Option<Instant>) {
    match next {
        Some(next) => tokio::time::sleep_until(next).await,
        None => std::future::pending().await,
    }
}

/// What was kept under the name, or nothing.
fn load<T: Default>(
    states: &States,
    name: StateName,
    decode: impl FnOnce(&[u8]) -> Result<T, String>,
) -> Result<T, store::Error> {
    let Some(bytes) = states.load(name)? else { return Ok(T::default()) };
    match decode(&bytes) {
        Ok(kept) => Ok(kept),
        Err(error) => {
            states.set_aside(name, &error)?;
            Ok(T::default())
        }
    }
}

#[cfg(test)]
mod tests;
