//! Requests are built by a hand encoder; the store is a double that keeps what it is given.

use super::*;
use model::histogram::{ResetHint, Span};
use model::labels::Labels;
use model::metadata::{Metadata, MetricKind};
use std::cell::RefCell;
use std::collections::HashMap;
use store::metrics::{AppendValue, SeriesKey, SeriesRef};

/// Appends protobuf fields.
#[derive(Default, Clone)]
struct Encoder(Vec<u8>);

impl Encoder {
    fn varint(mut self, number: u64, value: u64) -> Self {
        self.raw_varint(number << 3);
        self.raw_varint(value);
        self
    }

    fn double(mut self, number: u64, value: f64) -> Self {
        self.raw_varint(number << 3 | 1);
        self.0.extend(value.to_bits().to_le_bytes());
        self
    }

    fn bytes(mut self, number: u64, value: impl AsRef<[u8]>) -> Self {
        self.raw_varint(number << 3 | 2);
        self.raw_varint(value.as_ref().len() as u64);
        self.0.extend(value.as_ref());
        self
    }

    fn message(self, number: u64, message: Encoder) -> Self {
        self.bytes(number, message.0)
    }

    fn raw_varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }
}

fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

fn labels(pairs: &[(&str, &str)]) -> Encoder {
    let mut series = Encoder::default();
    for (name, value) in pairs {
        series = series.message(1, Encoder::default().bytes(1, name).bytes(2, value));
    }
    series
}

fn sample(value: f64, timestamp: i64) -> Encoder {
    Encoder::default().double(1, value).varint(2, timestamp as u64)
}

fn exemplar(trace: &str, value: f64) -> Encoder {
    labels(&[("trace_id", trace)]).double(2, value).varint(3, 7)
}

fn request(series: impl IntoIterator<Item = Encoder>) -> Encoder {
    series.into_iter().fold(Encoder::default(), |request, series| request.message(1, series))
}

/// Keeps samples by series; answers as the real store does, as far as the tests need.
#[derive(Default)]
struct Double {
    series: RefCell<HashMap<Labels, SeriesRef>>,
    told: RefCell<Vec<String>>,
    by_labels: RefCell<usize>,
    last: RefCell<HashMap<SeriesRef, i64>>,
}

impl Double {
    fn append(&self, batch: &Batch<'_>) -> Result<Vec<Verdict>, store::Error> {
        Ok(batch.samples.iter().map(|sample| self.append_one(sample)).collect())
    }

    fn append_one(&self, sample: &store::metrics::AppendSample<'_>) -> Verdict {
        let mut known = self.series.borrow_mut();
        let (series, labels) = match sample.series {
            SeriesKey::Raw(raw) => {
                *self.by_labels.borrow_mut() += 1;
                let labels = Labels::from_raw(raw).expect("a valid raw form");
                let next = SeriesRef(known.len() as u64);
                (*known.entry(labels.clone()).or_insert(next), labels)
            }
            SeriesKey::Ref(series) => match known.iter().find(|(_, candidate)| **candidate == series) {
                Some((labels, _)) => (series, labels.clone()),
                None => return Verdict::UnknownSeries,
            },
        };
        let mut last = self.last.borrow_mut();
        let last = last.entry(series).or_insert(i64::MIN);
        match sample.timestamp.0.cmp(last) {
            std::cmp::Ordering::Less => return Verdict::TooOld(series),
            std::cmp::Ordering::Equal => return Verdict::DuplicateTimestamp(series),
            std::cmp::Ordering::Greater => *last = sample.timestamp.0,
        }
        let value = match sample.value {
            AppendValue::Float(value) => value.to_string(),
            AppendValue::Histogram(histogram) => format!("{histogram:?}"),
        };
        let mut line = format!("{labels} {value} at {}", sample.timestamp.0);
        if let Some(exemplar) = sample.exemplar {
            line.push_str(&format!(" exemplar {} {} at {}", exemplar.labels, exemplar.value, exemplar.timestamp.0));
        }
        if let Some(metadata) = sample.metadata {
            line.push_str(&format!(" {} {:?} {:?}", metadata.kind.as_str(), metadata.help, metadata.unit));
        }
        self.told.borrow_mut().push(line);
        Verdict::Stored(series)
    }
}

