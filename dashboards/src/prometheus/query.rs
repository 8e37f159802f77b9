//! `/api/v1/query` and `/api/v1/query_range`.

use super::encode;
use crate::error::Failure;
use crate::json::Json;
use crate::limits::RANGE_POINTS_MAX;
use crate::params::Parameters;
use crate::state::{Backends, Front};
use axum::Extension;
use axum::extract::State;
use model::instrument::Instrument;
use model::time::Millis;
use query::{RangeRequest, Request};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

pub(super) async fn instant(
    State(front): State<Front>,
    Extension(backends): Extension<Arc<Backends>>,
    given: Parameters,
) -> Result<Json, Failure> {
    let limit = given.limit()?;
    let time = given.time_or("time", front.now())?;
    let patience = given.timeout()?;
    let lookback = given.lookback()?;
    given.query()?;
    let asked = Asked { front: &front, kind: "instant", patience };
    asked
        .answer(given, move |given, cancel| {
            backends
                .engine
                .instant(&Request { text: given.query()?, time, lookback, limit, cancel })
                .map_err(Failure::from)
        })
        .await
}

pub(super) async fn range(
    State(front): State<Front>,
    Extension(backends): Extension<Arc<Backends>>,
    given: Parameters,
) -> Result<Json, Failure> {
    let limit = given.limit()?;
    let (start, end, step) = steps(&given)?;
    let patience = given.timeout()?;
    let lookback = given.lookback()?;
    given.query()?;
    let asked = Asked { front: &front, kind: "range", patience };
    asked
        .answer(given, move |given, cancel| {
            let text = given.query()?;
            let request = RangeRequest { text, start, end, step, lookback, limit, cancel };
            backends.engine.range(&request).map_err(Failure::from)
        })
        .await
}

/// The steps of a range query, at most [`RANGE_POINTS_MAX`] after the first.
fn steps(given: &Parameters) -> Result<(Millis, Millis, Duration), Failure> {
    let start = given.time("start")?;
    let end = given.time("end")?;
    if end < start {
        return Err(Failure::parameter("end", "end timestamp must not be before start time"));
    }
    let step = given.duration_millis("step")?;
    let Some(step_millis) = u64::try_from(step).ok().filter(|step| *step > 0) else {
        return Err(Failure::parameter(
            "step",
            "zero or negative query resolution step widths are not accepted. Try a positive integer",
        ));
    };
    if end.0.saturating_sub(start.0) / step > RANGE_POINTS_MAX {
        return Err(Failure::bad_data(
            "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)",
        ));
    }
    Ok((start, end, Duration::from_millis(step_millis)))
}

/// A query about to run.
struct Asked<'a> {
    front: &'a Front,
    kind: &'static str,
    patience: Duration,
}

impl Asked<'_> {
    /// Evaluates and encodes on the pool; the answer's memory is freed there too.
    async fn answer(
        self,
        given: Parameters,
        evaluate: impl FnOnce(&Parameters, &model::cancel::Cancel) -> Result<query::Answer, Failure> + Send + 'static,
    ) -> Result<Json, Failure> {
        let started = Instant::now();
        let work = move |cancel: &model::cancel::Cancel| {
            let begun = Instant::now();
            let answer = evaluate(&given, cancel)?;
            let cost = given
                .has("stats")
                .then(|| encode::Cost { queued: begun.duration_since(started), evaluated: begun.elapsed() });
            encode::answer(&answer, cost)
        };
        let answered = self.front.compute(self.patience, work).await;
        self.front.instruments().observe(Instrument::QuerySeconds, &[self.kind], started.elapsed().as_secs_f64());
        answered
    }
}
