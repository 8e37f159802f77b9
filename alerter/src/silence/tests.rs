//! Changes, refusals, look-up and the life of silences.

use super::*;
use crate::matchers::parse_all;
use std::time::Duration;

const NOW: Millis = Millis(1_800_000_000_000);
const HOUR: i64 = 3_600_000;

fn wanted(id: &str, matchers: &str, from: i64, until: i64) -> Wanted {
    let matchers = parse_all(matchers).expect("reads");
    let matchers = matchers.iter().map(|m| (m.name().to_owned(), m.op(), m.value().to_owned())).collect();
    let (starts_at, ends_at) = (NOW + from, NOW + until);
    Wanted { id: id.to_owned(), matchers, starts_at, ends_at, created_by: "me".to_owned(), ..Wanted::default() }
}

/// With one silence, `old`, of these times.
fn with(matchers: &str, from: i64, until: i64) -> Silences {
    let mut silences = Silences::default();
    let set = silences.set(wanted("", matchers, from, until), "old".to_owned(), NOW.min(NOW + from));
    assert_eq!(set, Ok("old".to_owned()));
    silences
}

#[test]
fn a_change_that_alters_history_makes_a_new_silence() {
    let check = |(from, until): (i64, i64), change: Wanted, id: &str, old: Phase| {
        let mut silences = with("a=b", from, until);
        assert_eq!(silences.set(change.clone(), "new".to_owned(), NOW), Ok(id.to_owned()), "{change:?}");
        assert_eq!(silences.get("old").expect("kept").phase(NOW), old, "{change:?}");
        assert_eq!(silences.get(id).expect("there").ends_at, change.ends_at);
        assert_eq!(silences.get(id).expect("there").starts_at, change.starts_at.max(NOW.min(NOW + from)));
    };
    // Active: the end may change, also within the second of the start.
    check((-HOUR, HOUR), wanted("old", "a=b", -HOUR, 2 * HOUR), "old", Phase::Active);
    let mut silences = with("a=b", -HOUR, HOUR);
    let shifted = silences.set(wanted("old", "a=b", -HOUR + 900, HOUR), "new".to_owned(), NOW);
    assert_eq!(shifted, Ok("old".to_owned()));
    // Other matchers, another start.
    let other = |change: Wanted| {
        let mut silences = with("a=b", -HOUR, HOUR);
        assert_eq!(silences.set(change, "new".to_owned(), NOW), Ok("new".to_owned()));
        assert_eq!(silences.get("old").expect("kept").phase(NOW), Phase::Expired);
        assert_eq!(silences.get("new").expect("there").starts_at, NOW);
    };
    other(wanted("old", "a=c", -HOUR, HOUR));
    other(wanted("old", "a=~b", -HOUR, HOUR));
    other(wanted("old", "a=b", -2 * HOUR, HOUR));
    // Pending: its start may move, but not into the past.
    check((HOUR, 2 * HOUR), wanted("old", "a=b", 2 * HOUR, 3 * HOUR), "old", Phase::Pending);
    let mut silences = with("a=b", HOUR, 2 * HOUR);
    assert_eq!(silences.set(wanted("old", "a=b", -1, HOUR), "new".to_owned(), NOW), Ok("new".to_owned()));
    assert_eq!(silences.get("old").expect("kept").phase(NOW), Phase::Expired);
    // Expired: what is over stays over.
    let mut silences = with("a=b", -2 * HOUR, -HOUR);
    assert_eq!(silences.set(wanted("old", "a=b", -2 * HOUR, HOUR), "new".to_owned(), NOW), Ok("new".to_owned()));
    assert_eq!(silences.get("old").expect("kept").ends_at, NOW - HOUR);
}

#[test]
fn wrong_silences_are_refused_in_alertmanagers_words() {
    let check = |change: Wanted, expected: Refused| {
        let mut silences = with("a=b", -HOUR, HOUR);
        assert_eq!(silences.set(change, "new".to_owned(), NOW), Err(expected));
        assert_eq!(silences.iter().count(), 1);
        assert_eq!(silences.get("old").expect("kept").phase(NOW), Phase::Active);
    };
    let invalid = |what: &str| Refused::Invalid(format!("invalid silence: {what}"));
    check(wanted("nowhere", "a=b", 0, HOUR), Refused::NotFound);
    check(wanted("", "", 0, HOUR), invalid("matcher set 0 is empty"));
    check(
        wanted("", "a=,b=~\".*\"", 0, HOUR),
        invalid("matcher set 0: at least one matcher must not match the empty string"),
    );
    check(wanted("", "a=b", HOUR, 0), invalid("end time must not be before start time"));
    let mut broken = wanted("", "a=b", 0, HOUR);
    broken.matchers = vec![("a".to_owned(), MatchOp::Regex, "(".to_owned())];
    let what = "invalid label matcher 0 in set 0: invalid regular expression \"(\": error parsing regexp: missing closing ): `(`";
    check(broken, invalid(what));
    let mut long = wanted("old", "a=b", -HOUR, HOUR);
    long.comment = "x".repeat(SILENCE_BYTES_MAX);
    let bytes = SILENCE_BYTES_MAX + "oldme".len() + "ab".len() + 8 + 32;
    let what = format!("silence exceeded maximum size: {bytes} bytes (limit: {SILENCE_BYTES_MAX} bytes)");
    check(long, Refused::Invalid(what));
}

