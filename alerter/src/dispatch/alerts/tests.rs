//! What is posted of an alert again, and the limits.

use super::*;

fn posted(starts_at: i64, ends_at: i64) -> PostedAlert {
    PostedAlert {
        labels: Labels::from_pairs([("alertname", "X")]),
        annotations: Labels::empty(),
        starts_at: Millis(starts_at),
        ends_at: Millis(ends_at),
        generator_url: String::new(),
        value: String::new(),
    }
}

#[test]
fn what_is_posted_again_replaces_or_extends() {
    use End::{Assumed, Given};
    let check = |old: (i64, i64, End), new: (i64, i64, End), now: i64, expected: (i64, i64)| {
        let mut alerts = Alerts::default();
        alerts.put(posted(old.0, old.1), old.2, Millis(0)).expect("held");
        let held = alerts.put(posted(new.0, new.1), new.2, Millis(now)).expect("held");
        assert_eq!((held.alert.starts_at.0, held.alert.ends_at.0), expected, "{old:?} {new:?} at {now}");
        assert_eq!(held.updated_at, Millis(now));
        assert_eq!(alerts.iter().count(), 1);
    };
    // The same alert goes on.
    check((10, 100, Given), (10, 160, Given), 70, (10, 160));
    // It ended before the end that was foreseen.
    check((10, 100, Given), (10, 50, Given), 50, (10, 50));
    // Both ends have come: the later counts.
    check((10, 100, Given), (10, 50, Given), 200, (10, 100));
    // A new one later; another began meanwhile.
    check((10, 100, Given), (200, 300, Given), 200, (200, 300));
    check((10, 100, Given), (50, 300, Given), 50, (10, 300));
    // A given end rules over what follows from a timeout, an assumed one does not.
    check((10, 100, Given), (10, 80, Assumed), 20, (10, 100));
    check((10, 100, Assumed), (10, 80, Assumed), 20, (10, 80));
}

#[test]
fn too_many_and_too_large_ones_are_refused() {
    let mut alerts = Alerts::default();
    let mut large = posted(0, 10);
    large.annotations = Labels::from_pairs([("text", "x".repeat(ALERT_BYTES_MAX))]);
    assert_eq!(alerts.put(large, End::Given, Millis(0)), Err(Refusal::TooLarge));
    let linked = PostedAlert { generator_url: "x".repeat(ALERT_BYTES_MAX), ..posted(0, 10) };
    assert_eq!(alerts.put(linked, End::Given, Millis(0)), Err(Refusal::TooLarge), "links count");
    for n in 0..ALERTS_MAX {
        let labels = Labels::from_pairs([("n", n.to_string())]);
        alerts.put(PostedAlert { labels, ..posted(0, 10) }, End::Given, Millis(0)).expect("room");
    }
    assert_eq!(alerts.put(posted(0, 10), End::Given, Millis(0)), Err(Refusal::TooMany));
    let known = PostedAlert { labels: Labels::from_pairs([("n", "7")]), ..posted(0, 20) };
    assert!(alerts.put(known, End::Given, Millis(1)).is_ok());
    assert_eq!(alerts.forget_ended(Millis(10)).len(), ALERTS_MAX - 1);
    assert!(alerts.put(posted(0, 10), End::Given, Millis(0)).is_ok());
}

#[test]
fn all_together_are_bounded_in_bytes() {
    let mut alerts = Alerts::default();
    let large = |n: usize, bytes: usize, ends_at: i64| PostedAlert {
        labels: Labels::from_pairs([("n", n.to_string())]),
        annotations: Labels::from_pairs([("text", "x".repeat(bytes))]),
        ..posted(0, ends_at)
    };
    let refused = (0..2_000).find(|n| alerts.put(large(*n, 60_000, 10), End::Given, Millis(0)).is_err());
    let held = refused.expect("some are refused");
    assert!((1_000..1_120).contains(&held), "{held}");
    let full = (2_000..3_000).find(|n| alerts.put(large(*n, 1_000, 10), End::Given, Millis(0)).is_err());
    let held = held + full.expect("some are refused") - 2_000;
    // One that is held goes on, with what it said.
    let grown = alerts.put(large(7, 65_000, 20), End::Given, Millis(1)).expect("held");
    assert_eq!((grown.alert.ends_at, grown.alert.annotations.get("text").map(str::len)), (Millis(20), Some(60_000)));
    assert_eq!(alerts.forget_ended(Millis(10)).len(), held - 1);
    assert!(alerts.put(large(5_000, 60_000, 30), End::Given, Millis(10)).is_ok());
}
