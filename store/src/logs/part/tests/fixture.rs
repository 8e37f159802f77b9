//! Parts that released versions wrote open for ever. `UPDATE_FIXTURES=1` writes the one of the current version.

use super::*;
use crate::fs::RealDisk;
use language::logql::ast::{Expr, StageNode};

const NOW: i64 = 1_700_000_000_000_000_000;

fn filter(text: &str) -> LineFilter {
    let Ok(Expr::Log(log)) = language::logql::parse(&format!("{{a=\"b\"}} {text}")) else { panic!("{text} parses") };
    let StageNode::LineFilter(node) = &log.stages[0].node else { panic!("{text} is a line filter") };
    LineFilter::new(node).expect("compiles")
}

/// A filter for each way in which the index is asked.
pub(super) fn filters() -> Vec<LineFilter> {
    let texts = [" POST ", "ettin", "4bf92f3577b34da6a3ce929d0e0e4736", "pod-7f9c6d5b8-x2x9z", "오류", "reset by p"];
    texts.iter().map(|text| filter(&format!("|= \"{text}\""))).collect()
}

fn stream(app: &str) -> Labels {
    Labels::from_pairs([("app", app), ("namespace", "shop")])
}

/// The entries of the fixture: every kind of line, time and metadata.
fn entries(app: &str) -> Vec<(i64, String, Labels)> {
    let count = if app == "order" { 120 } else { 60 };
    let entry = |n: i64| {
        let line = match (app, n % 6) {
            ("order", 0) => format!("{{\"trace_id\":\"4bf92f3577b34da6a3ce929d0e0e{n:04}\",\"n\":{n}}}"),
            ("order", _) => format!("setting {n} of pod-7f9c6d5b8-x2x9z"),
            (_, 0) => String::new(),
            (_, 1) => "오류가 났습니다\n두 번째 줄".to_owned(),
            (_, 2) => format!("10.0.0.{n} \"POST /x/{n}\" reset by peer"),
            (_, _) => format!("line {n}"),
        };
        let step = if app == "order" { 1_000_000 } else { 7 };
        let level = if n % 5 == 0 { "error" } else { "info" };
        let metadata = if app == "order" && n > 10 { Labels::from_pairs([("level", level)]) } else { Labels::empty() };
        (NOW + n * n * step, line, metadata)
    };
    (0..count).map(entry).collect()
}

/// Writes a part with all of them.
pub(super) fn part_of_every_kind(path: &Path) {
    let mut writer = PartWriter::begin(Arc::new(RealDisk), path.to_owned(), Effort::Thorough).expect("begins");
    for app in ["front", "order"] {
        writer.stream(&stream(app)).expect("stream");
        for (at, line, metadata) in entries(app) {
            writer.entry(Nanos(at), &line, &metadata).expect("entry");
        }
    }
    writer.finish(b"fixture").expect("finishes").expect("entries");
}

fn check(version: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(version).join("logs/part");
    let part = Part::open(Arc::new(RealDisk), path).expect("opens");
    assert_eq!(part.meta().owner, b"fixture");
    let table = part.table(0).expect("table");
    assert_eq!(table.streams(), [stream("front"), stream("order")]);
    let mut chunk = Chunk::default();
    for (number, app) in ["front", "order"].into_iter().enumerate() {
        let header = table.header(table.chunks(number).start).expect("header");
        part.read(header, Columns::All, &mut chunk).expect("reads");
        let expected = entries(app);
        assert_eq!(chunk.len(), expected.len());
        for (at, (time, line, metadata)) in expected.iter().enumerate() {
            let found = (chunk.timestamps()[at], chunk.line(at), chunk.metadata(at));
            assert_eq!(found, (*time, line.as_str(), Some(metadata).filter(|set| !set.is_empty())));
        }
    }
    let found = |text: &str| {
        let candidates = part.candidates(&[filter(&format!("|= \"{text}\""))], 0).expect("asks");
        (candidates.contains(0), candidates.contains(1))
    };
    assert_eq!(found("POST "), (true, false));
    assert_eq!(found("오류"), (true, false));
    assert_eq!(found("4bf92f3577b34da6a3ce929d0e0e0060"), (false, true));
    assert_eq!(found("4bf92f3577b34da6a3ce929d0e0e9999"), (false, false));
    assert_eq!(found("pod-7f9c6d5b8-x2"), (false, true));
    assert_eq!(found("nothing of it"), (false, false));
}

#[test]
fn the_part_of_version_1_opens() {
    if std::env::var_os("UPDATE_FIXTURES").is_some() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/v1/logs/part");
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(path.parent().expect("parent")).expect("folder");
        part_of_every_kind(&path);
    }
    check("v1");
}
