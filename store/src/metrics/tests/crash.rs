//! Whatever step of the disk a process dies in, what was acknowledged is there afterwards and nothing else is.

use super::*;
use crate::fs::Disk as _;
use crate::fs::faulty::{Fault, FaultyDisk};
use std::collections::BTreeMap;

const STEP: i64 = 10 * MINUTE;

fn open_on(folder: &std::path::Path, disk: &FaultyDisk, clock: &Arc<ManualClock>) -> Result<Metrics, Error> {
    let dir = DataDir::on_disk(folder.to_owned(), Arc::new(disk.clone()))?;
    let options = Options { sync: Sync::Always, ..Options::new(dir) };
    Metrics::open(options, Arc::clone(clock) as Arc<dyn Clock>, Arc::new(Instruments::new()))
}

#[derive(Default)]
struct Sent {
    acknowledged: BTreeMap<i64, f64>,
    refused: BTreeMap<i64, f64>,
}

/// Ten hours of one series, with a restart in the middle.
fn work(folder: &std::path::Path, disk: &FaultyDisk, clock: &Arc<ManualClock>, sent: &mut Sent) -> Result<(), Error> {
    let labels = labels("up");
    for (from, to) in [(0, 30), (30, 60)] {
        let metrics = open_on(folder, disk, clock)?;
        for step in from..to {
            let at = NOW + step * STEP;
            clock.set(Millis(at));
            let samples = [sample(SeriesKey::Raw(labels.as_raw()), at, AppendValue::Float(step as f64))];
            match metrics.append(&Batch { samples: &samples }) {
                Ok(verdicts) => {
                    assert!(verdicts.iter().all(|verdict| verdict.is_stored()));
                    sent.acknowledged.insert(at, step as f64);
                }
                Err(error) => {
                    assert_eq!(error.kind(), crate::ErrorKind::Unavailable);
                    sent.refused.insert(at, step as f64);
                }
            }
            if step % 6 == 0 {
                // What cannot be done now is done at a later round, or after the restart.
                let _ = metrics.maintain(Millis(at));
            }
        }
        metrics.close()?;
    }
    Ok(())
}

fn check(folder: &std::path::Path, sent: &Sent, clock: &Arc<ManualClock>, fault: Fault, at: u64) {
    let metrics = open(folder, clock);
    let found = read(&metrics, &[], MetricRange::ALL);
    let found: BTreeMap<i64, f64> = found.into_iter().flat_map(|(_, samples)| samples).collect();
    for (time, value) in &sent.acknowledged {
        assert_eq!(found.get(time), Some(value), "{fault:?} at step {at}: lost {}", (time - NOW) / STEP);
    }
    let sent_at_all =
        |time: &i64, value: &f64| sent.acknowledged.get(time) == Some(value) || sent.refused.get(time) == Some(value);
    assert!(found.iter().all(|(time, value)| sent_at_all(time, value)), "{fault:?} at step {at}: invented");
}

#[test]
fn acknowledged_samples_survive_a_crash_at_any_step() {
    for at in 0.. {
        let folder = test_folder();
        let clock = Arc::new(ManualClock::new(Millis(NOW)));
        let disk = FaultyDisk::new(Fault::Crash, at);
        let mut sent = Sent::default();
        let finished = work(folder.path(), &disk, &clock, &mut sent).is_ok();
        check(folder.path(), &sent, &clock, Fault::Crash, at);
        if finished && disk.steps() <= at {
            assert_eq!(sent.acknowledged.len(), 60);
            break;
        }
    }
}

#[test]
fn a_full_disk_costs_nothing_that_was_acknowledged() {
    for at in (5..200).step_by(7) {
        let folder = test_folder();
        let clock = Arc::new(ManualClock::new(Millis(NOW)));
        let disk = FaultyDisk::new(Fault::Full, at);
        let mut sent = Sent::default();
        let _ = work(folder.path(), &disk, &clock, &mut sent);
        disk.heal();
        check(folder.path(), &sent, &clock, Fault::Full, at);
    }
}

#[test]
fn appends_go_on_once_the_disk_has_room_again() {
    let folder = test_folder();
    let clock = Arc::new(ManualClock::new(Millis(NOW)));
    let disk = FaultyDisk::new(Fault::Full, 20);
    let metrics = open_on(folder.path(), &disk, &clock).expect("opens");
    let labels = labels("up");
    let try_at = |at: i64| {
        let samples = [sample(SeriesKey::Raw(labels.as_raw()), at, AppendValue::Float(at as f64))];
        metrics.append(&Batch { samples: &samples })
    };
    let failed_at = (NOW..).find(|at| try_at(*at).is_err()).expect("fails");
    assert!(try_at(failed_at).is_err());
    assert!(metrics.maintain(Millis(NOW)).is_err());
    let readable = read(&metrics, &[], MetricRange::ALL);
    assert!(readable.iter().any(|(_, samples)| samples.len() as i64 >= failed_at - NOW), "queries go on");
    disk.heal();
    metrics.maintain(Millis(NOW)).expect("recovers");
    assert!(try_at(failed_at).expect("appends").iter().all(|verdict| verdict.is_stored()));
    drop(metrics);
    let metrics = open(folder.path(), &clock);
    let expected: Vec<_> = (NOW..=failed_at).map(|at| (at, at as f64)).collect();
    assert_eq!(read(&metrics, &[], MetricRange::ALL), [(labels, expected)]);
}

