//! The LogQL engine: from text to lines or samples, over the log store.
//!
//! Invariant: what the syntax knows and the engine does not is refused by name, never answered wrongly. The engine
//! holds nothing between queries but the pool of memory that all queries share.

mod aggregate;
mod answer;
mod binary;
mod evaluator;
mod label_replace;
mod lines;
mod pipeline;
mod query;
mod range;
mod request;
mod result;
mod tail;

pub use answer::{LogAnswer, LogLine, LogSeries, LogStats, LogValue, LogVectorSample};
pub use request::{LogRangeRequest, LogRequest};
pub use tail::TailPlan;

use crate::vector::ledger::Ledger;
use crate::vector::steps::Steps;
use crate::{Config, Error, ErrorKind, limits};
use evaluator::Evaluator;
use language::logql::Expr;
use model::budget::{Budget, Pool};
use model::cancel::Cancel;
use model::time::duration_nanos;
use query::Query;
use std::sync::Arc;
use store::logs::Logs;

/// The least step: answers count milliseconds.
const STEP_NANOS_MIN: i64 = 1_000_000;

/// Evaluates LogQL over the log store. Shared by all queries.
#[derive(Debug)]
pub struct LogEngine {
    config: Config,
    logs: Arc<Logs>,
    pool: Arc<Pool>,
}

impl LogEngine {
    /// An engine over a store; `pool` is the memory that it shares with the engine of metrics.
    pub fn new(config: Config, logs: Arc<Logs>, pool: Arc<Pool>) -> Self {
        Self { config, logs, pool }
    }

    /// The settings that it runs with.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The store that it asks.
    pub fn logs(&self) -> &Arc<Logs> {
        &self.logs
    }

    /// Evaluates at one instant; only metric queries, `vector()` and literals.
    ///
    /// # Errors
    /// The text does not parse, is a log query or not supported, a limit is passed, or the query was told to stop.
    pub fn instant(&self, request: &LogRequest<'_>) -> Result<LogAnswer, Error> {
        let Expr::Metric(expr) = parse(request.text)? else {
            let text = "log queries are not supported as an instant query type, please change your query to a range \
                        query type";
            return Err(Error::new(ErrorKind::Invalid, text));
        };
        let steps = Steps::instant(request.time.0);
        self.run(request.cancel, |query| result::instant(&Evaluator::new(query, steps), &expr))
    }

    /// Lines of a range, or samples at every step of it.
    ///
    /// # Errors
    /// As [`LogEngine::instant`]; also when there are too many steps or lines asked for, or the end lies before the
    /// start.
    pub fn range(&self, request: &LogRangeRequest<'_>) -> Result<LogAnswer, Error> {
        match parse(request.text)? {
            Expr::Log(expr) => {
                check_limit(request.limit)?;
                self.run(request.cancel, |query| lines::evaluate(query, &expr, request).map(LogValue::Lines))
            }
            Expr::Metric(expr) => {
                let steps = steps(request)?;
                self.run(request.cancel, |query| result::range(&Evaluator::new(query, steps), &expr))
            }
        }
    }

    /// A log query, ready to be tailed: the subscription that it needs and what becomes of each entry.
    ///
    /// # Errors
    /// The text does not parse or is a metric query.
    pub fn tail(&self, text: &str) -> Result<TailPlan, Error> {
        TailPlan::new(text)
    }

    fn run(
        &self,
        cancel: &Cancel,
        evaluate: impl FnOnce(&Query<'_>) -> Result<LogValue, Error>,
    ) -> Result<LogAnswer, Error> {
        let ledger = Ledger::new(Budget::new(Arc::clone(&self.pool)), u64::MAX);
        let query = Query::new(&self.logs, ledger, cancel);
        let value = evaluate(&query)?;
        let (mut stats, warnings) = query.finish();
        stats.entries_returned = match &value {
            LogValue::Lines(lines) => lines.len(),
            LogValue::Scalar(_) => 0,
            LogValue::Vector(samples) => samples.len(),
            LogValue::Matrix(series) => series.iter().map(|series| series.points.len()).sum(),
        } as u64;
        Ok(LogAnswer { value, warnings, stats })
    }
}

fn parse(text: &str) -> Result<Expr, Error> {
    if text.len() > limits::QUERY_TEXT_BYTES_MAX {
        let (got, max) = (text.len(), limits::QUERY_TEXT_BYTES_MAX);
        return Err(Error::new(ErrorKind::Invalid, format!("query text has {got} bytes, more than {max}")));
    }
    language::logql::parse(text).map_err(|error| Error::new(ErrorKind::Invalid, error.to_string()))
}

fn check_limit(limit: usize) -> Result<(), Error> {
    if limit > limits::LOG_ENTRIES_MAX {
        let max = limits::LOG_ENTRIES_MAX;
        let text =
            format!("max entries limit per query exceeded, limit > max_entries_limit_per_query ({limit} > {max})");
        return Err(Error::new(ErrorKind::Invalid, text));
    }
    Ok(())
}

fn steps(request: &LogRangeRequest<'_>) -> Result<Steps, Error> {
    let step = duration_nanos(request.step);
    let steps = Steps::range(request.start.0, request.end.0, step);
    let text = if step < STEP_NANOS_MIN {
        "zero or negative query resolution step widths are not accepted. Try a positive integer"
    } else if steps.count == 0 {
        "end timestamp must not be before or equal to start time"
    } else if steps.count > limits::STEPS_MAX {
        "exceeded maximum resolution of 11,000 points per time series. Try increasing the value of the step parameter"
    } else {
        return Ok(steps);
    };
    Err(Error::new(ErrorKind::Invalid, text))
}
