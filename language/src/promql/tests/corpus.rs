//! The lists: what is accepted, how it prints, and how the rest is refused.

use super::{ALL, ORACLE, STABLE, cases, parsed, shape};
use crate::promql::{ParseOptions, parse, parse_selector, pretty, print};

/// Runs every case of a list and fails with all that differ.
fn check_list(list: &str, at_least: usize, answer: impl Fn(&str) -> String, expected: impl Fn(&super::Case) -> String) {
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

fn check_canonical(list: &str, at_least: usize, options: &ParseOptions) {
    let canonical = |text: &str| match parse(text, options) {
        Ok(expr) => print(&expr),
        Err(error) => error.to_string(),
    };
    check_list(list, at_least, canonical, |case| case.answer.first().unwrap_or(&case.text).clone());
}

fn check_refused(list: &str, at_least: usize, options: &ParseOptions) {
    let refusal = |text: &str| match parse(text, options) {
        Ok(expr) => format!("accepted: {}", print(&expr)),
        Err(error) => error.to_string(),
    };
    check_list(list, at_least, refusal, |case| case.answer.concat());
}

#[test]
fn expressions_print_as_prometheus_prints_them() {
    check_canonical(include_str!("valid.txt"), 1_400, &ORACLE);
}

#[test]
fn newer_syntax_prints_canonically() {
    check_canonical(include_str!("newer.txt"), 300, &ALL);
}

#[test]
fn mistakes_are_refused_in_prometheus_words() {
    check_refused(include_str!("invalid.txt"), 550, &ORACLE);
}

#[test]
fn experimental_syntax_is_refused_by_name() {
    check_refused(include_str!("features_off.txt"), 35, &STABLE);
}

#[test]
fn mistakes_in_newer_syntax_are_refused() {
    check_refused(include_str!("newer_invalid.txt"), 30, &ALL);
}

#[test]
fn long_expressions_break_as_prometheus_breaks_them() {
    let broken = |text: &str| pretty(&parsed(text, &ORACLE));
    check_list(include_str!("pretty.txt"), 15, broken, |case| case.answer.join("\n"));
}

#[test]
fn printed_text_parses_to_the_same_tree() {
    let lists = [include_str!("valid.txt"), include_str!("newer.txt")];
    for case in lists.iter().flat_map(|list| cases(list)) {
        let expr = parsed(&case.text, &ALL);
        let (canonical, broken) = (print(&expr), pretty(&expr));
        let shaped = shape(expr);
        assert_eq!(shape(parsed(&canonical, &ALL)), shaped, "{canonical}");
        assert_eq!(shape(parsed(&broken, &ALL)), shaped, "{broken}");
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
    check("up", r#"__name__="up""#);
    check(r#"up{job="a", x!~"b"}"#, r#"__name__="up",job="a",x!~"b""#);
    check(r#"{"a.b", "c d"=~"e"}"#, r#"__name__="a.b","c d"=~"e""#);
    check("{}", "");
    check("sum", r#"__name__="sum""#);
    check("", "unknown position: parse error: unexpected end of input");
    check("1", r#"1:1: parse error: unexpected number "1""#);
    check("up[5m]", r#"1:3: parse error: unexpected "[""#);
    check("up offset 5m", "1:4: parse error: unexpected <offset>");
    check("sum(up)", r#"1:4: parse error: unexpected "(""#);
    check("rate(up)", r#"1:5: parse error: unexpected "(""#);
}
