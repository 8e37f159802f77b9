//! Answers as Prometheus's JSON.
//!
//! Invariant: keys stand in Prometheus's order: `resultType` before `result`, `status`, `data`, `warnings`, `infos`.

mod histogram;

use crate::error::{ErrorKind, Failure};
use crate::json::Json;
use crate::limits::ANSWER_BYTES_MAX;
use model::histogram::Histogram;
use model::labels::Labels;
use model::sample::SampleValue;
use query::{Answer, Series, Value, VectorSample};
use std::time::Duration;

/// Bytes that a point takes in the answer, about; the buffer starts with as many as it will need.
const POINT_BYTES: usize = 32;
/// Bytes that a native histogram takes in the answer without its buckets, about.
const HISTOGRAM_BYTES: usize = 128;
/// Bytes that a bucket takes in the answer, about.
const BUCKET_BYTES: usize = 64;
/// Bytes that a label set takes in the answer beside its texts, about.
const LABELS_BYTES: usize = 64;

/// How long a query took, shown when `stats` is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cost {
    /// From the request to the first work on it.
    pub(super) queued: Duration,
    /// The evaluation.
    pub(super) evaluated: Duration,
}

/// What stands around every successful answer.
pub(super) fn success(write_data: impl FnOnce(&mut Json)) -> Json {
    annotated(Json::with_capacity(256), &[], &[], write_data)
}

/// The same with what the user should be told.
pub(super) fn success_with(warnings: &[String], write_data: impl FnOnce(&mut Json)) -> Json {
    annotated(Json::with_capacity(256), warnings, &[], write_data)
}

fn annotated(mut json: Json, warnings: &[String], infos: &[String], write_data: impl FnOnce(&mut Json)) -> Json {
    json.raw("{\"status\":\"success\",\"data\":");
    write_data(&mut json);
    if !warnings.is_empty() {
        json.raw(",\"warnings\":").texts(warnings);
    }
    if !infos.is_empty() {
        json.raw(",\"infos\":").texts(infos);
    }
    json.raw("}");
    json
}

/// The answer of a query.
///
/// # Errors
/// It would be larger than [`ANSWER_BYTES_MAX`].
pub(super) fn answer(answer: &Answer, cost: Option<Cost>) -> Result<Json, Failure> {
    let bytes = expected_bytes(&answer.value);
    refuse_large(bytes)?;
    Ok(write_answer(Json::with_capacity(bytes), answer, cost))
}

/// Refuses an answer of about this many bytes if that is more than [`ANSWER_BYTES_MAX`].
pub(super) fn refuse_large(bytes: usize) -> Result<(), Failure> {
    if bytes <= ANSWER_BYTES_MAX {
        return Ok(());
    }
    let what = format!(
        "the answer takes about {bytes} bytes, at most {ANSWER_BYTES_MAX}: ask for fewer series or a longer step"
    );
    Err(Failure::new(ErrorKind::Execution, what))
}

fn write_answer(buffer: Json, answer: &Answer, cost: Option<Cost>) -> Json {
    annotated(buffer, &answer.warnings, &answer.infos, |json| {
        json.raw("{\"resultType\":\"").raw(result_type(&answer.value)).raw("\",\"result\":");
        write_value(json, &answer.value);
        if let Some(cost) = cost {
            write_stats(json, answer, cost);
        }
        json.raw("}");
    })
}

fn expected_bytes(value: &Value) -> usize {
    let body = match value {
        Value::Scalar { .. } => 0,
        Value::String { value, .. } => value.len(),
        Value::Vector(samples) => {
            samples.iter().map(|sample| labels_bytes(&sample.labels) + sample_bytes(sample)).sum()
        }
        Value::Matrix(series) => {
            let points = |series: &Series| {
                let histograms = series.histograms.iter().map(|point| histogram_bytes(&point.value));
                series.floats.len() * POINT_BYTES + histograms.sum::<usize>()
            };
            series.iter().map(|series| labels_bytes(&series.labels) + points(series)).sum()
        }
    };
    body + 256
}

/// Bytes that a label set takes in the answer, about: its texts, what quotes them and the braces.
pub(super) fn labels_bytes(labels: &Labels) -> usize {
    LABELS_BYTES + labels.as_raw().len() * 5 / 4
}

fn sample_bytes(sample: &VectorSample) -> usize {
    match &sample.value {
        SampleValue::Float(_) => POINT_BYTES,
        SampleValue::Histogram(histogram) => histogram_bytes(histogram),
    }
}

fn histogram_bytes(histogram: &Histogram) -> usize {
    let buckets = histogram.positive_buckets.len() + histogram.negative_buckets.len() + 1;
    HISTOGRAM_BYTES + buckets * BUCKET_BYTES
}

fn result_type(value: &Value) -> &'static str {
    match value {
        Value::Scalar { .. } => "scalar",
        Value::String { .. } => "string",
        Value::Vector(_) => "vector",
        Value::Matrix(_) => "matrix",
    }
}

fn write_value(json: &mut Json, value: &Value) {
    match value {
        Value::Scalar { timestamp, value } => {
            json.raw("[").seconds(*timestamp).raw(",").value(*value).raw("]");
        }
        Value::String { timestamp, value } => {
            json.raw("[").seconds(*timestamp).raw(",").text(value).raw("]");
        }
        Value::Vector(samples) => {
            json.array(samples, write_sample);
        }
        Value::Matrix(series) => {
            json.array(series, write_series);
        }
    }
}

fn write_sample(json: &mut Json, sample: &VectorSample) {
    json.raw("{\"metric\":").labels(&sample.labels);
    match &sample.value {
        SampleValue::Float(value) => {
            json.raw(",\"value\":[").seconds(sample.timestamp).raw(",").value(*value);
        }
        SampleValue::Histogram(value) => {
            json.raw(",\"histogram\":[").seconds(sample.timestamp).raw(",");
            histogram::write(json, value);
        }
    }
    json.raw("]}");
}

fn write_series(json: &mut Json, series: &Series) {
    json.raw("{\"metric\":").labels(&series.labels);
    // A series without any point still shows `values`, as its readers expect one of the two.
    if !series.floats.is_empty() || series.histograms.is_empty() {
        json.raw(",\"values\":").array(&series.floats, |json, point| {
            json.raw("[").seconds(point.timestamp).raw(",").value(point.value).raw("]");
        });
    }
    if !series.histograms.is_empty() {
        json.raw(",\"histograms\":").array(&series.histograms, |json, point| {
            json.raw("[").seconds(point.timestamp).raw(",");
            histogram::write(json, &point.value);
            json.raw("]");
        });
    }
    json.raw("}");
}

fn write_stats(json: &mut Json, answer: &Answer, cost: Cost) {
    let (queued, evaluated) = (cost.queued.as_secs_f64(), cost.evaluated.as_secs_f64());
    json.raw(",\"stats\":{\"timings\":{\"evalTotalTime\":").number(evaluated);
    // Our engine sorts and prepares as it evaluates, so these have no time of their own.
    json.raw(",\"resultSortTime\":0,\"queryPreparationTime\":0,\"innerEvalTime\":").number(evaluated);
    json.raw(",\"execQueueTime\":").number(queued).raw(",\"execTotalTime\":").number(queued + evaluated);
    json.raw("},\"samples\":{\"totalQueryableSamples\":").digits(answer.stats.samples_total);
    json.raw(",\"peakSamples\":").digits(answer.stats.samples_peak).raw("}}");
}

#[cfg(test)]
mod tests;
