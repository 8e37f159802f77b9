//! The PromQL engine.

use crate::{Answer, Config, Error, RangeRequest, Request};

/// Evaluates PromQL over the metrics store. Shared by all queries; holds no state between them but the memory pool.
#[derive(Debug)]
pub struct Engine {
    config: Config,
}

impl Engine {
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
        Err(Error::execution("the engine has no store"))
    }

    /// Evaluates at every step of a range.
    ///
    /// # Errors
    /// As [`Engine::instant`]; also when the steps are too many.
    pub fn range(&self, request: &RangeRequest<'_>) -> Result<Answer, Error> {
        request.cancel.check()?;
        Err(Error::execution("the engine has no store"))
    }
}
