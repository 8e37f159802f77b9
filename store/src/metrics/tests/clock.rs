//! A clock that is wrong for a while costs nothing but what was measured meanwhile.

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
