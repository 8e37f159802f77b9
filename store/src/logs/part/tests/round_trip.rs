//! What is written is what is read.

use super::merge::{Target, merge};
use super::*;
use crate::logs::limits::CHUNK_BYTES_MAX;
use proptest::prelude::*;

fn disk() -> Arc<dyn Disk> {
    Arc::new(RealDisk)
}

type Entry = (i64, String, Labels);
type Streams = Vec<(Labels, Vec<Entry>)>;

fn entries(part: &Part, columns: Columns) -> Streams {
    let table = part.table(1).expect("table");
    let mut chunk = Chunk::default();
    let mut streams = Vec::new();
    for (stream, labels) in table.streams().iter().enumerate() {
        let mut entries = Vec::new();
        for number in table.chunks(stream) {
            let header = table.header(number).expect("header");
            part.read(header, columns, &mut chunk).expect("reads");
            assert_eq!(chunk.len(), header.entries as usize);
            for at in 0..chunk.len() {
                let metadata = chunk.metadata(at).cloned().unwrap_or_else(Labels::empty);
                assert_eq!(columns == Columns::Sizes, chunk.text().is_empty());
                entries.push((chunk.timestamps()[at], chunk.line(at).to_owned(), metadata));
                assert!(columns == Columns::Sizes || chunk.line_bytes(at) == chunk.line(at).len());
            }
        }
        streams.push((labels.clone(), entries));
    }
    streams
}

fn write(folder: &Path, name: &str, streams: &Streams) -> Option<Part> {
    let mut writer = PartWriter::begin(disk(), folder.join(name), Effort::Thorough).expect("begins");
    for (labels, entries) in streams {
        writer.stream(labels).expect("stream");
        for (at, line, metadata) in entries {
            writer.entry(Nanos(*at), line, metadata).expect("entry");
        }
    }
    writer.finish(b"owner").expect("finishes")
}

fn check(streams: &Streams) {
    let folder = tempfile::tempdir().expect("folder");
    let Some(part) = write(folder.path(), "p", streams) else {
        assert!(streams.iter().all(|(_, entries)| entries.is_empty()));
        assert_eq!(disk().list(folder.path()).expect("lists"), Vec::<String>::new());
        return;
    };
    let expected: Streams = streams.iter().filter(|(_, entries)| !entries.is_empty()).cloned().collect();
    assert_eq!(entries(&part, Columns::All), expected);
    assert_eq!(part.meta().owner, b"owner");
    assert_eq!(part.meta().entries as usize, expected.iter().map(|(_, entries)| entries.len()).sum::<usize>());
    let sizes = entries(&part, Columns::Sizes);
    for ((_, found), (_, wanted)) in sizes.iter().zip(&expected) {
        assert!(found.iter().map(|entry| entry.0).eq(wanted.iter().map(|entry| entry.0)));
    }
}

fn stream(app: &str) -> Labels {
    Labels::from_pairs([("app", app)])
}

#[test]
fn lines_of_every_kind_come_back() {
    let none = Labels::empty();
    let trace = |id: usize| Labels::from_pairs([("trace_id", format!("{id:016x}")), ("level", "info".to_owned())]);
    let lines = ["", "a", "two\nlines\n", "\n", "한글 로그", "\u{0}\u{1}", "trailing "];
    let mixed: Vec<Entry> = (0..700)
        .map(|n| {
            let set = if n % 3 == 0 { none.clone() } else { trace(n % 50) };
            (n as i64 * 1_000_000, lines[n % lines.len()].to_owned(), set)
        })
        .collect();
    let long = vec![
        (5, "x".repeat(3 << 20), none.clone()),
        (5, "y".repeat(700 << 10), none.clone()),
        (6, String::new(), none.clone()),
    ];
    let late: Vec<Entry> =
        (0..200).map(|n| (n, "plain".to_owned(), if n < 150 { none.clone() } else { trace(1) })).collect();
    check(&vec![(stream("a"), mixed), (stream("b"), Vec::new()), (stream("c"), long), (stream("d"), late)]);
    check(&vec![(stream("a"), Vec::new())]);
    check(&vec![]);
    check(&vec![(stream("a"), vec![(i64::MIN, String::new(), none.clone()), (i64::MAX, "b".to_owned(), none)])]);
}

