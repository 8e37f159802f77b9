//! `GET /api/v2/alerts` and `/api/v2/alerts/groups`.
//!
//! Invariant: expressions are compiled, and alerts compared with silences, on a pool and not on the reactor.

use super::failure::AmFailure;
use super::{encode, given};
use crate::json::Json;
use crate::limits::QUERY_MAX;
use crate::params::Parameters;
use crate::state::{Backends, Front};
use alerter::Dispatcher;
use axum::Extension;
use axum::extract::State;
use std::sync::Arc;

pub(super) async fn alerts(
    State(front): State<Front>,
    Extension(backends): Extension<Arc<Backends>>,
    given: Parameters,
) -> Result<Json, AmFailure> {
    on_pool(&front, &backends, move |dispatch| Ok(encode::alerts(&dispatch.alerts(&given::alert_filter(&given)?))))
        .await
}

pub(super) async fn groups(
    State(front): State<Front>,
    Extension(backends): Extension<Arc<Backends>>,
    given: Parameters,
) -> Result<Json, AmFailure> {
    on_pool(&front, &backends, move |dispatch| Ok(encode::groups(&dispatch.groups(&given::alert_filter(&given)?))))
        .await
}

/// Not behind the queries: who looks for alerts does so when much is going on.
pub(super) async fn on_pool(
    front: &Front,
    backends: &Arc<Backends>,
    work: impl FnOnce(&Dispatcher) -> Result<Json, AmFailure> + Send + 'static,
) -> Result<Json, AmFailure> {
    let dispatch = Arc::clone(&backends.dispatch);
    front.compute_on(front.push_pool(), QUERY_MAX, move |_| Ok(work(&dispatch))).await?
}
