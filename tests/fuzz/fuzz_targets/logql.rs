//! Any text is a query or an error with a place; what is printed reads as the same query; its stages take any line.
#![no_main]

use language::logql::ast::Expr;
use language::logql::stage::Stage;
use language::logql::stage::entry::{Entry, Scratch, Stored};
use language::logql::{parse, pretty, print};
use libfuzzer_sys::fuzz_target;
use model::labels::Labels;
use model::time::Nanos;

fuzz_target!(|input: (&str, &str)| {
    let (text, line) = input;
    let Ok(expression) = parse(text) else { return };
    let printed = print(&expression);
    for text in [&printed, &pretty(&expression)] {
        match parse(text) {
            Ok(again) => assert_eq!(print(&again), printed, "of {text:?}"),
            Err(error) => panic!("{text:?}, printed {printed:?}: {error}"),
        }
    }
    let Expr::Log(log) = expression else { return };
    let stages: Vec<Stage> =
        log.stages.iter().map(|stage| Stage::new(&stage.node).expect("the parser has compiled it")).collect();
    let (stream, metadata) = (Labels::from_pairs([("app", "x")]), Labels::from_pairs([("n", "5")]));
    let mut scratch = Scratch::default();
    let stored = Stored { at: Nanos(0), line, stream: &stream, metadata: &metadata };
    let mut entry = Entry::new(stored, &mut scratch);
    let kept = stages.iter().all(|stage| stage.apply(&mut entry));
    assert!(!kept || entry.labels().len() <= 2_000);
});
