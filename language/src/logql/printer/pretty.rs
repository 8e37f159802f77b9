//! The broken lines of `format_query`: what is longer than 100 bytes is split over its stages, operands and arguments.
//!
//! Invariant: a part that fits its line is printed canonically, and what is printed parses to the same tree. Where an
//! operand that is split would bind to the wrong operator it stands in parentheses, which Loki forgets.

use super::metric::{replace_texts, write_operator, write_range_and_offset};
use super::{exact_decimal, print, quote, write_label_filter, write_log, write_selector, write_stage};
use crate::logql::ast::{
    Binary, Expr, Grouping, LabelReplace, LogExpr, LogRange, MetricExpr, MetricNode, RangeAggregation, Unwrap,
    VectorAggregation,
};
use crate::operator::{BinaryOp, Precedence};

/// Bytes of a part's canonical text above which it is split.
const LINE_BYTES_MAX: usize = 100;

/// The text of an expression broken into indented lines.
pub fn pretty(expr: &Expr) -> String {
    let mut text = String::new();
    match expr {
        Expr::Log(log) => write_broken_log(&mut text, log, 0),
        Expr::Metric(metric) => write(&mut text, metric, 0),
    }
    text
}

fn indent(into: &mut String, level: usize) {
    into.extend(std::iter::repeat_n("  ", level));
}

/// Begins a new line.
fn line(into: &mut String, level: usize) {
    into.push('\n');
    indent(into, level);
}

fn write(into: &mut String, expr: &MetricExpr, level: usize) {
    let mut canonical = String::new();
    super::metric::write(&mut canonical, expr);
    if canonical.len() <= LINE_BYTES_MAX {
        indent(into, level);
        into.push_str(&canonical);
        return;
    }
    match &expr.node {
        MetricNode::Number(_) | MetricNode::Vector(_) => into.push_str(&canonical),
        MetricNode::RangeAggregation(aggregation) => write_range_aggregation(into, aggregation, level),
        MetricNode::VectorAggregation(aggregation) => write_vector_aggregation(into, aggregation, level),
        MetricNode::LabelReplace(replace) => write_label_replace(into, replace, level),
        MetricNode::Binary(binary) => write_binary(into, binary, level),
    }
}

fn write_broken_log(into: &mut String, log: &LogExpr, level: usize) {
    let mut canonical = String::new();
    write_log(&mut canonical, log);
    indent(into, level);
    if canonical.len() <= LINE_BYTES_MAX {
        into.push_str(&canonical);
        return;
    }
    write_selector(into, &log.selector);
    for stage in &log.stages {
        line(into, level + 1);
        write_stage(into, &stage.node);
    }
}

fn write_range_aggregation(into: &mut String, aggregation: &RangeAggregation, level: usize) {
    indent(into, level);
    into.push_str(aggregation.op.name());
    into.push_str("(\n");
    if let Some(param) = aggregation.param {
        indent(into, level + 1);
        into.push_str(&exact_decimal(param));
        into.push_str(",\n");
    }
    write_range(into, &aggregation.range, level + 1);
    line(into, level);
    into.push(')');
    write_grouping(into, aggregation.grouping.as_ref());
}

fn write_range(into: &mut String, range: &LogRange, level: usize) {
    write_broken_log(into, &range.log, level);
    if let Some(unwrap) = &range.unwrap {
        write_unwrap(into, unwrap, level + 1);
    }
    into.push(' ');
    write_range_and_offset(into, range);
}

fn write_unwrap(into: &mut String, unwrap: &Unwrap, level: usize) {
    line(into, level);
    into.push_str("| unwrap ");
    super::write_unwrapped(into, unwrap);
    for filter in &unwrap.filters {
        line(into, level);
        into.push_str("| ");
        write_label_filter(into, filter);
    }
}

fn write_grouping(into: &mut String, grouping: Option<&Grouping>) {
    if let Some(grouping) = grouping {
        into.push_str(if grouping.without { " without (" } else { " by (" });
        into.push_str(&grouping.labels.join(", "));
        into.push(')');
    }
}

fn write_vector_aggregation(into: &mut String, aggregation: &VectorAggregation, level: usize) {
    indent(into, level);
    into.push_str(aggregation.op.name());
    write_grouping(into, aggregation.grouping.as_ref());
    into.push_str("(\n");
    if let Some(param) = aggregation.param {
        indent(into, level + 1);
        into.push_str(&param.to_string());
        into.push_str(",\n");
    }
    write(into, &aggregation.expr, level + 1);
    line(into, level);
    into.push(')');
}

fn write_label_replace(into: &mut String, replace: &LabelReplace, level: usize) {
    indent(into, level);
    into.push_str("label_replace(\n");
    write(into, &replace.expr, level + 1);
    for text in replace_texts(replace) {
        into.push(',');
        line(into, level + 1);
        quote(into, text);
    }
    line(into, level);
    into.push(')');
}

fn write_binary(into: &mut String, binary: &Binary, level: usize) {
    let (own, right) = (Precedence::of(binary.op), Precedence::of_right_side(binary.op));
    let left_binds = |op| Precedence::of(op) > own || (Precedence::of(op) == own && binary.op != BinaryOp::Pow);
    write_operand(into, &binary.left, left_binds, level + 1);
    line(into, level);
    write_operator(into, binary, ", ");
    into.truncate(into.trim_end().len());
    into.push('\n');
    write_operand(into, &binary.right, |op| Precedence::of(op) >= right, level + 1);
}

/// An operand, in parentheses where its own operator does not bind strongly enough without.
fn write_operand(into: &mut String, operand: &MetricExpr, binds: impl Fn(BinaryOp) -> bool, level: usize) {
    let loose = match &operand.node {
        MetricNode::Binary(inner) => !binds(inner.op) && print(&Expr::Metric(operand.clone())).len() > LINE_BYTES_MAX,
        _ => false,
    };
    if !loose {
        return write(into, operand, level);
    }
    indent(into, level);
    into.push_str("(\n");
    write(into, operand, level + 1);
    line(into, level);
    into.push(')');
}
