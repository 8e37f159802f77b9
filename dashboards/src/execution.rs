//! Runs the work of a request on the pool: bounded in number, in time, and ended when nobody waits for it.
//!
//! Invariant: whoever stops waiting (the client leaves, the time is up, the daemon goes down) raises the work's cancel
//! flag, so no thread works for an answer that nobody reads.

use crate::error::{ErrorKind, Failure};
use crate::limits::QUERY_STOP_GRACE;
use crate::state::Front;
use model::cancel::{Cancel, Cancelled};
use model::instrument::Instrument;
use runtime::pool::{Pool, PoolError};
use std::time::Duration;

/// Raises the flag when the future that holds it is dropped: the client left.
struct CancelOnDrop(Cancel);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        // After the work has ended nobody looks at the flag any more.
        self.0.cancel();
    }
}

impl Front {
    /// Runs the work on the pool of queries and waits for its answer.
    ///
    /// # Errors
    /// As [`Front::compute_on`].
    pub(crate) async fn compute<T: Send + 'static>(
        &self,
        patience: Duration,
        work: impl FnOnce(&Cancel) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        self.compute_on(self.pool(), patience, work).await
    }

    /// Runs the work on a pool and waits for its answer.
    ///
    /// # Errors
    /// What the work fails with; no thread or place in the queue; the time is up; the daemon goes down.
    pub(crate) async fn compute_on<T: Send + 'static>(
        &self,
        pool: &Pool,
        patience: Duration,
        work: impl FnOnce(&Cancel) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        if patience.is_zero() {
            return Err(canceled(Cancelled::TimedOut));
        }
        if self.abandon().is_cancelled() {
            return Err(canceled(Cancelled::ByCaller));
        }
        let cancel = Cancel::default();
        let _until_answered = CancelOnDrop(cancel.clone());
        let flag = cancel.clone();
        let mut running = std::pin::pin!(pool.run(move || {
            flag.check().map_err(canceled)?;
            work(&flag)
        }));
        let reason = tokio::select! {
            biased;
            done = running.as_mut() => return self.outcome(done),
            () = tokio::time::sleep(patience) => {
                cancel.time_out();
                Cancelled::TimedOut
            }
            () = self.abandon().cancelled() => {
                cancel.cancel();
                Cancelled::ByCaller
            }
        };
        match tokio::time::timeout(QUERY_STOP_GRACE, running).await {
            Ok(done) => self.outcome(done),
            Err(_) => Err(canceled(reason)),
        }
    }

    fn outcome<T>(&self, done: Result<Result<T, Failure>, PoolError>) -> Result<T, Failure> {
        match done {
            Ok(answer) => answer,
            Err(PoolError::Busy) => {
                self.count(Instrument::HttpRefused, &["busy"]);
                Err(Failure::new(ErrorKind::Busy, "too many requests at once, try again"))
            }
            Err(PoolError::Panicked) => {
                self.count(Instrument::HttpPanics, &[]);
                Err(Failure::new(ErrorKind::Internal, "answering this request failed (a bug of Belfry, see its log)"))
            }
        }
    }
}

fn canceled(reason: Cancelled) -> Failure {
    query::Error::from(reason).into()
}

#[cfg(test)]
mod tests;
