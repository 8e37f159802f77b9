//! The LogQL engine: from text to lines or samples, over the log store.
//!
//! Invariant: what the syntax knows and the engine does not is refused by name, never answered wrongly. The engine
//! holds nothing between queries but the pool of memory that all queries share.

mod answer;
mod request;

pub use answer::{LogAnswer, LogLine, LogSeries, LogStats, LogValue, LogVectorSample};
pub use request::{LogRangeRequest, LogRequest};

use crate::{Config, Error, ErrorKind};
use model::budget::Pool;
use std::sync::Arc;
use store::logs::Logs;

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

    /// The store that it asks.
    pub fn logs(&self) -> &Arc<Logs> {
        &self.logs
    }

    /// Evaluates at one instant; only metric queries, `vector()` and literals.
    ///
    /// # Errors
    /// The text does not parse, is a log query or not supported, a limit is passed, or the query was told to stop.
    pub fn instant(&self, request: &LogRequest<'_>) -> Result<LogAnswer, Error> {
        self.unsupported(request.text)
    }

    /// Lines of a range, or samples at every step of it.
    ///
    /// # Errors
    /// As [`LogEngine::instant`].
    pub fn range(&self, request: &LogRangeRequest<'_>) -> Result<LogAnswer, Error> {
        self.unsupported(request.text)
    }

    fn unsupported(&self, text: &str) -> Result<LogAnswer, Error> {
        let _ = (&self.config, &self.pool);
        Err(Error::new(ErrorKind::Invalid, format!("not supported yet: {text}")))
    }
}
