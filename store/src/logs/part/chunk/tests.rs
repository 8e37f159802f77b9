//! Bytes that no writer wrote, and lines that pass filters.

use super::*;
use crate::fs::{Disk, OpenAs, RealDisk};
use crate::logs::part::table::ChunkHeader;
use language::logql::ast::{Expr, StageNode};
use language::logql::line_filter::LineFilter;
use proptest::prelude::*;

fn filters(text: &str) -> Vec<LineFilter> {
    let Ok(Expr::Log(log)) = language::logql::parse(&format!("{{a=\"b\"}} {text}")) else { panic!("{text} parses") };
    let filter = |node: &StageNode| match node {
        StageNode::LineFilter(filter) => LineFilter::new(filter).expect("compiles"),
        other => panic!("{other:?} is no line filter"),
    };
    log.stages.iter().map(|stage| filter(&stage.node)).collect()
}

fn chunk(lines: &[&str]) -> Chunk {
    let mut encoder = Encoder::new(Effort::Thorough).expect("encoder");
    for (line, at) in lines.iter().zip(0..) {
        encoder.push(Nanos(at), line, &Labels::empty());
    }
    let mut filled = Chunk::default();
    std::mem::swap(&mut filled, &mut encoder.chunk);
    filled
}

#[test]
fn lines_that_pass_are_found() {
    let chunk = chunk(&["an error", "", "fine", "two\nlines", "error error", "err", "or", "last error"]);
    let check = |text: &str, expected: &[u32]| {
        let mut found = vec![99];
        chunk.matching(&filters(text), &mut found);
        assert_eq!(found, expected, "{text}");
    };
    check(r#"|= "error""#, &[0, 4, 7]);
    check(r#"|= "error" != "last""#, &[0, 4]);
    check(r#"|= "err\nor""#, &[]);
    check(r#"|= "two\nlines""#, &[3]);
    check(r#"|= "\n""#, &[3]);
    check(r#"|= """#, &[0, 1, 2, 3, 4, 5, 6, 7]);
    check(r#"|~ "(?i)ERR""#, &[0, 4, 5, 7]);
    check(r#"|~ "r$""#, &[0, 4, 5, 6, 7]);
    check(r#"!= "r""#, &[1, 2, 3]);
    check(r#"|= "fine" or "two""#, &[2, 3]);
    check(r#"|= "nothing""#, &[]);
}

#[test]
fn the_entry_of_a_byte_is_known() {
    let chunk = chunk(&["ab", "", "c"]);
    assert_eq!(chunk.text(), "ab\n\nc\n");
    assert_eq!((0..6).map(|byte| chunk.entry_at(byte)).collect::<Vec<_>>(), [0, 0, 0, 1, 2, 2]);
}

proptest! {
    #[test]
    fn any_bytes_with_right_checksums_are_read_or_refused(
        groups in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..60), 3),
        entries in 1..70_000_u32,
        line_bytes in 0..20_000_000_u32,
        with_metadata in any::<bool>(),
    ) {
        let folder = tempfile::tempdir().expect("folder");
        let file = RealDisk.open(&folder.path().join("chunks"), OpenAs::New).expect("creates");
        let mut lens = Vec::new();
        for (number, group) in groups.iter().enumerate() {
            if number == 1 && !with_metadata {
                lens.push(0);
                continue;
            }
            file.append(&crc32c::crc32c(group).to_le_bytes()).expect("writes");
            file.append(group).expect("writes");
            lens.push(group.len() as u32 + 4);
        }
        let header = ChunkHeader {
            min: Nanos(0), max: Nanos(i64::MAX), entries: entries.min(65_536), line_bytes: line_bytes.min(16 << 20), offset: 0,
            sizes_bytes: lens[0], metadata_bytes: lens[1], text_bytes: lens[2],
        };
        let mut chunk = Chunk::default();
        for columns in [Columns::Sizes, Columns::Lines, Columns::All] {
            let read = chunk.read(&*file, &header, columns);
            prop_assert!(read.is_err() == chunk.is_empty());
        }
    }
}
