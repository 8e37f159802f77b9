//! `/loki/api/v1/query` and `/loki/api/v1/query_range`.

use super::encode::{self, Shape, Took};
use super::given::Given;
use crate::error::{ErrorKind, Failure, LokiFailure};
use crate::json::Json;
use crate::limits::{LOG_LINES_MAX, QUERY_MAX};
use crate::state::{Backends, Front};
use axum::Extension;
use axum::extract::State;
use language::logql::{self, Expr};
use model::cancel::Cancel;
use model::instrument::Instrument;
use query::logql::{LogAnswer, LogRangeRequest, LogRequest};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// The shortest step that the engine takes.
const STEP_MIN: Duration = Duration::from_millis(1);

pub(super) async fn instant(
    State(front): State<Front>,
    Extension(backends): Extension<Arc<Backends>>,
    shape: Shape,
    given: Given,
) -> Result<Json, LokiFailure> {
    given.query()?;
    given.lines()?;
    given.direction()?;
    let time = given.time()?;
    let asked = Asked { front: &front, kind: "log_instant", shape };
    let evaluate = move |cancel: &Cancel| {
        let text = given.query()?;
        backends.log_engine.instant(&LogRequest { text, time, cancel }).map_err(in_loki_words)
    };
    Ok(asked.answer(evaluate).await?)
}

pub(super) async fn range(
    State(front): State<Front>,
    Extension(backends): Extension<Arc<Backends>>,
    shape: Shape,
    given: Given,
) -> Result<Json, LokiFailure> {
    let lines = Lines::read(&given)?;
    let asked = Asked { front: &front, kind: "log_range", shape };
    Ok(asked.answer(move |cancel| lines.evaluate(&given, &backends, cancel)).await?)
}

/// What a range query asks besides its text.
pub(super) struct Lines {
    range: model::time::LogRange,
    step: Duration,
    interval: Duration,
    direction: store::logs::Direction,
    limit: usize,
}

impl Lines {
    /// Reads and checks the parameters.
    ///
    /// # Errors
    /// One makes no sense, or the steps are too many.
    pub(super) fn read(given: &Given) -> Result<Self, Failure> {
        given.query()?;
        let range = given.range()?;
        let limit = given.lines()?;
        let direction = given.direction()?;
        let step = given.step(range)?.max(STEP_MIN);
        Ok(Self { range, step, interval: given.interval()?, direction, limit })
    }

    /// Asks the engine. Takes time: not for the reactor.
    pub(super) fn evaluate(&self, given: &Given, backends: &Backends, cancel: &Cancel) -> Result<LogAnswer, Failure> {
        let text = given.query()?;
        self.check_limit(text)?;
        let request = LogRangeRequest {
            text,
            start: self.range.start,
            end: self.range.end,
            step: self.step,
            interval: self.interval,
            direction: self.direction,
            limit: self.limit,
            cancel,
        };
        backends.log_engine.range(&request).map_err(in_loki_words)
    }

    /// Metric queries may name any limit, as they do not use it.
    fn check_limit(&self, text: &str) -> Result<(), Failure> {
        let limit = self.limit;
        if limit <= LOG_LINES_MAX || !matches!(logql::parse(text), Ok(Expr::Log(_))) {
            return Ok(());
        }
        Err(Failure::bad_data(format!(
            "max entries limit per query exceeded, limit > max_entries_limit_per_query ({limit} > {LOG_LINES_MAX})"
        )))
    }
}

/// A query about to run.
struct Asked<'a> {
    front: &'a Front,
    kind: &'static str,
    shape: Shape,
}

impl Asked<'_> {
    /// Evaluates and encodes on the pool; the answer's memory is freed there too.
    async fn answer(
        self,
        evaluate: impl FnOnce(&Cancel) -> Result<LogAnswer, Failure> + Send + 'static,
    ) -> Result<Json, Failure> {
        let started = Instant::now();
        let shape = self.shape;
        let work = move |cancel: &Cancel| {
            let begun = Instant::now();
            let answer = evaluate(cancel)?;
            let took = Took { queued: begun.duration_since(started), evaluated: begun.elapsed() };
            encode::answer(&answer, shape, took)
        };
        let answered = self.front.compute(QUERY_MAX, work).await;
        self.front.instruments().observe(Instrument::QuerySeconds, &[self.kind], started.elapsed().as_secs_f64());
        answered
    }
}

/// An engine's error without the words that Prometheus puts before it.
pub(super) fn in_loki_words(error: query::Error) -> Failure {
    match error.kind() {
        query::ErrorKind::Invalid => Failure::new(ErrorKind::BadData, error.to_string()),
        _ => error.into(),
    }
}