#[derive(Default)]
struct Bench {
    receiver: Receiver,
    store: Double,
}

impl Bench {
    fn push(&self, request: &Encoder) -> Result<Outcome, Rejection> {
        self.receiver.append_message(&request.0, &|batch| self.store.append(batch))
    }

    /// Pushes and compares what the store was given and what the sender is told.
    fn check(&self, request: &Encoder, stored: &[&str], answer: &str) {
        self.store.told.borrow_mut().clear();
        let outcome = self.push(request).expect("a well-formed request");
        assert_eq!(*self.store.told.borrow(), stored);
        assert_eq!(outcome.to_string(), answer);
        assert_eq!(outcome.stored, stored.len());
    }
}

#[test]
fn samples_reach_the_store_with_sorted_labels() {
    let series = [
        labels(&[("__name__", "up"), ("job", "a")]).message(2, sample(1.0, 10)).message(2, sample(2.0, 20)),
        labels(&[("job", "b"), ("__name__", "up"), ("empty", "")]).message(2, sample(0.0, 10)),
        labels(&[("__name__", "no samples")]),
        labels(&[("__name__", "my.metric"), ("a.b", "한글")]).message(2, sample(-1.5, -10)),
    ];
    let stored = [
        r#"{__name__="up", job="a"} 1 at 10"#,
        r#"{__name__="up", job="a"} 2 at 20"#,
        r#"{__name__="up", job="b"} 0 at 10"#,
        r#"{__name__="my.metric", "a.b"="한글"} -1.5 at -10"#,
    ];
    Bench::default().check(&request(series), &stored, "");
}

