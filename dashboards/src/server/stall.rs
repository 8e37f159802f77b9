//! A stream whose writes fail when the other side stops reading.
//!
//! Invariant: the time counts from the first write that has to wait until all is written or as many bytes went out as
//! are asked for in that time, so that a client that takes a byte now and then is no reader either.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

/// The stream with its patience.
pub(super) struct StallGuard<S> {
    stream: S,
    patience: Duration,
    /// Bytes that must go out within the patience.
    pace: usize,
    deadline: Pin<Box<Sleep>>,
    /// Bytes that went out since a write had to wait; `None` when none waits.
    waited: Option<usize>,
}

impl<S> StallGuard<S> {
    pub(super) fn new(stream: S, patience: Duration, pace: usize) -> Self {
        Self { stream, patience, pace, deadline: Box::pin(tokio::time::sleep(patience)), waited: None }
    }

    /// Passes a write's outcome on, unless the client has been too slow for too long.
    fn judge_write(&mut self, outcome: Poll<io::Result<usize>>, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if let Poll::Ready(Ok(written)) = &outcome {
            let pace = self.pace;
            self.waited = self.waited.map(|waited| waited.saturating_add(*written)).filter(|waited| *waited < pace);
        }
        self.judge(outcome, context)
    }

    /// The same for a flush or a shutdown; when one is through, nothing waits any more.
    fn judge_end(&mut self, outcome: Poll<io::Result<()>>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if outcome.is_ready() {
            self.waited = None;
        }
        self.judge(outcome, context)
    }

    fn judge<T>(&mut self, outcome: Poll<io::Result<T>>, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        if outcome.is_ready() {
            return outcome;
        }
        if self.waited.is_none() {
            self.waited = Some(0);
            self.deadline.as_mut().reset(Instant::now() + self.patience);
        }
        match self.deadline.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client reads no more"))),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for StallGuard<S> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(context, into)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for StallGuard<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let guard = self.get_mut();
        let outcome = Pin::new(&mut guard.stream).poll_write(context, bytes);
        guard.judge_write(outcome, context)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let guard = self.get_mut();
        let outcome = Pin::new(&mut guard.stream).poll_write_vectored(context, slices);
        guard.judge_write(outcome, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let guard = self.get_mut();
        let outcome = Pin::new(&mut guard.stream).poll_flush(context);
        guard.judge_end(outcome, context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let guard = self.get_mut();
        let outcome = Pin::new(&mut guard.stream).poll_shutdown(context);
        guard.judge_end(outcome, context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test(start_paused = true)]
    async fn a_client_that_reads_no_more_is_given_up() {
        let (ours, mut theirs) = tokio::io::duplex(8);
        let mut guarded = StallGuard::new(ours, Duration::from_secs(30), 4);
        guarded.write_all(b"12345678").await.expect("fits");
        let started = Instant::now();
        let slow_reader = async {
            tokio::time::sleep(Duration::from_secs(20)).await;
            theirs.read_exact(&mut [0; 4]).await.expect("reads");
        };
        // The four bytes read after 20 s start the time anew; then nothing is read any more.
        let (written, ()) = tokio::join!(guarded.write_all(b"abcdefgh"), slow_reader);
        assert_eq!(written.expect_err("stalls").kind(), io::ErrorKind::TimedOut);
        assert_eq!(started.elapsed(), Duration::from_secs(50));
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_a_byte_now_and_then_is_given_up() {
        let (ours, mut theirs) = tokio::io::duplex(8);
        let mut guarded = StallGuard::new(ours, Duration::from_secs(30), 4);
        let started = Instant::now();
        let drip = async {
            loop {
                tokio::time::sleep(Duration::from_secs(9)).await;
                theirs.read_exact(&mut [0; 1]).await.expect("reads");
            }
        };
        let written = tokio::select! {
            written = guarded.write_all(&[0; 100]) => written,
            () = drip => Ok(()),
        };
        assert_eq!(written.expect_err("too slow").kind(), io::ErrorKind::TimedOut);
        assert_eq!(started.elapsed(), Duration::from_secs(30));
    }
}
