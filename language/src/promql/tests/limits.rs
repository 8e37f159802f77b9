//! No input overflows a stack of 2 MiB or takes long, whatever it nests.

use super::ALL;
use crate::promql::limits::{DURATION_PARTS_MAX, HEIGHT_MAX, NESTING_MAX, QUERY_BYTES_MAX, REGEXES_MAX};
use crate::promql::{parse, pretty, print};
use std::time::{Duration, Instant};

/// Parses, prints and drops on a thread with the stack of a Tokio worker: `None`, or the mistake.
fn outcome(text: String) -> Option<String> {
    let on_small_stack = std::thread::Builder::new().stack_size(2 << 20).spawn(move || {
        let started = Instant::now();
        let mistake = match parse(&text, &ALL) {
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

#[test]
fn nesting_is_bounded() {
    let check = |text: String, limit: usize| {
        let shown: String = text.chars().take(20).collect();
        assert_eq!(outcome(text), Some(format!("expression nests deeper than the limit of {limit} levels")), "{shown}");
    };
    let many = |text: &str| text.repeat(QUERY_BYTES_MAX / text.len() - 16);
    for chain in ["+1", "-1", "*1", " or a", " == bool 1", "[1m:]"] {
        check(format!("a{}", many(chain)), HEIGHT_MAX);
    }
    check(format!("{}1{}", "(".repeat(30_000), ")".repeat(30_000)), NESTING_MAX);
    check(format!("a{}", many("^1")), NESTING_MAX);
    for opening in ["(", "-", "- ", "sum(", "abs(", "a[1m:]+(", "topk(1,", "a+on()(", "a offset 1m - ("] {
        check(many(opening), NESTING_MAX);
    }
}

#[test]
fn durations_are_bounded() {
    let check = |text: String| {
        let shown: String = text.chars().take(20).collect();
        let refused = format!("duration has more parts than the limit of {DURATION_PARTS_MAX}");
        assert_eq!(outcome(text), Some(refused), "{shown}");
    };
    for repeated in ["(", "-", "min_of(1,", "1+(", "1^", "1+"] {
        let many = repeated.repeat(5_000);
        check(format!("a[{many}"));
        check(format!("a offset ({many}"));
    }
    check(format!("a offset {}", "-".repeat(60_000)));
    // Every parenthesis closes a chain, so that height would grow with the square of the depth.
    check(format!("a[{}1{}]", "(".repeat(60), format!("{})", "+1".repeat(60)).repeat(60)));
}

#[test]
fn what_is_below_the_bounds_is_read() {
    let (high, deep) = (HEIGHT_MAX - 1, NESTING_MAX - 1);
    for text in [
        format!("1{}", "+1".repeat(high)),
        format!("a{}", " or a".repeat(high)),
        format!("a{}", " + on (b) group_left (c) a".repeat(high)),
        format!("1{}", "^1".repeat(deep)),
        format!("{}a", "-".repeat(deep)),
        format!("{}1{}", "(".repeat(deep), ")".repeat(deep)),
        format!("{}a{}", "abs(".repeat(deep), ")".repeat(deep)),
        format!("{}a{}", "sum by (x) (".repeat(deep), ")".repeat(deep)),
        format!("a[1{}]", "+1".repeat(DURATION_PARTS_MAX)),
        format!("a[{}1{}]", "(1+".repeat(DURATION_PARTS_MAX / 2), ")".repeat(DURATION_PARTS_MAX / 2)),
        format!("{}rate(a[{}1{}]){}", "sum(".repeat(90), "(".repeat(30), ")".repeat(30), ")".repeat(90)),
        format!("{}a{}", "max_over_time(".repeat(deep - 1), "[1m:])".repeat(deep - 1)),
        format!("{}a{}{}", "sum(".repeat(deep), ")".repeat(deep), " + a".repeat(high - deep)),
    ] {
        let shown: String = text.chars().take(20).collect();
        assert_eq!(outcome(text), None, "{shown}");
    }
}

#[test]
fn wide_expressions_are_no_deep_ones() {
    let wide = |item: &str, length: usize| vec![item; length].join(", ");
    assert_eq!(outcome(format!("label_join(a, \"b\", {})", wide("\"c\"", 10_000))), None);
    assert_eq!(outcome(format!("a{{{}}}", wide("b=\"c\"", 8_000))), None);
    assert_eq!(outcome(format!("sum by ({}) (a)", wide("b", 20_000))), None);
    assert_eq!(outcome(format!("\"{}\"", "\\n".repeat(30_000))), None);
    assert_eq!(outcome(format!("a # {}", "#".repeat(60_000))), None);
    assert_eq!(outcome(format!("{}a", "#\n".repeat(30_000))), None);
}

#[test]
fn text_is_bounded() {
    let longest = format!("a{}", " ".repeat(QUERY_BYTES_MAX - 1));
    assert_eq!(outcome(longest), None);
    let longer = format!("a{}", " ".repeat(QUERY_BYTES_MAX));
    assert_eq!(outcome(longer), Some("query text of 65537 bytes exceeds the limit of 65536 bytes".to_owned()));
}

#[test]
fn regular_expressions_are_bounded() {
    let selector = |matchers: usize| {
        let matchers: Vec<String> = (0..matchers).map(|number| format!("b=~\"c.*{number}\"")).collect();
        format!("a{{{}}}", matchers.join(","))
    };
    assert_eq!(outcome(selector(REGEXES_MAX)), None);
    let refused = format!("query has more different regular expressions than the limit of {REGEXES_MAX}");
    assert_eq!(outcome(selector(REGEXES_MAX + 1)), Some(refused));
    assert_eq!(outcome(format!("a{{{}}}", vec!["b=~\"c.*\",d!~\"c.*\""; 3_000].join(","))), None);
}