#[test]
fn chunks_are_cut_at_their_bounds() {
    let folder = tempfile::tempdir().expect("folder");
    let none = Labels::empty();
    let many: Vec<Entry> = (0..70_000).map(|n| (n, String::new(), none.clone())).collect();
    let big: Vec<Entry> = (0..3_000).map(|n| (n, format!("{n:0500}"), none.clone())).collect();
    let sets: Vec<Entry> =
        (0..100).map(|n| (n, "l".to_owned(), Labels::from_pairs([("id", format!("{n:09000}"))]))).collect();
    let streams = vec![(stream("big"), big), (stream("many"), many), (stream("sets"), sets)];
    let part = write(folder.path(), "p", &streams).expect("entries");
    let table = part.table(0).expect("table");
    let chunks: Vec<_> = (0..3).map(|stream| table.chunks(stream).len()).collect();
    assert_eq!(chunks, [3, 2, 4]);
    assert_eq!(entries(&part, Columns::All), streams);
    assert_eq!(table.chunks_within(1, LogRange::new(Nanos(0), Nanos(1))).len(), 1);
    assert_eq!(table.chunks_within(1, LogRange::new(Nanos(69_999), Nanos(70_000))).len(), 1);
    assert_eq!(table.chunks_within(1, LogRange::new(Nanos(70_000), Nanos(80_000))).len(), 0);
    assert_eq!(table.chunks_within(1, LogRange::ALL).len(), 2);
    assert_eq!(table.stream(&stream("many")), Some(1));
    assert!(part.loaded().0 > 0);
    assert_eq!(part.unload(), table.memory());
    assert_eq!(part.loaded(), (0, 1));
}

#[test]
fn what_is_out_of_order_is_refused() {
    let folder = tempfile::tempdir().expect("folder");
    let mut writer = PartWriter::begin(disk(), folder.path().join("p"), Effort::Quick).expect("begins");
    let none = Labels::empty();
    let refused = |result: Result<(), Error>| assert_eq!(result.expect_err("refused").kind(), ErrorKind::Invalid);
    refused(writer.entry(Nanos(1), "no stream", &none));
    writer.stream(&stream("b")).expect("stream");
    writer.entry(Nanos(2), "a", &none).expect("entry");
    refused(writer.entry(Nanos(1), "earlier", &none));
    refused(writer.entry(Nanos(3), &"x".repeat(CHUNK_BYTES_MAX), &none));
    refused(writer.stream(&stream("a")));
    drop(writer);
    assert_eq!(disk().list(folder.path()).expect("lists"), Vec::<String>::new());
}

#[test]
fn parts_are_merged_in_the_order_of_time_and_parts() {
    let folder = tempfile::tempdir().expect("folder");
    let none = Labels::empty();
    let at = |times: &[i64], mark: &str| -> Vec<Entry> {
        times.iter().map(|time| (*time, format!("{mark}{time}"), none.clone())).collect()
    };
    let first = write(folder.path(), "1", &vec![(stream("a"), at(&[1, 3, 5, 5], "x")), (stream("b"), at(&[7], "x"))]);
    let second = write(folder.path(), "2", &vec![(stream("a"), at(&[2, 3, 5, 9], "y")), (stream("c"), at(&[0], "y"))]);
    let parts = [first, second].map(|part| Arc::new(part.expect("entries")));
    let target = Target { path: folder.path().join("3"), effort: Effort::Thorough, owner: b"both" };
    let merged = merge(disk(), &parts, &target).expect("merges").expect("entries");
    let lines: Vec<_> = entries(&merged, Columns::All)
        .into_iter()
        .map(|(labels, entries)| (labels, entries.into_iter().map(|entry| entry.1).collect::<Vec<_>>().join(" ")))
        .collect();
    let expected = [("a", "x1 y2 x3 y3 x5 x5 y5 y9"), ("b", "x7"), ("c", "y0")];
    assert_eq!(lines, expected.map(|(app, text)| (stream(app), text.to_owned())));
    assert_eq!(merged.meta().owner, b"both");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_entries_round_trip(streams in prop::collection::btree_map("[a-d]{1,2}", prop::collection::vec((any::<i64>(), "\\PC{0,20}|[\\n\\t ab]{0,9}", "[ab]{0,2}"), 0..40), 0..5)) {
        let mut streams: Streams = streams.into_iter().map(|(app, mut entries)| {
            entries.sort_by_key(|entry| entry.0);
            (stream(&app), entries.into_iter().map(|(at, line, set)| (at, line, Labels::from_pairs([("k", set)]))).collect())
        }).collect();
        streams.sort_by(|a, b| a.0.as_raw().cmp(b.0.as_raw()));
        check(&streams);
    }
}
