//! From a tree back to text: the canonical form of Loki's `Expr.String()`.
//!
//! Invariant: what is printed parses to the same tree, spans aside. Where Loki's form would not (a size or a number cut
//! to a few digits, `ignoring ()` lost before `group_left`, a result that is no literal), an exact form is printed.

mod metric;
mod pretty;

pub use pretty::pretty;

use super::ast::{
    Comparison, Expr, Extraction, LabelChoice, LabelFilter, LabelFilterNode, LabelFormat, LabelValue, LineFilter,
    LogExpr, Logfmt, Selector, Stage, StageNode, Unwrap,
};
use crate::{byte_size, go_duration};
use model::number::{format_decimal, write_quoted};

/// The canonical text of an expression.
pub fn print(expr: &Expr) -> String {
    let mut text = String::new();
    match expr {
        Expr::Log(log) => write_log(&mut text, log),
        Expr::Metric(metric) => metric::write(&mut text, metric),
    }
    text
}

/// The canonical text of a stage, its `|` included.
pub(super) fn stage(stage: &Stage) -> String {
    let mut text = String::new();
    write_stage(&mut text, &stage.node);
    text
}

/// The canonical text of a label filter, without its `|`.
pub(super) fn label_filter(filter: &LabelFilter) -> String {
    let mut text = String::new();
    write_label_filter(&mut text, filter);
    text
}

fn write_log(into: &mut String, log: &LogExpr) {
    write_selector(into, &log.selector);
    for stage in &log.stages {
        into.push(' ');
        write_stage(into, &stage.node);
    }
}

fn write_selector(into: &mut String, selector: &Selector) {
    into.push('{');
    write_list(into, ", ", &selector.matchers, |into, matcher| into.push_str(&matcher.to_string()));
    into.push('}');
}

fn write_stage(into: &mut String, stage: &StageNode) {
    match stage {
        StageNode::LineFilter(filter) => write_line_filter(into, filter),
        StageNode::Json(extractions) => {
            into.push_str("| json");
            write_extractions(into, extractions);
        }
        StageNode::Logfmt(logfmt) => write_logfmt(into, logfmt),
        StageNode::Regexp(regex) => write_with_text(into, "| regexp ", regex),
        StageNode::Pattern(pattern) => write_with_text(into, "| pattern ", pattern),
        StageNode::Unpack => into.push_str("| unpack"),
        StageNode::LineFormat(template) => write_with_text(into, "| line_format ", template),
        StageNode::LabelFormat(formats) => write_label_formats(into, formats),
        StageNode::Decolorize => into.push_str("| decolorize"),
        StageNode::Drop(choices) => write_choices(into, "| drop ", choices),
        StageNode::Keep(choices) => write_choices(into, "| keep ", choices),
        StageNode::LabelFilter(filter) => {
            into.push_str("| ");
            write_label_filter(into, filter);
        }
    }
}

fn write_line_filter(into: &mut String, filter: &LineFilter) {
    for (at, operand) in filter.operands.iter().enumerate() {
        into.push_str(if at == 0 { filter.op.as_str() } else { " or" });
        into.push(' ');
        if operand.ip {
            into.push_str("ip(");
        }
        quote(into, &operand.text);
        if operand.ip {
            into.push(')');
        }
    }
}

fn write_extractions(into: &mut String, extractions: &[Extraction]) {
    if !extractions.is_empty() {
        into.push(' ');
    }
    write_list(into, ",", extractions, |into, extraction| {
        into.push_str(&extraction.label);
        into.push('=');
        quote(into, &extraction.path);
    });
}

fn write_logfmt(into: &mut String, logfmt: &Logfmt) {
    into.push_str("| logfmt");
    if logfmt.strict {
        into.push_str(" --strict");
    }
    if logfmt.keep_empty {
        into.push_str(" --keep-empty");
    }
    write_extractions(into, &logfmt.extractions);
}

fn write_with_text(into: &mut String, head: &str, text: &str) {
    into.push_str(head);
    quote(into, text);
}

fn write_label_formats(into: &mut String, formats: &[LabelFormat]) {
    into.push_str("| label_format ");
    write_list(into, ",", formats, |into, format| {
        into.push_str(&format.label);
        into.push('=');
        match &format.value {
            LabelValue::Rename(source) => into.push_str(source),
            LabelValue::Template(template) => quote(into, template),
        }
    });
}

fn write_choices(into: &mut String, head: &str, choices: &[LabelChoice]) {
    into.push_str(head);
    write_list(into, ",", choices, |into, choice| match choice {
        LabelChoice::Name(name) => into.push_str(name),
        LabelChoice::Matching(matcher) => into.push_str(&matcher.to_string()),
    });
}

fn write_label_filter(into: &mut String, filter: &LabelFilter) {
    match &filter.node {
        LabelFilterNode::Text(matcher) => into.push_str(&matcher.to_string()),
        LabelFilterNode::Number(comparison) => write_comparison(into, comparison, |value| exact_decimal(*value)),
        LabelFilterNode::Duration(comparison) => {
            write_comparison(into, comparison, |nanos| go_duration::format(*nanos));
        }
        LabelFilterNode::Bytes(comparison) => write_comparison(into, comparison, |bytes| exact_size(*bytes)),
        LabelFilterNode::Ip { label, negated, pattern } => {
            into.push_str(label);
            into.push_str(if *negated { "!=ip(" } else { "=ip(" });
            quote(into, pattern);
            into.push(')');
        }
        LabelFilterNode::And(left, right) => write_pair(into, left, " , ", right),
        LabelFilterNode::Or(left, right) => write_pair(into, left, " or ", right),
    }
}

fn write_pair(into: &mut String, left: &LabelFilter, between: &str, right: &LabelFilter) {
    into.push_str("( ");
    write_label_filter(into, left);
    into.push_str(between);
    write_label_filter(into, right);
    into.push_str(" )");
}

fn write_comparison<T>(into: &mut String, comparison: &Comparison<T>, value: impl Fn(&T) -> String) {
    into.push_str(&comparison.label);
    into.push_str(comparison.op.as_str());
    into.push_str(&value(&comparison.value));
}

fn write_unwrap(into: &mut String, unwrap: &Unwrap) {
    into.push_str(" | unwrap ");
    write_unwrapped(into, unwrap);
    for filter in &unwrap.filters {
        into.push_str(" | ");
        write_label_filter(into, filter);
    }
}

/// `x` or `duration(x)`.
fn write_unwrapped(into: &mut String, unwrap: &Unwrap) {
    let conversion = unwrap.conversion.name();
    into.push_str(conversion);
    if conversion.is_empty() {
        into.push_str(&unwrap.label);
    } else {
        into.push('(');
        into.push_str(&unwrap.label);
        into.push(')');
    }
}

/// `-0` alone would be read as a duration.
fn exact_decimal(value: f64) -> String {
    if value == 0.0 && value.is_sign_negative() { "-0.0".to_owned() } else { format_decimal(value) }
}

/// Two digits where they are enough, all of them otherwise. `0B` would begin a binary literal.
fn exact_size(bytes: u64) -> String {
    if bytes == 0 {
        return "0kB".to_owned();
    }
    let short = byte_size::format(bytes);
    if byte_size::parse(&short) == Ok(bytes) && !short.ends_with("EB") { short } else { format!("{bytes}B") }
}

fn quote(into: &mut String, text: &str) {
    // A String never refuses text.
    let _ = write_quoted(into, text);
}

fn write_list<T>(into: &mut String, separator: &str, items: &[T], write: impl Fn(&mut String, &T)) {
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            into.push_str(separator);
        }
        write(into, item);
    }
}
