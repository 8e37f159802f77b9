//! What the parser reads, refuses and prints, against lists of a real Prometheus's answers.
//!
//! Invariant: the lists are data, one answer per line; a test names every line that differs, not only the first.

mod corpus;
mod limits;
mod mutation;
mod spans;

use super::ast::{Expr, Node};
use super::{Features, ParseOptions, parse};

const STABLE: ParseOptions = ParseOptions {
    features: Features {
        experimental_functions: false,
        duration_expressions: false,
        extended_range_selectors: false,
        binop_fill_modifiers: false,
    },
};
const ALL: ParseOptions = ParseOptions { features: Features::ALL };

/// The features that the Prometheus behind the lists had on.
const ORACLE: ParseOptions =
    ParseOptions { features: Features { experimental_functions: true, duration_expressions: true, ..STABLE.features } };

/// A text and the lines that a list gives for it.
struct Case {
    text: String,
    answer: Vec<String>,
}

/// Reads a list: `? ` begins a case, any other line but a comment belongs to it.
fn cases(list: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for line in list.lines().filter(|line| !line.starts_with('#')) {
        let content = line.get(2..).unwrap_or_default().replace('␤', "\n");
        match cases.last_mut() {
            Some(case) if !line.starts_with("? ") => case.answer.push(content),
            _ => cases.push(Case { text: content, answer: Vec::new() }),
        }
    }
    cases
}

/// A tree as text without what printing does not keep: places, and the order of matchers. Text, because NaN is not
/// equal to itself.
fn shape(mut expr: Expr) -> String {
    visit(&mut expr, &mut |expr| match &mut expr.node {
        Node::VectorSelector(selector) => selector.matchers.sort_by_key(ToString::to_string),
        Node::MatrixSelector(matrix) => matrix.selector.matchers.sort_by_key(ToString::to_string),
        _ => {}
    });
    let written = format!("{expr:?}");
    let mut parts = written.split("Span { ");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.filter_map(|part| part.split_once('}')).fold(first, |shape, (_, after)| shape + after)
}

fn visit(expr: &mut Expr, each: &mut impl FnMut(&mut Expr)) {
    each(expr);
    match &mut expr.node {
        Node::Number(_) | Node::String(_) | Node::VectorSelector(_) | Node::MatrixSelector(_) => {}
        Node::Subquery(subquery) => visit(&mut subquery.expr, each),
        Node::Call(call) => call.args.iter_mut().for_each(|arg| visit(arg, each)),
        Node::Aggregation(aggregation) => {
            aggregation.param.iter_mut().for_each(|param| visit(param, each));
            visit(&mut aggregation.expr, each);
        }
        Node::Binary(binary) => {
            visit(&mut binary.left, each);
            visit(&mut binary.right, each);
        }
        Node::Unary(_, inner) | Node::Paren(inner) | Node::StepInvariant(inner) => visit(inner, each),
    }
}

fn parsed(text: &str, options: &ParseOptions) -> Expr {
    parse(text, options).unwrap_or_else(|error| panic!("{text}\n{error}"))
}
