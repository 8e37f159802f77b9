//! Whatever step of the disk a process dies in, what was acknowledged is there afterwards, once, with its positions.

use super::*;
use crate::ErrorKind;
use crate::fs::faulty::{Fault, FaultyDisk};
use std::collections::BTreeMap;

const STEPS: i64 = 12;

fn open_on(folder: &Path, disk: &FaultyDisk, clock: &Arc<ManualClock>, sync: Sync) -> Result<Logs, Error> {
    let dir = DataDir::on_disk(folder.to_owned(), Arc::new(disk.clone()))?;
    let options = Options { sync, ..Options::new(dir) };
    Logs::open(options, Arc::clone(clock) as Arc<dyn Clock>, Arc::new(Instruments::new()))
}

/// What one source has been told.
#[derive(Debug, Default)]
struct Sent {
    /// How many lines the store has said it keeps.
    acknowledged: i64,
    /// Whether the last batch was answered with an error: it may be there or not.
    doubtful: bool,
}

/// A source that sends line after line with its position, and sends a batch again from where the store says it stands:
/// what a tail does. Lines are numbered from 0; every batch holds the next two.
fn send(logs: &Logs, sent: &mut Sent) {
    let stands = position(logs);
    let (labels, none) = (labels("a"), Labels::empty());
    // Every third line is of another day, every other batch is out of order.
    let time = |number: i64| at(if number % 3 == 0 { number - 24 * 3600 * SECOND } else { 1000 - number });
    let lines: Vec<_> = (stands..stands + 2).map(|number| (time(number), format!("line {number:06}"))).collect();
    let entry = |(timestamp, line)| AppendEntry { timestamp, line, metadata: &none };
    let entries: Vec<_> = lines.iter().map(|(time, line)| entry((*time, line.as_str()))).collect();
    let stands_then = (stands + 2).to_string();
    let update = PositionUpdate { key: b"file", value: Some(stands_then.as_bytes()) };
    let streams = [AppendStream { labels: &labels, entries: &entries }];
    match logs.append(&Batch { streams: &streams, positions: &[update], duplicates: Duplicates::Keep }) {
        Ok(outcome) => {
            assert_eq!((outcome.stored, outcome.refused.len()), (2, 0));
            (sent.acknowledged, sent.doubtful) = (stands + 2, false);
        }
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
            sent.doubtful = true;
        }
    }
}

fn position(logs: &Logs) -> i64 {
    let positions = logs.positions();
    positions.first().map_or(0, |(_, value)| std::str::from_utf8(value).expect("text").parse().expect("number"))
}

/// The lines of a store, each as often as it is there.
fn lines(logs: &Logs) -> BTreeMap<i64, usize> {
    let mut lines = BTreeMap::new();
    for (_, _, line) in all(logs) {
        let number = line.strip_prefix("line ").and_then(|number| number.parse().ok()).expect("a line of ours");
        *lines.entry(number).or_default() += 1;
    }
    lines
}

/// Lives with batches, sealings, merges and a restart.
fn work(folder: &Path, disk: &FaultyDisk, clock: &Arc<ManualClock>, sent: &mut Sent, sync: Sync) -> Result<(), Error> {
    for half in 0..2 {
        let logs = open_on(folder, disk, clock, sync)?;
        for step in 0..STEPS / 2 {
            send(&logs, sent);
            if step % 2 == half {
                logs.sealing.lock().expect("not poisoned").hasten();
                // What cannot be done now is done at a later round, or after the restart.
                let _ = logs.maintain(clock.now());
            }
        }
        logs.close()?;
    }
    Ok(())
}

fn check(logs: &Logs, sent: &Sent, what: &str) {
    let (stands, lines) = (position(logs), lines(logs));
    assert!(stands >= sent.acknowledged, "{what}: stands at {stands}, acknowledged {}", sent.acknowledged);
    assert!(stands <= sent.acknowledged + if sent.doubtful { 2 } else { 0 }, "{what}: stands at {stands}, {sent:?}");
    let expected: BTreeMap<i64, usize> = (0..stands).map(|number| (number, 1)).collect();
    assert_eq!(lines, expected, "{what}");
}

