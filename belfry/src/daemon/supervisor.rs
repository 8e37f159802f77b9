//! Waits for what ends the daemon: a signal, someone asking it to quit, or the end of a critical task.
//!
//! Invariant: it decides nothing but that and why; the order of the stop is the daemon's. The second signal is a demand
//! to end at once.

use anyhow::Context;
use runtime::Failure;
use std::fmt;
use std::future::Future;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Why the daemon ends.
#[derive(Debug)]
pub(super) enum End {
    /// It was asked to; the name of the signal or of the request.
    Asked(&'static str),
    /// A task that it cannot do without has ended.
    Failed(Failure),
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Asked(by) => f.write_str(by),
            Self::Failed(failure) => write!(f, "{failure}"),
        }
    }
}

/// The signals that the daemon listens to. From here on the defaults of the system do not apply.
#[derive(Debug)]
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Listens from now on. Must be called inside the runtime.
    pub(super) fn listen() -> anyhow::Result<Self> {
        let listen = |kind, name| signal(kind).with_context(|| format!("listening to {name}"));
        Ok(Self {
            terminate: listen(SignalKind::terminate(), "SIGTERM")?,
            interrupt: listen(SignalKind::interrupt(), "SIGINT")?,
        })
    }

    /// Waits for the next signal that asks for the end.
    pub(super) async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}

/// The signal that asks for a reload.
pub(super) fn hangups() -> anyhow::Result<Signal> {
    signal(SignalKind::hangup()).context("listening to SIGHUP")
}

/// Waits for the end of the daemon.
pub(super) async fn wait(
    signals: &mut Signals,
    quit: &CancellationToken,
    failed: impl Future<Output = Failure>,
) -> End {
    tokio::select! {
        signal = signals.next() => End::Asked(signal),
        () = quit.cancelled() => End::Asked("/-/quit"),
        failure = failed => End::Failed(failure),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::{pending, ready};

    #[tokio::test]
    async fn whoever_ends_it_is_named() {
        let mut signals = Signals::listen().expect("signals");
        let failure = Failure { task: "server".to_owned(), what: "the listener is gone".to_owned() };
        let end = wait(&mut signals, &CancellationToken::new(), ready(failure)).await;
        assert_eq!(end.to_string(), "task server ended: the listener is gone");
        assert!(matches!(end, End::Failed(_)));

        let quit = CancellationToken::new();
        quit.cancel();
        let end = wait(&mut signals, &quit, pending()).await;
        assert!(matches!(end, End::Asked("/-/quit")), "{end:?}");
    }
}
