//! The log gives back what was acknowledged, whatever happens to its files.

use super::reader::Replayed;
use super::*;
use crate::codec::Malformed;
use crate::fs::faulty::{Fault, FaultyDisk, test_folder};
use crate::fs::{Disk, RealDisk};
use std::path::Path;
use std::sync::Arc;

#[derive(Default)]
struct Seen(Vec<(u8, Vec<u8>)>);

impl Replaying for Seen {
    fn begin(&mut self, _first: u64, _last: u64) {}

    fn reach(&mut self, _segment: u64) {}

    fn record(&mut self, kind: u8, payload: &[u8]) -> Result<(), Malformed> {
        self.0.push((kind, payload.to_vec()));
        Ok(())
    }
}

fn seen(folder: &Path) -> (Vec<(u8, Vec<u8>)>, Replayed) {
    let mut seen = Seen::default();
    let replayed = replay(&RealDisk, folder, &mut seen).expect("replays");
    (seen.0, replayed)
}

fn open(disk: Arc<dyn Disk>, folder: &Path, flush: Flush) -> Wal {
    let replayed = replay(&*disk, folder, &mut Seen::default()).expect("replays");
    let options = WalOptions { segment_bytes: 400, ..WalOptions::new(flush) };
    Wal::open(disk, folder.to_owned(), replayed.next_segment, options)
}

fn payload(number: usize) -> Vec<u8> {
    format!("record {number} ").repeat(number % 70 + 1).into_bytes()
}

fn append(wal: &Wal, number: usize) -> Result<(), crate::Error> {
    wal.wait(wal.enqueue(7, &payload(number))?)
}

fn expected(numbers: std::ops::Range<usize>) -> Vec<(u8, Vec<u8>)> {
    numbers.map(|number| (7, payload(number))).collect()
}

#[test]
fn records_survive_in_order_through_segments_and_restarts() {
    let folder = test_folder();
    for flush in [Flush::OnSync, Flush::BeforeAcknowledging] {
        let from = if flush == Flush::OnSync { 0 } else { 50 };
        let wal = open(Arc::new(RealDisk), folder.path(), flush);
        (from..from + 50).for_each(|number| append(&wal, number).expect("appends"));
        wal.sync().expect("syncs");
        wal.close().expect("closes");
        assert!(wal.enqueue(7, b"late").is_err());
    }
    assert_eq!(seen(folder.path()).0, expected(0..100));
    assert!(RealDisk.list(folder.path()).expect("lists").len() > 4);
}

#[test]
fn many_append_at_once_and_each_finds_its_own() {
    let folder = test_folder();
    let wal = open(Arc::new(RealDisk), folder.path(), Flush::OnSync);
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let wal = &wal;
            scope.spawn(move || (0..50).for_each(|i| append(wal, thread * 50 + i).expect("appends")));
        }
    });
    let (mut found, _) = seen(folder.path());
    let order: Vec<_> = found.iter().filter(|(_, bytes)| bytes.starts_with(b"record 1")).cloned().collect();
    assert!(!order.is_empty());
    found.sort();
    let mut all = expected(0..200);
    all.sort();
    assert_eq!(found, all);
}

#[test]
fn checkpoints_take_the_place_of_segments() {
    let folder = test_folder();
    let wal = open(Arc::new(RealDisk), folder.path(), Flush::OnSync);
    (0..30).for_each(|number| append(&wal, number).expect("appends"));
    let number = wal.rotate().expect("rotates");
    append(&wal, 30).expect("appends");
    let mut checkpoint =
        CheckpointWriter::begin(Arc::clone(wal.disk()), wal.folder().to_owned(), number).expect("begins");
    checkpoint.record(9, b"all before").expect("writes");
    checkpoint.finish().expect("publishes");
    append(&wal, 31).expect("appends");
    let (found, replayed) = seen(folder.path());
    assert_eq!(found[0], (9, b"all before".to_vec()));
    assert_eq!(found[1..], expected(30..32));
    assert!(!replayed.damaged && replayed.next_segment > number);
}

