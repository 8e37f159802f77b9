//! How the engines are set up. The defaults are Prometheus's.

use crate::limits;
use language::promql::Features;
use std::time::Duration;

/// The settings of an engine.
#[derive(Clone, Debug)]
pub struct Config {
    /// How far a selector looks back for the newest sample (`--query.lookback-delta`); 5 minutes.
    pub lookback: Duration,
    /// The step of a subquery that names none (`global.evaluation_interval`); 1 minute.
    pub subquery_step: Duration,
    /// Bytes that all queries of the engine may hold together; the newest over it is refused.
    pub memory_bytes: u64,
    /// The most samples that one query may hold.
    pub samples_max: u64,
    /// What is switched on beyond the stable language.
    pub features: Features,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            lookback: Duration::from_secs(300),
            subquery_step: Duration::from_secs(60),
            memory_bytes: 256 << 20,
            samples_max: limits::SAMPLES_MAX,
            features: Features::default(),
        }
    }
}
