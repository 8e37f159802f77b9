use super::*;

const NOW: Millis = Millis(1_800_000_000_000);

fn contents(firing: &[u64], resolved: &[u64]) -> Contents {
    Contents { firing: firing.to_vec(), resolved: resolved.to_vec() }
}

fn entry(firing: &[u64], resolved: &[u64], ago: i64) -> Entry {
    Entry { at: NOW - ago, firing: firing.to_vec(), resolved: resolved.to_vec(), expires_at: NOW + 1 }
}

#[test]
fn what_is_known_is_not_told_again() {
    let check = |last: Option<Entry>, now: Contents, sends_resolved: bool, expected: bool| {
        let repeat = Repeat { after: Duration::from_millis(100), sends_resolved };
        assert_eq!(needs_telling(last.as_ref(), &now, repeat, NOW), expected, "{last:?} {now:?} {sends_resolved}");
    };
    // Never told: an end alone is no news.
    check(None, contents(&[1], &[]), true, true);
    check(None, contents(&[1], &[2]), true, true);
    check(None, contents(&[], &[2]), true, false);
    // Told before: new alerts, but not fewer.
    check(Some(entry(&[1], &[], 0)), contents(&[1], &[]), true, false);
    check(Some(entry(&[1], &[], 0)), contents(&[1, 2], &[]), true, true);
    check(Some(entry(&[1, 2], &[], 0)), contents(&[1], &[]), true, false);
    check(Some(entry(&[], &[1], 0)), contents(&[1], &[]), true, true);
    // Ends: each once, unless they are not sent; the last one always, so that the log forgets it.
    check(Some(entry(&[1, 2], &[], 0)), contents(&[1], &[2]), true, true);
    check(Some(entry(&[1, 2], &[], 0)), contents(&[1], &[2]), false, false);
    check(Some(entry(&[1], &[2], 0)), contents(&[1], &[2]), true, false);
    check(Some(entry(&[1], &[], 0)), contents(&[], &[1]), true, true);
    check(Some(entry(&[1], &[], 0)), contents(&[], &[1]), false, true);
    check(Some(entry(&[], &[1], 0)), contents(&[], &[1]), true, false);
    check(Some(entry(&[], &[1], 0)), contents(&[], &[2]), true, false);
    check(Some(entry(&[], &[1], 1_000)), contents(&[], &[1]), true, false);
    // Again after the interval, and not at it.
    check(Some(entry(&[1], &[], 100)), contents(&[1], &[]), true, false);
    check(Some(entry(&[1], &[], 101)), contents(&[1], &[]), true, true);
}

fn integration() -> Integration {
    Integration { receiver: "oncall".to_owned(), kind: "slack".to_owned(), index: 0 }
}

#[test]
fn entries_are_kept_for_twice_the_interval_at_most_five_days() {
    let check = |repeat: u64, kept: u64| {
        let mut log = NotificationLog::default();
        log.record("g", &integration(), contents(&[1], &[]), Duration::from_secs(repeat), NOW);
        log.forget_old(NOW.plus(Duration::from_secs(kept)) - 1);
        assert_eq!(log.len(), 1);
        log.forget_old(NOW.plus(Duration::from_secs(kept)));
        assert!(log.is_empty());
        assert_eq!(log.changes(), 2);
    };
    check(3_600, 7_200);
    check(86_400 * 30, 120 * 3_600);
}

#[test]
fn the_log_survives_being_kept_and_is_bounded() {
    let mut log = NotificationLog::default();
    for n in 0..=NOTIFICATION_LOG_MAX {
        let at = NOW + i64::try_from(n).expect("small");
        log.record(&format!("{{}}:{{n=\"{n}\"}}"), &integration(), contents(&[u64::MAX, 1], &[2]), Duration::MAX, at);
    }
    assert_eq!(log.len(), NOTIFICATION_LOG_MAX);
    assert_eq!(log.last("{}:{n=\"0\"}", &integration()), None);
    let read = NotificationLog::decode(&log.encode().expect("bytes")).expect("read");
    assert_eq!(read.entries, log.entries);
    let other = Integration { index: 1, ..integration() };
    assert_eq!(read.last("{}:{n=\"1\"}", &other), None);
    assert!(NotificationLog::decode(b"{\"version\":9,\"entries\":[]}").is_err());
}
