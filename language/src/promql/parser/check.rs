//! The type check of a whole tree, after its text has been read without a mistake.
//!
//! Invariant: nodes are checked in Prometheus's order (children first where it does so), so that the first mistake is
//! the same. Vector matching is removed where a side is no vector, and set operators become many-to-many.

use crate::promql::ast::{
    Aggregation, Binary, Call, Cardinality, Expr, MatchOn, Node, Span, ValueType, VectorSelector,
};
use crate::promql::error::Fault;
use crate::promql::function::{Arity, Function};
use model::number::quoted;

type Checked = Result<ValueType, Fault>;

/// Checks a tree; `empty_allowed` lets a selector's conditions all match the empty value.
pub(super) fn check(expr: &mut Expr, empty_allowed: bool) -> Checked {
    let span = expr.span;
    Ok(match &mut expr.node {
        Node::Number(_) => ValueType::Scalar,
        Node::String(_) => ValueType::String,
        Node::Paren(inner) | Node::StepInvariant(inner) => check(inner, empty_allowed)?,
        Node::Unary(_, inner) => unary(inner, span)?,
        Node::VectorSelector(selector) => vector_selector(selector, span, empty_allowed)?,
        Node::MatrixSelector(matrix) => {
            vector_selector(&matrix.selector, matrix.selector_span, false)?;
            ValueType::Matrix
        }
        Node::Subquery(subquery) => {
            let inner = check(&mut subquery.expr, false)?;
            if inner != ValueType::Vector {
                let found = inner.as_str();
                return refuse(span, format!("subquery is only allowed on instant vector, got {found} instead"));
            }
            ValueType::Matrix
        }
        Node::Aggregation(aggregation) => check_aggregation(aggregation)?,
        Node::Call(call) => check_call(call, span)?,
        Node::Binary(binary) => check_binary(binary, span)?,
    })
}

fn refuse<T>(span: Span, message: impl Into<String>) -> Result<T, Fault> {
    Err(Fault::new(span, message))
}

fn expect(expr: &mut Expr, wanted: ValueType, place: &str, empty_allowed: bool) -> Result<(), Fault> {
    let found = check(expr, empty_allowed)?;
    if found == wanted {
        return Ok(());
    }
    let (wanted, found) = (wanted.documented(), found.documented());
    refuse(expr.span, format!("expected type {wanted} in {place}, got {found}"))
}

fn unary(inner: &mut Expr, span: Span) -> Checked {
    let found = check(inner, false)?;
    if matches!(found, ValueType::Scalar | ValueType::Vector) {
        return Ok(found);
    }
    let found = quoted(found.documented());
    refuse(span, format!("unary expression only allowed on expressions of type scalar or instant vector, got {found}"))
}

fn vector_selector(selector: &VectorSelector, span: Span, empty_allowed: bool) -> Checked {
    if let Some(name) = &selector.name {
        if let Some(other) = selector.matchers.iter().skip(1).find(|matcher| matcher.name() == "__name__") {
            let (first, second) = (quoted(name), quoted(other.value()));
            return refuse(span, format!("metric name must not be set twice: {first} or {second}"));
        }
    } else if !empty_allowed && selector.matchers.iter().all(model::matcher::Matcher::matches_empty) {
        return refuse(span, "vector selector must contain at least one non-empty matcher");
    }
    Ok(ValueType::Vector)
}

fn check_aggregation(aggregation: &mut Aggregation) -> Checked {
    expect(&mut aggregation.expr, ValueType::Vector, "aggregation expression", false)?;
    if let (Some(param), Some(wanted)) = (&mut aggregation.param, aggregation.op.param_type()) {
        expect(param, wanted, "aggregation parameter", false)?;
    }
    Ok(ValueType::Vector)
}

fn check_call(call: &mut Call, span: Span) -> Checked {
    let signature = call.function.signature();
    check_count(call.function, call.args.len(), span)?;
    let is_info = call.function == Function::Info;
    if is_info && let Some(labels) = call.args.get(1) {
        info_labels(labels, span)?;
    }
    let place = format!("call to function {}", quoted(call.function.name()));
    for (index, arg) in call.args.iter_mut().enumerate() {
        let wanted = signature.args.get(index).or(signature.args.last()).copied().unwrap_or(ValueType::Vector);
        expect(arg, wanted, &place, is_info && index == 1)?;
    }
    Ok(signature.returns)
}

