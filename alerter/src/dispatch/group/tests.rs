//! Turns, flushes and what leaves after them.

use super::*;
use crate::config::alerting;
use crate::dispatch::alerts::End;
use crate::dispatch::route::Routes;
use crate::posted::PostedAlert;

const START: i64 = 1_800_000_000_000;

fn route() -> Route {
    let config = alerting::Route {
        group_wait: Some(Duration::from_secs(30)),
        group_interval: Some(Duration::from_secs(300)),
        ..alerting::Route::to_receiver("oncall")
    };
    let routes = Routes::new(Some(&config));
    routes.get(0).expect("a root").clone()
}

/// So many seconds after the start of both clocks.
fn at(seconds: u64) -> Now {
    Now { wall: Millis(START).plus(Duration::from_secs(seconds)), steady: Duration::from_secs(seconds) }
}

fn held(name: &str, starts: i64, ends: i64) -> Arc<Held> {
    let alert = PostedAlert {
        labels: Labels::from_pairs([("alertname", name)]),
        annotations: Labels::empty(),
        starts_at: Millis(START + starts * 1_000),
        ends_at: Millis(START + ends * 1_000),
        generator_url: String::new(),
        value: String::new(),
    };
    Arc::new(Held { alert, updated_at: Millis(START), end: End::Given })
}

fn group(first: Arc<Held>, now: Now) -> Group {
    Group::new(first, Labels::from_pairs([("alertname", "A"), ("x", "\"")]), &route(), now)
}

#[test]
fn a_group_waits_once_and_then_in_intervals() {
    let mut group = group(held("A", 0, 1_000), at(0));
    assert_eq!(group.key, "{}:{alertname=\"A\", x=\"\\\"\"}");
    assert_eq!(group.due(), Some(Duration::from_secs(30)));
    group.insert(held("B", -100, 1_000));
    assert_eq!(group.due(), Some(Duration::from_secs(30)), "only the first alert can have been waited for");
    let flush = group.begin(FlushId(1), &route(), at(30));
    assert_eq!(flush.alerts.len(), 2);
    assert_eq!(group.due(), None);
    assert_eq!(group.sending(0), After::Kept);
    assert_eq!(group.due(), Some(Duration::from_secs(330)));
}

#[test]
fn one_that_is_old_already_is_told_at_once() {
    let check = |starts: i64, due: u64| {
        assert_eq!(group(held("A", starts, 1_000), at(100)).due(), Some(Duration::from_secs(due)), "{starts}");
    };
    check(100, 130);
    check(70, 130);
    check(69, 100);
}

#[test]
fn what_ended_leaves_once_it_was_told() {
    let ended = held("A", 0, 10);
    let mut group = group(Arc::clone(&ended), at(0));
    group.insert(held("B", 0, 1_000));
    group.begin(FlushId(1), &route(), at(30));
    group.sending(2);
    assert_eq!(group.message_done(FlushId(1), true), After::Kept);
    assert_eq!(group.message_done(FlushId(1), false), After::Kept);
    assert_eq!(group.alerts().len(), 2, "one message failed");
    group.begin(FlushId(2), &route(), at(330));
    group.sending(1);
    assert_eq!(group.message_done(FlushId(1), true), After::Kept, "it belongs to another flush");
    assert_eq!(group.due(), None);
    assert_eq!(group.message_done(FlushId(2), true), After::Kept);
    assert_eq!(group.alerts().len(), 1);
}

#[test]
fn one_that_is_posted_again_during_the_flush_stays() {
    let mut group = group(held("A", 0, 10), at(0));
    group.begin(FlushId(1), &route(), at(30));
    group.sending(1);
    group.insert(held("A", 31, 1_000));
    assert_eq!(group.message_done(FlushId(1), true), After::Kept);
    group.insert(held("A", 31, 40));
    group.begin(FlushId(2), &route(), at(330));
    assert_eq!(group.sending(0), After::Empty);
}

#[test]
fn a_turn_that_comes_during_a_flush_follows_it() {
    let mut group = group(held("A", 0, 1_000), at(0));
    group.begin(FlushId(1), &route(), at(30));
    group.sending(1);
    group.message_done(FlushId(1), true);
    assert_eq!(group.due(), Some(Duration::from_secs(330)));
    group.begin(FlushId(2), &route(), at(330));
    group.sending(1);
    // It ends long after the next turn was due.
    group.message_done(FlushId(2), false);
    assert_eq!(group.due(), Some(Duration::from_secs(630)));
}

#[test]
fn messages_list_alerts_by_job_and_instance() {
    let labels = |text: &str| Labels::from_pairs(text.split(' ').filter_map(|pair| pair.split_once('=')));
    let mut all = ["a=1", "instance=2 job=a", "instance=1 job=b", "a=0 instance=2 job=a", "job=b", "instance=9"];
    all.sort_by(|a, b| order(&labels(a), &labels(b)));
    assert_eq!(all, ["a=0 instance=2 job=a", "instance=2 job=a", "instance=1 job=b", "job=b", "instance=9", "a=1"]);
}
