//! Appends, sealings, merges and selections at once.

use super::*;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

const WRITERS: i64 = 3;
const BATCHES: i64 = 150;

/// Writes ascending numbers into a stream of its own and says how far it is.
fn write(logs: &Logs, writer: i64, written: &AtomicI64) {
    let (labels, none) = (labels(&writer.to_string()), Labels::empty());
    let padding = "x".repeat(2_000);
    for batch in 0..BATCHES {
        let lines: Vec<_> = (0..10).map(|line| format!("{} {padding}", batch * 10 + line)).collect();
        let entries: Vec<_> = lines
            .iter()
            .zip(batch * 10..)
            .map(|(line, number)| AppendEntry { timestamp: at(number), line, metadata: &none })
            .collect();
        let streams = [AppendStream { labels: &labels, entries: &entries }];
        let duplicates = if batch % 2 == 0 { Duplicates::Drop } else { Duplicates::Keep };
        let outcome = logs.append(&Batch { streams: &streams, positions: &[], duplicates }).expect("appends");
        assert_eq!(outcome.stored, 10);
        written.store(batch * 10 + 10, Ordering::SeqCst);
    }
}

/// Each stream holds at least what was written before the look, each number once, in order.
fn look(logs: &Logs, written: &[AtomicI64], order: Order) {
    let before: Vec<_> = written.iter().map(|written| written.load(Ordering::SeqCst)).collect();
    let mut next = vec![0; written.len()];
    for (app, nanos, line) in select(logs, order, &[], LogRange::ALL) {
        let writer: usize = app.parse().expect("a writer");
        assert_eq!(nanos, next[writer], "writer {app}: {}", &line[..10]);
        next[writer] += 1;
    }
    for (writer, (found, before)) in next.iter().zip(&before).enumerate() {
        assert!(found >= before, "writer {writer}: {found} of at least {before}");
    }
}

#[test]
fn nothing_is_lost_doubled_or_out_of_view_while_everything_happens_at_once() {
    let (folder, clock) = (test_folder(), clock());
    let logs = open(folder.path(), &clock);
    let written: Vec<_> = (0..WRITERS).map(|_| AtomicI64::new(0)).collect();
    let ended = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let (logs, written, ended) = (&logs, &written, &ended);
        let writers: Vec<_> = written
            .iter()
            .zip(0..)
            .map(|(written, writer)| scope.spawn(move || write(logs, writer, written)))
            .collect();
        scope.spawn(move || {
            while !ended.load(Ordering::SeqCst) {
                seal(logs);
                logs.sync_wal().expect("flushes");
            }
        });
        scope.spawn(move || {
            let orders = [Order::ByStream, Order::ByTime(Direction::Forward)];
            for order in orders.into_iter().cycle() {
                look(logs, written, order);
                if ended.load(Ordering::SeqCst) {
                    break;
                }
            }
        });
        // Whatever becomes of the writers, the others must end.
        let joined: Vec<_> = writers.into_iter().map(|writer| writer.join()).collect();
        ended.store(true, Ordering::SeqCst);
        assert!(joined.iter().all(Result::is_ok));
    });
    look(&logs, &written, Order::ByStream);
    drop(logs);
    let logs = open(folder.path(), &clock);
    look(&logs, &written, Order::ByStream);
    assert_eq!(all(&logs).len() as i64, WRITERS * BATCHES * 10);
}

#[test]
fn one_push_sent_by_many_at_once_is_stored_once() {
    let (folder, clock) = (test_folder(), clock());
    let logs = open(folder.path(), &clock);
    let lines: Vec<_> = (0..200).map(|number| (number / 2, ["one", "two"][number as usize % 2])).collect();
    let stored = AtomicI64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..5 {
                    let outcome = append_as(&logs, "a", &lines, Duplicates::Drop).expect("appends");
                    stored.fetch_add(outcome.stored as i64, Ordering::SeqCst);
                    assert_eq!(outcome.stored + outcome.repeated, 200);
                }
            });
        }
        scope.spawn(|| (0..5).for_each(|_| seal(&logs)));
    });
    assert_eq!((stored.into_inner(), all(&logs).len()), (200, 200));
}
