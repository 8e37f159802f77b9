//! Append, find, restart, find.

use super::*;

#[test]
fn what_was_appended_is_found_in_order_and_after_a_restart() {
    let (folder, clock) = (test_folder(), clock());
    let logs = open(folder.path(), &clock);
    append(&logs, "b", &[(5, "five"), (2, "two"), (5, "five again")]);
    append(&logs, "a", &[(5, "also five"), (1, "one")]);
    let expected =
        seen(&[("a", 1, "one"), ("b", 2, "two"), ("a", 5, "also five"), ("b", 5, "five"), ("b", 5, "five again")]);
    assert_eq!(all(&logs), expected);
    let mut backwards = expected.clone();
    backwards.reverse();
    assert_eq!(select(&logs, Order::ByTime(Direction::Backward), &[], LogRange::ALL), backwards);
    drop(logs);
    let logs = open(folder.path(), &clock);
    assert_eq!(all(&logs), expected);
    let inside = LogRange::new(at(2), at(5));
    assert_eq!(select(&logs, Order::ByTime(Direction::Forward), &[], inside), seen(&[("b", 2, "two")]));
    let by_stream = select(&logs, Order::ByStream, &[], LogRange::ALL);
    assert_eq!(
        by_stream.iter().map(|(app, at, _)| (app.as_str(), *at)).collect::<Vec<_>>(),
        [("a", 1), ("a", 5), ("b", 2), ("b", 5), ("b", 5)]
    );
}

#[test]
fn positions_come_back_with_their_batch() {
    let (folder, clock) = (test_folder(), clock());
    let logs = open(folder.path(), &clock);
    let update = |key: &'static str, value: Option<&'static str>| PositionUpdate {
        key: key.as_bytes(),
        value: value.map(str::as_bytes),
    };
    let positions = [update("file 1", Some("10")), update("file 2", Some("20"))];
    logs.append(&Batch { streams: &[], positions: &positions, duplicates: Duplicates::Keep }).expect("appends");
    let positions = [update("file 1", None), update("file 2", Some("21"))];
    logs.append(&Batch { streams: &[], positions: &positions, duplicates: Duplicates::Keep }).expect("appends");
    let expected = [(b"file 2".to_vec(), b"21".to_vec())];
    assert_eq!(logs.positions(), expected);
    drop(logs);
    assert_eq!(open(folder.path(), &clock).positions(), expected);
}

#[test]
fn what_cannot_be_stored_is_refused_and_the_rest_is_kept() {
    let (folder, clock) = (test_folder(), clock());
    let logs = open(folder.path(), &clock);
    let (good, none) = (labels("a"), Labels::empty());
    let long = "x".repeat(limits::LINE_BYTES_MAX + 1);
    let metadata = Labels::from_pairs([("trace", "y".repeat(limits::METADATA_BYTES_MAX))]);
    let entry = |nanos, line| AppendEntry { timestamp: at(nanos), line, metadata: &none };
    let week = 7 * 24 * 3600 * SECOND;
    let entries = [
        entry(0, "good"),
        entry(-week - 1, "old"),
        entry(-week, "just kept"),
        entry(601 * SECOND, "ahead"),
        entry(1, &long),
        AppendEntry { metadata: &metadata, ..entry(2, "metadata") },
    ];
    let bad = Labels::from_pairs([("app", "z".repeat(limits::LABEL_BYTES_MAX + 1))]);
    let streams = [
        AppendStream { labels: &none, entries: &entries[..1] },
        AppendStream { labels: &good, entries: &entries },
        AppendStream { labels: &bad, entries: &entries[..1] },
    ];
    let outcome =
        logs.append(&Batch { streams: &streams, positions: &[], duplicates: Duplicates::Keep }).expect("appends");
    let refused: Vec<_> = outcome.refused.iter().map(|refusal| (refusal.stream, refusal.entry, refusal.why)).collect();
    assert_eq!(
        refused,
        [
            (0, 0, Refused::InvalidLabels),
            (1, 1, Refused::BeforeRetention),
            (1, 3, Refused::TooFarAhead),
            (1, 4, Refused::LineTooLong),
            (1, 5, Refused::InvalidLabels),
            (2, 0, Refused::InvalidLabels),
        ]
    );
    let kept = seen(&[("a", -week, "just kept"), ("a", 0, "good")]);
    assert_eq!((outcome.stored, all(&logs)), (2, kept));
}

