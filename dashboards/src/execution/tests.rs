//! What ends the work of a request, and what becomes of its answer then.

use super::*;
use crate::error::LokiFailure;
use crate::testing::Fixture;
use axum::response::IntoResponse;
use futures_util::poll;
use std::sync::mpsc::sync_channel;
use tokio::sync::oneshot;
use tokio::time::timeout;

const LONG: Duration = Duration::from_secs(60);

/// Works until it is told to stop; then tells why.
fn endless(cancel: &Cancel) -> Result<Cancelled, Failure> {
    loop {
        if let Err(reason) = cancel.check() {
            return Ok(reason);
        }
        std::thread::yield_now();
    }
}

#[tokio::test]
async fn work_is_stopped_when_its_time_is_up() {
    let fixture = Fixture::new();
    let front = fixture.server.front();
    assert_eq!(front.compute(Duration::from_millis(20), endless).await, Ok(Cancelled::TimedOut));
    let stubborn = |_: &Cancel| -> Result<(), Failure> {
        std::thread::sleep(QUERY_STOP_GRACE * 2);
        Ok(())
    };
    let failure = front.compute(Duration::from_millis(20), stubborn).await.expect_err("nobody waits longer");
    assert_eq!((failure.kind, &*failure.text), (ErrorKind::Timeout, "query timed out in expression evaluation"));
}

#[tokio::test]
async fn work_is_stopped_when_the_client_leaves() {
    let fixture = Fixture::new();
    let front = fixture.server.front();
    let (started, has_started) = oneshot::channel();
    let (ended, has_ended) = oneshot::channel();
    let work = move |cancel: &Cancel| {
        let _ = started.send(());
        let _ = ended.send(endless(cancel));
        Ok(())
    };
    let mut asked = Box::pin(front.compute(LONG, work));
    assert!(poll!(&mut asked).is_pending());
    has_started.await.expect("starts");
    drop(asked);
    let reason = timeout(LONG, has_ended).await.expect("ends").expect("tells why");
    assert_eq!(reason, Ok(Cancelled::ByCaller));
}

#[tokio::test]
async fn work_is_stopped_when_the_daemon_goes_down() {
    let fixture = Fixture::new();
    let front = fixture.server.front();
    let (started, has_started) = oneshot::channel();
    let work = move |cancel: &Cancel| {
        let _ = started.send(());
        endless(cancel)
    };
    let going_down = async {
        has_started.await.expect("starts");
        front.abandon().cancel();
    };
    let (reason, ()) = tokio::join!(front.compute(LONG, work), going_down);
    assert_eq!(reason, Ok(Cancelled::ByCaller));
    let late = front.compute(LONG, endless).await.expect_err("nothing begins any more");
    assert_eq!(late.kind, ErrorKind::Canceled);
}

#[tokio::test]
async fn beyond_the_queue_requests_are_told_to_come_again() {
    let fixture = Fixture::new();
    let front = fixture.server.front();
    let pool = Pool::new(1, 0);
    let (release, held) = sync_channel::<()>(0);
    let (started, has_started) = oneshot::channel();
    let first = front.compute_on(&pool, LONG, move |_| {
        let _ = started.send(());
        let _ = held.recv();
        Ok("first")
    });
    let second = async {
        has_started.await.expect("starts");
        let refused = front.compute_on(&pool, LONG, |_| Ok("second")).await;
        drop(release);
        refused.expect_err("the pool is full")
    };
    let (first, refused) = tokio::join!(first, second);
    assert_eq!(first, Ok("first"));
    assert_eq!(refused.kind, ErrorKind::Busy);
    let loki = LokiFailure::from(refused.clone());
    for (response, status) in [(refused.into_response(), 503), (loki.into_response(), 429)] {
        assert_eq!(response.status(), status);
        assert_eq!(response.headers().get("retry-after").map(|value| value.as_bytes()), Some(&b"5"[..]));
    }
    assert!(fixture.instruments.encode().contains("belfry_http_refused_total{reason=\"busy\"} 1\n"));
}

#[tokio::test]
async fn a_panic_is_an_internal_error_and_counted() {
    let fixture = Fixture::new();
    let work = |_: &Cancel| -> Result<(), Failure> { panic!("on purpose") };
    let failure = fixture.server.front().compute(LONG, work).await.expect_err("it panicked");
    assert_eq!(failure.kind, ErrorKind::Internal);
    assert!(fixture.instruments.encode().contains("belfry_http_panics_total 1\n"));
}
