//! Executes the commands of a script against a store of their own.
//!
//! An instant eval is run once more as the middle step of a range query, which must give the same.

use super::classify::{self, Loaded, Need};
use super::compare;
use super::script::{Command, Eval, When};
use super::sequence::{Described, Value as Written};
use model::cancel::Cancel;
use model::clock::ManualClock;
use model::sample::SampleValue;
use model::time::Millis;
use query::{Answer, Config, Engine, Error, Features, RangeRequest, Request, Value, VectorSample};
use std::sync::Arc;
use std::time::Duration;
use store::metrics::{AppendSample, AppendValue, Batch, Metrics, Options, SeriesKey};

/// How one eval went.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) line: usize,
    pub(crate) expr: String,
    pub(crate) need: Need,
    /// `None` where it passed.
    pub(crate) failure: Option<String>,
}

struct Environment {
    _folder: tempfile::TempDir,
    metrics: Arc<Metrics>,
    engine: Engine,
    loaded: Loaded,
}

impl Environment {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("temporary folder");
        let mut options = Options::new(store::fs::DataDir::open(folder.path()).expect("data folder"));
        options.retention = Duration::ZERO;
        let clock = Arc::new(ManualClock::new(Millis(4_102_444_800_000)));
        let metrics = Arc::new(Metrics::open(options, clock, Arc::default()).expect("store"));
        let config = Config { features: Features::ALL, ..Config::default() };
        let engine = Engine::new(config, Arc::clone(&metrics));
        Self { _folder: folder, metrics, engine, loaded: Loaded::default() }
    }

    fn load(&mut self, gap: Duration, series: &[Described]) -> Result<(), String> {
        let gap = model::time::duration_millis(gap);
        for (at, described) in series.iter().enumerate() {
            // Of two definitions in one load the later replaces the earlier.
            if series.iter().skip(at + 1).any(|later| later.labels == described.labels && !described.is_start_line) {
                continue;
            }
            if described.is_start_line {
                self.loaded.started.push(described.labels.clone());
                continue;
            }
            if described.has_histograms() {
                self.loaded.native.push(described.labels.clone());
            }
            let times = (0_i64..).map(|at| Millis(at * gap));
            let samples: Vec<AppendSample<'_>> = described
                .values
                .iter()
                .zip(times)
                .filter_map(|(value, timestamp)| {
                    let value = match value {
                        Written::Omitted => return None,
                        Written::Float(value) => AppendValue::Float(*value),
                        Written::Histogram(histogram, _) => AppendValue::Histogram(histogram),
                    };
                    let series = SeriesKey::Raw(described.labels.as_raw());
                    Some(AppendSample { series, timestamp, value, start: None, exemplar: None, metadata: None })
                })
                .collect();
            let verdicts = self.metrics.append(&Batch { samples: &samples }).map_err(|error| error.to_string())?;
            if let Some(refused) = verdicts.iter().find(|verdict| !verdict.is_stored()) {
                return Err(format!("{}: {refused:?}", described.labels));
            }
        }
        Ok(())
    }

    fn query(&self, expr: &str, when: When) -> Result<Answer, Error> {
        let cancel = &Cancel::default();
        match when {
            When::Instant(time) => {
                let time = Millis(time);
                self.engine.instant(&Request { text: expr, time, lookback: None, limit: 0, cancel })
            }
            When::Range { start, end, step } => self.engine.range(&RangeRequest {
                text: expr,
                start: Millis(start),
                end: Millis(end),
                step: Duration::from_millis(step.unsigned_abs()),
                lookback: None,
                limit: 0,
                cancel,
            }),
        }
    }

    fn check(&self, eval: &Eval) -> Result<(), String> {
        let result = self.query(&eval.expr, eval.when);
        if let Some(expected) = &eval.expected.fail {
            return match result {
                Ok(answer) => Err(format!("expected an error, got {:?}", answer.value)),
                Err(error) if expected.matches(&error.to_string()) => Ok(()),
                Err(error) => Err(format!("expected error {expected:?}, got {error}")),
            };
        }
        let answer = result.map_err(|error| error.to_string())?;
        compare::answer(eval, &answer)?;
        self.check_in_range(eval, &answer)
    }

    /// An instant query is the middle step of a range query.
    fn check_in_range(&self, eval: &Eval, answer: &Answer) -> Result<(), String> {
        let When::Instant(time) = eval.when else { return Ok(()) };
        let context = ["start()", "end()", "range()", "step()"].iter().any(|call| eval.expr.contains(call));
        let plain = matches!(answer.value, Value::Scalar { .. } | Value::Vector(_));
        if context || !plain || eval.expected.ordered {
            return Ok(());
        }
        let when = When::Range { start: time - 60_000, end: time + 60_000, step: 60_000 };
        let ranged = self.query(&eval.expr, when).map_err(|error| format!("in a range: {error}"))?;
        let Value::Matrix(series) = ranged.value else { return Err("in a range: no matrix".to_owned()) };
        let samples: Vec<VectorSample> = series
            .into_iter()
            .filter_map(|series| {
                let timestamp = Millis(time);
                let float = series.floats.iter().find(|point| point.timestamp == timestamp);
                let histogram = series.histograms.iter().find(|point| point.timestamp == timestamp);
                let value = match (float, histogram) {
                    (Some(point), _) => SampleValue::Float(point.value),
                    (None, Some(point)) => SampleValue::Histogram(Arc::clone(&point.value)),
                    (None, None) => return None,
                };
                Some(VectorSample { labels: series.labels, timestamp, value })
            })
            .collect();
        let value = match (&answer.value, samples.first().map(|sample| &sample.value)) {
            (Value::Scalar { timestamp, .. }, Some(SampleValue::Float(value))) => {
                Value::Scalar { timestamp: *timestamp, value: *value }
            }
            _ => Value::Vector(samples),
        };
        compare::value(eval, &value).map_err(|failure| format!("in a range: {failure}"))
    }
}

/// Runs a script.
pub(crate) fn run(file: &str, commands: &[Command]) -> Vec<Outcome> {
    let mut environment = Environment::new();
    let mut outcomes = Vec::new();
    for command in commands {
        match command {
            Command::Clear => environment = Environment::new(),
            Command::Load { gap, with_custom_buckets, series } => {
                if let Err(why) = environment.load(*gap, series) {
                    outcomes.push(failed(0, "load", Need::Nothing, why));
                }
                if *with_custom_buckets {
                    let bases = series.iter().map(|series| custom_buckets_base(&series.labels));
                    environment.loaded.native.extend(bases);
                }
            }
            Command::Unknown { line, why } => outcomes.push(failed(*line, "", Need::Nothing, why.clone())),
            Command::Eval(eval) => outcomes.push(Outcome {
                line: eval.line,
                expr: eval.expr.clone(),
                need: classify::need(file, eval, &environment.loaded),
                failure: environment.check(eval).err(),
            }),
        }
    }
    outcomes
}

fn failed(line: usize, expr: &str, need: Need, why: String) -> Outcome {
    Outcome { line, expr: expr.to_owned(), need, failure: Some(why) }
}

/// The series of the native histogram that `load_with_nhcb` would make of a classic one.
fn custom_buckets_base(labels: &model::labels::Labels) -> model::labels::Labels {
    let name = labels.metric_name();
    let base = ["_bucket", "_count", "_sum"].iter().find_map(|suffix| name.strip_suffix(suffix)).unwrap_or(name);
    let mut builder = labels.to_builder();
    builder.set(model::labels::METRIC_NAME, base).delete(model::labels::BUCKET_LABEL);
    builder.build()
}
