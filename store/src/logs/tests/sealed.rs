//! What is sealed is found as if it were not.

use super::*;
use crate::fs::{Disk as _, RealDisk};
use proptest::prelude::*;

const HOUR: i64 = 3600 * SECOND;

#[test]
fn sealed_entries_are_found_once_and_in_order() {
    let (folder, clock) = (test_folder(), clock());
    let logs = open(folder.path(), &clock);
    append(&logs, "a", &[(5, "five"), (2, "two")]);
    append(&logs, "b", &[(3, "three")]);
    seal(&logs);
    append(&logs, "a", &[(5, "five, later"), (1, "one")]);
    seal(&logs);
    append(&logs, "a", &[(5, "five, last"), (9, "nine")]);
    let expected = seen(&[
        ("a", 1, "one"),
        ("a", 2, "two"),
        ("b", 3, "three"),
        ("a", 5, "five"),
        ("a", 5, "five, later"),
        ("a", 5, "five, last"),
        ("a", 9, "nine"),
    ]);
    assert_eq!(all(&logs), expected);
    assert_eq!(logs.present.get().parts.len(), 2);
    drop(logs);
    let logs = open(folder.path(), &clock);
    assert_eq!(all(&logs), expected);
    let mut backwards = expected;
    backwards.reverse();
    assert_eq!(select(&logs, Order::ByTime(Direction::Backward), &[], LogRange::ALL), backwards);
}

#[test]
fn a_push_that_is_repeated_after_sealing_is_stored_once() {
    let (folder, clock) = (test_folder(), clock());
    let mut logs = open(folder.path(), &clock);
    let lines = [(1, "one"), (2, "two"), (2, "two and more"), (7, "seven")];
    assert_eq!(append_as(&logs, "a", &lines, Duplicates::Drop).expect("appends").stored, 4);
    seal(&logs);
    for _ in 0..2 {
        let outcome = append_as(&logs, "a", &lines, Duplicates::Drop).expect("appends");
        assert_eq!((outcome.stored, outcome.repeated), (0, 4));
        drop(logs);
        logs = open(folder.path(), &clock);
    }
    let outcome = append_as(&logs, "a", &[(2, "two"), (2, "new"), (8, "eight")], Duplicates::Drop).expect("appends");
    assert_eq!((outcome.stored, outcome.repeated), (2, 1));
    assert_eq!(append_as(&logs, "b", &lines, Duplicates::Drop).expect("appends").stored, 4);
    assert_eq!(all(&logs).len(), 10);
}

#[test]
fn partitions_are_merged_and_dropped() {
    let (folder, clock) = (test_folder(), clock());
    let logs = open(folder.path(), &clock);
    let mut expected = Vec::new();
    for number in 0..20 {
        let lines = [(number - 30 * HOUR, "yesterday"), (number, "today")];
        append(&logs, "a", &lines);
        expected.extend(lines.map(|(at, line)| ("a".to_owned(), at, line.to_owned())));
        seal(&logs);
    }
    expected.sort();
    assert_eq!(all(&logs), expected);
    for _ in 0..8 {
        logs.maintain(clock.now()).expect("merges");
    }
    let of_today = logs.present.get().parts.iter().filter(|part| part.span.range().contains(at(0))).count();
    let parts = logs.present.get().parts.len();
    assert_eq!(parts - of_today, 1, "a finished partition becomes one part");
    assert!(of_today < limits::MERGED_PARTS, "{of_today}");
    assert_eq!(all(&logs), expected);
    let partitions = folder.path().join("logs/partitions");
    assert_eq!(RealDisk.list(&partitions).expect("lists"), ["2026-11-27T00-24h", "2026-11-28T00-24h"]);
    assert_eq!(RealDisk.list(&partitions.join("2026-11-27T00-24h")).expect("lists").len(), 1);
    // The clock goes on by more than six days: yesterday's lines leave the answers, then the disk.
    clock.advance((6 * 24 + 11) * 3_600_000);
    assert!(all(&logs).iter().all(|(_, _, line)| line == "today"));
    append(&logs, "a", &[((6 * 24 + 11) * HOUR, "a week later")]);
    seal(&logs);
    assert_eq!(RealDisk.list(&partitions).expect("lists").len(), 3);
    clock.advance(3_600_000);
    logs.maintain(clock.now()).expect("drops");
    assert_eq!(RealDisk.list(&partitions).expect("lists"), ["2026-11-28T00-24h", "2026-12-04T00-24h"]);
}

#[test]
fn the_size_on_disk_is_bounded() {
    let (folder, clock) = (test_folder(), clock());
    let dir = DataDir::open(folder.path()).expect("free folder");
    let options = Options { retention_size: 3_000, ..Options::new(dir) };
    let logs = Logs::open(options, Arc::clone(&clock) as Arc<dyn Clock>, Arc::new(Instruments::new())).expect("opens");
    for number in 0..30 {
        append(&logs, "a", &[(number, &format!("line {number} of thirty"))]);
        seal(&logs);
        logs.maintain(clock.now()).expect("drops");
        let bytes: u64 = logs.present.get().parts.iter().map(|part| part.part.meta().bytes()).sum();
        assert!(bytes <= 3_000, "{bytes}");
    }
    assert_eq!(all(&logs).last().map(|(_, at, _)| *at), Some(29));
}

