//! From a tree back to text: the canonical form of Prometheus's `Expr.String()`, and the broken lines of its
//! `format_query`.
//!
//! Invariant: what is printed parses to the same tree, spans aside. The tree is printed as it is: no parentheses are
//! added or taken away.

mod pretty;

pub use pretty::pretty;

use super::ast::{
    Aggregation, At, Binary, BinaryOp, Cardinality, ComputedDuration, DurationExpr, DurationNode, Expr, Grouping,
    MatchOn, Node, NumberLiteral, RangeExtension, Subquery, UnaryOp, VectorMatching, VectorSelector,
};
use model::number::{format_general, write_decimal, write_quoted};
use std::fmt::Write as _;
use std::time::Duration;

/// The canonical text of an expression.
pub fn print(expr: &Expr) -> String {
    let mut text = String::new();
    write_expr(&mut text, expr);
    text
}

fn write_expr(into: &mut String, expr: &Expr) {
    match &expr.node {
        Node::Number(number) => write_number(into, *number),
        Node::String(text) => quote(into, text),
        Node::VectorSelector(selector) => {
            write_selector(into, selector);
            write_at_and_offset(into, selector.at, None);
            write_extension(into, selector.extension);
            write_at_and_offset(into, None, selector.offset.as_ref());
        }
        Node::MatrixSelector(matrix) => {
            write_selector(into, &matrix.selector);
            into.push('[');
            write_duration(into, &matrix.range);
            into.push(']');
            write_extension(into, matrix.selector.extension);
            write_at_and_offset(into, matrix.selector.at, matrix.selector.offset.as_ref());
        }
        Node::Subquery(subquery) => {
            write_expr(into, &subquery.expr);
            write_subquery_suffix(into, subquery);
        }
        Node::Call(call) => {
            into.push_str(call.function.name());
            into.push('(');
            write_list(into, call.args.iter(), write_expr);
            into.push(')');
        }
        Node::Aggregation(aggregation) => {
            write_aggregation_head(into, aggregation);
            into.push('(');
            write_list(into, aggregation.param.iter().chain([&aggregation.expr]), write_expr);
            into.push(')');
        }
        Node::Binary(binary) => {
            write_left(into, binary);
            into.push(' ');
            write_operator(into, binary);
            into.push(' ');
            write_expr(into, &binary.right);
        }
        Node::Unary(op, inner) => {
            into.push(sign(*op));
            write_expr(into, inner);
        }
        Node::Paren(inner) => {
            into.push('(');
            write_expr(into, inner);
            into.push(')');
        }
        Node::StepInvariant(inner) => write_expr(into, inner),
    }
}

/// The left side of an operator. A sign would bind weaker than `^`, so that infinity stands there without its plus.
fn write_left(into: &mut String, binary: &Binary) {
    match &binary.left.node {
        Node::Number(number) if binary.op == BinaryOp::Pow && number.value == f64::INFINITY => into.push_str("Inf"),
        _ => write_expr(into, &binary.left),
    }
}

fn sign(op: UnaryOp) -> char {
    match op {
        UnaryOp::Plus => '+',
        UnaryOp::Minus => '-',
    }
}

fn quote(into: &mut String, text: &str) {
    // A String never refuses text.
    let _ = write_quoted(into, text);
}

fn write_list<'a, T: 'a>(into: &mut String, items: impl Iterator<Item = &'a T>, write: impl Fn(&mut String, &T)) {
    for (index, item) in items.enumerate() {
        if index > 0 {
            into.push_str(", ");
        }
        write(into, item);
    }
}

fn write_labels(into: &mut String, labels: &[String]) {
    into.push('(');
    write_list(into, labels.iter(), |into, label| {
        if model::labels::is_legacy_label_name(label) { into.push_str(label) } else { quote(into, label) }
    });
    into.push(')');
}

fn write_number(into: &mut String, number: NumberLiteral) {
    if !number.as_duration {
        write_decimal(into, number.value);
        return;
    }
    if number.value < 0.0 {
        into.push('-');
    }
    // Whole milliseconds were read; rounding brings them back.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive, and saturating is right")]
    let millis = (number.value.abs() * 1e3).round() as u64;
    into.push_str(&model::duration::format(Duration::from_millis(millis)));
}

fn write_selector(into: &mut String, selector: &VectorSelector) {
    let name = selector.name.as_deref().unwrap_or_default();
    into.push_str(name);
    let skip = usize::from(selector.name.is_some());
    let mut matchers: Vec<String> = selector.matchers.iter().skip(skip).map(ToString::to_string).collect();
    if matchers.is_empty() && !name.is_empty() {
        return;
    }
    matchers.sort();
    into.push('{');
    into.push_str(&matchers.join(","));
    into.push('}');
}

