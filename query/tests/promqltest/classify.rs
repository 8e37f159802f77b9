//! What an eval needs beyond the stable language over floats.
//!
//! Invariant: an eval counts as plain unless its text needs a feature flag to parse, or it selects, computes or
//! expects a native histogram.

use super::script::Eval;
use super::sequence::Value;
use language::promql::ast::{Expr, Node};
use language::promql::{Features, ParseOptions, parse};
use model::labels::Labels;
use model::matcher::Matcher;

/// What an eval needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    Nothing,
    NativeHistograms,
    Flag,
}

/// What is loaded that matters here.
#[derive(Debug, Default)]
pub(crate) struct Loaded {
    /// Series with a native histogram among their samples.
    pub(crate) native: Vec<Labels>,
    /// Series with start timestamps (flag `use-start-timestamps`).
    pub(crate) started: Vec<Labels>,
}

/// Files that are about a flag as a whole.
const FLAG_FILES: [&str; 3] = ["start_timestamps", "type_and_unit", "extended_vectors"];

pub(crate) fn need(file: &str, eval: &Eval, loaded: &Loaded) -> Need {
    if FLAG_FILES.contains(&file) {
        return Need::Flag;
    }
    let stable = parse(&eval.expr, &ParseOptions::default());
    let everything = parse(&eval.expr, &ParseOptions { features: Features::ALL });
    let expr = match (stable, everything) {
        (Ok(expr), _) => expr,
        (Err(_), Ok(_)) => return Need::Flag,
        // It must fail to parse, or the parser lacks something: plain either way.
        (Err(_), Err(_)) => return Need::Nothing,
    };
    let expects_native =
        eval.expected.series.iter().any(|series| series.values.iter().any(|v| matches!(v, Value::Histogram(..))));
    let mut selected = Vec::new();
    selectors(&expr, &mut selected);
    let selects = |series: &[Labels]| {
        selected
            .iter()
            .any(|matchers| series.iter().any(|labels| matchers.iter().all(|matcher| matcher.matches_labels(labels))))
    };
    if expects_native || selects(&loaded.native) {
        Need::NativeHistograms
    } else if selects(&loaded.started) {
        Need::Flag
    } else {
        Need::Nothing
    }
}

fn selectors<'e>(expr: &'e Expr, into: &mut Vec<&'e [Matcher]>) {
    match &expr.node {
        Node::Number(_) | Node::String(_) => {}
        Node::VectorSelector(selector) => into.push(&selector.matchers),
        Node::MatrixSelector(matrix) => into.push(&matrix.selector.matchers),
        Node::Subquery(subquery) => selectors(&subquery.expr, into),
        Node::Call(call) => call.args.iter().for_each(|arg| selectors(arg, into)),
        Node::Aggregation(aggregation) => {
            selectors(&aggregation.expr, into);
            aggregation.param.iter().for_each(|param| selectors(param, into));
        }
        Node::Binary(binary) => {
            selectors(&binary.left, into);
            selectors(&binary.right, into);
        }
        Node::Unary(_, inner) | Node::Paren(inner) | Node::StepInvariant(inner) => selectors(inner, into),
    }
}
