//! What is damaged on disk is left out with a warning; the rest is found, and the store goes on.

use super::*;
use crate::fs::{Disk as _, RealDisk};
use std::path::PathBuf;

/// Flips a bit in the middle of a file.
fn flip(path: &Path, place: usize) {
    let mut bytes = std::fs::read(path).expect("reads");
    let place = place.min(bytes.len() - 1);
    bytes[place] ^= 0x10;
    std::fs::write(path, bytes).expect("writes");
}

/// A store with two sealed parts, one for each of two days.
fn sealed(folder: &Path) {
    let logs = open(folder, &clock());
    append(&logs, "a", &[(-24 * 3600 * SECOND, "yesterday"), (1, "today")]);
    append(&logs, "b", &[(2, "of another")]);
    seal(&logs);
    assert_eq!(logs.present.get().parts.len(), 2);
}

fn part(folder: &Path, day: &str) -> PathBuf {
    let partition = folder.join("logs/partitions").join(day);
    let names = RealDisk.list(&partition).expect("lists");
    partition.join(names.first().expect("a part"))
}

fn visit(logs: &Logs) -> (Vec<String>, Visited) {
    let (budget, cancel) = (Budget::unlimited(), Cancel::default());
    let select = Select {
        matchers: &[],
        filters: &[],
        range: LogRange::ALL,
        order: Order::ByTime(Direction::Backward),
        reads: Reads::All,
        expected: 0,
        budget: &budget,
        cancel: &cancel,
    };
    let mut lines = Vec::new();
    let visited = logs.select(&select, &mut |entry| {
        lines.push(entry.line.to_owned());
        ControlFlow::Continue(())
    });
    (lines, visited.expect("damage is no error"))
}

#[test]
fn a_damaged_chunk_costs_its_lines_and_is_told() {
    let folder = test_folder();
    sealed(folder.path());
    flip(&part(folder.path(), "2026-11-28T00-24h").join("chunks"), 30);
    let clock = clock();
    let logs = open(folder.path(), &clock);
    let (lines, visited) = visit(&logs);
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines.contains(&"yesterday".to_owned()));
    assert!(visited.warnings[0].starts_with("some log lines of 2026-11-28T00-24h are left out: "), "{visited:?}");
    // The part is not merged, since a merge would lose for good what people may still save.
    (0..20).for_each(|number| {
        append(&logs, "a", &[(number, "more")]);
        seal(&logs);
    });
    assert!(part(folder.path(), "2026-11-28T00-24h").ends_with("00000001-00000002"));
    assert_eq!(visit(&logs).0.len(), 22);
}

#[test]
fn a_part_whose_table_is_damaged_is_set_aside() {
    let folder = test_folder();
    sealed(folder.path());
    flip(&part(folder.path(), "2026-11-28T00-24h").join("table"), 20);
    let clock = clock();
    let logs = open(folder.path(), &clock);
    let (lines, visited) = visit(&logs);
    assert_eq!((lines, visited.warnings.len()), (vec!["yesterday".to_owned()], 1));
    logs.maintain(clock.now()).expect("sets it aside");
    let (lines, visited) = visit(&logs);
    assert_eq!((lines, visited.warnings.len()), (vec!["yesterday".to_owned()], 0));
    assert!(part(folder.path(), "2026-11-28T00-24h").ends_with("00000001-00000002.unreadable"));
    append(&logs, "a", &[(5, "today again")]);
    seal(&logs);
    drop(logs);
    assert_eq!(visit(&open(folder.path(), &clock)).0, ["today again", "yesterday"]);
}

#[test]
fn parts_whose_meta_is_damaged_or_of_the_future_are_set_aside_at_the_start() {
    for place in [3, 9, 40, 1000] {
        let folder = test_folder();
        sealed(folder.path());
        flip(&part(folder.path(), "2026-11-28T00-24h").join("meta"), place);
        let logs = open(folder.path(), &clock());
        assert_eq!(visit(&logs).0, ["yesterday"]);
        assert!(part(folder.path(), "2026-11-28T00-24h").ends_with("00000001-00000002.unreadable"));
    }
}

#[test]
fn whatever_bit_of_a_part_is_flipped_the_store_opens_and_answers() {
    let folder = test_folder();
    sealed(folder.path());
    let part = part(folder.path(), "2026-11-28T00-24h");
    for name in RealDisk.list(&part).expect("lists") {
        let file = part.join(&name);
        let whole = std::fs::read(&file).expect("reads");
        for place in (0..whole.len()).step_by(whole.len() / 60 + 1) {
            flip(&file, place);
            let (lines, _) = visit(&open(folder.path(), &clock()));
            assert!(lines.contains(&"yesterday".to_owned()), "{name} at {place}: {lines:?}");
            let known = ["yesterday", "today", "of another"];
            assert!(lines.iter().all(|line| known.contains(&line.as_str())), "{name} at {place}: {lines:?}");
            let aside = part.with_extension("unreadable");
            if aside.exists() {
                std::fs::rename(&aside, &part).expect("renames");
            }
            std::fs::write(&file, &whole).expect("writes");
        }
    }
    assert_eq!(visit(&open(folder.path(), &clock())).0.len(), 3);
}

#[test]
fn a_damaged_wal_costs_what_follows_in_its_segment() {
    let (folder, clock) = (test_folder(), clock());
    let logs = open(folder.path(), &clock);
    for number in 0..10 {
        append(&logs, "a", &[(number, "a line")]);
    }
    drop(logs);
    let wal = folder.path().join("logs/wal/00000001");
    let bytes = std::fs::read(&wal).expect("reads").len();
    flip(&wal, bytes / 2);
    let logs = open(folder.path(), &clock);
    let left = visit(&logs).0.len();
    assert!((3..7).contains(&left), "{left}");
    append(&logs, "a", &[(20, "goes on")]);
    drop(logs);
    assert_eq!(visit(&open(folder.path(), &clock)).0.len(), left + 1);
}

#[test]
fn a_damaged_checkpoint_keeps_the_parts() {
    let (folder, clock) = (test_folder(), clock());
    sealed(folder.path());
    let wal = folder.path().join("logs/wal");
    let checkpoint = RealDisk.list(&wal).expect("lists").into_iter().find(|name| name.starts_with("checkpoint-"));
    flip(&wal.join(checkpoint.expect("a checkpoint")), 20);
    let logs = open(folder.path(), &clock);
    assert_eq!(visit(&logs).0.len(), 3);
    append(&logs, "a", &[(9, "new")]);
    seal(&logs);
    drop(logs);
    assert_eq!(visit(&open(folder.path(), &clock)).0.len(), 4);
}

#[test]
fn foreign_files_in_the_folders_do_no_harm() {
    let (folder, clock) = (test_folder(), clock());
    sealed(folder.path());
    let partitions = folder.path().join("logs/partitions");
    std::fs::write(partitions.join("notes.txt"), "ours").expect("writes");
    std::fs::create_dir(partitions.join("2026-11-31T00-24h")).expect("makes");
    std::fs::write(partitions.join("2026-11-28T00-24h/notes.txt"), "ours").expect("writes");
    std::fs::create_dir(partitions.join("2026-11-28T00-24h/00000009-00000009")).expect("makes");
    let logs = open(folder.path(), &clock);
    assert_eq!(visit(&logs).0.len(), 3);
    assert!(partitions.join("2026-11-28T00-24h/00000009-00000009.unreadable").exists());
    assert!(partitions.join("notes.txt").exists());
}
