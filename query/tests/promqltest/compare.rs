//! Compares an answer with what a script expects.

use super::script::{Eval, When};
use super::sequence::{Described, Value as Expected};
use model::histogram::Histogram;
use model::sample::SampleValue;
use query::{Answer, Series, Value, VectorSample};

/// Values may differ by this much, relatively.
const TOLERANCE: f64 = 1e-6;

/// Checks annotations and values.
pub(crate) fn answer(eval: &Eval, answer: &Answer) -> Result<(), String> {
    let expected = &eval.expected;
    notes("warning", &expected.warns, expected.no_warn, &answer.warnings)?;
    notes("info", &expected.infos, expected.no_info, &answer.infos)?;
    value(eval, &answer.value)
}

fn notes(kind: &str, wanted: &[super::script::Text], none: bool, found: &[String]) -> Result<(), String> {
    if none && !found.is_empty() {
        return Err(format!("expected no {kind}, got {found:?}"));
    }
    if let Some(missing) = wanted.iter().find(|text| !found.iter().any(|found| text.matches(found))) {
        return Err(format!("expected {kind} {missing:?}, got {found:?}"));
    }
    let unexpected = found.iter().find(|found| !wanted.is_empty() && !wanted.iter().any(|text| text.matches(found)));
    unexpected.map_or(Ok(()), |found| Err(format!("unexpected {kind} {found:?}")))
}

/// Checks a value.
pub(crate) fn value(eval: &Eval, value: &Value) -> Result<(), String> {
    let expected = &eval.expected;
    match value {
        Value::Scalar { value, .. } => match expected.scalar {
            Some(scalar) if almost_equal(scalar, *value) => Ok(()),
            other => Err(format!("expected {other:?}, got scalar {value}")),
        },
        Value::String { value, .. } => match &expected.string {
            Some(text) if text == value => Ok(()),
            other => Err(format!("expected {other:?}, got string {value:?}")),
        },
        _ if expected.scalar.is_some() => Err(format!("expected a scalar, got {value:?}")),
        Value::Vector(samples) => vector(&expected.series, expected.ordered, samples),
        Value::Matrix(series) => matrix(eval, series),
    }
}

fn vector(expected: &[Described], ordered: bool, samples: &[VectorSample]) -> Result<(), String> {
    for (position, sample) in samples.iter().enumerate() {
        // The last definition of a series wins, as later lines overwrite earlier ones.
        let Some(at) = expected.iter().rposition(|series| series.labels == sample.labels) else {
            return Err(format!("unexpected {} with {:?}", sample.labels, sample.value));
        };
        if ordered && at != position {
            return Err(format!("expected {} at position {at}, got it at {position}", sample.labels));
        }
        let same = match (expected[at].values.first(), &sample.value) {
            (Some(Expected::Float(expected)), SampleValue::Float(found)) => almost_equal(*expected, *found),
            (Some(Expected::Histogram(expected, hinted)), SampleValue::Histogram(found)) => {
                same_histogram(expected, found, *hinted)
            }
            _ => false,
        };
        if !same {
            return Err(format!(
                "expected {:?} for {}, got {:?}",
                expected[at].values.first(),
                sample.labels,
                sample.value
            ));
        }
    }
    match expected.iter().find(|series| !samples.iter().any(|sample| sample.labels == series.labels)) {
        Some(missing) => Err(format!("expected {} with {:?}, not found", missing.labels, missing.values)),
        None => Ok(()),
    }
}

fn matrix(eval: &Eval, found: &[Series]) -> Result<(), String> {
    if found.windows(2).any(|pair| pair[0].labels >= pair[1].labels) {
        return Err("series are not ordered by labels".to_owned());
    }
    let (start, step) = match (eval.expected.range_vector, eval.when) {
        (Some((start, _, step)), _) | (None, When::Range { start, step, .. }) => (start, step),
        (None, When::Instant(time)) => (time, 0),
    };
    for series in found {
        let Some(expected) = eval.expected.series.iter().rfind(|expected| expected.labels == series.labels) else {
            return Err(format!("unexpected {} with {:?} {:?}", series.labels, series.floats, series.histograms));
        };
        points(expected, series, start, step)?;
    }
    match eval.expected.series.iter().find(|expected| !found.iter().any(|series| series.labels == expected.labels)) {
        Some(missing) => Err(format!("expected {} with {:?}, not found", missing.labels, missing.values)),
        None => Ok(()),
    }
}

fn points(expected: &Described, found: &Series, start: i64, step: i64) -> Result<(), String> {
    let mut floats = found.floats.iter();
    let mut histograms = found.histograms.iter();
    for (value, time) in expected.values.iter().zip((0_i64..).map(|at| start + at * step)) {
        let fits = match value {
            Expected::Omitted => true,
            Expected::Float(expected) => {
                floats.next().is_some_and(|point| point.timestamp.0 == time && almost_equal(*expected, point.value))
            }
            Expected::Histogram(expected, hinted) => histograms
                .next()
                .is_some_and(|point| point.timestamp.0 == time && same_histogram(expected, &point.value, *hinted)),
        };
        if !fits {
            return Err(format!(
                "expected {value:?} for {} at {time}, got {:?} {:?}",
                found.labels, found.floats, found.histograms
            ));
        }
    }
    if floats.next().is_some() || histograms.next().is_some() {
        return Err(format!("more points than expected for {}: {:?}", found.labels, found.floats));
    }
    Ok(())
}

/// Equal within the tolerance; NaN equals NaN.
pub(crate) fn almost_equal(left: f64, right: f64) -> bool {
    if left == right || (left.is_nan() && right.is_nan()) {
        return true;
    }
    let sum = left.abs() + right.abs();
    let difference = (left - right).abs();
    if left == 0.0 || right == 0.0 || sum < f64::MIN_POSITIVE {
        return difference < TOLERANCE * f64::MIN_POSITIVE;
    }
    difference / sum.min(f64::MAX) < TOLERANCE
}

fn same_histogram(expected: &Histogram, found: &Histogram, hinted: bool) -> bool {
    let buckets = |spans: &[model::histogram::Span], counts: &[f64]| {
        let mut index = 0;
        let mut all = Vec::new();
        let mut counts = counts.iter();
        for span in spans {
            index += span.offset;
            for _ in 0..span.length {
                all.push((index, counts.next().copied().unwrap_or(f64::NAN)));
                index += 1;
            }
        }
        all.retain(|(_, count)| *count != 0.0);
        all
    };
    let same = |left: Vec<(i32, f64)>, right: Vec<(i32, f64)>| {
        left.len() == right.len()
            && left.iter().zip(&right).all(|(left, right)| left.0 == right.0 && almost_equal(left.1, right.1))
    };
    expected.schema == found.schema
        && almost_equal(expected.count, found.count)
        && almost_equal(expected.sum, found.sum)
        && almost_equal(expected.zero_threshold, found.zero_threshold)
        && almost_equal(expected.zero_count, found.zero_count)
        && expected.custom_values == found.custom_values
        && same(
            buckets(&expected.positive_spans, &expected.positive_buckets),
            buckets(&found.positive_spans, &found.positive_buckets),
        )
        && same(
            buckets(&expected.negative_spans, &expected.negative_buckets),
            buckets(&found.negative_spans, &found.negative_buckets),
        )
        && (!hinted || expected.reset_hint == found.reset_hint)
}