#[test]
fn the_head_is_sealed_when_it_is_full_old_or_long_in_the_wal() {
    let (folder, clock) = (test_folder(), clock());
    let logs = open(folder.path(), &clock);
    append(&logs, "a", &[(1, "one")]);
    clock.advance(limits::HEAD_AGE_MAX_MS - 1);
    logs.maintain(clock.now()).expect("maintains");
    assert_eq!(logs.present.get().parts.len(), 0);
    clock.advance(1);
    logs.maintain(clock.now()).expect("maintains");
    assert_eq!(logs.present.get().parts.len(), 1);
    let line = "x".repeat(100_000);
    for number in 0..1000 {
        append(&logs, "a", &[(number, &line)]);
        assert!(logs.present.get().active.bytes() < limits::HEAD_BYTES_MAX + 200_000);
    }
    assert!(logs.present.get().parts.len() >= 3);
    assert_eq!(all(&logs).len(), 1001);
    logs.maintain(clock.now()).expect("maintains");
    let segments = RealDisk.list(&folder.path().join("logs/wal")).expect("lists").len();
    assert!(segments <= limits::SEGMENTS_MAX as usize + 2, "{segments}");
}

/// One step of a random life.
#[derive(Clone, Debug)]
enum Step {
    Append { app: u8, lines: Vec<(i64, u8)>, duplicates: Duplicates },
    Seal,
    Maintain,
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    // Few times and few lines, so that ties and repeats are many; some times are in other partitions.
    let time = prop_oneof![0..20_i64, (0..3_i64).prop_map(|days| -days * 24 * HOUR)];
    let lines = prop::collection::vec((time, 0..4_u8), 1..12);
    let duplicates = prop_oneof![Just(Duplicates::Keep), Just(Duplicates::Drop)];
    prop_oneof![
        6 => (0..3_u8, lines, duplicates).prop_map(|(app, lines, duplicates)| Step::Append { app, lines, duplicates }),
        2 => Just(Step::Seal),
        2 => Just(Step::Maintain),
        1 => Just(Step::Restart),
    ]
}

/// What a store without any engine would hold: entries as they came.
#[derive(Debug, Default)]
struct Model {
    entries: Vec<Seen>,
}

impl Model {
    fn append(&mut self, app: &str, lines: &[(i64, String)], duplicates: Duplicates) -> u64 {
        let mut stored = 0;
        for (at, line) in lines {
            let entry = (app.to_owned(), *at, line.clone());
            if duplicates == Duplicates::Keep || !self.entries.contains(&entry) {
                self.entries.push(entry);
                stored += 1;
            }
        }
        stored
    }

    fn by_time(&self) -> Vec<Seen> {
        let mut entries = self.entries.clone();
        entries.sort_by(|a, b| (a.1, &a.0).cmp(&(b.1, &b.0)));
        entries
    }
}

fn live(steps: &[Step]) {
    let (folder, clock) = (test_folder(), clock());
    let mut logs = open(folder.path(), &clock);
    let mut model = Model::default();
    for step in steps {
        match step {
            Step::Append { app, lines, duplicates } => {
                let app = format!("app {app}");
                let lines: Vec<_> = lines.iter().map(|(at, line)| (*at, format!("line {line}"))).collect();
                let borrowed: Vec<_> = lines.iter().map(|(at, line)| (*at, line.as_str())).collect();
                let outcome = append_as(&logs, &app, &borrowed, *duplicates).expect("appends");
                assert_eq!(outcome.stored, model.append(&app, &lines, *duplicates));
            }
            Step::Seal => seal(&logs),
            Step::Maintain => logs.maintain(clock.now()).expect("maintains"),
            Step::Restart => {
                drop(logs);
                logs = open(folder.path(), &clock);
            }
        }
    }
    let expected = model.by_time();
    assert_eq!(all(&logs), expected);
    let mut backwards = expected.clone();
    backwards.reverse();
    assert_eq!(select(&logs, Order::ByTime(Direction::Backward), &[], LogRange::ALL), backwards);
    let range = LogRange::new(at(3), at(12));
    let inside: Vec<_> = expected.iter().filter(|(_, nanos, _)| range.contains(at(*nanos))).cloned().collect();
    assert_eq!(select(&logs, Order::ByTime(Direction::Forward), &[], range), inside);
    let mut by_stream = inside;
    by_stream.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(select(&logs, Order::ByStream, &[], range), by_stream);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]
    #[test]
    fn random_lives_agree_with_the_model(steps in prop::collection::vec(step(), 1..40)) {
        live(&steps);
    }
}
