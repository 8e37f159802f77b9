//! The lists: what is accepted, how it prints, and how the rest is refused.

use super::{Case, cases, parsed, shape};
use crate::logql::{parse, parse_selector, pretty, print};

/// Runs every case of a list and fails with all that differ.
fn check_list(list: &str, at_least: usize, answer: impl Fn(&str) -> String, expected: impl Fn(&Case) -> String) {
    let cases = cases(list);
    assert!(cases.len() >= at_least, "the list has only {} cases", cases.len());
    let mut differing = String::new();
    for case in &cases {
        let (got, expected) = (answer(&case.text), expected(case));
        if got != expected {
            differing.push_str(&format!("\n{}\n  got      {got}\n  expected {expected}", case.text));
        }
    }
    assert!(differing.is_empty(), "{differing}");
}

#[test]
fn expressions_print_as_loki_prints_them() {
    let canonical = |text: &str| match parse(text) {
        Ok(expr) => print(&expr),
        Err(error) => error.to_string(),
    };
    let expected = |case: &Case| case.answer.first().unwrap_or(&case.text).clone();
    check_list(include_str!("valid.txt"), 105, canonical, expected);
}

#[test]
fn mistakes_are_refused_in_lokis_words() {
    let refusal = |text: &str| match parse(text) {
        Ok(expr) => format!("accepted: {}", print(&expr)),
        Err(error) => error.to_string(),
    };
    check_list(include_str!("invalid.txt"), 190, refusal, |case| case.answer.concat());
}

#[test]
fn printed_text_parses_to_the_same_tree() {
    for case in cases(include_str!("valid.txt")) {
        let expr = parsed(&case.text);
        let canonical = print(&expr);
        let again = parsed(&canonical);
        assert_eq!(shape(&again), shape(&expr), "{canonical}");
        assert_eq!(print(&again), canonical);
        let broken = pretty(&expr);
        assert_eq!(shape(&parsed(&broken)), shape(&expr), "{broken}");
    }
}

#[test]
fn long_expressions_break_as_loki_breaks_them() {
    check_list(include_str!("pretty.txt"), 6, |text| pretty(&parsed(text)), |case| case.answer.join("\n"));
    for case in cases(include_str!("pretty.txt")) {
        let expr = parsed(&case.text);
        assert_eq!(shape(&parsed(&pretty(&expr))), shape(&expr), "{}", case.text);
    }
}

#[test]
fn selectors_are_read_alone() {
    let check = |text: &str, expected: &str| {
        let got = match parse_selector(text) {
            Ok(matchers) => matchers.iter().map(ToString::to_string).collect::<Vec<_>>().join(","),
            Err(error) => error.to_string(),
        };
        assert_eq!(got, expected, "{text}");
    };
    check(r#"{app="a", x!~"b"}"#, r#"app="a",x!~"b""#);
    check("{}", "");
    check(r#"{app=~".*"}"#, r#"app=~".*""#);
    check(r#"{app="a"} |= "b""#, "parse error : only label matchers are supported");
    check("1", "parse error : only label matchers are supported");
    check("", "parse error at line 1, col 1: syntax error: unexpected $end");
}
