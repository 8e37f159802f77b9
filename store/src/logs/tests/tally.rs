//! Counts are those of the entries that a selection visits, whatever runs they come in.

use super::*;
use crate::logs::{Run, Tally};
use std::collections::BTreeMap;

/// Entries and bytes by stream and span of time.
type Counts = BTreeMap<(String, i64), (u64, u64)>;

/// The span that a time lies in, `width` long and closed at its end.
fn span(at: Nanos, width: i64) -> i64 {
    (at.0 - 1).div_euclid(width)
}

fn tallied(logs: &Logs, range: LogRange, width: i64) -> (Counts, u64) {
    let (budget, cancel) = (Budget::unlimited(), Cancel::default());
    let together = |at: Nanos| Nanos((span(at, width) + 1) * width);
    let tally = Tally { matchers: &[], range, together: &together, budget: &budget, cancel: &cancel };
    let mut counts = Counts::new();
    let visit = &mut |run: Run<'_>| {
        let app = run.labels.get("app").unwrap_or_default().to_owned();
        let count = counts.entry((app, span(run.first, width))).or_default();
        *count = (count.0 + run.entries, count.1 + run.bytes);
        ControlFlow::Continue(())
    };
    let visited = logs.tally(&tally, visit).expect("tallies");
    assert_eq!(budget.charged_bytes(), 0);
    let totals = counts.values().fold((0, 0), |sum, count| (sum.0 + count.0, sum.1 + count.1));
    assert_eq!((visited.entries, visited.bytes), totals);
    (counts, visited.chunks)
}

fn counted(logs: &Logs, range: LogRange, width: i64) -> Counts {
    let mut counts = Counts::new();
    for (app, nanos, line) in select(logs, Order::ByStream, &[], range) {
        let count = counts.entry((app, span(at(nanos), width))).or_default();
        *count = (count.0 + 1, count.1 + line.len() as u64);
    }
    counts
}

#[test]
fn runs_count_what_is_visited() {
    let folder = test_folder();
    let logs = open(folder.path(), &clock());
    let lines = |from: i64| (from..from + 500).map(|second| (second * SECOND, "some text")).collect::<Vec<_>>();
    append(&logs, "a", &lines(-2_000));
    append(&logs, "b", &lines(-1_900));
    append(&logs, "b", &[(-1_700 * SECOND, ""), (-1_950 * SECOND, "longer than the others")]);
    seal(&logs);
    append(&logs, "a", &lines(-1_550));
    let check = |range: LogRange| {
        for width in [1, SECOND, 7 * SECOND, 60 * SECOND, i64::MAX / 4] {
            assert_eq!(tallied(&logs, range, width).0, counted(&logs, range, width), "{range:?} in spans of {width}");
        }
    };
    check(LogRange::ALL);
    check(LogRange::new(at(-1_800 * SECOND), at(-1_500 * SECOND)));
    check(LogRange::new(at(-1_800 * SECOND), at(-1_800 * SECOND)));
    check(LogRange::new(at(0), at(SECOND)));
}

#[test]
fn whole_chunks_are_counted_without_being_read() {
    let folder = test_folder();
    let logs = open(folder.path(), &clock());
    append(&logs, "a", &[(-3 * SECOND, "one"), (-2 * SECOND, "three")]);
    seal(&logs);
    let (counts, chunks) = tallied(&logs, LogRange::ALL, i64::MAX / 4);
    assert_eq!((counts.into_values().collect::<Vec<_>>(), chunks), (vec![(2, 8)], 0));
}

#[test]
fn metadata_are_read_without_lines() {
    let folder = test_folder();
    let logs = open(folder.path(), &clock());
    let (labels, metadata) = (labels("a"), Labels::from_pairs([("detected_level", "info")]));
    let entries = [AppendEntry { timestamp: at(-SECOND), line: "text", metadata: &metadata }];
    let streams = [AppendStream { labels: &labels, entries: &entries }];
    logs.append(&Batch { streams: &streams, positions: &[], duplicates: Duplicates::Keep }).expect("appends");
    for _ in 0..2 {
        let (budget, cancel) = (Budget::unlimited(), Cancel::default());
        let select = Select {
            matchers: &[],
            filters: &[],
            range: LogRange::ALL,
            order: Order::ByStream,
            reads: Reads::Metadata,
            expected: 0,
            budget: &budget,
            cancel: &cancel,
        };
        let mut found = Vec::new();
        let visit = &mut |entry: EntryRef<'_>| {
            found.push((entry.line_bytes, entry.metadata.clone()));
            ControlFlow::Continue(())
        };
        logs.select(&select, visit).expect("selects");
        assert_eq!(found, [(4, metadata.clone())]);
        seal(&logs);
    }
}
