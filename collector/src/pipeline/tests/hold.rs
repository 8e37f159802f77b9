//! Lines that are held back: blocks, parts, and what that means for positions.

use super::{Source, all_shown};
use crate::limits::{JOINED_LINE_BYTES_MAX, LINE_BYTES_MAX};
use std::time::Duration;

const BLOCKS: &str = "- multiline: {firstline: '^\\[', max_wait_time: 2s, max_lines: 3}\n";

#[test]
fn blocks_begin_with_their_first_line() {
    let mut source = Source::new(BLOCKS);
    let mut check = |line: &str, expected: &[&str], held: Option<u64>| {
        assert_eq!(all_shown(&source.send(line)), expected, "{line}");
        assert_eq!(source.state.held_from(), held, "{line}");
    };
    check("loose", &[r#"{app="a"} loose"#], None);
    check("[1] a", &[], Some(6));
    check(" b", &[], Some(6));
    check("[2] c", &["{app=\"a\"} [1] a\n b"], Some(15));
    check(" d", &[], Some(15));
    // The third line fills the block; a fourth is one of its own, with what the first line told.
    check(" e", &["{app=\"a\"} [2] c\n d\n e"], None);
    check(" f", &[], Some(27));
    assert_eq!(all_shown(&source.flush_all()), [r#"{app="a"}  f"#]);
    assert_eq!(source.state.held_from(), None);
}

#[test]
fn spans_cover_the_lines_of_a_block() {
    let mut source = Source::new(BLOCKS);
    source.send("[1] a");
    source.send(" b");
    let came = source.send("[2]");
    assert_eq!((came[0].span.start, came[0].span.end), (0, 9));
    let came = source.flush_all();
    assert_eq!((came[0].span.start, came[0].span.end), (9, 13));
}

#[test]
fn blocks_wait_no_longer_than_they_may() {
    let mut source = Source::new(BLOCKS);
    source.send("[1] a");
    source.now = source.now.plus(Duration::from_millis(1999));
    assert_eq!(source.flush_due().len(), 0);
    source.send(" b");
    source.now = source.now.plus(Duration::from_millis(1999));
    assert_eq!(source.flush_due().len(), 0, "a line makes it wait anew");
    source.now = source.now.plus(Duration::from_millis(1));
    assert_eq!(all_shown(&source.flush_due()), ["{app=\"a\"} [1] a\n b"]);
    assert_eq!(source.flush_due().len(), 0);
    // Nobody looked meanwhile: the next line ends the block that is due.
    source.send("[2] c");
    source.now = source.now.plus(Duration::from_secs(5));
    assert_eq!(all_shown(&source.send(" d")), [r#"{app="a"} [2] c"#]);
    assert_eq!(source.state.held_from(), Some(15));
}

#[test]
fn streams_have_blocks_of_their_own() {
    let stages = "- cri: {}\n- multiline: {firstline: '^\\['}\n- static_labels: {later: '1'}\n";
    let mut source = Source::new(stages);
    let line = |stream: &str, text: &str| format!("2026-01-01T00:00:01Z {stream} F {text}");
    assert_eq!(source.send(&line("stdout", "[1]")).len(), 0);
    assert_eq!(source.send(&line("stderr", "[2]")).len(), 0);
    assert_eq!(source.send(&line("stdout", " a")).len(), 0);
    let came = source.send(&line("stderr", "[3]"));
    assert_eq!(all_shown(&came), [r#"{app="a", later="1", stream="stderr"} 2026-01-01T00:00:01Z [2]"#]);
    assert_eq!(source.state.held_from(), Some(0), "the block of stdout is older");
    let came = source.flush_all();
    assert_eq!(came.len(), 2);
    assert_eq!(came[0].line, "[1]\n a");
}

#[test]
fn a_block_is_bounded() {
    let mut source = Source::new("- multiline: {firstline: '^\\[', max_lines: 0}\n");
    source.send("[1]");
    let line = "x".repeat(LINE_BYTES_MAX / 4);
    let came: Vec<usize> = (0..9).flat_map(|_| source.send(&line)).map(|entry| entry.line.len()).collect();
    assert_eq!(came.len(), 2);
    assert!(came.iter().all(|bytes| *bytes <= LINE_BYTES_MAX), "{came:?}");
}

#[test]
fn parts_of_a_line_are_joined_per_stream() {
    let mut source = Source::new("- cri: {}\n");
    let mut check = |line: &str, expected: &[&str], held: Option<u64>| {
        assert_eq!(all_shown(&source.send(line)), expected, "{line}");
        assert_eq!(source.state.held_from(), held, "{line}");
    };
    check("2026-01-01T00:00:01Z stdout P one ", &[], Some(0));
    check("2026-01-01T00:00:02Z stderr P err ", &[], Some(0));
    check("2026-01-01T00:00:03Z stdout P two ", &[], Some(0));
    let joined = r#"{app="a", stream="stdout"} 2026-01-01T00:00:04Z one two three"#;
    check("2026-01-01T00:00:04Z stdout F three", &[joined], Some(35));
    let joined = r#"{app="a", stream="stderr"} 2026-01-01T00:00:06Z err "#;
    check("2026-01-01T00:00:06Z stderr F ", &[joined], None);
}

#[test]
fn joined_lines_are_bounded() {
    let mut source = Source::new("- cri: {}\n");
    let part = format!("2026-01-01T00:00:01Z stdout P {}", "é".repeat(JOINED_LINE_BYTES_MAX / 4 + 1));
    for _ in 0..4 {
        assert_eq!(source.send(&part).len(), 0);
    }
    let came = source.send("2026-01-01T00:00:01Z stdout F end");
    assert_eq!(came[0].line.len(), JOINED_LINE_BYTES_MAX);
    let cut = "- cri: {max_partial_line_size: 8b, max_partial_line_size_truncate: true}\n";
    let mut source = Source::new(cut);
    source.send("2026-01-01T00:00:01Z stdout P 12345");
    assert_eq!(source.send("2026-01-01T00:00:01Z stdout F 6789")[0].line, "12345678");
}

#[test]
fn too_many_streams_with_parts_let_go_of_them() {
    let mut source = Source::new("- cri: {max_partial_lines: 1}\n");
    source.send("2026-01-01T00:00:01Z stdout P one");
    let came = source.send("2026-01-01T00:00:01Z stderr P two");
    assert_eq!(all_shown(&came), [r#"{app="a", stream="stdout"} 2026-01-01T00:00:01Z one"#]);
    assert_eq!(all_shown(&source.flush_all()), [r#"{app="a", stream="stderr"} 2026-01-01T00:00:01Z two"#]);
}

#[test]
fn nested_stages_hold_too() {
    let stages = "- match:\n    selector: '{app=\"a\"} |~ \"^(\\\\[|\\\\+)\"'\n    stages: [{multiline: {firstline: '^\\['}}]\n- static_labels: {later: '1'}\n";
    let mut source = Source::new(stages);
    source.send("[1]");
    source.send("+ a");
    assert_eq!(all_shown(&source.send("other")), [r#"{app="a", later="1"} other"#]);
    assert_eq!(source.state.held_from(), Some(0));
    source.now = source.now.plus(Duration::from_secs(3));
    assert_eq!(all_shown(&source.flush_due()), ["{app=\"a\", later=\"1\"} [1]\n+ a"]);
}
