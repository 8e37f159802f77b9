//! What filters keep and drop.

use super::LabelFilter;
use crate::logql::ast::{Expr, StageNode};
use crate::logql::parse;
use crate::logql::stage::entry::{ERROR, ERROR_DETAILS, Entry, Scratch, Stored};
use model::labels::Labels;
use model::time::Nanos;

fn filter(text: &str) -> LabelFilter {
    let query = format!("{{a=\"b\"}} | {text}");
    let Ok(Expr::Log(log)) = parse(&query) else { panic!("{query} is a log query") };
    let Some(StageNode::LabelFilter(filter)) = log.stages.first().map(|stage| &stage.node) else {
        panic!("{query} is a label filter")
    };
    LabelFilter::new(filter).expect("compiles")
}

/// Whether `app="x" code="500" took="1.5s" size="20KB" addr="10.0.0.7" bad="?"` stays, and the error noted.
fn asked(text: &str) -> (bool, String) {
    let stream = Labels::from_pairs([("app", "x"), ("code", "500"), ("took", "1.5s")]);
    let metadata = Labels::from_pairs([("size", "20KB"), ("addr", "10.0.0.7"), ("bad", "?")]);
    let mut scratch = Scratch::default();
    let mut entry =
        Entry::new(Stored { at: Nanos(0), line: "line", stream: &stream, metadata: &metadata }, &mut scratch);
    let kept = filter(text).keeps(&mut entry);
    let error = [ERROR, ERROR_DETAILS].map(|name| entry.get(name).unwrap_or_default().to_owned());
    (kept, error.join(" ").trim().to_owned())
}

#[test]
fn entries_are_kept_or_dropped() {
    let check = |text: &str, expected: bool| assert_eq!(asked(text), (expected, String::new()), "{text}");
    check(r#"app="x""#, true);
    check(r#"app=~"x|y""#, true);
    check(r#"app=~"y.*""#, false);
    check(r#"absent="""#, true);
    check(r#"absent!="a""#, true);
    check("code >= 500", true);
    check("code == 500", true);
    check("code != 500", false);
    check("code < 500", false);
    check("absent > 0", false);
    check("absent != 0", false);
    check("took > 1s", true);
    check("took <= 1500ms", true);
    check("took < 1s", false);
    check("size > 10KiB", true);
    check("size = 20kB", true);
    check("size > 1MB", false);
    check(r#"addr = ip("10.0.0.0/24")"#, true);
    check(r#"addr != ip("10.0.0.0/24")"#, false);
    check(r#"absent = ip("10.0.0.0/24")"#, false);
    check(r#"absent != ip("10.0.0.0/24")"#, false);
    check(r#"app="y" or code > 1 and took > 1s"#, true);
    check(r#"app="x", code > 1000"#, false);
    check(r#"(app="y" or code > 1) and took > 2s"#, false);
}

#[test]
fn unreadable_values_are_noted() {
    let check = |text: &str, kept: bool, error: &str| {
        assert_eq!(asked(text), (kept, format!("LabelFilterErr {error}")), "{text}");
    };
    check("bad > 1", true, r#"strconv.ParseFloat: parsing "?": invalid syntax"#);
    check("bad > 1s", true, r#"time: invalid duration "?""#);
    check("bad > 1B", true, r#"strconv.ParseFloat: parsing "": invalid syntax"#);
    check(r#"bad > 1 and __error__="""#, false, r#"strconv.ParseFloat: parsing "?": invalid syntax"#);
    check(r#"app="y" and bad > 1"#, false, r#"strconv.ParseFloat: parsing "?": invalid syntax"#);
    check(r#"bad > 1 and addr = ip("::1")"#, true, r#"strconv.ParseFloat: parsing "?": invalid syntax"#);
}
