//! Asking the engines what a rule's expression finds.
//!
//! Invariant: one instant query per question; whatever the language, the answer is series with values.

use crate::config::rules::Language;
use model::cancel::Cancel;
use model::labels::Labels;
use model::sample::SampleValue;
use model::time::Millis;
use query::logql::{LogRequest, LogValue};
use query::{Engine, LogEngine, Request, Value};
use std::sync::Arc;

/// The engines of both languages.
#[derive(Clone, Debug)]
pub struct Engines {
    /// Evaluates PromQL.
    pub metrics: Arc<Engine>,
    /// Evaluates LogQL.
    pub logs: Arc<LogEngine>,
}

/// One series that was found.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Element {
    pub(crate) labels: Labels,
    pub(crate) value: SampleValue,
}

impl Element {
    /// Its value as alerts have it; a native histogram has none, as in Prometheus.
    pub(crate) fn float(&self) -> f64 {
        match &self.value {
            SampleValue::Float(value) => *value,
            SampleValue::Histogram(_) => 0.0,
        }
    }
}

const NO_VECTOR: &str = "rule result is not a vector or scalar";

impl Engines {
    /// What the expression finds at a time.
    pub(crate) fn ask(
        &self,
        language: Language,
        text: &str,
        at: Millis,
        cancel: &Cancel,
    ) -> Result<Vec<Element>, String> {
        match language {
            Language::PromQl => self.ask_metrics(text, at, cancel),
            Language::LogQl => self.ask_logs(text, at, cancel),
        }
    }

    fn ask_metrics(&self, text: &str, time: Millis, cancel: &Cancel) -> Result<Vec<Element>, String> {
        let request = Request { text, time, lookback: None, limit: 0, cancel };
        match self.metrics.instant(&request).map_err(|error| error.to_string())?.value {
            Value::Vector(samples) => {
                Ok(samples.into_iter().map(|s| Element { labels: s.labels, value: s.value }).collect())
            }
            Value::Scalar { value, .. } => Ok(vec![without_labels(value)]),
            Value::String { .. } | Value::Matrix(_) => Err(NO_VECTOR.to_owned()),
        }
    }

    fn ask_logs(&self, text: &str, time: Millis, cancel: &Cancel) -> Result<Vec<Element>, String> {
        let request = LogRequest { text, time: time.into(), cancel };
        match self.logs.instant(&request).map_err(|error| error.to_string())?.value {
            LogValue::Vector(samples) => {
                let element = |sample: query::logql::LogVectorSample| Element {
                    labels: sample.labels,
                    value: SampleValue::Float(sample.point.value),
                };
                Ok(samples.into_iter().map(element).collect())
            }
            LogValue::Scalar(point) => Ok(vec![without_labels(point.value)]),
            LogValue::Lines(_) | LogValue::Matrix(_) => Err(NO_VECTOR.to_owned()),
        }
    }
}

fn without_labels(value: f64) -> Element {
    Element { labels: Labels::empty(), value: SampleValue::Float(value) }
}
