//! A bounded pool for CPU work and blocking calls, so that the reactor's threads are never held up.
//!
//! Invariant: never more than `threads` closures run and never more than `queue` wait; who comes beyond that is told
//! at once. A panic stays in its closure. It cannot stop a running closure: hand it a [`model::cancel::Cancel`].
#![expect(clippy::disallowed_methods, reason = "the one bounded user of spawn_blocking")]

use std::sync::Arc;
use tokio::sync::Semaphore;

/// Why there is no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolError {
    /// All threads are taken and the queue is full (or the process is going down); nothing ran. Try again later.
    Busy,
    /// The closure panicked; the panic is logged.
    Panicked,
}

impl std::fmt::Display for PoolError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Busy => "all threads are busy and the queue is full",
            Self::Panicked => "the work panicked (BUG, see the log)",
        })
    }
}

impl std::error::Error for PoolError {}

/// The pool. Cloning shares it.
#[derive(Clone, Debug)]
pub struct Pool {
    admitted: Arc<Semaphore>,
    running: Arc<Semaphore>,
    threads: usize,
}

impl Pool {
    /// At most `threads` (at least 1) closures at once, and `queue` more waiting for a thread.
    pub fn new(threads: usize, queue: usize) -> Self {
        let threads = threads.clamp(1, Semaphore::MAX_PERMITS / 2);
        let admitted = threads.saturating_add(queue).min(Semaphore::MAX_PERMITS);
        Self { admitted: Arc::new(Semaphore::new(admitted)), running: Arc::new(Semaphore::new(threads)), threads }
    }

    /// How many closures may run at once.
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// Runs the closure and waits for its result. Dropping the future gives up the place in the queue; a closure that
    /// runs already goes on to its end and keeps its thread until then.
    ///
    /// # Errors
    /// See [`PoolError`].
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, PoolError> {
        let admitted = Arc::clone(&self.admitted).try_acquire_owned().map_err(|_| PoolError::Busy)?;
        let running = Arc::clone(&self.running).acquire_owned().await.map_err(|_| PoolError::Busy)?;
        let closure = move || {
            let _held_to_the_end = (admitted, running);
            work()
        };
        tokio::task::spawn_blocking(closure).await.map_err(|ended| match ended.try_into_panic() {
            Ok(panic) => {
                tracing::error!(panic = crate::task_set::panic_text(panic.as_ref()), "BUG: pooled work panicked");
                PoolError::Panicked
            }
            Err(_) => PoolError::Busy,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::sync_channel;

    #[tokio::test]
    async fn results_come_back_and_panics_stay_inside() {
        let pool = Pool::new(1, 1);
        assert_eq!(pool.run(|| 6 * 7).await, Ok(42));
        assert_eq!(pool.run(|| -> u32 { panic!("on purpose") }).await, Err(PoolError::Panicked));
        assert_eq!(pool.run(|| 1).await, Ok(1), "the thread is free again");
    }

    #[tokio::test]
    async fn beyond_threads_and_queue_it_is_busy() {
        let pool = Pool::new(1, 1);
        let (release, held) = sync_channel::<()>(0);
        let (started, has_started) = tokio::sync::oneshot::channel();
        let running = pool.run(move || {
            let _ = started.send(());
            let _ = held.recv();
            "first"
        });
        let rest = async {
            has_started.await.expect("the first closure starts");
            let mut waiting = Box::pin(pool.run(|| "second"));
            assert!(futures_util::poll!(&mut waiting).is_pending());
            assert_eq!(pool.run(|| "third").await, Err(PoolError::Busy));
            drop(release);
            waiting.await
        };
        let (first, second) = tokio::join!(running, rest);
        assert_eq!((first, second), (Ok("first"), Ok("second")));
    }
}
