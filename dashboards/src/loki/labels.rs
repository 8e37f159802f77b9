//! `/loki/api/v1/labels`, `/loki/api/v1/label/NAME/values` and `/loki/api/v1/series`: labels of streams. What stages
//! make of lines, and structured metadata, is none of theirs.

use super::encode::{labels_bytes, refuse_large, success};
use super::given::Given;
use super::selectors;
use crate::error::{Failure, LokiFailure};
use crate::json::Json;
use crate::limits::{QUERY_MAX, SERIES_LISTED_MAX};
use crate::state::{Backends, Front};
use axum::Extension;
use axum::extract::{Path, State};
use model::cancel::Cancel;
use std::sync::Arc;
use store::logs::{Logs, StreamQuery};
use store::metrics::Listing;

pub(super) async fn names(
    State(front): State<Front>,
    Extension(backends): Extension<Arc<Backends>>,
    given: Given,
) -> Result<Json, LokiFailure> {
    list(&front, backends, given, write_listing, |logs, query| logs.label_names(query)).await
}

pub(super) async fn values(
    State(front): State<Front>,
    Extension(backends): Extension<Arc<Backends>>,
    Path(name): Path<String>,
    given: Given,
) -> Result<Json, LokiFailure> {
    list(&front, backends, given, write_listing, move |logs, query| logs.label_values(&name, query)).await
}

pub(super) async fn series(
    State(front): State<Front>,
    Extension(backends): Extension<Arc<Backends>>,
    given: Given,
) -> Result<Json, LokiFailure> {
    let range = given.range()?;
    let work = move |cancel: &Cancel| {
        let matcher_sets = selectors::matches(&given)?;
        let query = StreamQuery { matcher_sets: &matcher_sets, range, limit: SERIES_LISTED_MAX, cancel };
        let streams = backends.logs.streams(&query)?;
        refuse_large(streams.iter().map(labels_bytes).sum())?;
        Ok(success(&[], |json| {
            json.array(&streams, |json, labels| {
                json.labels(labels);
            });
        }))
    };
    Ok(front.compute(QUERY_MAX, work).await?)
}

/// Asks for names or values in the streams that `query` selects, and writes them.
pub(super) async fn list(
    front: &Front,
    backends: Arc<Backends>,
    given: Given,
    write: impl FnOnce(&Listing) -> Json + Send + 'static,
    ask: impl FnOnce(&Logs, &StreamQuery<'_>) -> Result<Listing, store::Error> + Send + 'static,
) -> Result<Json, LokiFailure> {
    let range = given.range()?;
    given.query()?;
    let work = move |cancel: &Cancel| {
        let matcher_sets = selectors::query_set(&given)?;
        let query = StreamQuery { matcher_sets: &matcher_sets, range, limit: SERIES_LISTED_MAX, cancel };
        let listing = ask(&backends.logs, &query)?;
        refuse_large(listing.values.iter().map(|value| value.len() + 3).sum())?;
        Ok::<_, Failure>(write(&listing))
    };
    Ok(front.compute(QUERY_MAX, work).await?)
}

/// The listing in Loki's present form.
fn write_listing(listing: &Listing) -> Json {
    success(&listing.warnings, |json| {
        json.texts(&listing.values);
    })
}
