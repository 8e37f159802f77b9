//! Times that are far from now: a clock that is wrong for a while, a long backfill, what the retention would drop.

use super::*;

const JUMP: i64 = 30 * 24 * HOUR;

#[test]
fn series_go_on_after_a_clock_that_ran_ahead() {
    let mut store = Fixture::new();
    let mut expected = run_for(&store, 1);
    // The clock jumps by a month, a few hours go by there, and it is set right.
    store.clock.set(Millis(NOW + JUMP));
    let ahead = run_for(&store, 5);
    store.clock.set(Millis(NOW + HOUR));
    store.metrics.maintain(Millis(NOW + HOUR)).expect("maintains");
    expected.extend(run_for(&store, 20));
    let blocks = store.metrics.statistics().blocks;
    assert!(blocks >= 4, "the head is cut although newer samples are in it: {blocks}");
    for _ in 0..2 {
        let found = store.read("up");
        let until = found.partition_point(|(at, _)| *at < NOW + JUMP);
        assert!(found[..until] == expected, "{} of {}", until, expected.len());
        assert!(found[until..] == ahead, "{} of {}", found.len() - until, ahead.len());
        store = store.reopened();
    }
    let left = store.metrics.head.bounds().expect("samples").0;
    assert!(left >= NOW + 17 * HOUR, "the head keeps its last hours only, got {}", (left - NOW) / HOUR);
}

#[test]
fn a_long_backfill_makes_few_blocks() {
    let store = Fixture::new();
    let day = 24 * HOUR;
    let times: Vec<_> = (0..12 * 60).rev().map(|ago| NOW - ago * 2 * HOUR).collect();
    times.iter().for_each(|at| assert!(store.append("up", *at, 1.0).is_stored()));
    store.metrics.maintain(Millis(NOW)).expect("maintains");
    let blocks = store.metrics.statistics().blocks;
    assert!((60..=73).contains(&blocks), "one for each of 59 days, one per two hours of the last: {blocks}");
    assert_eq!(store.read("up"), times.iter().map(|at| (*at, 1.0)).collect::<Vec<_>>());
    (0..80).for_each(|_| store.metrics.maintain(Millis(NOW)).expect("maintains"));
    assert!(store.metrics.statistics().blocks < blocks);
    assert_eq!(store.read("up").len() as i64, 60 * day / (2 * HOUR));
}

#[test]
fn what_the_retention_would_drop_makes_no_series() {
    let store = Fixture::new();
    let oldest = NOW - 90 * 24 * HOUR;
    assert_eq!(store.append("up", oldest - 1, 1.0), Verdict::BeforeRetention);
    assert_eq!(store.append("up", i64::MIN, 1.0), Verdict::BeforeRetention);
    assert_eq!(store.metrics.statistics().series, 0);
    assert!(store.append("up", oldest, 1.0).is_stored());
    assert_eq!(store.append("up", oldest - 1, 1.0), Verdict::BeforeRetention);
}

#[test]
fn exemplars_of_the_future_do_not_keep_others_out() {
    let store = Fixture::new();
    let labels = labels("up");
    for (at, exemplar_at) in [(NOW, i64::MAX), (NOW + 1, NOW + 1)] {
        let exemplar = Exemplar { labels: Labels::empty(), value: at as f64, timestamp: Millis(exemplar_at) };
        let sample = sample(SeriesKey::Raw(labels.as_raw()), at, AppendValue::Float(1.0));
        let samples = [AppendSample { exemplar: Some(&exemplar), ..sample }];
        assert!(store.metrics.append(&Batch { samples: &samples }).expect("appends")[0].is_stored());
    }
    let cancel = Cancel::default();
    let query = ExemplarQuery { matcher_sets: &[vec![]], range: MetricRange::ALL, cancel: &cancel };
    let found = store.metrics.exemplars(&query).expect("finds");
    assert_eq!(found[0].exemplars.iter().map(|exemplar| exemplar.timestamp.0).collect::<Vec<_>>(), [NOW + 1]);
}
