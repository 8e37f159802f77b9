//! Native histograms as the API writes them: count, sum, and the buckets that hold something.

use crate::json::Json;
use model::histogram::{CUSTOM_BUCKETS_SCHEMA, Histogram, Span};

/// Which bounds belong to a bucket, as the API numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bounds {
    /// The upper one.
    OpenLeft = 0,
    /// The lower one.
    OpenRight = 1,
    /// Both.
    Closed = 3,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Bucket {
    bounds: Bounds,
    lower: f64,
    upper: f64,
    count: f64,
}

/// Writes `{"count":"5","sum":"18.4","buckets":[[0,"1","2","5"]]}`; `buckets` is absent when none holds anything.
pub(super) fn write(json: &mut Json, histogram: &Histogram) {
    json.raw("{\"count\":").value(histogram.count).raw(",\"sum\":").value(histogram.sum);
    let mut filled = buckets(histogram).filter(|bucket| bucket.count != 0.0).peekable();
    if filled.peek().is_some() {
        json.raw(",\"buckets\":").array(filled, |json, bucket| {
            json.raw("[").digits(bucket.bounds as u64).raw(",").value(bucket.lower).raw(",").value(bucket.upper);
            json.raw(",").value(bucket.count).raw("]");
        });
    }
    json.raw("}");
}

/// All buckets, from the lowest to the highest.
fn buckets(histogram: &Histogram) -> impl Iterator<Item = Bucket> {
    let negative: Vec<Bucket> = indexes(&histogram.negative_spans)
        .zip(&histogram.negative_buckets)
        .map(|(index, count)| Bucket {
            bounds: Bounds::OpenRight,
            lower: -exponential_bound(index, histogram.schema),
            upper: -exponential_bound(index.saturating_sub(1), histogram.schema),
            count: *count,
        })
        .collect();
    let zero = Bucket {
        bounds: Bounds::Closed,
        lower: -histogram.zero_threshold,
        upper: histogram.zero_threshold,
        count: histogram.zero_count,
    };
    let positive = indexes(&histogram.positive_spans)
        .zip(&histogram.positive_buckets)
        .map(|(index, count)| positive_bucket(histogram, index, *count));
    negative.into_iter().rev().chain(std::iter::once(zero)).chain(positive)
}

fn positive_bucket(histogram: &Histogram, index: i32, count: f64) -> Bucket {
    if histogram.schema != CUSTOM_BUCKETS_SCHEMA {
        let lower = exponential_bound(index.saturating_sub(1), histogram.schema);
        let upper = exponential_bound(index, histogram.schema);
        return Bucket { bounds: Bounds::OpenLeft, lower, upper, count };
    }
    // The bucket below the first custom bound has no lower end, the one above the last no upper.
    let bound = |index: i32| usize::try_from(index).ok().and_then(|index| histogram.custom_values.get(index)).copied();
    let lower = if index == 0 { f64::NEG_INFINITY } else { bound(index - 1).unwrap_or(f64::INFINITY) };
    let bounds = if index == 0 { Bounds::Closed } else { Bounds::OpenLeft };
    Bucket { bounds, lower, upper: bound(index).unwrap_or(f64::INFINITY), count }
}

/// The bucket indexes that the spans name.
fn indexes(spans: &[Span]) -> impl Iterator<Item = i32> {
    let mut next = 0_i32;
    spans.iter().flat_map(move |span| {
        let first = next.saturating_add(span.offset);
        next = first.saturating_add_unsigned(span.length);
        first..next
    })
}

/// The upper bound of an exponential bucket: 2^(index * 2^-schema).
fn exponential_bound(index: i32, schema: i32) -> f64 {
    let exponent = f64::from(index) * f64::from(-schema).exp2();
    // The bucket that ends at 2^1024 ends at the largest float instead.
    if exponent == 1024.0 { f64::MAX } else { exponent.exp2() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(histogram: &Histogram, expected: &str) {
        let mut json = Json::new();
        write(&mut json, histogram);
        assert_eq!(json.into_string(), expected);
    }

    #[test]
    fn buckets_stand_from_the_lowest_to_the_highest() {
        let histogram = Histogram {
            schema: 0,
            zero_threshold: 0.001,
            zero_count: 2.0,
            count: 10.0,
            sum: 18.4,
            positive_spans: vec![Span { offset: 0, length: 2 }, Span { offset: 1, length: 2 }],
            positive_buckets: vec![1.0, 2.0, 0.0, 1.0],
            negative_spans: vec![Span { offset: 1, length: 2 }],
            negative_buckets: vec![3.0, 1.5],
            ..Histogram::default()
        };
        check(
            &histogram,
            concat!(
                r#"{"count":"10","sum":"18.4","buckets":[[1,"-4","-2","1.5"],[1,"-2","-1","3"],"#,
                r#"[3,"-0.001","0.001","2"],[0,"0.5","1","1"],[0,"1","2","2"],[0,"8","16","1"]]}"#
            ),
        );
    }

    #[test]
    fn an_empty_histogram_has_no_buckets() {
        check(&Histogram::default(), r#"{"count":"0","sum":"0"}"#);
    }

    #[test]
    fn custom_bounds_are_open_at_both_ends() {
        let histogram = Histogram {
            schema: CUSTOM_BUCKETS_SCHEMA,
            count: 3.0,
            sum: 4.0,
            positive_spans: vec![Span { offset: 0, length: 3 }],
            positive_buckets: vec![1.0, 1.0, 1.0],
            custom_values: vec![0.5, 1.0],
            ..Histogram::default()
        };
        check(
            &histogram,
            concat!(
                r#"{"count":"3","sum":"4","buckets":[[3,"-Inf","0.5","1"],[0,"0.5","1","1"],"#,
                r#"[0,"1","+Inf","1"]]}"#
            ),
        );
    }

    #[test]
    fn bounds_are_exact_powers() {
        let check = |index: i32, schema: i32, expected: f64| {
            let bound = exponential_bound(index, schema);
            assert!((bound - expected).abs() <= f64::EPSILON * expected, "{index} {schema}: {bound}");
        };
        check(1, 0, 2.0);
        check(-1, 0, 0.5);
        check(8, 3, 2.0);
        check(1, 1, std::f64::consts::SQRT_2);
        check(1, -2, 16.0);
        check(1024, 0, f64::MAX);
    }
}