#[test]
fn too_many_are_refused_and_those_there_can_still_be_changed() {
    let mut silences = Silences::default();
    for n in 0..SILENCES_MAX {
        silences.set(wanted("", "a=b", 0, HOUR), n.to_string(), NOW).expect("room");
    }
    let what = format!("exceeded maximum number of silences: {SILENCES_MAX} (limit: {SILENCES_MAX})");
    assert_eq!(silences.set(wanted("", "a=b", 0, HOUR), "more".to_owned(), NOW), Err(Refused::Invalid(what)));
    assert_eq!(silences.set(wanted("7", "a=b", 0, 2 * HOUR), "more".to_owned(), NOW), Ok("7".to_owned()));
}

#[test]
fn silences_are_found_by_what_they_match() {
    let mut silences = Silences::default();
    let put = |silences: &mut Silences, id: &str, matchers: &str, from: i64, until: i64| {
        silences.set(wanted("", matchers, from, until), id.to_owned(), NOW + from).expect("right");
    };
    put(&mut silences, "1", "alertname=X", -HOUR, HOUR);
    put(&mut silences, "2", "alertname=X,pod=a", -HOUR, HOUR);
    put(&mut silences, "3", "pod=~\"a|b\"", -HOUR, HOUR);
    put(&mut silences, "4", "pod!=a", -HOUR, HOUR);
    put(&mut silences, "5", "alertname=X", HOUR, 2 * HOUR);
    put(&mut silences, "6", "alertname=X", -2 * HOUR, -HOUR);
    put(&mut silences, "7", "pod=\"\",alertname=X", -HOUR, HOUR);
    let check = |labels: &[(&str, &str)], at: Millis, expected: &[&str]| {
        let labels = Labels::from_pairs(labels.iter().copied());
        assert_eq!(silences.silencing(&labels, at), expected, "{labels}");
    };
    check(&[("alertname", "X"), ("pod", "a")], NOW, &["1", "2", "3"]);
    check(&[("alertname", "X"), ("pod", "c")], NOW, &["1", "4"]);
    check(&[("alertname", "X")], NOW, &["1", "4", "7"]);
    check(&[("alertname", "Y"), ("pod", "b")], NOW, &["3", "4"]);
    check(&[("alertname", "X"), ("pod", "a")], NOW + HOUR + 1, &["5"]);
    check(&[("alertname", "X"), ("pod", "a")], NOW + 3 * HOUR, &[]);
}

#[test]
fn ended_ones_are_kept_for_a_while_and_survive_being_kept() {
    let mut silences = with("a=~\"b|c\",d!=\"e\"", -HOUR, HOUR);
    assert_eq!(silences.expire("nowhere", NOW), Err(Refused::NotFound));
    assert_eq!(silences.expire("old", NOW), Ok(()));
    assert_eq!(silences.expire("old", NOW + 5), Ok(()));
    let ended = silences.get("old").expect("kept").clone();
    assert_eq!((ended.phase(NOW), ended.updated_at), (Phase::Expired, NOW));
    silences.set(wanted("", "x=y", 0, HOUR), "second".to_owned(), NOW).expect("right");
    let read = Silences::decode(&silences.encode().expect("bytes")).expect("read");
    assert_eq!(read.iter().collect::<Vec<_>>(), silences.iter().collect::<Vec<_>>());
    assert!(!silences.forget_old(NOW.plus(SILENCES_KEPT) - 2));
    assert!(silences.forget_old(NOW.plus(SILENCES_KEPT) - 1));
    assert_eq!(silences.iter().count(), 1);
    assert!(silences.forget_old(NOW.plus(SILENCES_KEPT).plus(Duration::from_secs(3_600))));
    assert!(silences.index.is_empty());
    assert!(Silences::decode(b"{\"version\":2,\"silences\":[]}").is_err());
    assert!(Silences::decode(b"rubbish").is_err());
}

#[test]
fn a_silence_is_found_for_alerts_that_were_asked_for_before_it() {
    let labels = Labels::from_pairs([("a", "b"), ("c", "d")]);
    let mut silences = with("x=y", 0, HOUR);
    assert_eq!(silences.silencing(&labels, NOW), Vec::<String>::new());
    silences.set(wanted("", "a=~b|c", HOUR, 2 * HOUR), "later".to_owned(), NOW).expect("set");
    let check = |silences: &Silences, at: Millis, expected: &[&str]| {
        assert_eq!(silences.silencing(&labels, at), expected, "{at:?}");
        assert_eq!(silences.clone().silencing(&labels, at), expected, "{at:?}");
    };
    check(&silences, NOW, &[]);
    check(&silences, NOW + HOUR, &["later"]);
    silences.expire("later", NOW + HOUR).expect("known");
    check(&silences, NOW + HOUR, &[]);
}