#[test]
fn a_store_starts_on_a_full_disk_and_answers() {
    let folder = test_folder();
    let clock = Arc::new(ManualClock::new(Millis(NOW)));
    let metrics = open(folder.path(), &clock);
    assert!(append(&metrics, &labels("up"), NOW, 1.0).is_stored());
    drop(metrics);
    let segment = folder.path().join("metrics/wal/00000001");
    let mut torn = std::fs::read(&segment).expect("reads");
    torn.extend_from_slice(b"half a record");
    std::fs::write(&segment, torn).expect("writes");
    let disk = FaultyDisk::new(Fault::Full, 0);
    let metrics = open_on(folder.path(), &disk, &clock).expect("starts");
    assert_eq!(read(&metrics, &[], MetricRange::ALL), [(labels("up"), vec![(NOW, 1.0)])]);
    let labels = labels("up");
    let samples = [sample(SeriesKey::Raw(labels.as_raw()), NOW + 1, AppendValue::Float(2.0))];
    let refused = metrics.append(&Batch { samples: &samples }).expect_err("full");
    assert_eq!(refused.kind(), crate::ErrorKind::Unavailable);
    disk.heal();
    metrics.maintain(Millis(NOW)).expect("recovers");
    assert!(append(&metrics, &labels, NOW + 1, 2.0).is_stored());
    drop(metrics);
    let metrics = open(folder.path(), &clock);
    assert_eq!(read(&metrics, &[], MetricRange::ALL), [(labels, vec![(NOW, 1.0), (NOW + 1, 2.0)])]);
}

/// Names in the folder of blocks.
fn block_folders(folder: &std::path::Path) -> Vec<String> {
    crate::fs::RealDisk.list(&folder.join("metrics/blocks")).expect("lists")
}

#[test]
fn a_cut_that_fails_leaves_no_block_behind() {
    let mut failed = 0;
    for at in 0..40 {
        let folder = test_folder();
        let clock = Arc::new(ManualClock::new(Millis(NOW)));
        let metrics = open(folder.path(), &clock);
        for hour in 0..9 {
            clock.set(Millis(NOW + hour * HOUR));
            assert!(append(&metrics, &labels("up"), NOW + hour * HOUR, hour as f64).is_stored());
        }
        drop(metrics);
        let disk = FaultyDisk::new(Fault::Full, 4 + at);
        let metrics = open_on(folder.path(), &disk, &clock).expect("opens");
        for _ in 0..3 {
            failed += usize::from(metrics.maintain(clock.now()).is_err());
        }
        let listed = metrics.blocks.list().len();
        assert_eq!(block_folders(folder.path()).len(), listed, "fault at {at}");
        disk.heal();
        metrics.maintain(clock.now()).expect("recovers");
        assert_eq!(read(&metrics, &[], MetricRange::ALL)[0].1.len(), 9, "fault at {at}");
    }
    assert!(failed > 10, "{failed}");
}

#[test]
fn blocks_that_were_removed_halfway_are_removed_later() {
    let (folder, clock) = (test_folder(), Arc::new(ManualClock::new(Millis(NOW))));
    let disk = FaultyDisk::new(Fault::Full, u64::MAX);
    let metrics = open_on(folder.path(), &disk, &clock).expect("opens");
    for hour in 0..9 {
        clock.set(Millis(NOW + hour * HOUR));
        assert!(append(&metrics, &labels("up"), NOW + hour * HOUR, hour as f64).is_stored());
    }
    metrics.maintain(clock.now()).expect("cuts");
    let blocks = folder.path().join("metrics/blocks");
    let [first, second, ..] = &*block_folders(folder.path()) else { panic!("blocks") };
    // One is gone by people's hands; of the other the removal was begun.
    std::fs::remove_dir_all(blocks.join(first)).expect("removes");
    std::fs::rename(blocks.join(second), blocks.join(format!("{second}.deleting"))).expect("renames");
    for _ in 0..2 {
        clock.advance(91 * 24 * HOUR);
        assert!(append(&metrics, &labels("up"), clock.now().0, 1.0).is_stored());
        clock.advance(4 * HOUR);
        assert!(append(&metrics, &labels("up"), clock.now().0, 1.0).is_stored());
        metrics.maintain(clock.now()).expect("drops what is old");
    }
    assert_eq!(block_folders(folder.path()).len(), 1);
}
