//! What the routes answer from, and where the daemon is between start and stop.
//!
//! Invariant: the routes ask the phase at every request, so the port can be open before the store is, and everything
//! that needs the store answers 503 until it is there.

use collector::push::{loki_push, remote_write::Receiver};
use model::clock::Clock;
use model::instrument::{Instrument, Instruments};
use model::time::Millis;
use runtime::pool::Pool;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};
use store::metrics::Progress;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::auth::Gatekeeper;
use crate::body::Room;
use crate::hold::AnswerRoom;
use crate::limits::{GZIP_QUEUED_MAX, GZIP_THREADS, PUSH_THREADS, PUSHES_QUEUED_MAX, TAILS_MAX};

/// What runs behind the routes once the store is open.
#[derive(Debug)]
pub struct Backends {
    /// Evaluates PromQL.
    pub engine: Arc<query::Engine>,
    /// Holds the metrics.
    pub metrics: Arc<store::metrics::Metrics>,
    /// Evaluates LogQL.
    pub log_engine: Arc<query::LogEngine>,
    /// Holds the log lines.
    pub logs: Arc<store::logs::Logs>,
    /// Scrapes.
    pub collector: Arc<collector::Collector>,
    /// Tails log files.
    pub tail: Arc<collector::LogCollector>,
    /// Evaluates rules.
    pub rules: Arc<alerter::Rules>,
    /// Tells receivers of alerts.
    pub dispatch: Arc<alerter::Dispatcher>,
    /// Hands alerts to other Alertmanagers.
    pub forward: Arc<alerter::forward::Forwarder>,
}

/// Where the daemon is between start and stop.
#[derive(Clone, Debug)]
pub enum Phase {
    /// The store is opened and its WAL replayed: healthy, not ready.
    Replaying(Arc<Progress>),
    /// Everything runs, but the daemon is not done starting (alerter state, first targets): queries are answered,
    /// ready is not.
    Starting(Arc<Backends>),
    /// Ready.
    Serving(Arc<Backends>),
    /// Going down: healthy, not ready; what is in flight is finished.
    Stopping(Arc<Backends>),
}

impl Phase {
    fn backends(&self) -> Option<&Arc<Backends>> {
        match self {
            Self::Replaying(_) => None,
            Self::Starting(backends) | Self::Serving(backends) | Self::Stopping(backends) => Some(backends),
        }
    }
}

/// What is running, for `status/buildinfo`.
#[derive(Clone, Debug, Default)]
pub struct Build {
    /// Belfry's version.
    pub version: String,
    /// The commit; empty when unknown.
    pub revision: String,
    /// The branch; empty when unknown.
    pub branch: String,
    /// When it was built, `YYYYMMDD-HH:MM:SS`; empty when unknown.
    pub build_date: String,
    /// The compiler, such as `rustc 1.95.0`.
    pub compiler: String,
}

/// How the embedded blog is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlogStatus {
    /// Where it listens, or would.
    pub address: String,
    /// Whether it runs.
    pub running: bool,
    /// Why it does not; `None` before the first start.
    pub failure: Option<String>,
}

/// What the daemon tells of itself, asked at each request.
#[derive(Clone, Debug, Default)]
pub struct DaemonStatus {
    /// The config in force as YAML, secrets replaced by `<secret>`.
    pub config_yaml: String,
    /// Command line flags and their values, ascending.
    pub flags: Vec<(String, String)>,
    /// When the process started.
    pub started: Millis,
    /// The working folder.
    pub directory: String,
    /// The machine's name.
    pub hostname: String,
    /// Whether the last reload went well; true before the first.
    pub reload_succeeded: bool,
    /// When a config was last applied.
    pub reloaded: Millis,
    /// How long data is kept, such as `90d`.
    pub retention: String,
    /// The embedded blog; `None` when it is not configured.
    pub blog: Option<BlogStatus>,
}

/// The answer of a reload: what to tell, or why the old config stays (the text names the key).
pub type ReloadAnswer = Pin<Box<dyn Future<Output = Result<String, String>> + Send>>;

/// What the daemon does when it is asked over HTTP.
pub struct DaemonCalls {
    /// Reloads the config (`/-/reload`), as SIGHUP does.
    pub reload: Box<dyn Fn() -> ReloadAnswer + Send + Sync>,
    /// Raised when someone asks the daemon to end (`/-/quit`, when enabled).
    pub quit: CancellationToken,
    /// Tells the state of the daemon.
    pub status: Box<dyn Fn() -> DaemonStatus + Send + Sync>,
}

impl fmt::Debug for DaemonCalls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DaemonCalls").finish_non_exhaustive()
    }
}

