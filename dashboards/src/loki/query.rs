//! `/loki/api/v1/query` and `/loki/api/v1/query_range`.

use super::encode::{self, Shape, Took};
use super::given::Given;
use crate::error::{ErrorKind, Failure, LokiFailure};
use crate::json::Json;
use crate::limits::QUERY_MAX;
use crate::state::{Backends, Front};
use axum::Extension;
use axum::extract::State;
use model::cancel::Cancel;
use model::instrument::Instrument;
use model::number::quoted;
use model::time::LogRange;
use query::logql::{LogAnswer, LogRangeRequest, LogRequest};
use std::sync::Arc;
use std::time::Duration;
use store::logs::Direction;
use tokio::time::Instant;

/// The shortest step that the engine takes.
const STEP_MIN: Duration = Duration::from_millis(1);

pub(super) async fn instant(
    State(front): State<Front>,
    Extension(backends): Extension<Arc<Backends>>,
    shape: Shape,
    given: Given,
) -> Result<Json, LokiFailure> {
    let text = given.query()?.to_owned();
    given.lines()?;
    given.direction()?;
    let time = given.time()?;
    let asked = Asked { front: &front, kind: "log_instant" };
    let evaluate = move |cancel: &Cancel| {
        backends.log_engine.instant(&LogRequest { text: &text, time, cancel }).map_err(in_loki_words)
    };
    Ok(asked.answer(evaluate, move |answer, took| encode::answer(answer, shape, took)).await?)
}

pub(super) async fn range(
    State(front): State<Front>,
    Extension(backends): Extension<Arc<Backends>>,
    shape: Shape,
    given: Given,
) -> Result<Json, LokiFailure> {
    let lines = Lines::read(&given)?;
    let asked = Asked { front: &front, kind: "log_range" };
    let evaluate = move |cancel: &Cancel| lines.evaluate(&backends, cancel);
    Ok(asked.answer(evaluate, move |answer, took| encode::answer(answer, shape, took)).await?)
}

/// A range query.
pub(super) struct Lines {
    text: String,
    range: LogRange,
    step: Duration,
    interval: Duration,
    direction: Direction,
    limit: usize,
}

impl Lines {
    /// Reads and checks the parameters.
    ///
    /// # Errors
    /// One makes no sense, or the steps are too many.
    pub(super) fn read(given: &Given) -> Result<Self, Failure> {
        let text = given.query()?.to_owned();
        let range = given.range()?;
        let limit = given.lines()?;
        let direction = given.direction()?;
        let step = given.step(range)?.max(STEP_MIN);
        Ok(Self { text, range, step, interval: given.interval()?, direction, limit })
    }

    /// The same with `regexp`, which lines must match as well.
    pub(super) fn read_with_regexp(given: &Given) -> Result<Self, Failure> {
        let mut lines = Self::read(given)?;
        let regexp = given.parameters().first("regexp");
        if !regexp.is_empty() {
            lines.text = format!("{} |~ {}", lines.text, quoted(regexp));
        }
        Ok(lines)
    }

    /// Asks the engine. Takes time: not for the reactor.
    pub(super) fn evaluate(&self, backends: &Backends, cancel: &Cancel) -> Result<LogAnswer, Failure> {
        let request = LogRangeRequest {
            text: &self.text,
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
}

/// A query about to run.
pub(super) struct Asked<'a> {
    pub(super) front: &'a Front,
    pub(super) kind: &'static str,
}

impl Asked<'_> {
    /// Evaluates and encodes on the pool; the answer's memory is freed there too.
    pub(super) async fn answer(
        self,
        evaluate: impl FnOnce(&Cancel) -> Result<LogAnswer, Failure> + Send + 'static,
        encode: impl FnOnce(&LogAnswer, Took) -> Result<Json, Failure> + Send + 'static,
    ) -> Result<Json, Failure> {
        let started = Instant::now();
        let work = move |cancel: &Cancel| {
            let begun = Instant::now();
            let answer = evaluate(cancel)?;
            encode(&answer, Took { queued: begun.duration_since(started), evaluated: begun.elapsed() })
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
