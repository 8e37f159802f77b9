//! A time that is told twice keeps the value that was told first, wherever the two are by then.

use super::*;

/// Tells the times again that have left the head, with other values.
fn tell_again(store: &Fixture, times: &[i64], value: f64) {
    for at in times {
        assert!(store.append("gone", *at, value).is_stored(), "the head does not hold {at} any more");
    }
}

#[test]
fn the_first_value_of_a_time_wins() {
    let mut store = Fixture::new();
    let times: Vec<_> = (0..50).map(|step| NOW + step * 10_000).collect();
    times.iter().for_each(|at| assert!(store.append("gone", *at, 1.0).is_stored()));
    run_for(&store, 6);
    let (now, mut expected) = (store.clock.now(), times.iter().map(|at| (*at, 1.0)).collect::<Vec<_>>());
    assert_eq!(store.metrics.head.find(&[Matcher::equal("__name__", "gone")]).len(), 0, "it is in blocks alone");
    // Told again with a sample before all others, so that the second chunk begins earlier; then as late ones.
    tell_again(&store, &[NOW - 7 * MINUTE], 2.0);
    tell_again(&store, &times[5..], 2.0);
    tell_again(&store, &times[..5], 3.0);
    expected.insert(0, (NOW - 7 * MINUTE, 2.0));
    let check = |store: &Fixture, when: &str| assert_eq!(store.read("gone"), expected, "{when}");
    check(&store, "in the head");
    store = store.reopened();
    check(&store, "replayed");
    store.clock.set(Millis(now.0 + MINUTE));
    run_for(&store, 5);
    check(&store, "in blocks");
    store = store.reopened();
    store.clock.advance(MINUTE);
    run_for(&store, 30);
    check(&store, "merged");
}
