//! What goes on with a connection once a request on it has switched to another protocol.
//!
//! Invariant: it runs inside the connection's own task. So it counts among the connections, is told of the stop as they
//! are, and is dropped with them.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use tokio_util::sync::CancellationToken;

type Running = Pin<Box<dyn Future<Output = ()> + Send>>;
type Continuation = Box<dyn FnOnce(CancellationToken) -> Running + Send>;

/// The place where a route leaves what goes on. Every request carries the one of its connection.
#[derive(Clone, Default)]
pub(crate) struct Handover {
    next: Arc<Mutex<Option<Continuation>>>,
}

impl Handover {
    /// Goes on with `run` when the connection has switched. It must end soon after its token is raised.
    pub(crate) fn go_on<Run>(&self, run: impl FnOnce(CancellationToken) -> Run + Send + 'static)
    where
        Run: Future<Output = ()> + Send + 'static,
    {
        let next: Continuation = Box::new(move |stop| Box::pin(run(stop)));
        *self.next.lock().unwrap_or_else(PoisonError::into_inner) = Some(next);
    }

    /// Takes what was left.
    pub(super) fn take(&self) -> Option<Continuation> {
        self.next.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl fmt::Debug for Handover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handover").finish_non_exhaustive()
    }
}
