//! Damaged files never stop a start, never panic, and are set aside.

use super::*;
use std::path::{Path, PathBuf};

pub(super) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("folder");
    for entry in std::fs::read_dir(from).expect("lists") {
        let entry = entry.expect("entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() { copy(&entry.path(), &target) } else { drop(std::fs::copy(entry.path(), target)) }
    }
}

fn files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("lists") {
        let path = entry.expect("entry").path();
        if path.is_dir() { files(&path, into) } else { into.push(path) }
    }
}

/// A small store with blocks, a checkpoint and a segment.
fn built() -> (tempfile::TempDir, Arc<ManualClock>, Vec<(i64, f64)>) {
    let store = Fixture::new();
    let mut expected = Vec::new();
    for step in 0..40 {
        let at = NOW + step * 15 * MINUTE;
        store.clock.set(Millis(at));
        store.append("up", at, step as f64);
        expected.push((at, step as f64));
        store.metrics.maintain(Millis(at)).expect("maintains");
    }
    (store.folder, store.clock, expected)
}

#[test]
fn a_flipped_byte_anywhere_costs_samples_at_most() {
    let (folder, clock, expected) = built();
    let mut paths = Vec::new();
    files(&folder.path().join("metrics"), &mut paths);
    assert!(paths.len() > 6, "{paths:?}");
    for path in paths {
        let good = std::fs::read(&path).expect("reads");
        let stride = good.len() / 12 + 1;
        for at in (0..good.len()).step_by(stride) {
            let copied = test_folder();
            copy(folder.path(), copied.path());
            let damaged = copied.path().join(path.strip_prefix(folder.path()).expect("inside"));
            let mut bytes = good.clone();
            bytes[at] ^= 0x40;
            std::fs::write(&damaged, bytes).expect("writes");
            let metrics = open(copied.path(), &clock);
            let found: Vec<_> = read(&metrics, &[], MetricRange::ALL).into_iter().flat_map(|(_, s)| s).collect();
            let mut left = Vec::new();
            files(copied.path(), &mut left);
            let aside = left.iter().any(|path| path.to_string_lossy().contains(".unreadable"));
            assert!(aside || found.len() < expected.len(), "damage at {at} of {} went unseen", path.display());
            assert!(found.iter().all(|sample| expected.contains(sample)), "invented after damage at {at}");
            drop(metrics);
            drop(open(copied.path(), &clock));
        }
    }
}

#[test]
fn an_unknown_version_is_set_aside_and_the_store_starts() {
    let (folder, clock, expected) = built();
    let mut paths = Vec::new();
    files(&folder.path().join("metrics/blocks"), &mut paths);
    let meta = paths.iter().find(|path| path.ends_with("meta")).expect("a block");
    let mut bytes = std::fs::read(meta).expect("reads");
    bytes[8] = 2;
    std::fs::write(meta, bytes).expect("writes");
    let metrics = open(folder.path(), &clock);
    let found: Vec<_> = read(&metrics, &[], MetricRange::ALL).into_iter().flat_map(|(_, s)| s).collect();
    assert!(found.len() < expected.len() && !found.is_empty());
    let block = meta.parent().expect("folder").file_name().expect("name").to_string_lossy().into_owned();
    assert!(folder.path().join(format!("metrics/blocks/{block}.unreadable")).exists());
}

#[test]
fn a_merge_goes_on_without_a_damaged_block() {
    let (folder, clock, expected) = built();
    let mut paths = Vec::new();
    files(&folder.path().join("metrics/blocks"), &mut paths);
    let indexes: Vec<_> = paths.iter().filter(|path| path.ends_with("index")).collect();
    let chunks: Vec<_> = paths.iter().filter(|path| path.ends_with("chunks")).collect();
    assert!(indexes.len() > 2, "{paths:?}");
    for path in [indexes[0], chunks[1]] {
        let mut bytes = std::fs::read(path).expect("reads");
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        std::fs::write(path, bytes).expect("writes");
    }
    let metrics = open(folder.path(), &clock);
    for step in 40..120 {
        let at = NOW + step * 15 * MINUTE;
        clock.set(Millis(at));
        assert!(append(&metrics, &labels("up"), at, step as f64).is_stored());
        metrics.maintain(Millis(at)).expect("maintains");
    }
    let found: Vec<_> = read(&metrics, &[], MetricRange::ALL).into_iter().flat_map(|(_, s)| s).collect();
    let kept = found.iter().filter(|sample| expected.contains(sample)).count();
    assert!(kept < expected.len() && kept + 20 > expected.len(), "{kept} of {}", expected.len());
    assert_eq!(found.len() - kept, 80);
    let mut left = Vec::new();
    files(&folder.path().join("metrics/blocks"), &mut left);
    let aside = left.iter().filter(|path| path.to_string_lossy().contains(".unreadable/meta")).count();
    assert_eq!(aside, 2, "{left:?}");
}