/// Everything that a server needs besides its config.
#[derive(Debug)]
pub struct State {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Our own metrics.
    pub instruments: Arc<Instruments>,
    /// Where queries and other CPU work run; its queue bounds how many wait.
    pub pool: Pool,
    /// What is running.
    pub build: Build,
    /// What the daemon does when it is asked.
    pub daemon: DaemonCalls,
}

/// The state as the routes share it.
#[derive(Clone, Debug)]
pub(crate) struct Front {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    state: State,
    phase: RwLock<Phase>,
    replay: RwLock<Arc<Progress>>,
    gatekeeper: Gatekeeper,
    settings: RwLock<Settings>,
    abandon: CancellationToken,
    room: Room,
    answer_room: AnswerRoom,
    gzip_pool: Pool,
    receiver: Arc<Receiver>,
    log_receiver: Arc<loki_push::Receiver>,
    push_pool: Pool,
    tail_seats: Arc<Semaphore>,
}

/// What a reload may change without a new listener.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) external_url: String,
    pub(crate) enable_quit: bool,
}

impl Front {
    pub(crate) fn new(state: State, gatekeeper: Gatekeeper, settings: Settings) -> Self {
        let replay = Arc::<Progress>::default();
        let phase = RwLock::new(Phase::Replaying(Arc::clone(&replay)));
        let settings = RwLock::new(settings);
        let abandon = CancellationToken::new();
        Self {
            shared: Arc::new(Shared {
                state,
                phase,
                replay: RwLock::new(replay),
                gatekeeper,
                settings,
                abandon,
                room: Room::default(),
                answer_room: AnswerRoom::default(),
                gzip_pool: Pool::new(GZIP_THREADS, GZIP_QUEUED_MAX),
                receiver: Arc::default(),
                log_receiver: Arc::default(),
                push_pool: Pool::new(PUSH_THREADS, PUSHES_QUEUED_MAX),
                tail_seats: Arc::new(Semaphore::new(TAILS_MAX)),
            }),
        }
    }

    pub(crate) fn phase(&self) -> Phase {
        self.shared.phase.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_phase(&self, phase: Phase) {
        if let Phase::Replaying(progress) = &phase {
            *self.shared.replay.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(progress);
        }
        *self.shared.phase.write().unwrap_or_else(PoisonError::into_inner) = phase;
    }

    /// What answers queries, or `None` while the WAL is replayed.
    pub(crate) fn backends(&self) -> Option<Arc<Backends>> {
        self.phase().backends().cloned()
    }

    /// How far the replay is, or how far it went.
    pub(crate) fn replay(&self) -> Arc<Progress> {
        Arc::clone(&self.shared.replay.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn settings(&self) -> Settings {
        self.shared.settings.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_settings(&self, settings: Settings) {
        *self.shared.settings.write().unwrap_or_else(PoisonError::into_inner) = settings;
    }

    pub(crate) fn now(&self) -> Millis {
        self.shared.state.clock.now()
    }

    pub(crate) fn pool(&self) -> &Pool {
        &self.shared.state.pool
    }

    /// Reads remote writes; it remembers the series that were pushed.
    pub(crate) fn receiver(&self) -> &Arc<Receiver> {
        &self.shared.receiver
    }

    /// Reads pushes of logs; it remembers the streams that were pushed.
    pub(crate) fn log_receiver(&self) -> &Arc<loki_push::Receiver> {
        &self.shared.log_receiver
    }

    /// Where pushes are stored: not among the queries, so that slow queries lose no samples.
    pub(crate) fn push_pool(&self) -> &Pool {
        &self.shared.push_pool
    }

    pub(crate) fn build(&self) -> &Build {
        &self.shared.state.build
    }

    pub(crate) fn daemon(&self) -> &DaemonCalls {
        &self.shared.state.daemon
    }

    pub(crate) fn gatekeeper(&self) -> &Gatekeeper {
        &self.shared.gatekeeper
    }

    pub(crate) fn instruments(&self) -> &Arc<Instruments> {
        &self.shared.state.instruments
    }

    pub(crate) fn count(&self, instrument: Instrument, labels: &[&str]) {
        self.instruments().add(instrument, labels, 1);
    }

    /// One permit for each live tail that may run at once.
    pub(crate) fn tail_seats(&self) -> &Arc<Semaphore> {
        &self.shared.tail_seats
    }

    pub(crate) fn room(&self) -> &Room {
        &self.shared.room
    }

    pub(crate) fn answer_room(&self) -> &AnswerRoom {
        &self.shared.answer_room
    }

    /// Where long answers are compressed: not behind slow queries, which would hold up finished answers.
    pub(crate) fn gzip_pool(&self) -> &Pool {
        &self.shared.gzip_pool
    }

    /// Raised when requests in flight have had their time after the stop: their queries end now.
    pub(crate) fn abandon(&self) -> &CancellationToken {
        &self.shared.abandon
    }
}
