//! Metric expressions as text.

use super::{exact_decimal, quote, write_list, write_log, write_unwrap};
use crate::go_duration;
use crate::logql::ast::{
    Binary, Cardinality, Grouping, LabelReplace, LogRange, MatchOn, MetricExpr, MetricNode, RangeAggregation,
    VectorAggregation,
};
use model::number::format_general;

pub(super) fn write(into: &mut String, expr: &MetricExpr) {
    match &expr.node {
        MetricNode::Number(value) => into.push_str(&literal(*value)),
        MetricNode::Vector(value) => {
            into.push_str("vector(");
            into.push_str(&vector_value(*value));
            into.push(')');
        }
        MetricNode::RangeAggregation(aggregation) => write_range_aggregation(into, aggregation),
        MetricNode::VectorAggregation(aggregation) => {
            write_vector_head(into, aggregation);
            into.push('(');
            if let Some(param) = aggregation.param {
                into.push_str(&param.to_string());
                into.push(',');
            }
            write(into, &aggregation.expr);
            into.push(')');
        }
        MetricNode::LabelReplace(replace) => {
            into.push_str("label_replace(");
            write(into, &replace.expr);
            for text in replace_texts(replace) {
                into.push(',');
                quote(into, text);
            }
            into.push(')');
        }
        MetricNode::Binary(binary) => {
            into.push('(');
            write(into, &binary.left);
            into.push(' ');
            write_operator(into, binary, ",");
            into.push(' ');
            write(into, &binary.right);
            into.push(')');
        }
    }
}

/// The strings of a `label_replace` in their order.
pub(super) fn replace_texts(replace: &LabelReplace) -> [&str; 4] {
    [&replace.destination, &replace.replacement, &replace.source, &replace.regex]
}

/// A literal. What only arithmetic gives is written as arithmetic.
fn literal(value: f64) -> String {
    if value.is_nan() {
        "(0 / 0)".to_owned()
    } else if value.is_infinite() {
        format!("({}1e+308 * 10)", if value < 0.0 { "-" } else { "" })
    } else if value == 0.0 && value.is_sign_negative() {
        // `-0` would be read as a duration.
        "-0.0".to_owned()
    } else {
        format_general(value)
    }
}

/// Six digits after the point where they are enough.
fn vector_value(value: f64) -> String {
    let short = format!("{value:.6}");
    if short.parse::<f64>().is_ok_and(|read| read.to_bits() == value.to_bits()) { short } else { exact_decimal(value) }
}

fn write_range_aggregation(into: &mut String, aggregation: &RangeAggregation) {
    into.push_str(aggregation.op.name());
    into.push('(');
    if let Some(param) = aggregation.param {
        into.push_str(&exact_decimal(param));
        into.push(',');
    }
    write_range(into, &aggregation.range);
    into.push(')');
    if let Some(grouping) = &aggregation.grouping {
        write_grouping(into, grouping);
    }
}

fn write_range(into: &mut String, range: &LogRange) {
    write_log(into, &range.log);
    if let Some(unwrap) = &range.unwrap {
        write_unwrap(into, unwrap);
    }
    write_range_and_offset(into, range);
}

pub(super) fn write_range_and_offset(into: &mut String, range: &LogRange) {
    into.push('[');
    into.push_str(&model::duration::format(range.range));
    into.push(']');
    if range.offset != 0 {
        into.push_str(" offset ");
        into.push_str(&go_duration::format(range.offset));
    }
}

fn write_grouping(into: &mut String, grouping: &Grouping) {
    into.push_str(if grouping.without { " without " } else { " by " });
    write_labels(into, &grouping.labels, ",");
}

fn write_labels(into: &mut String, labels: &[String], separator: &str) {
    into.push('(');
    write_list(into, separator, labels, |into, label| into.push_str(label));
    into.push(')');
}

/// `sum by (a)`
fn write_vector_head(into: &mut String, aggregation: &VectorAggregation) {
    into.push_str(aggregation.op.name());
    if let Some(grouping) = &aggregation.grouping {
        write_grouping(into, grouping);
    }
}

/// The operator with its modifiers: `+ on (a) group_left (b)`.
pub(super) fn write_operator(into: &mut String, binary: &Binary, separator: &str) {
    into.push_str(binary.op.as_str());
    if binary.return_bool {
        into.push_str(" bool");
    }
    let (keyword, include) = match &binary.matching.cardinality {
        Cardinality::ManyToOne(include) => ("group_left", include.as_slice()),
        Cardinality::OneToMany(include) => ("group_right", include.as_slice()),
        Cardinality::OneToOne | Cardinality::ManyToMany => ("", [].as_slice()),
    };
    match &binary.matching.on {
        MatchOn::Ignoring(labels) if labels.is_empty() && keyword.is_empty() => return,
        MatchOn::On(labels) => {
            into.push_str(" on ");
            write_labels(into, labels, separator);
        }
        MatchOn::Ignoring(labels) => {
            into.push_str(" ignoring ");
            write_labels(into, labels, separator);
        }
    }
    // Loki leaves the space where no keyword follows.
    into.push(' ');
    into.push_str(keyword);
    if !include.is_empty() {
        into.push(' ');
        write_labels(into, include, separator);
    }
}
