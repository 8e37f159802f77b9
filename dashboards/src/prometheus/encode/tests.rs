//! Whole answers as text, for every kind of value.

use super::*;
use model::histogram::{Histogram, Span};
use model::labels::Labels;
use model::time::Millis;
use query::{HistogramPoint, Point, Stats};
use std::sync::Arc;

fn check(value: Value, data: &str) {
    let whole = Answer { value, warnings: Vec::new(), infos: Vec::new(), stats: Stats::default() };
    assert_eq!(
        answer(&whole, None).expect("small").into_string(),
        format!("{{\"status\":\"success\",\"data\":{data}}}")
    );
}

fn histogram() -> Arc<Histogram> {
    Arc::new(Histogram {
        count: 2.0,
        sum: 3.0,
        positive_spans: vec![Span { offset: 1, length: 1 }],
        positive_buckets: vec![2.0],
        ..Histogram::default()
    })
}

fn labels() -> Labels {
    Labels::from_pairs([("__name__", "m"), ("path", "a\"b\n")])
}

#[test]
fn scalars_and_texts() {
    let timestamp = Millis(1_500);
    check(Value::Scalar { timestamp, value: 0.5 }, r#"{"resultType":"scalar","result":[1.500,"0.5"]}"#);
    let value = "a\"b".to_owned();
    check(Value::String { timestamp, value }, r#"{"resultType":"string","result":[1.500,"a\"b"]}"#);
}

#[test]
fn vectors() {
    let sample = |value| VectorSample { labels: labels(), timestamp: Millis(2_000), value };
    let metric = r#"{"metric":{"__name__":"m","path":"a\"b\n"}"#;
    let float = format!(r#"{metric},"value":[2,"NaN"]}}"#);
    let native = format!(r#"{metric},"histogram":[2,{{"count":"2","sum":"3","buckets":[[0,"1","2","2"]]}}]}}"#);
    check(
        Value::Vector(vec![sample(SampleValue::Float(f64::NAN)), sample(SampleValue::Histogram(histogram()))]),
        &format!(r#"{{"resultType":"vector","result":[{float},{native}]}}"#),
    );
    check(Value::Vector(Vec::new()), r#"{"resultType":"vector","result":[]}"#);
}

#[test]
fn matrices_hold_floats_histograms_or_both() {
    let floats = vec![Point { timestamp: Millis(1_000), value: 1.0 }, Point { timestamp: Millis(2_500), value: -0.5 }];
    let histograms = vec![HistogramPoint { timestamp: Millis(3_000), value: histogram() }];
    let values = r#""values":[[1,"1"],[2.500,"-0.5"]]"#;
    let native = r#""histograms":[[3,{"count":"2","sum":"3","buckets":[[0,"1","2","2"]]}]]"#;
    let check = |series: Series, columns: &str| {
        check(
            Value::Matrix(vec![series]),
            &format!(r#"{{"resultType":"matrix","result":[{{"metric":{{}},{columns}}}]}}"#),
        );
    };
    let labels = Labels::empty();
    check(Series { labels: labels.clone(), floats: floats.clone(), histograms: Vec::new() }, values);
    check(Series { labels: labels.clone(), floats: Vec::new(), histograms: histograms.clone() }, native);
    check(Series { labels, floats, histograms }, &format!("{values},{native}"));
}

#[test]
fn notes_stand_after_the_data_and_stats_inside() {
    let whole = Answer {
        value: Value::Vector(Vec::new()),
        warnings: vec!["w".to_owned()],
        infos: vec!["i".to_owned(), "j".to_owned()],
        stats: Stats { samples_total: 7, samples_peak: 3, ..Stats::default() },
    };
    let cost = Cost { queued: Duration::from_millis(500), evaluated: Duration::from_secs(1) };
    let expected = concat!(
        r#"{"status":"success","data":{"resultType":"vector","result":[],"stats":{"timings":{"evalTotalTime":1,"#,
        r#""resultSortTime":0,"queryPreparationTime":0,"innerEvalTime":1,"execQueueTime":0.5,"execTotalTime":1.5},"#,
        r#""samples":{"totalQueryableSamples":7,"peakSamples":3}}},"warnings":["w"],"infos":["i","j"]}"#
    );
    assert_eq!(answer(&whole, Some(cost)).expect("small").into_string(), expected);
}

#[test]
fn an_answer_that_is_too_large_is_refused_before_it_is_written() {
    let check = |sample: VectorSample, count: usize| {
        let value = Value::Vector(vec![sample; count]);
        let whole = Answer { value, warnings: Vec::new(), infos: Vec::new(), stats: Stats::default() };
        let refused = answer(&whole, None).err().map(|refused| refused.kind);
        assert_eq!(refused, Some(ErrorKind::Execution));
    };
    let sample = VectorSample { labels: Labels::empty(), timestamp: Millis(0), value: SampleValue::Float(1.0) };
    check(sample.clone(), ANSWER_BYTES_MAX / (LABELS_BYTES + POINT_BYTES));
    let labels = Labels::from_pairs([("long", "x".repeat(1 << 20))]);
    check(VectorSample { labels, ..sample.clone() }, ANSWER_BYTES_MAX >> 20);
    let wide = model::histogram::Histogram { positive_buckets: vec![1.0; 10_000], ..(*histogram()).clone() };
    check(
        VectorSample { value: SampleValue::Histogram(wide.into()), ..sample },
        ANSWER_BYTES_MAX / 10_000 / BUCKET_BYTES + 1,
    );
}
