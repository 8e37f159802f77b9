//! The store of logs as its users see it: what was stored is found, in order, whatever happened in between.

mod crash;
mod damage;
mod first;
mod sealed;
mod tally;
mod threads;

use super::*;
use crate::fs::DataDir;
use crate::fs::faulty::test_folder;
use language::logql::line_filter::LineFilter;
use model::budget::Budget;
use model::cancel::Cancel;
use model::clock::ManualClock;
use model::matcher::Matcher;
use model::time::Nanos;
use std::path::Path;

/// 2026-11-28T12:00:00Z.
const NOW: i64 = 1_795_867_200_000;
const SECOND: i64 = 1_000_000_000;

/// `NOW` and so many nanoseconds.
fn at(nanos: i64) -> Nanos {
    Nanos(NOW * 1_000_000 + nanos)
}

fn labels(value: &str) -> Labels {
    Labels::from_pairs([("app", value), ("namespace", "blog-system")])
}

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new(Millis(NOW)))
}

fn open(folder: &Path, clock: &Arc<ManualClock>) -> Logs {
    let dir = DataDir::open(folder).expect("free folder");
    Logs::open(Options::new(dir), Arc::clone(clock) as Arc<dyn Clock>, Arc::new(Instruments::new())).expect("opens")
}

/// Appends lines of one stream, times relative to [`at`].
fn append_as(logs: &Logs, app: &str, lines: &[(i64, &str)], duplicates: Duplicates) -> Result<Outcome, Error> {
    let (labels, none) = (labels(app), Labels::empty());
    let entries: Vec<_> =
        lines.iter().map(|(nanos, line)| AppendEntry { timestamp: at(*nanos), line, metadata: &none }).collect();
    let streams = [AppendStream { labels: &labels, entries: &entries }];
    logs.append(&Batch { streams: &streams, positions: &[], duplicates })
}

fn append(logs: &Logs, app: &str, lines: &[(i64, &str)]) {
    let outcome = append_as(logs, app, lines, Duplicates::Keep).expect("appends");
    assert_eq!((outcome.stored as usize, outcome.refused), (lines.len(), vec![]));
}

/// One entry as it was visited: app, time relative to [`at`], line.
type Seen = (String, i64, String);

/// What a selection visits.
fn select(logs: &Logs, order: Order, filters: &[LineFilter], range: LogRange) -> Vec<Seen> {
    let (budget, cancel) = (Budget::unlimited(), Cancel::default());
    let select = Select {
        matchers: &[],
        filters,
        range,
        order,
        reads: Reads::All,
        expected: 0,
        budget: &budget,
        cancel: &cancel,
    };
    let mut seen = Vec::new();
    let visit = &mut |entry: EntryRef<'_>| {
        assert_eq!(entry.line.len(), entry.line_bytes);
        let app = entry.labels.get("app").unwrap_or_default().to_owned();
        seen.push((app, entry.timestamp.0 - at(0).0, entry.line.to_owned()));
        ControlFlow::Continue(())
    };
    logs.select(&select, visit).expect("selects");
    assert_eq!(budget.charged_bytes(), 0);
    seen
}

/// Everything there is, oldest first.
fn all(logs: &Logs) -> Vec<Seen> {
    select(logs, Order::ByTime(Direction::Forward), &[], LogRange::ALL)
}

fn seen(entries: &[(&str, i64, &str)]) -> Vec<Seen> {
    entries.iter().map(|(app, at, line)| ((*app).to_owned(), *at, (*line).to_owned())).collect()
}

/// Seals the head whether or not it is time to.
fn seal(logs: &Logs) {
    logs.sealing.lock().expect("not poisoned").hasten();
    logs.maintain(logs.clock.now()).expect("seals");
}
