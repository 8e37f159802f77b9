//! `/api/v1/parse_query`: the tree of a query, as Prometheus's own page explains it.
//!
//! Invariant: keys stand in alphabetical order, as Go writes maps.

use super::encode::success;
use crate::error::Failure;
use crate::json::Json;
use crate::limits::QUERY_MAX;
use crate::params::Parameters;
use crate::state::Front;
use axum::extract::State;
use language::promql::ast::{
    Aggregation, At, Binary, Call, Cardinality, DurationExpr, Expr, Grouping, MatchOn, Node, Subquery, UnaryOp,
    VectorMatching, VectorSelector,
};
use language::promql::function::Arity;
use model::cancel::Cancel;
use model::number;

pub(super) async fn parse_query(State(front): State<Front>, given: Parameters) -> Result<Json, Failure> {
    let work = move |_: &Cancel| {
        let expr = super::expression(&given)?;
        Ok(success(|json| write(json, &expr)))
    };
    front.compute(QUERY_MAX, work).await
}

fn write(json: &mut Json, expr: &Expr) {
    match &expr.node {
        Node::Number(literal) => {
            let value = number::format_decimal(literal.value);
            json.raw("{\"type\":\"numberLiteral\",\"val\":").text(&value).raw("}");
        }
        Node::String(text) => {
            json.raw("{\"type\":\"stringLiteral\",\"val\":").text(text).raw("}");
        }
        Node::Paren(inner) => {
            json.raw("{\"expr\":");
            write(json, inner);
            json.raw(",\"type\":\"parenExpr\"}");
        }
        Node::Unary(op, inner) => {
            json.raw("{\"expr\":");
            write(json, inner);
            json.raw(",\"op\":").text(if *op == UnaryOp::Minus { "-" } else { "+" }).raw(",\"type\":\"unaryExpr\"}");
        }
        Node::VectorSelector(selector) => {
            json.raw("{");
            write_selector(json, selector, None);
            json.raw(",\"type\":\"vectorSelector\"}");
        }
        Node::MatrixSelector(matrix) => {
            json.raw("{");
            write_selector(json, &matrix.selector, Some(&matrix.range));
            json.raw(",\"type\":\"matrixSelector\"}");
        }
        Node::Subquery(subquery) => write_subquery(json, subquery),
        Node::Call(call) => write_call(json, call),
        Node::Aggregation(aggregation) => write_aggregation(json, aggregation),
        Node::Binary(binary) => write_binary(json, binary),
        Node::StepInvariant(inner) => write(json, inner),
    }
}

fn write_selector(json: &mut Json, selector: &VectorSelector, range: Option<&DurationExpr>) {
    json.raw("\"matchers\":").array(&selector.matchers, |json, matcher| {
        json.raw("{\"name\":").text(matcher.name()).raw(",\"type\":").text(matcher.op().as_str());
        json.raw(",\"value\":").text(matcher.value()).raw("}");
    });
    json.raw(",\"name\":").text(selector.name.as_deref().unwrap_or_default());
    json.raw(",\"offset\":").integer(millis(selector.offset.as_ref()));
    if range.is_some() {
        json.raw(",\"range\":").integer(millis(range));
    }
    write_start_or_end(json, selector.at);
    write_timestamp(json, selector.at);
}

fn write_start_or_end(json: &mut Json, at: Option<At>) {
    json.raw(",\"startOrEnd\":").raw(match at {
        Some(At::Start) => "\"start\"",
        Some(At::End) => "\"end\"",
        Some(At::Time(_)) | None => "null",
    });
}

fn write_timestamp(json: &mut Json, at: Option<At>) {
    json.raw(",\"timestamp\":");
    match at {
        Some(At::Time(time)) => json.integer(time),
        _ => json.raw("null"),
    };
}

fn write_subquery(json: &mut Json, subquery: &Subquery) {
    json.raw("{\"expr\":");
    write(json, &subquery.expr);
    json.raw(",\"offset\":").integer(millis(subquery.offset.as_ref()));
    json.raw(",\"range\":").integer(millis(Some(&subquery.range)));
    write_start_or_end(json, subquery.at);
    json.raw(",\"step\":").integer(millis(subquery.step.as_ref()));
    write_timestamp(json, subquery.at);
    json.raw(",\"type\":\"subquery\"}");
}

fn write_call(json: &mut Json, call: &Call) {
    let signature = call.function.signature();
    json.raw("{\"args\":").array(&call.args, write);
    json.raw(",\"func\":{\"argTypes\":").texts(signature.args.iter().map(|kind| kind.as_str()));
    json.raw(",\"name\":").text(call.function.name());
    json.raw(",\"returnType\":").text(signature.returns.as_str());
    let variadic = match signature.optional {
        Arity::Optional(count) | Arity::RepeatedUpTo(count) => i64::try_from(count).unwrap_or(i64::MAX),
        Arity::Repeated => -1,
    };
    json.raw(",\"variadic\":").integer(variadic).raw("},\"type\":\"call\"}");
}

fn write_aggregation(json: &mut Json, aggregation: &Aggregation) {
    json.raw("{\"expr\":");
    write(json, &aggregation.expr);
    let (labels, without) = match &aggregation.grouping {
        Grouping::None => (&[][..], false),
        Grouping::By(labels) => (&labels[..], false),
        Grouping::Without(labels) => (&labels[..], true),
    };
    json.raw(",\"grouping\":").texts(labels).raw(",\"op\":").text(aggregation.op.name()).raw(",\"param\":");
    match &aggregation.param {
        Some(param) => write(json, param),
        None => {
            json.raw("null");
        }
    }
    json.raw(",\"type\":\"aggregation\",\"without\":").boolean(without).raw("}");
}

fn write_binary(json: &mut Json, binary: &Binary) {
    json.raw("{\"bool\":").boolean(binary.return_bool).raw(",\"lhs\":");
    write(json, &binary.left);
    json.raw(",\"matching\":");
    match &binary.matching {
        Some(matching) => write_matching(json, matching),
        None => {
            json.raw("null");
        }
    }
    json.raw(",\"op\":").text(binary.op.as_str()).raw(",\"rhs\":");
    write(json, &binary.right);
    json.raw(",\"type\":\"binaryExpr\"}");
}

fn write_matching(json: &mut Json, matching: &VectorMatching) {
    let (card, include) = match &matching.cardinality {
        Cardinality::OneToOne => ("one-to-one", &[][..]),
        Cardinality::ManyToOne(include) => ("many-to-one", &include[..]),
        Cardinality::OneToMany(include) => ("one-to-many", &include[..]),
        Cardinality::ManyToMany => ("many-to-many", &[][..]),
    };
    let (labels, on) = match &matching.on {
        MatchOn::On(labels) => (labels, true),
        MatchOn::Ignoring(labels) => (labels, false),
    };
    json.raw("{\"card\":").text(card).raw(",\"include\":").texts(include).raw(",\"labels\":").texts(labels);
    json.raw(",\"on\":").boolean(on).raw("}");
}

/// A duration in milliseconds; 0 where it is absent or computed only when the query runs.
fn millis(duration: Option<&DurationExpr>) -> i64 {
    match duration {
        Some(DurationExpr::Literal(millis)) => *millis,
        Some(DurationExpr::Computed(_)) | None => 0,
    }
}
