//! Against `prometheus-parse`, on the pages that it reads rightly: no braces, commas, escapes or `=` in values, no
//! colons in names, no blanks in braces, and floats only.

use super::*;
use prometheus_parse::{Scrape, Value};
use proptest::prelude::*;
use std::collections::BTreeMap;

type Samples = BTreeMap<(String, Vec<(String, String)>), u64>;

fn ours(page: &str) -> Samples {
    let mut samples = Samples::new();
    for entry in Parser::new(page.as_bytes(), Format::Text, Mode::Strict) {
        if let Entry::Sample(sample) = entry.expect("a valid page") {
            let labels = series::labels(sample.series, sample.kind).expect("valid labels");
            let rest = labels.without_metric_name();
            let pairs = rest.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            samples.insert((labels.metric_name().to_owned(), pairs), bits(sample.value));
        }
    }
    samples
}

fn theirs(page: &str) -> Samples {
    let lines = page.lines().map(|line| Ok::<_, std::io::Error>(line.to_owned()));
    let scrape = Scrape::parse(lines).expect("a valid page");
    let floats = scrape.samples.into_iter().map(|sample| {
        let value = match sample.value {
            Value::Counter(value) | Value::Gauge(value) | Value::Untyped(value) => value,
            other => panic!("only floats are asked for, got {other:?}"),
        };
        let mut pairs: Vec<(String, String)> = sample.labels.iter().map(|(n, v)| (n.clone(), v.clone())).collect();
        pairs.sort();
        ((sample.metric, pairs), bits(value))
    });
    floats.collect()
}

fn bits(value: f64) -> u64 {
    if value.is_nan() { 0x7ff8 << 48 } else { value.to_bits() }
}

/// A line of the subset, unique by its number.
fn line() -> impl Strategy<Value = (String, String)> {
    let labels = proptest::collection::btree_map("[a-z_][a-z0-9_]{0,8}", "[a-zA-Z0-9 /:._é한-]{1,12}", 0..5);
    let value = prop_oneof![
        any::<f64>().prop_map(|value| value.to_string().replace("inf", "Inf")),
        any::<i32>().prop_map(|value| value.to_string()),
        Just("+Inf".to_owned()),
    ];
    (labels, value).prop_map(|(labels, value)| {
        let labels: Vec<String> = labels.iter().map(|(name, value)| format!("{name}=\"{value}\"")).collect();
        (labels.join(","), value)
    })
}

proptest! {
    #[test]
    fn simple_pages_read_the_same(lines in proptest::collection::vec(line(), 1..40)) {
        let mut page = String::from("# HELP some help\n# TYPE m0 counter\n# TYPE m1 gauge\n");
        for (number, (labels, value)) in lines.iter().enumerate() {
            let braces = if labels.is_empty() { String::new() } else { format!("{{{labels}}}") };
            page.push_str(&format!("m{number}{braces} {value}\n"));
        }
        prop_assert_eq!(ours(&page), theirs(&page), "{}", page);
    }
}
