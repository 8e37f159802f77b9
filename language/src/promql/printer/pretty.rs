//! The broken lines of `format_query`: what is longer than 100 bytes is split over its operands and arguments.
//!
//! Invariant: a part that fits its line is printed canonically. Each part's length is computed once per level that
//! holds it, so that the work is bounded by text times height.

use super::{print, sign, write_aggregation_head, write_operator, write_subquery_suffix};
use crate::promql::ast::{Aggregation, Call, Expr, Node};

/// Bytes of a part's canonical text above which it is split.
const LINE_BYTES_MAX: usize = 100;

/// The text of an expression broken into indented lines.
pub fn pretty(expr: &Expr) -> String {
    let mut text = String::new();
    write(&mut text, expr, 0);
    text
}

fn indent(into: &mut String, level: usize) {
    into.extend(std::iter::repeat_n("  ", level));
}

fn write(into: &mut String, expr: &Expr, level: usize) {
    let canonical = print(expr);
    let fits = canonical.len() <= LINE_BYTES_MAX;
    match &expr.node {
        Node::StepInvariant(inner) => write(into, inner, level),
        Node::Unary(op, inner) => {
            let mut operand = String::new();
            write(&mut operand, inner, level);
            indent(into, level);
            into.push(sign(*op));
            into.push_str(operand.trim());
        }
        // Prometheus does not indent a subquery that fits.
        Node::Subquery(_) if fits => into.push_str(&canonical),
        Node::Subquery(subquery) => {
            write(into, &subquery.expr, level);
            write_subquery_suffix(into, subquery);
        }
        Node::Aggregation(aggregation) if !fits => write_aggregation(into, aggregation, level),
        Node::Call(call) if !fits => write_call(into, call, level),
        Node::Paren(inner) if !fits => {
            indent(into, level);
            into.push_str("(\n");
            write(into, inner, level + 1);
            close(into, level);
        }
        Node::Binary(binary) if !fits => {
            write(into, &binary.left, level + 1);
            into.push('\n');
            indent(into, level);
            write_operator(into, binary);
            into.push('\n');
            write(into, &binary.right, level + 1);
        }
        _ => {
            indent(into, level);
            into.push_str(&canonical);
        }
    }
}

fn write_aggregation(into: &mut String, aggregation: &Aggregation, level: usize) {
    indent(into, level);
    write_aggregation_head(into, aggregation);
    into.push_str("(\n");
    if let Some(param) = &aggregation.param {
        write(into, param, level + 1);
        into.push_str(",\n");
    }
    write(into, &aggregation.expr, level + 1);
    close(into, level);
}

fn write_call(into: &mut String, call: &Call, level: usize) {
    indent(into, level);
    into.push_str(call.function.name());
    into.push_str("(\n");
    for (index, arg) in call.args.iter().enumerate() {
        if index > 0 {
            into.push_str(",\n");
        }
        write(into, arg, level + 1);
    }
    close(into, level);
}

fn close(into: &mut String, level: usize) {
    into.push('\n');
    indent(into, level);
    into.push(')');
}
