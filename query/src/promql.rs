//! The PromQL engine.

use std::sync::Arc;

use crate::{Answer, Config, Error, RangeRequest, Request};

/// Evaluates PromQL over the metrics store. Shared by all queries; holds no state between them but the memory pool.
#[derive(Debug)]
pub struct Engine {
    config: Config,
    store: Arc<store::metrics::Metrics>,
}

impl Engine {
    /// An engine over that store.
    pub fn new(config: Config, store: Arc<store::metrics::Metrics>) -> Self {
        Self { config, store }
    }

    /// The settings that it runs with.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Evaluates at one instant.
    ///
    /// # Errors
    /// The text does not parse, the evaluation is undefined, a limit is passed, or the query was told to stop.
    pub fn instant(&self, request: &Request<'_>) -> Result<Answer, Error> {
        request.cancel.check()?;
        Err(Error::execution(format!(
            "the engine cannot evaluate yet, store holds {} series",
            self.store.statistics().series
        )))
    }

    /// Evaluates at every step of a range.
    ///
    /// # Errors
    /// As [`Engine::instant`]; also when the steps are too many.
    pub fn range(&self, request: &RangeRequest<'_>) -> Result<Answer, Error> {
        request.cancel.check()?;
        Err(Error::execution(format!(
            "the engine cannot evaluate yet, store holds {} series",
            self.store.statistics().series
        )))
    }
}