/// Every seventh step, beginning at the given one: all of them take minutes.
fn crash_at_many_steps(first: u64, sync: Sync) {
    for step in (first..).step_by(7) {
        let (folder, clock) = (test_folder(), clock());
        let disk = FaultyDisk::new(Fault::Crash, step);
        let mut sent = Sent::default();
        let finished = work(folder.path(), &disk, &clock, &mut sent, sync).is_ok();
        let what = format!("crash at step {step}");
        let logs = open(folder.path(), &clock);
        check(&logs, &sent, &what);
        // Life goes on.
        send(&logs, &mut sent);
        seal(&logs);
        check(&logs, &sent, &what);
        drop(logs);
        check(&open(folder.path(), &clock), &sent, &what);
        if finished && disk.steps() <= step {
            assert_eq!(sent.acknowledged, 2 * STEPS + 2);
            assert!(step > 150, "{step} steps");
            break;
        }
    }
}

#[test]
fn acknowledged_lines_are_there_once_after_a_crash_at_any_step() {
    crash_at_many_steps(0, Sync::default());
    crash_at_many_steps(3, Sync::default());
}

#[test]
fn acknowledged_lines_are_there_once_after_a_crash_at_any_step_of_a_store_that_always_flushes() {
    crash_at_many_steps(1, Sync::Always);
}

#[test]
fn a_full_disk_loses_and_repeats_nothing() {
    let mut refused = 0;
    for step in (0..160).step_by(9) {
        let (folder, clock) = (test_folder(), clock());
        let disk = FaultyDisk::new(Fault::Full, step);
        let Ok(logs) = open_on(folder.path(), &disk, &clock, Sync::default()) else { continue };
        let mut sent = Sent::default();
        let what = format!("full from step {step}");
        for round in 0..2 * STEPS {
            send(&logs, &mut sent);
            refused += usize::from(sent.doubtful);
            // What is not stored is not seen either: it will be sent again.
            assert_eq!(lines(&logs).len() as i64, position(&logs), "{what}");
            if round % 2 == 0 {
                logs.sealing.lock().expect("not poisoned").hasten();
            }
            let _ = logs.maintain(clock.now());
            let _ = logs.sync_wal();
        }
        disk.heal();
        logs.maintain(clock.now()).expect("recovers");
        (0..3).for_each(|_| send(&logs, &mut sent));
        check(&logs, &sent, &what);
        seal(&logs);
        check(&logs, &sent, &what);
        drop(logs);
        check(&open(folder.path(), &clock), &sent, &what);
    }
    assert!(refused > 30, "{refused}");
}

#[test]
fn a_batch_of_several_records_is_there_as_a_whole_or_not_at_all() {
    let line = "x".repeat(200 << 10);
    for step in 0.. {
        let (folder, clock) = (test_folder(), clock());
        let disk = FaultyDisk::new(Fault::Crash, step);
        let (labels, none) = (labels("a"), Labels::empty());
        let entries: Vec<_> =
            (0..50).map(|number| AppendEntry { timestamp: at(number), line: &line, metadata: &none }).collect();
        let streams = [AppendStream { labels: &labels, entries: &entries }];
        let batch = Batch { streams: &streams, positions: &[], duplicates: Duplicates::Keep };
        let appended = open_on(folder.path(), &disk, &clock, Sync::default()).and_then(|logs| logs.append(&batch));
        let found = all(&open(folder.path(), &clock)).len();
        if appended.is_ok() {
            assert_eq!(found, 50);
            break;
        }
        assert!(found == 0 || found == 50, "crash at {step}: {found} of 50");
    }
}
