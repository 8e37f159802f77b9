//! `/api/v1/metadata`: what metric families say of themselves.

use super::encode::success;
use crate::error::Failure;
use crate::json::Json;
use crate::params::Parameters;
use crate::state::Backends;
use axum::Extension;
use std::sync::Arc;

pub(super) async fn metadata(
    Extension(backends): Extension<Arc<Backends>>,
    given: Parameters,
) -> Result<Json, Failure> {
    let limit = count(&given, "limit")?;
    // Each family has one description here, so any limit per metric but 0 leaves it.
    let per_metric = count(&given, "limit_per_metric")?;
    let metric = given.first("metric");
    let metric = (!metric.is_empty()).then_some(metric);
    let families = match limit {
        Some(0) => Vec::new(),
        limit => backends.metrics.metadata(metric, limit.unwrap_or(0)),
    };
    Ok(success(|json| {
        json.object(families, |json, (name, metadata)| {
            json.text(&name).raw(":[");
            if per_metric != Some(0) {
                json.raw("{\"type\":").text(metadata.kind.as_str()).raw(",\"help\":").text(&metadata.help);
                json.raw(",\"unit\":").text(&metadata.unit).raw("}");
            }
            json.raw("]");
        });
    }))
}

/// A count; `None` is no limit, as is a negative number.
fn count(given: &Parameters, name: &str) -> Result<Option<usize>, Failure> {
    if !given.has(name) {
        return Ok(None);
    }
    let count: i64 = given.first(name).parse().map_err(|_| Failure::bad_data(format!("{name} must be a number")))?;
    Ok(usize::try_from(count).ok())
}
