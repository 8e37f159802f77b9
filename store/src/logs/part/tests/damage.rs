//! Damaged parts: an error that says where, never a panic, never entries that were not written.

use super::*;
use crate::fs::RealDisk;
use crate::logs::part::tests::fixture::{filters, part_of_every_kind};

const FILES: [&str; 4] = ["meta", "table", "chunks", "index"];

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("folder");
    for name in FILES {
        std::fs::copy(from.join(name), to.join(name)).expect("copies");
    }
}

/// Everything that can be read of a part, and whether something could not.
fn read(path: &Path) -> (Vec<(Labels, i64, String)>, bool) {
    let Ok(part) = Part::open(Arc::new(RealDisk), path.to_owned()) else { return (Vec::new(), true) };
    let mut failed = filters().iter().any(|filter| part.candidates(std::slice::from_ref(filter), 0).is_err());
    let Ok(table) = part.table(0) else { return (Vec::new(), true) };
    let (mut chunk, mut found) = (Chunk::default(), Vec::new());
    for (stream, labels) in table.streams().iter().enumerate() {
        for header in table.chunks(stream).filter_map(|number| table.header(number)) {
            for columns in [Columns::Sizes, Columns::Lines, Columns::All] {
                let result = part.read(header, columns, &mut chunk);
                failed |= result.is_err();
                assert_eq!(result.is_err(), chunk.is_empty());
            }
            for at in 0..chunk.len() {
                found.push((labels.clone(), chunk.timestamps()[at], chunk.line(at).to_owned()));
            }
        }
    }
    (found, failed)
}

#[test]
fn a_flipped_byte_anywhere_is_seen_and_invents_nothing() {
    let folder = tempfile::tempdir().expect("folder");
    let good = folder.path().join("good");
    part_of_every_kind(&good);
    let (expected, failed) = read(&good);
    assert!(!failed && expected.len() > 100);
    let bad = folder.path().join("bad");
    for name in FILES {
        let bytes = std::fs::read(good.join(name)).expect("reads");
        let stride = if name == "meta" { 1 } else { bytes.len() / 200 + 1 };
        for at in (0..bytes.len()).step_by(stride) {
            copy(&good, &bad);
            let mut flipped = bytes.clone();
            flipped[at] ^= 0x10;
            std::fs::write(bad.join(name), flipped).expect("writes");
            let (found, failed) = read(&bad);
            assert!(failed || name == "index", "damage at {at} of {name} went unseen");
            assert!(found.iter().all(|entry| expected.contains(entry)), "invented after damage at {at} of {name}");
            assert!(name != "index" || found.len() == expected.len(), "entries can be read without an index");
        }
    }
}

#[test]
fn what_is_cut_short_is_refused() {
    let folder = tempfile::tempdir().expect("folder");
    let good = folder.path().join("good");
    part_of_every_kind(&good);
    let bad = folder.path().join("bad");
    for name in FILES {
        let bytes = std::fs::read(good.join(name)).expect("reads");
        for len in [0, 1, 7, 12, 16, 20, bytes.len() / 2, bytes.len() - 1] {
            copy(&good, &bad);
            std::fs::write(bad.join(name), &bytes[..len]).expect("writes");
            assert!(read(&bad).1, "{name} of {len} bytes");
        }
        std::fs::remove_file(bad.join(name)).expect("removes");
        assert!(read(&bad).1, "without {name}");
    }
}

#[test]
fn an_unknown_version_is_named() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("p");
    part_of_every_kind(&path);
    let mut bytes = std::fs::read(path.join("meta")).expect("reads");
    bytes[8] = 2;
    std::fs::write(path.join("meta"), bytes).expect("writes");
    let error = Part::open(Arc::new(RealDisk), path).expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert!(error.to_string().ends_with("log part format version 1 expected at byte 8"), "{error}");
}
