//! Answers as Loki's JSON.
//!
//! Invariant: `resultType` and `encodingFlags` stand before `result`: Grafana reads the answer as a stream, and decides
//! by them how many elements a line has.

mod lines;
mod stats;

pub(super) use lines::{Shape, Stream, group, write_stream};
pub(super) use stats::{Took, write as write_stats};

use crate::error::{ErrorKind, Failure};
use crate::json::Json;
use crate::limits::ANSWER_BYTES_MAX;
use model::labels::Labels;
use query::Point;
use query::logql::{LogAnswer, LogSeries, LogValue, LogVectorSample};

/// Bytes that a point takes in the answer, about; the buffer starts with as many as it will need.
const POINT_BYTES: usize = 32;
/// Bytes that a label set takes in the answer beside its texts, about.
const LABELS_BYTES: usize = 64;
/// Bytes that stand around every answer.
const FRAME_BYTES: usize = 4 << 10;

/// What stands around a listing.
pub(super) fn success(warnings: &[String], write_data: impl FnOnce(&mut Json)) -> Json {
    let mut json = Json::with_capacity(256);
    begin(&mut json, warnings);
    write_data(&mut json);
    json.raw("}");
    json
}

/// The answer of a query.
///
/// # Errors
/// It would be larger than [`ANSWER_BYTES_MAX`].
pub(super) fn answer(answer: &LogAnswer, shape: Shape, took: Took) -> Result<Json, Failure> {
    let bytes = expected_bytes(&answer.value) + FRAME_BYTES;
    refuse_large(bytes)?;
    let mut json = Json::with_capacity(bytes);
    begin(&mut json, &answer.warnings);
    json.raw("{\"resultType\":\"").raw(result_type(&answer.value)).raw("\",");
    json.raw(shape.flags()).raw("\"result\":");
    match &answer.value {
        LogValue::Lines(lines) => lines::write(&mut json, lines, shape),
        LogValue::Scalar(point) => write_point(&mut json, point),
        LogValue::Vector(samples) => _ = json.array(samples, write_sample),
        LogValue::Matrix(series) => _ = json.array(series, write_series),
    }
    json.raw(",\"stats\":");
    stats::write(&mut json, &answer.stats, took);
    json.raw("}}");
    Ok(json)
}

fn begin(json: &mut Json, warnings: &[String]) {
    json.raw("{\"status\":\"success\",");
    if !warnings.is_empty() {
        json.raw("\"warnings\":").texts(warnings).raw(",");
    }
    json.raw("\"data\":");
}

/// Refuses an answer of about this many bytes if that is more than [`ANSWER_BYTES_MAX`].
pub(super) fn refuse_large(bytes: usize) -> Result<(), Failure> {
    if bytes <= ANSWER_BYTES_MAX {
        return Ok(());
    }
    let what = format!(
        "the answer takes about {bytes} bytes, at most {ANSWER_BYTES_MAX}: ask for fewer lines or series, or a longer step"
    );
    Err(Failure::new(ErrorKind::Execution, what))
}

/// Bytes that a label set takes in the answer, about: its texts, what quotes them and the braces.
pub(super) fn labels_bytes(labels: &Labels) -> usize {
    LABELS_BYTES + labels.as_raw().len() * 5 / 4
}

fn expected_bytes(value: &LogValue) -> usize {
    match value {
        LogValue::Lines(lines) => lines::expected_bytes(lines),
        LogValue::Scalar(_) => POINT_BYTES,
        LogValue::Vector(samples) => samples.iter().map(|sample| labels_bytes(&sample.labels) + POINT_BYTES).sum(),
        LogValue::Matrix(series) => {
            series.iter().map(|series| labels_bytes(&series.labels) + series.points.len() * POINT_BYTES).sum()
        }
    }
}

fn result_type(value: &LogValue) -> &'static str {
    match value {
        LogValue::Lines(_) => "streams",
        LogValue::Scalar(_) => "scalar",
        LogValue::Vector(_) => "vector",
        LogValue::Matrix(_) => "matrix",
    }
}

fn write_point(json: &mut Json, point: &Point) {
    json.raw("[").seconds(point.timestamp).raw(",").plain_value(point.value).raw("]");
}

fn write_sample(json: &mut Json, sample: &LogVectorSample) {
    json.raw("{\"metric\":").labels(&sample.labels).raw(",\"value\":");
    write_point(json, &sample.point);
    json.raw("}");
}

fn write_series(json: &mut Json, series: &LogSeries) {
    json.raw("{\"metric\":").labels(&series.labels).raw(",\"values\":").array(&series.points, write_point).raw("}");
}

#[cfg(test)]
mod tests;
