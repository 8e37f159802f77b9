//! Appends, selections, cuts and checkpoints at once.

use super::*;
use std::sync::atomic::{AtomicBool, Ordering};

const WRITERS: usize = 3;
const SAMPLES: i64 = 1500;

/// Appends a sample a minute to a series of its own and one that is new every hundred samples.
fn write(store: &Fixture, writer: usize) {
    let labels = labels(&format!("writer_{writer}"));
    for minute in 0..SAMPLES {
        let at = NOW + minute * MINUTE;
        store.clock.set(Millis(at.max(store.clock.now().0)));
        let churned = super::labels(&format!("churned_{writer}_{}", minute / 100));
        let samples = [
            sample(SeriesKey::Raw(labels.as_raw()), at, AppendValue::Float(minute as f64)),
            sample(SeriesKey::Raw(churned.as_raw()), at, AppendValue::Float(1.0)),
        ];
        let verdicts = store.metrics.append(&Batch { samples: &samples }).expect("appends");
        assert!(verdicts.iter().all(|verdict| matches!(verdict, Verdict::Stored(_))), "{verdicts:?} at {minute}");
    }
}

/// Reads one writer's series again and again: it only grows, and never has a hole.
fn watch(store: &Fixture, done: &AtomicBool) {
    let mut seen = 0;
    while !done.load(Ordering::Relaxed) {
        let samples = store.read("writer_1");
        assert!(samples.len() >= seen, "samples were lost from view: {} after {seen}", samples.len());
        assert!(samples.iter().zip(0..).all(|((at, _), minute)| *at == NOW + minute * MINUTE), "a hole");
        seen = samples.len();
    }
}

#[test]
fn nothing_is_lost_or_out_of_view_while_everything_happens_at_once() {
    let store = Fixture::new();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                store.metrics.maintain(store.clock.now()).expect("maintains");
                store.metrics.checkpoint().expect("writes");
            }
        });
        scope.spawn(|| watch(&store, &done));
        let store = &store;
        let writers: Vec<_> = (0..WRITERS).map(|writer| scope.spawn(move || write(store, writer))).collect();
        let written = writers.into_iter().map(std::thread::ScopedJoinHandle::join).collect::<Vec<_>>();
        done.store(true, Ordering::Relaxed);
        assert!(written.iter().all(Result::is_ok));
    });
    assert!(store.metrics.statistics().blocks > 1);
    let check = |store: &Fixture| {
        for writer in 0..WRITERS {
            assert_eq!(store.read(&format!("writer_{writer}")).len() as i64, SAMPLES);
            assert_eq!(store.read(&format!("churned_{writer}_3")).len(), 100);
        }
    };
    check(&store);
    check(&store.reopened());
}