#[test]
fn bad_samples_are_named_and_the_good_ones_stay() {
    let bench = Bench::default();
    let series = [
        labels(&[("__name__", "a")]).message(2, sample(1.0, 10)).message(2, sample(2.0, 10)).message(2, sample(3.0, 5)),
        labels(&[("__name__", "b"), ("x", "1"), ("x", "2")]).message(2, sample(1.0, 10)).message(2, sample(1.0, 20)),
        labels(&[("x", "1")]).message(2, sample(1.0, 10)),
        labels(&[("__name__", "c"), ("", "1")]).message(2, sample(1.0, 10)),
        labels(&[("__name__", "d")]).message(2, sample(4.0, 10)),
    ];
    let answer = "invalid labels: 4 samples, first {__name__=\"b\", x=\"1\", x=\"2\"}: label name \"x\" is not unique\n\
                  duplicate sample for timestamp: 1 sample, first {__name__=\"a\"} at 10\n\
                  too old sample: 1 sample, first {__name__=\"a\"} at 5";
    bench.check(&request(series), &[r#"{__name__="a"} 1 at 10"#, r#"{__name__="d"} 4 at 10"#], answer);
}

#[test]
fn text_that_is_not_utf8_is_refused_as_a_label() {
    let series = Encoder::default().message(1, Encoder::default().bytes(1, "__name__").bytes(2, [b'a', 0xff]));
    let answer = "invalid labels: 1 sample, first {...: text is not UTF-8";
    Bench::default().check(&request([series.message(2, sample(1.0, 1))]), &[], answer);
}

#[test]
fn known_series_are_sent_by_reference_and_forgotten_ones_by_labels_again() {
    let bench = Bench::default();
    let at = |timestamp| {
        request([
            labels(&[("__name__", "a")]).message(2, sample(1.0, timestamp)),
            labels(&[("__name__", "b")]).message(2, sample(2.0, timestamp)).message(2, sample(2.0, timestamp + 1)),
        ])
    };
    let stored = |timestamp: i64| {
        [
            format!("{{__name__=\"a\"}} 1 at {timestamp}"),
            format!("{{__name__=\"b\"}} 2 at {timestamp}"),
            format!("{{__name__=\"b\"}} 2 at {}", timestamp + 1),
        ]
    };
    let check = |timestamp, by_labels| {
        *bench.store.by_labels.borrow_mut() = 0;
        bench.check(&at(timestamp), &stored(timestamp).each_ref().map(String::as_str), "");
        assert_eq!(*bench.store.by_labels.borrow(), by_labels);
    };
    check(10, 3);
    check(20, 0);
    bench.store.series.borrow_mut().clear();
    bench.store.last.borrow_mut().clear();
    check(30, 3);
    check(40, 0);
}

#[test]
fn integer_and_float_histograms_are_read() {
    let span = |offset: i64, length| Encoder::default().varint(1, zigzag(offset)).varint(2, length);
    let integers = Encoder::default()
        .varint(1, 12)
        .double(3, 18.4)
        .varint(4, zigzag(-1))
        .double(5, 0.001)
        .varint(6, 2)
        .message(8, span(0, 1))
        .varint(9, zigzag(3))
        .message(11, span(-2, 2))
        .message(11, span(1, 1))
        .bytes(12, [zigzag(1) as u8, zigzag(2) as u8, zigzag(-1) as u8])
        .varint(14, 2)
        .varint(15, 10);
    let floats = Encoder::default()
        .double(2, 2.5)
        .double(3, 1.0)
        .varint(4, zigzag(-53))
        .double(7, 0.5)
        .message(11, span(0, 1))
        .bytes(13, 2.0_f64.to_le_bytes())
        .varint(14, 3)
        .varint(15, 20)
        .bytes(16, 1.5_f64.to_le_bytes());
    let series = labels(&[("__name__", "h")]).message(4, integers).message(4, floats);
    let first = model::histogram::Histogram {
        reset_hint: ResetHint::NotReset,
        schema: -1,
        zero_threshold: 0.001,
        zero_count: 2.0,
        count: 12.0,
        sum: 18.4,
        positive_spans: vec![Span { offset: -2, length: 2 }, Span { offset: 1, length: 1 }],
        positive_buckets: vec![1.0, 3.0, 2.0],
        negative_spans: vec![Span { offset: 0, length: 1 }],
        negative_buckets: vec![3.0],
        custom_values: vec![],
    };
    let second = model::histogram::Histogram {
        reset_hint: ResetHint::Gauge,
        schema: -53,
        zero_count: 0.5,
        count: 2.5,
        sum: 1.0,
        positive_spans: vec![Span { offset: 0, length: 1 }],
        positive_buckets: vec![2.0],
        custom_values: vec![1.5],
        ..Default::default()
    };
    let stored = [format!("{{__name__=\"h\"}} {first:?} at 10"), format!("{{__name__=\"h\"}} {second:?} at 20")];
    Bench::default().check(&request([series]), &stored.each_ref().map(String::as_str), "");
}

#[test]
fn exemplars_hang_on_samples_of_their_series() {
    let bench = Bench::default();
    let series = [
        labels(&[("__name__", "a")]).message(2, sample(1.0, 10)).message(3, exemplar("x", 0.5)),
        labels(&[("__name__", "b")]).message(2, sample(1.0, 10)),
        labels(&[("__name__", "b")]).message(3, exemplar("y", 0.6)).message(3, exemplar("left out", 0.6)),
        labels(&[("__name__", "c")]).message(2, sample(1.0, 10)).message(3, exemplar(&"z".repeat(121), 1.0)),
    ];
    let stored = [
        r#"{__name__="a"} 1 at 10 exemplar {trace_id="x"} 0.5 at 7"#,
        r#"{__name__="b"} 1 at 10 exemplar {trace_id="y"} 0.6 at 7"#,
        r#"{__name__="c"} 1 at 10"#,
    ];
    bench.check(&request(series.clone()), &stored, "");
    let outcome = Bench::default().push(&request(series)).expect("well-formed");
    assert_eq!(outcome.exemplars_left_out, 2);
}

#[test]
fn metadata_travels_with_the_next_samples() {
    let bench = Bench::default();
    let series = |timestamp| labels(&[("__name__", "h_bucket")]).message(2, sample(1.0, timestamp));
    bench.check(&request([series(10)]), &[r#"{__name__="h_bucket"} 1 at 10"#], "");
    let metadata = Encoder::default().varint(1, 3).bytes(2, "h").bytes(4, "Help").bytes(5, "seconds");
    bench.check(&Encoder::default().message(3, metadata.clone()), &[], "");
    let told = r#"{__name__="h_bucket"} 1 at 20 histogram "Help" "seconds""#;
    bench.check(&request([series(20)]).message(3, metadata), &[told], "");
    bench.check(&request([series(30)]), &[r#"{__name__="h_bucket"} 1 at 30"#], "");
    let expected = Metadata {
        family: "h".to_owned(),
        kind: MetricKind::Histogram,
        help: "Help".to_owned(),
        unit: "seconds".to_owned(),
    };
    assert_eq!(bench.receiver.families.of("h_sum").as_deref(), Some(&expected));
}

#[test]
fn malformed_requests_store_nothing_and_tell_where() {
    let bench = Bench::default();
    let good = request([labels(&[("__name__", "a")]).message(2, sample(1.0, 10))]);
    let check = |bytes: Vec<u8>, expected: &str| {
        let error = bench.push(&Encoder(bytes)).expect_err("malformed").to_string();
        assert_eq!(error, expected);
        assert!(bench.store.told.borrow().is_empty());
    };
    let mut cut = good.0.clone();
    cut.extend([0x0a, 0x05, 0x0a]);
    check(cut, "malformed protobuf at offset 32: field is cut off");
    let late = request([labels(&[("__name__", "a")]).message(2, sample(1.0, 1)).message(1, Encoder::default())]);
    check(late.0, "malformed protobuf at offset 30: label stands behind a sample, expected all labels first");
    for end in 1..good.0.len() {
        assert!(bench.push(&Encoder(good.0[..end].to_vec())).is_err(), "cut at {end}");
    }
}

#[test]
fn the_store_s_errors_reach_the_sender() {
    let receiver = Receiver::new();
    let message = request([labels(&[("__name__", "a")]).message(2, sample(1.0, 10))]);
    let told =
        receiver.append_message(&message.0, &|_| Err(store::Error::new(store::ErrorKind::Unavailable, "read-only")));
    assert!(matches!(told, Err(Rejection::Store(error)) if error.to_string() == "read-only"));
}

proptest::proptest! {
    #[test]
    fn no_message_makes_it_panic(
        edits in proptest::collection::vec((0_usize..200, proptest::prelude::any::<u8>()), 1..8),
    ) {
        let mut message = request([
            labels(&[("__name__", "a"), ("b", "c")]).message(2, sample(1.0, 10)).message(3, exemplar("x", 0.5)),
            labels(&[("__name__", "h")]).message(4, Encoder::default().varint(1, 3).bytes(12, [2, 4, 1]).varint(15, 10)),
        ]).message(3, Encoder::default().varint(1, 3).bytes(2, "h").bytes(4, "Help"));
        for (at, byte) in edits {
            let at = at % message.0.len();
            message.0[at] = byte;
        }
        let bench = Bench::default();
        if let Ok(outcome) = bench.push(&message) {
            proptest::prop_assert_eq!(outcome.stored, bench.store.told.borrow().len());
        }
    }
}

#[test]
fn a_push_of_too_many_parts_is_refused_before_it_is_built() {
    let check = |field: Encoder, times: usize, expected: &str| {
        let series = labels(&[("__name__", "a")]).0;
        let series = Encoder(series.into_iter().chain(field.0.repeat(times)).collect());
        let message = Encoder::default().message(1, series);
        let append = |_: &Batch<'_>| -> Result<Vec<Verdict>, store::Error> { panic!("nothing is stored") };
        let refused = Receiver::new().append_message(&message.0, &append).expect_err("too many");
        assert_eq!(refused.to_string(), expected);
    };
    let parts = "push holds too many series, samples and families, at most 1000000 allowed: send smaller ones";
    check(Encoder::default().bytes(2, ""), 1_000_000, parts);
    check(Encoder::default().bytes(3, ""), 1_000_000, parts);
    let deltas = Encoder::default().bytes(12, [0; 1 << 20]);
    let bytes = "push holds too many bytes of histograms, at most 8388608 allowed: send smaller ones";
    check(Encoder::default().message(4, deltas), 8, bytes);
}
