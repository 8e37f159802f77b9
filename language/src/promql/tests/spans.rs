//! Every node knows its bytes.

use super::{ALL, parsed, visit};
use crate::promql::ast::{Node, Span};
use crate::promql::parse;

/// The text of every node in the order of a walk, parents first.
fn pieces(text: &str) -> Vec<String> {
    let mut expr = parsed(text, &ALL);
    let mut pieces = Vec::new();
    let cut = |span: Span| text.get(span.start..span.end).expect("a span is inside its text").to_owned();
    visit(&mut expr, &mut |expr| {
        pieces.push(cut(expr.span));
        match &expr.node {
            Node::MatrixSelector(matrix) => pieces.push(cut(matrix.selector_span)),
            Node::Call(call) => pieces.push(cut(call.name_span)),
            Node::Binary(binary) => pieces.push(cut(binary.op_span)),
            _ => {}
        }
    });
    pieces
}

#[test]
fn nodes_know_their_bytes() {
    let check = |text: &str, expected: &[&str]| assert_eq!(pieces(text), expected, "{text}");
    check(" 1 ", &["1"]);
    check("- 1", &["- 1"]);
    check("-(a)", &["-(a)", "(a)", "a"]);
    check("a + b", &["a + b", "+", "a", "b"]);
    check("a  == bool on (x)  b # c", &["a  == bool on (x)  b", "==", "a", "b"]);
    check(
        "rate( a{b=\"c\"} [5m] offset 1m )",
        &["rate( a{b=\"c\"} [5m] offset 1m )", "rate", "a{b=\"c\"} [5m] offset 1m", "a{b=\"c\"}"],
    );
    check("sum by (x) (a)", &["sum by (x) (a)", "a"]);
    check("(sum(a) by (x) )", &["(sum(a) by (x) )", "sum(a) by (x)", "a"]);
    check("(sum(a) )", &["(sum(a) )", "sum(a)", "a"]);
    check("a @ start( ) offset -5m + 1", &["a @ start( ) offset -5m + 1", "+", "a @ start( ) offset -5m", "1"]);
    check("(a+b)[5m:1m] @ 5", &["(a+b)[5m:1m] @ 5", "(a+b)", "a+b", "+", "a", "b"]);
    check("{\"é\"}", &["{\"é\"}"]);
    check("a[5m] smoothed", &["a[5m] smoothed", "a"]);
}

#[test]
fn mistakes_know_their_place() {
    let check = |text: &str, line: usize, column: usize, at: &str| {
        let error = parse(text, &ALL).expect_err(text);
        assert_eq!((error.line, error.column), (line, column), "{text}");
        assert_eq!(text.get(error.span.start..error.span.end), Some(at), "{text}");
    };
    check("", 0, 0, "");
    check("foo bar", 1, 5, "bar");
    check("foo +\n  bar baz", 2, 7, "baz");
    check("rate(\n  foo\n)", 2, 3, "foo");
    check("1 +", 1, 4, "");
    check("nope(1)", 1, 1, "nope");
    check("é", 1, 1, "é");
    check("{a=\"é\"} b", 1, 10, "b");
}
