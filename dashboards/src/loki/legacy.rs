//! `/api/prom/*`: the paths of the first Loki, which old clients still ask.
//!
//! Invariant: nothing is asked differently than under the present paths; only the answers have their old form.
//! `/api/prom/rules` is not among them: Grafana takes a plain 404 there as rules that are read-only.

use super::encode::{Shape, group, labels_bytes, refuse_large, write_stats};
use super::given::Given;
use super::labels;
use super::query::{Asked, Lines};
use super::tail::write_legacy_stream;
use crate::error::{Failure, LokiFailure};
use crate::json::Json;
use crate::state::{Backends, Front};
use axum::Extension;
use axum::extract::{Path, State};
use query::logql::{LogAnswer, LogValue};
use std::sync::Arc;
use store::metrics::Listing;

/// Bytes that a line takes in the answer beside its text, about.
const LINE_BYTES: usize = 64;

pub(super) async fn query(
    State(front): State<Front>,
    Extension(backends): Extension<Arc<Backends>>,
    given: Given,
) -> Result<Json, LokiFailure> {
    let lines = Lines::read_with_regexp(&given)?;
    let asked = Asked { front: &front, kind: "log_range" };
    let answered = asked.answer(
        move |cancel| lines.evaluate(&backends, cancel),
        |answer, took| {
            let lines = lines_of(answer)?;
            let bytes =
                |line: &query::logql::LogLine| LINE_BYTES + line.line.len() * 9 / 8 + labels_bytes(&line.stream);
            refuse_large(lines.iter().map(bytes).sum())?;
            let mut json = Json::new();
            json.raw("{\"streams\":")
                .array(group(lines, Shape::Merged), |json, stream| write_legacy_stream(json, &stream));
            json.raw(",\"stats\":");
            write_stats(&mut json, &answer.stats, took);
            json.raw("}");
            Ok(json)
        },
    );
    Ok(answered.await?)
}

fn lines_of(answer: &LogAnswer) -> Result<&[query::logql::LogLine], Failure> {
    let kind = match &answer.value {
        LogValue::Lines(lines) => return Ok(lines),
        LogValue::Scalar(_) => "scalar",
        LogValue::Vector(_) => "vector",
        LogValue::Matrix(_) => "matrix",
    };
    Err(Failure::bad_data(format!("legacy endpoints only support streams result type, current type is {kind}")))
}

pub(super) async fn names(
    State(front): State<Front>,
    Extension(backends): Extension<Arc<Backends>>,
    given: Given,
) -> Result<Json, LokiFailure> {
    labels::list(&front, backends, given, write_listing, |logs, query| logs.label_names(query)).await
}

pub(super) async fn values(
    State(front): State<Front>,
    Extension(backends): Extension<Arc<Backends>>,
    Path(name): Path<String>,
    given: Given,
) -> Result<Json, LokiFailure> {
    labels::list(&front, backends, given, write_listing, move |logs, query| logs.label_values(&name, query)).await
}

fn write_listing(listing: &Listing) -> Json {
    let mut json = Json::new();
    json.raw("{\"values\":").texts(&listing.values).raw("}");
    json
}
