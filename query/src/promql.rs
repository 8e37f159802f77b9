//! The PromQL engine: from text to an answer.
//!
//! Invariant: an instant query is a range of one step; both go through the same operators. The engine holds nothing
//! between queries but the pool of memory that all of them share.

mod aggregate;
mod binary;
mod evaluator;
mod functions;
mod kahan;
mod native;
mod note;
mod prepare;
mod result;
mod selector;
mod window;

use crate::vector::ledger::Ledger;
use crate::vector::steps::Steps;
use crate::{Answer, Config, Error, ErrorKind, RangeRequest, Request, Stats, Value, limits};
use evaluator::{Evaluator, Query};
use language::promql::ast::{Expr, ValueType};
use model::budget::{Budget, Pool};
use model::cancel::Cancel;
use model::time::duration_millis;
use note::Notes;
use prepare::{QueryRange, prepare};
use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::Duration;
use store::metrics::Metrics;

/// Evaluates PromQL over the metrics store. Shared by all queries.
#[derive(Debug)]
pub struct Engine {
    config: Config,
    metrics: Arc<Metrics>,
    pool: Arc<Pool>,
}

/// What instant and range queries have in common.
struct Common<'q> {
    text: &'q str,
    lookback: Option<Duration>,
    limit: usize,
    cancel: &'q Cancel,
}

impl Engine {
    /// An engine over a store.
    pub fn new(config: Config, metrics: Arc<Metrics>) -> Self {
        let pool = Pool::new(config.memory_bytes);
        Self { config, metrics, pool }
    }

    /// The settings that it runs with.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The memory that all queries share; the engine of logs draws from it too.
    pub fn pool(&self) -> &Arc<Pool> {
        &self.pool
    }

    /// Bytes that all running queries hold together.
    pub fn used_bytes(&self) -> u64 {
        self.pool.used_bytes()
    }

    /// Evaluates at one instant.
    ///
    /// # Errors
    /// The text does not parse, the evaluation is undefined, a limit is passed, or the query was told to stop.
    pub fn instant(&self, request: &Request<'_>) -> Result<Answer, Error> {
        let Request { text, time, lookback, limit, cancel } = *request;
        let common = Common { text, lookback, limit, cancel };
        let expr = prepare(self.parse(text)?, QueryRange { start: time.0, end: time.0, step: 0 })?;
        self.run(&common, Steps::instant(time.0), |ev| result::instant(ev, &expr))
    }

    /// Evaluates at every step of a range.
    ///
    /// # Errors
    /// As [`Engine::instant`]; also when the steps are too many, the end lies before the start, or the expression is
    /// neither scalar nor vector.
    pub fn range(&self, request: &RangeRequest<'_>) -> Result<Answer, Error> {
        let RangeRequest { text, start, end, step, lookback, limit, cancel } = *request;
        let common = Common { text, lookback, limit, cancel };
        let step = duration_millis(step);
        let steps = Steps::range(start.0, end.0, step);
        check_steps(steps, step)?;
        let expr = self.parse(text)?;
        check_range_type(&expr)?;
        let expr = prepare(expr, QueryRange { start: start.0, end: end.0, step })?;
        self.run(&common, steps, |ev| result::range(ev, &expr))
    }

    fn parse(&self, text: &str) -> Result<Expr, Error> {
        if text.len() > limits::QUERY_TEXT_BYTES_MAX {
            let (got, max) = (text.len(), limits::QUERY_TEXT_BYTES_MAX);
            return Err(Error::new(ErrorKind::Invalid, format!("query text has {got} bytes, more than {max}")));
        }
        let options = language::promql::ParseOptions { features: self.config.features };
        language::promql::parse(text, &options).map_err(|error| Error::new(ErrorKind::Invalid, error.to_string()))
    }

    fn run(
        &self,
        common: &Common<'_>,
        steps: Steps,
        evaluate: impl FnOnce(&Evaluator<'_>) -> Result<Value, Error>,
    ) -> Result<Answer, Error> {
        let query = Query {
            metrics: &self.metrics,
            ledger: Ledger::new(Budget::new(Arc::clone(&self.pool)), self.config.samples_max),
            cancel: common.cancel,
            lookback: duration_millis(common.lookback.unwrap_or(self.config.lookback)),
            subquery_step: duration_millis(self.config.subquery_step),
            notes: Notes::default(),
            store_warnings: RefCell::default(),
            samples: Cell::new(0),
            series: Cell::new(0),
            since_check: Cell::new(0),
        };
        let mut value = evaluate(&Evaluator { query: &query, steps })?;
        let (mut warnings, infos) = query.notes.render(common.text);
        warnings.extend(query.store_warnings.take());
        if result::truncate(&mut value, common.limit) {
            warnings.push("results truncated due to limit".to_owned());
        }
        let stats = Stats {
            samples_total: query.samples.get(),
            samples_peak: query.ledger.samples_peak(),
            series: query.series.get(),
            bytes_peak: query.ledger.bytes_peak(),
        };
        Ok(Answer { value, warnings, infos, stats })
    }
}

fn check_steps(steps: Steps, step: i64) -> Result<(), Error> {
    if step <= 0 {
        let text = "zero or negative query resolution step widths are not accepted. Try a positive integer";
        return Err(Error::new(ErrorKind::Invalid, text));
    }
    if steps.count == 0 {
        return Err(Error::new(ErrorKind::Invalid, "end timestamp must not be before start time"));
    }
    if steps.count > limits::STEPS_MAX {
        let text = "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution \
                    (?step=XX)";
        return Err(Error::new(ErrorKind::Invalid, text));
    }
    Ok(())
}

fn check_range_type(expr: &Expr) -> Result<(), Error> {
    let name = match expr.value_type() {
        ValueType::Scalar | ValueType::Vector => return Ok(()),
        ValueType::String => "string",
        ValueType::Matrix => "range vector",
    };
    let text = format!("invalid expression type {name:?} for range query, must be Scalar or instant Vector");
    Err(Error::new(ErrorKind::Invalid, text))
}
