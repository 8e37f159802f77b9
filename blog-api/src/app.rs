//! What every request can reach.
//!
//! Invariant: one of it for each served listener; everything in it may be used by many requests at once.

use crate::access::Access;
use crate::clock::Clock;
use crate::journal::Journal;
use crate::limits::{REQUEST_MAX, REQUESTS_MAX};
use crate::meters::Meters;
use crate::store::Posts;
use crate::trace::Ids;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// The parts of the running blog.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) store: Arc<dyn Posts>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) journal: Journal,
    pub(crate) meters: Arc<Meters>,
    pub(crate) access: Access,
    /// One for each request for posts that may be answered at once.
    pub(crate) slots: Semaphore,
    pub(crate) request_max: Duration,
    pub(crate) ids: Ids,
    /// Raised when the blog was told to stop.
    pub(crate) stop: CancellationToken,
    /// When the blog started, in milliseconds since the epoch and on the clock's own scale.
    pub(crate) started: (i64, Duration),
}

/// What an [`App`] is made of.
#[derive(Clone, Debug)]
pub(crate) struct Parts {
    pub(crate) store: Arc<dyn Posts>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) journal: Journal,
    pub(crate) meters: Arc<Meters>,
}

impl App {
    pub(crate) fn new(parts: Parts, access: Access, stop: CancellationToken) -> Self {
        let Parts { store, clock, journal, meters } = parts;
        let started = (clock.now(), clock.elapsed());
        Self {
            store,
            clock,
            journal,
            meters,
            access,
            slots: Semaphore::new(REQUESTS_MAX),
            request_max: REQUEST_MAX,
            ids: Ids::default(),
            stop,
            started,
        }
    }

    /// Requests for posts that are being answered.
    pub(crate) fn in_flight(&self) -> usize {
        REQUESTS_MAX.saturating_sub(self.slots.available_permits())
    }
}
