//! Random workloads against a model: a map of maps.

use super::*;
use std::collections::BTreeMap;

/// A generator of its own, so that a seed gives the same run for ever (xorshift64*).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) % bound
    }
}

type Model = BTreeMap<Labels, BTreeMap<i64, f64>>;

fn series(number: u64) -> Labels {
    Labels::from_pairs([
        ("__name__".to_owned(), format!("m{}", number % 3)),
        ("instance".to_owned(), format!("i{number}")),
    ])
}

/// Appends a batch of samples, some late, some repeated, some contradicting, and tells the model what was stored.
fn append_some(store: &Fixture, model: &mut Model, random: &mut Random) {
    let now = store.clock.now().0;
    let count = random.below(20) + 1;
    let labels: Vec<_> = (0..count).map(|_| series(random.below(8))).collect();
    let samples: Vec<_> = labels
        .iter()
        .map(|labels| {
            let at = match random.below(10) {
                0 => now - random.below(40 * 60_000) as i64,
                1 => now - random.below(4) as i64 * 15_000,
                _ => now - random.below(3) as i64,
            };
            sample(SeriesKey::Raw(labels.as_raw()), at, AppendValue::Float(random.below(5) as f64))
        })
        .collect();
    let verdicts = store.metrics.append(&Batch { samples: &samples }).expect("appends");
    for ((labels, sample), verdict) in labels.iter().zip(&samples).zip(verdicts) {
        let AppendValue::Float(value) = sample.value else { continue };
        let held = model.entry(labels.clone()).or_default();
        let newest = held.keys().next_back().copied();
        let at = sample.timestamp.0;
        match (held.get(&at), verdict) {
            (Some(old), Verdict::Repeated(_)) => assert_eq!(*old, value),
            (Some(old), Verdict::DuplicateTimestamp(_)) => assert_ne!(*old, value),
            (None, Verdict::TooOld(_)) => assert!(newest.is_some_and(|newest| newest - at > 30 * 60_000)),
            (None, Verdict::Stored(_)) => {
                assert!(newest.is_none_or(|newest| newest - at <= 30 * 60_000));
                held.insert(at, value);
            }
            (held, verdict) => panic!("{verdict:?} for {at} of {labels} with {held:?} there"),
        }
    }
}

fn compare(store: &Fixture, model: &Model, random: &mut Random) {
    let now = store.clock.now().0;
    let matchers = match random.below(3) {
        0 => vec![],
        1 => vec![Matcher::equal("__name__", "m1")],
        _ => vec![Matcher::new("instance", model::matcher::MatchOp::NotRegex, "i[0-3]").expect("compiles")],
    };
    let start = NOW + random.below((now - NOW) as u64 + 1) as i64;
    let range = match random.below(3) {
        0 => MetricRange::ALL,
        1 => MetricRange::new(Millis(start), Millis(start + 3_600_000)),
        _ => MetricRange::new(Millis(now - 600_000), Millis(now)),
    };
    let expected: Found = model
        .iter()
        .filter(|(labels, _)| matchers.iter().all(|matcher| matcher.matches_labels(labels)))
        .map(|(labels, samples)| {
            let inside = samples.iter().filter(|(at, _)| range.contains(Millis(**at)));
            (labels.clone(), inside.map(|(at, value)| (*at, *value)).collect::<Vec<_>>())
        })
        .filter(|(_, samples)| !samples.is_empty())
        .collect();
    assert_eq!(read(&store.metrics, &matchers, range), expected, "{matchers:?} in {range:?}");
}

fn run(seed: u64) {
    let mut random = Random(seed);
    let mut store = Fixture::new();
    let mut model = Model::new();
    for step in 0..1500 {
        store.clock.advance(random.below(120_000) as i64);
        append_some(&store, &mut model, &mut random);
        match random.below(40) {
            0 => store = store.reopened(),
            1 => store.metrics.checkpoint().expect("writes"),
            2..=8 => store.metrics.maintain(store.clock.now()).expect("maintains"),
            9..=12 => compare(&store, &model, &mut random),
            _ => {}
        }
        assert!(step < 1500);
    }
    compare(&store, &model, &mut random);
    assert!(store.metrics.statistics().blocks > 1, "no block was cut");
}

#[test]
fn random_workloads_agree_with_the_model() {
    for seed in [1, 0x5eed_5eed, 0xdead_beef_cafe] {
        run(seed);
    }
}