#[test]
fn a_repeated_push_is_stored_once() {
    let (folder, clock) = (test_folder(), clock());
    let logs = open(folder.path(), &clock);
    let push = |lines: &[(i64, &str)]| {
        let outcome = append_as(&logs, "a", lines, Duplicates::Drop).expect("appends");
        (outcome.stored, outcome.repeated)
    };
    assert_eq!(push(&[(1, "one"), (2, "two"), (2, "two"), (2, "another")]), (3, 1));
    assert_eq!(push(&[(1, "one"), (2, "two"), (2, "another"), (3, "three")]), (1, 3));
    assert_eq!(push(&[(2, "one"), (1, "two")]), (2, 0));
    append(&logs, "a", &[(4, "kept"), (4, "kept")]);
    assert_eq!(push(&[(4, "kept"), (5, "kept")]), (1, 1));
    assert_eq!(all(&logs).len(), 9);
}

#[test]
fn a_subscriber_gets_what_is_stored() {
    let (folder, clock) = (test_folder(), clock());
    let logs = open(folder.path(), &clock);
    let tail = logs.subscribe(TailQuery { matchers: vec![Matcher::equal("app", "a")], filters: Vec::new() });
    append(&logs, "b", &[(1, "not asked for")]);
    append(&logs, "a", &[(1, "one"), (2, "two")]);
    append_as(&logs, "a", &[(2, "two"), (3, "three")], Duplicates::Drop).expect("appends");
    let mut waiting = std::pin::pin!(tail.next(10));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready((entries, dropped)) = waiting.as_mut().poll(&mut context) else { panic!("entries") };
    let lines: Vec<_> = entries.iter().map(|entry| entry.line.as_str()).collect();
    assert_eq!((lines, dropped), (vec!["one", "two", "three"], 0));
}

#[test]
fn listings_tell_of_the_head() {
    let (folder, clock) = (test_folder(), clock());
    let logs = open(folder.path(), &clock);
    append(&logs, "a", &[(1, "12345"), (2 * SECOND, "1234567")]);
    append(&logs, "b", &[(1, "123")]);
    let cancel = Cancel::default();
    let range = LogRange::new(at(0), at(SECOND));
    let matcher_sets = [vec![Matcher::equal("app", "a")], vec![Matcher::equal("app", "c")]];
    let query = StreamQuery { matcher_sets: &[], range, limit: 0, cancel: &cancel };
    let of_a = StreamQuery { matcher_sets: &matcher_sets, ..query };
    assert_eq!(logs.streams(&query).expect("lists"), [labels("a"), labels("b")]);
    assert_eq!(logs.streams(&of_a).expect("lists"), [labels("a")]);
    assert_eq!(logs.label_names(&query).expect("lists").values, ["app", "namespace"]);
    assert_eq!(logs.label_values("app", &query).expect("lists").values, ["a", "b"]);
    assert_eq!(logs.label_values("app", &StreamQuery { limit: 1, ..query }).expect("lists").warnings.len(), 1);
    assert_eq!(logs.stats(&of_a).expect("counts"), LogStats { streams: 1, chunks: 1, bytes: 12, entries: 2 });
    let later = LogRange::new(at(3 * SECOND), at(4 * SECOND));
    assert_eq!(logs.streams(&StreamQuery { range: later, ..query }).expect("lists"), [] as [Labels; 0]);
    let volume = VolumeQuery { matchers: &[], range, step: None, cancel: &cancel };
    let bytes: Vec<_> = logs.volume(&volume).expect("sums").into_iter().map(|volume| volume.bytes).collect();
    assert_eq!(bytes, [vec![6], vec![3]]);
}