fn write_extension(into: &mut String, extension: Option<RangeExtension>) {
    match extension {
        Some(RangeExtension::Anchored) => into.push_str(" anchored"),
        Some(RangeExtension::Smoothed) => into.push_str(" smoothed"),
        None => {}
    }
}

fn write_at_and_offset(into: &mut String, at: Option<At>, offset: Option<&DurationExpr>) {
    match at {
        Some(At::Time(millis)) => {
            let sign = if millis < 0 { "-" } else { "" };
            let millis = millis.unsigned_abs();
            // A String never refuses text.
            let _ = write!(into, " @ {sign}{}.{:03}", millis / 1000, millis % 1000);
        }
        Some(At::Start) => into.push_str(" @ start()"),
        Some(At::End) => into.push_str(" @ end()"),
        None => {}
    }
    if let Some(offset) = offset {
        into.push_str(" offset ");
        write_duration(into, offset);
    }
}

fn write_subquery_suffix(into: &mut String, subquery: &Subquery) {
    into.push('[');
    write_duration(into, &subquery.range);
    into.push(':');
    if let Some(step) = &subquery.step {
        write_duration(into, step);
    }
    into.push(']');
    write_at_and_offset(into, subquery.at, subquery.offset.as_ref());
}

fn write_duration(into: &mut String, duration: &DurationExpr) {
    match duration {
        DurationExpr::Literal(millis) => {
            if *millis < 0 {
                into.push('-');
            }
            into.push_str(&model::duration::format(Duration::from_millis(millis.unsigned_abs())));
        }
        DurationExpr::Computed(computed) => write_computed(into, computed),
    }
}

fn write_computed(into: &mut String, duration: &ComputedDuration) {
    let call = |into: &mut String, name: &str, left: &ComputedDuration, right: &ComputedDuration| {
        into.push_str(name);
        into.push('(');
        write_computed(into, left);
        into.push_str(", ");
        write_computed(into, right);
        into.push(')');
    };
    match &duration.node {
        DurationNode::Number(number) => write_number(into, *number),
        DurationNode::Step => into.push_str("step()"),
        DurationNode::Range => into.push_str("range()"),
        DurationNode::Min(left, right) => call(into, "min_of", left, right),
        DurationNode::Max(left, right) => call(into, "max_of", left, right),
        DurationNode::Negate(inner) => {
            into.push('-');
            write_computed(into, inner);
        }
        DurationNode::Binary(op, left, right) => {
            write_computed(into, left);
            into.push(' ');
            into.push_str(op.as_str());
            into.push(' ');
            write_computed(into, right);
        }
        DurationNode::Paren(inner) => {
            into.push('(');
            write_computed(into, inner);
            into.push(')');
        }
    }
}

fn write_aggregation_head(into: &mut String, aggregation: &Aggregation) {
    into.push_str(aggregation.op.name());
    match &aggregation.grouping {
        Grouping::None => {}
        Grouping::By(labels) => {
            into.push_str(" by ");
            write_labels(into, labels);
            into.push(' ');
        }
        Grouping::Without(labels) => {
            into.push_str(" without ");
            write_labels(into, labels);
            into.push(' ');
        }
    }
}

/// The operator with its modifiers: `+ on (a) group_left (b)`.
fn write_operator(into: &mut String, binary: &Binary) {
    into.push_str(binary.op.as_str());
    if binary.return_bool {
        into.push_str(" bool");
    }
    if let Some(matching) = &binary.matching {
        write_matching(into, matching);
    }
}

fn write_matching(into: &mut String, matching: &VectorMatching) {
    let group = match &matching.cardinality {
        Cardinality::ManyToOne(include) => Some((" group_left ", include)),
        Cardinality::OneToMany(include) => Some((" group_right ", include)),
        Cardinality::OneToOne | Cardinality::ManyToMany => None,
    };
    match &matching.on {
        MatchOn::On(labels) => {
            into.push_str(" on ");
            write_labels(into, labels);
        }
        MatchOn::Ignoring(labels) if !labels.is_empty() || group.is_some() => {
            into.push_str(" ignoring ");
            write_labels(into, labels);
        }
        MatchOn::Ignoring(_) => {}
    }
    if let Some((keyword, include)) = group {
        into.push_str(keyword);
        write_labels(into, include);
    }
    write_fill(into, matching);
}

fn write_fill(into: &mut String, matching: &VectorMatching) {
    let mut fill = |keyword: &str, value: Option<f64>| {
        if let Some(value) = value {
            // A String never refuses text.
            let _ = write!(into, " {keyword} ({})", format_general(value));
        }
    };
    match (matching.fill_left, matching.fill_right) {
        (Some(left), Some(right)) if left.to_bits() == right.to_bits() => fill("fill", Some(left)),
        (left, right) => {
            fill("fill_left", left);
            fill("fill_right", right);
        }
    }
}
