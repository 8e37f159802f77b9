//! `/api/v1/format_query`: the query as Prometheus would lay it out.

use super::encode::success;
use crate::error::Failure;
use crate::json::Json;
use crate::params::Parameters;
use language::promql;

pub(super) async fn format_query(given: Parameters) -> Result<Json, Failure> {
    let expr = super::expression(&given)?;
    Ok(success(|json| {
        json.text(&promql::pretty(&expr));
    }))
}
