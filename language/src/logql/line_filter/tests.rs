//! What filters keep and drop.

use crate::logql::ast::{Expr, Stage, StageNode};
use crate::logql::line_filter::{LineFilter, Test};
use crate::logql::parse;

/// The filters of a pipeline; a negative chain is several.
fn filters(text: &str) -> Vec<LineFilter> {
    let query = format!("{{a=\"b\"}} {text}");
    let Ok(Expr::Log(log)) = parse(&query) else { panic!("{query} is a log query") };
    let compiled = |stage: &Stage| match &stage.node {
        StageNode::LineFilter(filter) => LineFilter::new(filter).expect("compiles"),
        other => panic!("{other:?} is no line filter"),
    };
    log.stages.iter().map(compiled).collect()
}

#[test]
fn lines_are_kept_or_dropped() {
    let check = |text: &str, line: &str, expected: bool| {
        assert_eq!(filters(text).iter().all(|filter| filter.keeps(line)), expected, "{text} on {line:?}");
    };
    check(r#"|= "err""#, "an error", true);
    check(r#"|= "err""#, "an Error", false);
    check(r#"|= """#, "", true);
    check(r#"!= "err""#, "an error", false);
    check(r#"!= "err" or "warn""#, "a warning", false);
    check(r#"!= "err" or "warn""#, "fine", true);
    check(r#"|= "err" or "warn" or ip("10.0.0.0/8")"#, "from 10.1.2.3", true);
    check(r#"|= "err" or "warn""#, "fine", false);
    check(r#"|~ "e.r""#, "an error", true);
    check(r#"|~ "(?i)ERR""#, "an error", true);
    check(r#"|~ "^err""#, "an error", false);
    check(r#"|~ "a.c""#, "a\nc", false);
    check(r#"|~ ".*foo.*""#, "a foo b", true);
    check(r#"|~ ".*foo|bar.*""#, "xbary", true);
    check(r#"!~ "e.r""#, "an error", false);
    check(r#"!~ "e.r" or "w.r""#, "a warning", false);
    check(r#"|> "<_> error <_>""#, "an error here", true);
    check(r#"|> "<_> error <_>""#, "error here", false);
    check(r#"|> """#, "", true);
    check(r#"|> """#, "x", false);
    check(r#"!> "<_>error""#, "an error", false);
    check(r#"|= ip("192.168.0.1-192.168.0.9")"#, r#"addr="192.168.0.7:80""#, true);
    check(r#"!= ip("192.168.0.1-192.168.0.9")"#, "192.168.0.10", true);
}

#[test]
fn searches_for_literals_are_no_regular_expressions() {
    let check = |pattern: &str, expected: bool| {
        let text = format!("|~ {}", model::number::quoted(pattern));
        let literal = filters(&text).iter().all(|filter| matches!(filter.tests[..], [Test::Literal(_)]));
        assert_eq!(literal, expected, "{pattern}");
    };
    check("foo", true);
    check(".*foo.*", true);
    check(r"foo\.bar.*", true);
    check(r"foo\.*", false);
    check(r"foo\\.*", true);
    check(".*?foo", false);
    check("a|b", false);
    check("(?i)foo", false);
    check("", true);
}

#[test]
fn literals_for_an_index_are_named() {
    let check = |text: &str, expected: Option<&[&str]>| {
        let filters = filters(text);
        let texts = |filter: &LineFilter| -> Option<Vec<String>> {
            Some(filter.required()?.iter().map(|literal| literal.text.clone()).collect())
        };
        let expected = expected.map(|texts| texts.iter().map(|text| (*text).to_owned()).collect());
        assert_eq!(filters.iter().map(texts).collect::<Vec<_>>(), [expected], "{text}");
    };
    check(r#"|= "error""#, Some(&["error"]));
    check(r#"|= "a" or "b""#, Some(&["a", "b"]));
    check(r#"|~ ".*a\\.b.*""#, Some(&["a.b"]));
    check(r#"|> "<_> error <_>: x""#, Some(&[" error "]));
    check(r#"|~ "a|b""#, Some(&["a", "b"]));
    check(r#"|~ "a" or "b.cd""#, Some(&["a", "cd"]));
    check(r#"|~ "a" or "b|[c-z]""#, None);
    check(r#"|= "a" or ip("::1")"#, None);
    check(r#"!= "a""#, None);
}
