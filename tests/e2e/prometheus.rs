//! Questions in Prometheus's HTTP API and their answers as plain values.
//!
//! Invariant: an answer of any other shape than expected is an error that shows it.

use crate::daemon::Belfry;
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::collections::BTreeMap;

/// Labels of one series.
pub(crate) type Labels = BTreeMap<String, String>;

/// One series of a range: its labels and its samples (milliseconds, value).
pub(crate) type Series = (Labels, Vec<(i64, f64)>);

/// A target as `/api/v1/targets` shows it.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// `up`, `down` or `unknown`.
    pub(crate) health: String,
    /// Empty when the last scrape went well.
    pub(crate) last_error: String,
}

impl Belfry {
    /// The vector of an instant query, now.
    pub(crate) fn instant(&self, query: &str) -> Result<Vec<(Labels, f64)>> {
        let result = self.result("/api/v1/query", &[("query", query)])?;
        list(&result)?.iter().map(|series| Ok((labels(&series["metric"])?, sample(&series["value"])?.1))).collect()
    }

    /// The only value of an instant query.
    pub(crate) fn value(&self, query: &str) -> Result<f64> {
        let vector = self.instant(query)?;
        ensure!(vector.len() == 1, "{query}: {} series, expected one: {vector:?}", vector.len());
        Ok(vector[0].1)
    }

    /// The raw samples of a range selector, now.
    pub(crate) fn samples(&self, selector: &str) -> Result<Vec<Series>> {
        let result = self.result("/api/v1/query", &[("query", selector)])?;
        let mut found = Vec::new();
        for series in list(&result)? {
            let samples = list(&series["values"])?.iter().map(sample).collect::<Result<_>>()?;
            found.push((labels(&series["metric"])?, samples));
        }
        Ok(found)
    }

    /// The targets of a job by their instance.
    pub(crate) fn targets(&self, job: &str) -> Result<BTreeMap<String, Target>> {
        let answer = self.get("/api/v1/targets")?.json()?;
        let mut found = BTreeMap::new();
        for target in list(&answer["data"]["activeTargets"])? {
            let labels = labels(&target["labels"])?;
            if labels.get("job").is_some_and(|name| name == job) {
                let text = |name: &str| target[name].as_str().unwrap_or_default().to_owned();
                let instance = labels.get("instance").cloned().unwrap_or_default();
                found.insert(instance, Target { health: text("health"), last_error: text("lastError") });
            }
        }
        Ok(found)
    }

    fn result(&self, path: &str, form: &[(&str, &str)]) -> Result<Value> {
        let answer = self.post(path, form)?;
        let json = answer.json()?;
        ensure!(answer.status == 200 && json["status"] == "success", "{form:?}: status {}, {json}", answer.status);
        Ok(json["data"]["result"].clone())
    }
}

/// The elements of a JSON array.
pub(crate) fn list(value: &Value) -> Result<&Vec<Value>> {
    value.as_array().with_context(|| format!("expected a list, got {value}"))
}

/// A JSON object of texts.
pub(crate) fn labels(value: &Value) -> Result<Labels> {
    let object = value.as_object().with_context(|| format!("expected labels, got {value}"))?;
    let text = |value: &Value| value.as_str().map(str::to_owned).with_context(|| format!("label value {value}"));
    object.iter().map(|(name, value)| Ok((name.clone(), text(value)?))).collect()
}

/// `[seconds, "value"]` as milliseconds and value.
pub(crate) fn sample(pair: &Value) -> Result<(i64, f64)> {
    let seconds = pair[0].as_f64().with_context(|| format!("expected [time, value], got {pair}"))?;
    let text = pair[1].as_str().with_context(|| format!("expected [time, value], got {pair}"))?;
    let value = match text {
        "+Inf" => f64::INFINITY,
        "-Inf" => f64::NEG_INFINITY,
        text => text.parse().with_context(|| format!("value {text:?}"))?,
    };
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds since the epoch fit both")]
    Ok(((seconds * 1e3).round() as i64, value))
}
