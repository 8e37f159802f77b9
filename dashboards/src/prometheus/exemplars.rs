//! `/api/v1/query_exemplars`: exemplars of the series that a query's selectors match.

use super::encode::success;
use crate::error::Failure;
use crate::json::Json;
use crate::limits::QUERY_MAX;
use crate::params::Parameters;
use crate::state::{Backends, Front};
use axum::Extension;
use axum::extract::State;
use language::promql::ast::{Expr, Node, VectorSelector};
use model::cancel::Cancel;
use model::matcher::Matcher;
use std::sync::Arc;
use store::metrics::{Exemplar, ExemplarQuery, SeriesExemplars};

pub(super) async fn exemplars(
    State(front): State<Front>,
    Extension(backends): Extension<Arc<Backends>>,
    given: Parameters,
) -> Result<Json, Failure> {
    let range = given.range()?;
    if range.is_empty() {
        return Err(Failure::bad_data("end timestamp must not be before start timestamp"));
    }
    let work = move |cancel: &Cancel| {
        let expr = super::expression(&given)?;
        let mut matcher_sets = Vec::new();
        collect(&expr, &mut matcher_sets);
        let found = if matcher_sets.is_empty() {
            Vec::new()
        } else {
            backends.metrics.exemplars(&ExemplarQuery { matcher_sets: &matcher_sets, range, cancel })?
        };
        Ok(success(|json| {
            json.array(&found, write_series);
        }))
    };
    front.compute(QUERY_MAX, work).await
}

fn write_series(json: &mut Json, series: &SeriesExemplars) {
    json.raw("{\"seriesLabels\":").labels(&series.labels);
    json.raw(",\"exemplars\":").array(&series.exemplars, write_exemplar).raw("}");
}

fn write_exemplar(json: &mut Json, exemplar: &Exemplar) {
    json.raw("{\"labels\":").labels(&exemplar.labels).raw(",\"value\":").value(exemplar.value);
    json.raw(",\"timestamp\":").seconds(exemplar.timestamp).raw("}");
}

/// The conditions of every selector in the expression.
fn collect(expr: &Expr, into: &mut Vec<Vec<Matcher>>) {
    let mut add = |selector: &VectorSelector| into.push(selector.matchers.clone());
    match &expr.node {
        Node::Number(_) | Node::String(_) => {}
        Node::VectorSelector(selector) => add(selector),
        Node::MatrixSelector(matrix) => add(&matrix.selector),
        Node::Subquery(subquery) => collect(&subquery.expr, into),
        Node::Call(call) => call.args.iter().for_each(|arg| collect(arg, into)),
        Node::Aggregation(aggregation) => {
            aggregation.param.iter().for_each(|param| collect(param, into));
            collect(&aggregation.expr, into);
        }
        Node::Binary(binary) => {
            collect(&binary.left, into);
            collect(&binary.right, into);
        }
        Node::Unary(_, inner) | Node::Paren(inner) | Node::StepInvariant(inner) => collect(inner, into),
    }
}
