//! When to tell again, and how long that is remembered.

use super::*;

const NOW: Millis = Millis(1_800_000_000_000);

fn contents(firing: &[u64], resolved: &[u64]) -> Contents {
    Contents { firing: firing.to_vec(), resolved: resolved.to_vec() }
}

fn entry(firing: &[u64], resolved: &[u64], ago: i64) -> Entry {
    Entry {
        at: NOW - ago,
        firing: firing.to_vec(),
        resolved: resolved.to_vec(),
        expires_at: NOW + 1,
        ..Entry::default()
    }
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

#[test]
fn an_end_is_told_once_whatever_was_told_after_it() {
    let mut log = NotificationLog::default();
    let tell = |log: &mut NotificationLog, minute: i64, now: Contents, expected: bool| {
        let repeat = Repeat { after: Duration::from_secs(14_400), sends_resolved: true };
        let at = NOW + minute * 60_000;
        assert_eq!(needs_telling(log.last("g", &integration()), &now, repeat, at), expected, "{now:?} at {minute}");
        if expected {
            log.record("g", &integration(), now, Duration::from_secs(14_400), at);
        }
    };
    tell(&mut log, 0, contents(&[1, 2], &[]), true);
    tell(&mut log, 1, contents(&[1], &[2]), true);
    tell(&mut log, 2, contents(&[1, 3], &[]), true);
    tell(&mut log, 3, contents(&[1, 3], &[2]), false);
    let mut log = NotificationLog::decode(&log.encode().expect("bytes")).expect("read");
    tell(&mut log, 4, contents(&[1, 3], &[2]), false);
    // It fires again: its next end is news.
    tell(&mut log, 5, contents(&[1, 2, 3], &[]), true);
    tell(&mut log, 6, contents(&[1, 3], &[2]), true);
    tell(&mut log, 7, contents(&[1, 3, 4], &[]), true);
    // Long after nobody posts it any more, it is forgotten.
    tell(&mut log, 70, contents(&[1, 3, 4, 5], &[]), true);
    assert_eq!(log.last("g", &integration()).expect("told").earlier, []);
}

fn integration() -> Integration {
    Integration { receiver: "oncall".to_owned(), kind: "slack".to_owned(), index: 0 }
}

#[test]
fn entries_are_kept_for_twice_the_interval_at_most_five_days_unless_something_goes_on() {
    let check = |repeat: u64, firing: &[u64], kept: u64| {
        let mut log = NotificationLog::default();
        log.record("g", &integration(), contents(firing, &[1]), Duration::from_secs(repeat), NOW);
        log.forget_old(NOW.plus(Duration::from_secs(kept)) - 1);
        assert_eq!(log.len(), 1);
        log.forget_old(NOW.plus(Duration::from_secs(kept)));
        assert!(log.is_empty());
        assert_eq!(log.changes(), 2);
    };
    check(3_600, &[], 7_200);
    check(86_400 * 30, &[], 120 * 3_600);
    // Of what goes on the end is still to be told.
    check(3_600, &[2], 86_400 * 30);
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
