//! Restarts, failures and stops, on paused time.

use super::*;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::time::sleep;

fn set() -> (TaskSet, Arc<Instruments>) {
    let instruments = Arc::new(Instruments::new());
    (TaskSet::new(Arc::clone(&instruments), CancellationToken::new()), instruments)
}

async fn until_stopped(stop: CancellationToken) -> Result<(), BoxError> {
    stop.cancelled().await;
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn an_isolated_task_is_restarted_after_errors_and_panics() {
    let (tasks, instruments) = set();
    let starts = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&starts);
    let task = tasks.spawn("scrape/node a", Class::Isolated, move |_stop| {
        let start = counted.fetch_add(1, Ordering::SeqCst);
        async move {
            match start {
                0 => Err("refused".into()),
                1 => panic!("on purpose"),
                _ => Ok(()),
            }
        }
    });
    task.ended().await;
    assert_eq!(starts.load(Ordering::SeqCst), 3);
    let page = instruments.encode();
    assert!(page.contains("belfry_task_failures_total{task=\"scrape\"} 2\n"), "{page}");
    assert!(page.contains("belfry_task_restarts_total{task=\"scrape\"} 2\n"), "{page}");
}

#[tokio::test(start_paused = true)]
async fn restarts_of_a_task_that_keeps_failing_slow_down() {
    let (tasks, _) = set();
    let starts = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&starts);
    let _task = tasks.spawn("loop", Class::Isolated, move |_stop| {
        counted.fetch_add(1, Ordering::SeqCst);
        async { Err("no".into()) }
    });
    sleep(Duration::from_secs(600)).await;
    let starts = starts.load(Ordering::SeqCst);
    assert!((20..60).contains(&starts), "{starts} starts in ten minutes");
    assert_eq!(tasks.stop_and_wait(Duration::from_secs(1)).await, Ok(()), "it stops while it waits");
}

#[tokio::test(start_paused = true)]
async fn the_end_of_a_critical_task_is_a_failure() {
    for (end, expected) in [(Ok(()), "it returned before it was stopped"), (Err("disk full".to_owned()), "disk full")] {
        let (tasks, _) = set();
        tasks.spawn("server", Class::Critical, move |_stop| {
            let end = end.clone();
            async move { end.map_err(BoxError::from) }
        });
        let failure = tasks.failed().await;
        assert_eq!(failure, Failure { task: "server".to_owned(), what: expected.to_owned() });
    }
}

#[tokio::test(start_paused = true)]
async fn a_critical_task_may_end_once_it_is_stopped() {
    let (tasks, _) = set();
    tasks.spawn("server", Class::Critical, until_stopped);
    assert_eq!(tasks.stop_and_wait(Duration::from_secs(1)).await, Ok(()));
    assert!(tasks.failed().now_or_never().is_none());
}

#[tokio::test(start_paused = true)]
async fn a_stop_waits_and_names_what_it_had_to_abort() {
    let (tasks, _) = set();
    tasks.spawn("quick", Class::Isolated, until_stopped);
    tasks.spawn("stuck", Class::Isolated, |_stop| std::future::pending());
    let began = Instant::now();
    let stragglers = tasks.stop_and_wait(Duration::from_secs(8)).await;
    assert_eq!(stragglers, Err(Stragglers { tasks: vec!["stuck".to_owned()] }));
    assert_eq!(began.elapsed(), Duration::from_secs(8));
}

#[tokio::test(start_paused = true)]
async fn one_task_can_be_stopped_alone() {
    let (tasks, _) = set();
    let first = tasks.spawn("scrape/a", Class::Isolated, until_stopped);
    tasks.spawn("scrape/b", Class::Isolated, until_stopped);
    first.stop();
    first.ended().await;
    assert_eq!(tasks.names(), ["scrape/b"]);
}

#[tokio::test(start_paused = true)]
async fn children_stop_with_their_parent_and_die_with_their_owner() {
    let (tasks, _) = set();
    let children = tasks.child();
    let child = children.spawn("child", Class::Isolated, until_stopped);
    assert_eq!(tasks.stop_and_wait(Duration::from_secs(1)).await, Ok(()));
    child.ended().await;

    let (owner, _) = set();
    let (held, dropped) = tokio::sync::oneshot::channel::<()>();
    owner.spawn_once("stubborn", move |_stop| async move {
        let _held = held;
        std::future::pending().await
    });
    drop(owner);
    assert!(dropped.await.is_err(), "the task is gone with its set");
}

#[tokio::test(start_paused = true)]
async fn a_task_that_runs_once_is_counted_and_not_restarted() {
    let (tasks, instruments) = set();
    let task = tasks.spawn_once("connection/1", |_stop| async { panic!("on purpose") });
    task.ended().await;
    let page = instruments.encode();
    assert!(page.contains("belfry_task_failures_total{task=\"connection\"} 1\n"), "{page}");
    assert!(!page.contains("belfry_task_restarts_total{"), "{page}");
}
