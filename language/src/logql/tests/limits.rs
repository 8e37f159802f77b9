//! No input overflows a stack of 2 MiB or takes long, whatever it nests.

use crate::logql::limits::{HEIGHT_MAX, LISTED_MAX, NESTING_MAX, QUERY_BYTES_MAX, REGEXES_MAX, STAGES_MAX};
use crate::logql::{parse, pretty, print};
use std::time::{Duration, Instant};

/// Parses, prints and drops on a thread with the stack of a Tokio worker: `None`, or the mistake.
fn outcome(text: String) -> Option<String> {
    let on_small_stack = std::thread::Builder::new().stack_size(2 << 20).spawn(move || {
        let started = Instant::now();
        let mistake = match parse(&text) {
            Ok(expr) => {
                let copy = expr.clone();
                assert_eq!(copy, expr);
                assert!(!print(&expr).is_empty() && !pretty(&expr).is_empty());
                None
            }
            Err(error) => Some(error.message),
        };
        assert!(started.elapsed() < Duration::from_secs(5), "took {:?}", started.elapsed());
        mistake
    });
    on_small_stack.expect("a thread starts").join().expect("the thread ends by itself")
}

fn many(text: &str) -> String {
    text.repeat(QUERY_BYTES_MAX / text.len() - 16)
}

#[test]
fn nesting_is_bounded() {
    let check = |text: String, limit: usize| {
        let shown: String = text.chars().take(40).collect();
        assert_eq!(outcome(text), Some(format!("expression nests deeper than the limit of {limit} levels")), "{shown}");
    };
    for chain in ["+vector(1)", " or vector(1)", " == bool vector(1)"] {
        check(format!("vector(1){}", many(chain)), HEIGHT_MAX);
    }
    check(format!("{}1{}", "(".repeat(30_000), ")".repeat(30_000)), NESTING_MAX);
    check(format!("1{}", many("^1")), NESTING_MAX);
    for opening in ["(", "sum(", "topk(1,", "sum by (a) (", "vector(1)+on()(", "label_replace("] {
        check(many(opening), NESTING_MAX);
    }
    check(format!("rate({}", "(".repeat(30_000)), NESTING_MAX);
    check(format!("{{a=\"b\"}} | {}", "(".repeat(30_000)), NESTING_MAX);
    check(format!("{{a=\"b\"}} | {}", "a=1,".repeat(10_000)), NESTING_MAX);
    check(format!("{{a=\"b\"}} | {}", "a=1 ".repeat(10_000)), NESTING_MAX);
    check(format!("{{a=\"b\"}} | a=1{}", " or a=1".repeat(5_000)), HEIGHT_MAX);
    check(format!("{{a=\"b\"}} | a=1{}", " and a=1".repeat(5_000)), HEIGHT_MAX);
}

#[test]
fn what_is_below_the_bounds_is_read() {
    let deep = NESTING_MAX - 1;
    for text in [
        format!("vector(1){}", "+vector(1)".repeat(HEIGHT_MAX - 1)),
        format!("1{}", "+1".repeat(20_000)),
        format!("1{}", "^1".repeat(deep)),
        format!("{}1{}", "(".repeat(deep), ")".repeat(deep)),
        format!("{}vector(1){}", "sum(".repeat(deep), ")".repeat(deep)),
        format!("{{a=\"b\"}} | a=1{}", ",a=1".repeat(deep - 1)),
        format!("{{a=\"b\"}} | a=1{}", " or a=1".repeat(HEIGHT_MAX - 1)),
        format!("{{a=\"b\"}} {}", "| json ".repeat(STAGES_MAX)),
        format!("{{a=\"b\"}} |= \"x\"{}", " or \"x\"".repeat(7_000)),
        format!("{{a=\"b\"{}}}", ",c=\"d\"".repeat(8_000)),
    ] {
        let shown: String = text.chars().take(40).collect();
        assert_eq!(outcome(text), None, "{shown}");
    }
}

#[test]
fn stages_are_bounded() {
    let refused = Some(format!("pipeline has more stages than the limit of {STAGES_MAX}"));
    assert_eq!(outcome(format!("{{a=\"b\"}} {}", "| json ".repeat(STAGES_MAX + 1))), refused);
    assert_eq!(outcome(format!("{{a=\"b\"}} {}", many("|= \"x\" "))), refused);
    assert_eq!(outcome(format!("rate({{a=\"b\"}}|unwrap x {}", many("|a=1 "))), refused);
}

#[test]
fn lists_of_stages_are_bounded() {
    let refused = Some(format!("stage names more labels than the limit of {LISTED_MAX}"));
    for (stage, item) in
        [("json", "a=\"b\""), ("logfmt", "a"), ("label_format", "a=\"b\""), ("drop", "a"), ("keep", "a")]
    {
        let query = |count: usize| format!("{{a=\"b\"}} | {stage} {}", vec![item; count].join(","));
        assert_eq!(outcome(query(LISTED_MAX + 1)), refused, "{stage}");
        if stage != "label_format" {
            assert_eq!(outcome(query(LISTED_MAX)), None, "{stage}");
        }
    }
}

#[test]
fn text_is_bounded() {
    assert_eq!(outcome(format!("1{}", " ".repeat(QUERY_BYTES_MAX - 1))), None);
    let longer = format!("1{}", " ".repeat(QUERY_BYTES_MAX));
    assert_eq!(outcome(longer), Some("input size too long (65537 > 65536)".to_owned()));
}

#[test]
fn regular_expressions_are_bounded() {
    let query = |count: usize| {
        let matchers: Vec<String> = (0..count).map(|number| format!("b=~\"c.*{number}\"")).collect();
        format!("{{a=\"b\",{}}}", matchers.join(","))
    };
    assert_eq!(outcome(query(REGEXES_MAX)), None);
    let refused = format!("query has more different regular expressions than the limit of {REGEXES_MAX}");
    assert_eq!(outcome(query(REGEXES_MAX + 1)), Some(refused.clone()));
    let filters: Vec<String> = (0..200).map(|number| format!("|~ \"c.*{number}d\"")).collect();
    assert_eq!(outcome(format!("{{a=\"b\"}} {}", filters.concat())), Some(refused));
}
