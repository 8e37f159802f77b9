//! `/api/v1/format_query`: the query as Prometheus would lay it out.

use super::encode::success;
use crate::error::Failure;
use crate::json::Json;
use crate::limits::QUERY_MAX;
use crate::params::Parameters;
use crate::state::Front;
use axum::extract::State;
use language::promql;
use model::cancel::Cancel;

pub(super) async fn format_query(State(front): State<Front>, given: Parameters) -> Result<Json, Failure> {
    let work = move |_: &Cancel| {
        let expr = super::expression(&given)?;
        Ok(success(|json| {
            json.text(&promql::pretty(&expr));
        }))
    };
    front.compute(QUERY_MAX, work).await
}