fn check_count(function: Function, got: usize, span: Span) -> Result<(), Fault> {
    let signature = function.signature();
    let all = signature.args.len();
    let (least, most) = match signature.optional {
        Arity::Optional(optional) => (all - optional, Some(all)),
        Arity::Repeated => (all - 1, None),
        Arity::RepeatedUpTo(times) => (all - 1, Some(all - 1 + times)),
    };
    let bound = match most {
        Some(most) if least == most && got != least => format!("expected {least} argument(s)"),
        _ if got < least => format!("expected at least {least} argument(s)"),
        Some(most) if got > most => format!("expected at most {most} argument(s)"),
        _ => return Ok(()),
    };
    refuse(span, format!("{bound} in call to {}, got {got}", quoted(function.name())))
}

/// The second argument of `info` is a list of label conditions in braces.
fn info_labels(labels: &Expr, call_span: Span) -> Result<(), Fault> {
    let found = labels.value_type();
    if found != ValueType::Vector {
        let (wanted, found) = (ValueType::Vector.documented(), found.documented());
        return refuse(call_span, format!("expected type {wanted} in call to function \"info\", got {found}"));
    }
    match &labels.node {
        Node::VectorSelector(selector) if selector.name.is_none() => Ok(()),
        Node::VectorSelector(_) => refuse(labels.span, "expected label selectors only, got vector selector instead"),
        _ => refuse(labels.span, "expected label selectors only"),
    }
}

fn check_binary(binary: &mut Binary, span: Span) -> Checked {
    let left = check(&mut binary.left, false)?;
    let right = check(&mut binary.right, false)?;
    let op = binary.op;
    if binary.return_bool && !op.is_comparison() {
        return refuse(binary.op_span, "bool modifier can only be used on comparison operators");
    }
    let scalars = left == ValueType::Scalar && right == ValueType::Scalar;
    if op.is_comparison() && !binary.return_bool && scalars {
        return refuse(binary.op_span, "comparisons between scalars must use BOOL modifier");
    }
    if let Some(label) = on_and_group(binary) {
        let label = quoted(label);
        return refuse(binary.op_span, format!("label {label} must not occur in ON and GROUP clause at once"));
    }
    for (found, side) in [(left, &binary.left), (right, &binary.right)] {
        if !matches!(found, ValueType::Scalar | ValueType::Vector) {
            return refuse(side.span, "binary expression must contain only scalar and instant vector types");
        }
    }
    if left == ValueType::Vector && right == ValueType::Vector {
        check_set_matching(binary, span)?;
        return Ok(ValueType::Vector);
    }
    check_no_matching(binary, span)?;
    if op.is_set() {
        let op = quoted(op.as_str());
        return refuse(span, format!("set operator {op} not allowed in binary scalar expression"));
    }
    Ok(if scalars { ValueType::Scalar } else { ValueType::Vector })
}

/// A label that both `on (...)` and `group_left (...)` or `group_right (...)` name.
fn on_and_group(binary: &Binary) -> Option<&str> {
    let matching = binary.matching.as_ref()?;
    let MatchOn::On(on) = &matching.on else { return None };
    let (Cardinality::ManyToOne(include) | Cardinality::OneToMany(include)) = &matching.cardinality else {
        return None;
    };
    on.iter().find(|label| include.contains(label)).map(String::as_str)
}

/// A set operator between vectors matches many to many.
fn check_set_matching(binary: &mut Binary, span: Span) -> Result<(), Fault> {
    let op = binary.op;
    let Some(matching) = &mut binary.matching else { return Ok(()) };
    if !op.is_set() {
        return Ok(());
    }
    if matching.cardinality != Cardinality::OneToOne {
        return refuse(span, format!("no grouping allowed for {} operation", quoted(op.as_str())));
    }
    if matching.fill_left.is_some() || matching.fill_right.is_some() {
        return refuse(span, "filling in missing series not allowed for set operators");
    }
    matching.cardinality = Cardinality::ManyToMany;
    Ok(())
}

/// Between a vector and a scalar there is nothing to match.
fn check_no_matching(binary: &mut Binary, span: Span) -> Result<(), Fault> {
    let Some(matching) = binary.matching.take() else { return Ok(()) };
    let (MatchOn::On(labels) | MatchOn::Ignoring(labels)) = &matching.on;
    if !labels.is_empty() {
        return refuse(span, "vector matching only allowed between instant vectors");
    }
    if matching.fill_left.is_some() || matching.fill_right.is_some() {
        return refuse(span, "filling in missing series only allowed between instant vectors");
    }
    Ok(())
}