#[test]
fn every_crash_keeps_what_was_acknowledged() {
    for at in 0.. {
        let folder = test_folder();
        let disk = FaultyDisk::new(Fault::Crash, at);
        let mut acknowledged = 0;
        let opened = replay(&disk, folder.path(), &mut Seen::default()).map(|replayed| {
            let options = WalOptions { segment_bytes: 200, ..WalOptions::new(Flush::OnSync) };
            Wal::open(Arc::new(disk.clone()), folder.path().to_owned(), replayed.next_segment, options)
        });
        if let Ok(wal) = opened {
            while acknowledged < 20 && append(&wal, acknowledged).is_ok() {
                acknowledged += 1;
            }
        }
        let (found, _) = seen(folder.path());
        assert!(found.len() >= acknowledged && found.len() <= acknowledged + 1, "crash at step {at}");
        assert_eq!(found, expected(0..found.len()), "crash at step {at}");
        assert_eq!(seen(folder.path()).0, found, "a second replay differs after a crash at step {at}");
        if disk.steps() < at {
            break;
        }
    }
}

#[test]
fn a_full_disk_is_left_behind_in_a_new_segment() {
    for at in 5..40 {
        let folder = test_folder();
        let disk = FaultyDisk::new(Fault::Full, at);
        let wal = open(Arc::new(disk.clone()), folder.path(), Flush::OnSync);
        let mut number = 0;
        while number < 20 && append(&wal, number).is_ok() {
            number += 1;
        }
        if number == 20 {
            break;
        }
        assert_eq!(append(&wal, 99).expect_err("full").kind(), crate::ErrorKind::Unavailable);
        assert!(wal.recover().is_err() && wal.failure().is_some());
        disk.heal();
        wal.recover().expect("recovers");
        // The record that failed was kept and is written now: whoever sends it again is told that it is a repeat.
        (number + 1..30).for_each(|number| append(&wal, number).expect("appends"));
        assert_eq!(seen(folder.path()).0, expected(0..30), "full at step {at}");
    }
}

#[test]
fn bit_flips_cost_at_most_what_follows_in_their_segment() {
    let folder = test_folder();
    let wal = open(Arc::new(RealDisk), folder.path(), Flush::OnSync);
    (0..3).for_each(|number| append(&wal, number).expect("appends"));
    drop(wal);
    let path = folder.path().join("00000001");
    let good = std::fs::read(&path).expect("reads");
    for bit in 0..good.len() * 8 {
        let damaged = test_folder();
        let mut bytes = good.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        std::fs::write(damaged.path().join("00000001"), &bytes).expect("writes");
        let (found, replayed) = seen(damaged.path());
        assert!(replayed.damaged && found.len() < 3, "bit {bit}");
        assert_eq!(found, expected(0..found.len()), "bit {bit}");
        assert!(RealDisk.list(damaged.path()).expect("lists").iter().any(|name| name.ends_with(".unreadable")));
    }
}

#[test]
fn an_unknown_version_is_set_aside_and_the_rest_is_read() {
    let folder = test_folder();
    let wal = open(Arc::new(RealDisk), folder.path(), Flush::OnSync);
    append(&wal, 0).expect("appends");
    let mut newer = segment::head();
    newer[8] = 200;
    std::fs::write(folder.path().join("00000000"), newer).expect("writes");
    assert_eq!(seen(folder.path()).0, expected(0..1));
    assert!(folder.path().join("00000000.unreadable").exists());
}

#[test]
fn a_damaged_checkpoint_does_not_cost_what_it_took_the_place_of() {
    let folder = test_folder();
    let wal = open(Arc::new(RealDisk), folder.path(), Flush::OnSync);
    (0..10).for_each(|number| append(&wal, number).expect("appends"));
    let number = wal.rotate().expect("rotates");
    append(&wal, 10).expect("appends");
    drop(wal);
    // A crash after the checkpoint had its name and before the segments went.
    std::fs::write(folder.path().join(format!("checkpoint-{number:08}")), b"BelfrWAL....").expect("writes");
    let (found, replayed) = seen(folder.path());
    assert_eq!(found, expected(0..11));
    assert!(replayed.damaged);
}

#[test]
fn a_closed_log_stays_closed() {
    let folder = test_folder();
    let wal = open(Arc::new(RealDisk), folder.path(), Flush::OnSync);
    append(&wal, 0).expect("appends");
    wal.close().expect("closes");
    wal.recover().expect("does nothing");
    assert!(wal.is_closed() && append(&wal, 1).is_err());
}
