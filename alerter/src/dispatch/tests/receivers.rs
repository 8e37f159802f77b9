//! Receivers that refuse, hang, ask for time, or panic; several at once.

use super::super::Outcome;
use super::world::{Answer, World};
use super::{FIRING, ONE, RESOLVED};
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn what_refuses_for_ever_is_tried_once_a_turn() {
    let mut world = World::new(ONE);
    world.answers(Answer::Never);
    world.fire("PodDown");
    world.pass("4m").await;
    assert_eq!(world.attempts(), 1);
    world.pass("5m").await;
    assert_eq!(world.attempts(), 2);
    let page = world.instruments.encode();
    assert!(
        page.contains("belfry_notifications_failed_total{integration=\"test\",reason=\"permanent\"} 2\n"),
        "{page}"
    );
    world.answers(Answer::Arrived);
    world.pass("5m").await;
    world.told(&[FIRING]);
}

#[tokio::test(start_paused = true)]
async fn an_end_that_could_not_be_told_is_told_later() {
    let mut world = World::new(ONE);
    world.fire("PodDown");
    world.pass("31s").await;
    world.told(&[FIRING]);
    world.answers(Answer::Never);
    world.resolve("PodDown");
    world.pass("1h").await;
    world.told(&[]);
    world.answers(Answer::Arrived);
    world.pass("5m").await;
    world.told(&[RESOLVED]);
    world.pass("1h").await;
    world.told(&[]);
}

#[tokio::test(start_paused = true)]
async fn who_asks_for_time_gets_it() {
    let mut world = World::new(ONE);
    world.answers(Answer::After(Duration::from_secs(100)));
    world.fire("PodDown");
    world.pass("31s").await;
    assert_eq!(world.attempts(), 1);
    world.answers(Answer::Arrived);
    world.pass("99s").await;
    world.told(&[]);
    world.pass("2s").await;
    world.told(&[FIRING]);
    assert_eq!(world.attempts(), 2);
}

#[tokio::test(start_paused = true)]
async fn time_that_is_asked_for_beyond_the_next_turn_ends_there() {
    let mut world = World::new(ONE);
    world.answers(Answer::After(Duration::from_secs(3_600)));
    world.fire("PodDown");
    world.pass("31s").await;
    world.answers(Answer::Arrived);
    world.pass("5m").await;
    world.told(&[FIRING]);
}

const TWO: &str = "
route:
  {receiver: oncall, group_by: [alertname], group_wait: 30s, group_interval: 5m, repeat_interval: 4h,
  routes: [{receiver: both, continue: true, matchers: [pod!=x]}, {receiver: quiet, matchers: [pod!=x]}]}
receivers: [{name: oncall}, {name: both}, {name: quiet}]";

#[tokio::test(start_paused = true)]
async fn one_that_hangs_holds_up_no_other() {
    let mut world = World::new(TWO);
    world.answers_of("both", "test", Answer::Hangs);
    world.fire("PodDown");
    world.pass("31s").await;
    let key = "{}/{pod!=\"x\"}:{alertname=\"PodDown\"}";
    world.told(&[&format!("both/other[0] {key} firing: PodDown"), &format!("quiet/test[0] {key} firing: PodDown")]);
    world.resolve("PodDown");
    world.pass("5m").await;
    // It is told that it does not know of no end, and the one that tells no ends records it.
    world.told(&[&format!("both/other[0] {key} resolved: PodDown")]);
    world.fire("PodDown");
    world.answers(Answer::Arrived);
    world.pass("10m").await;
    world.told(&[
        &format!("both/other[0] {key} firing: PodDown"),
        &format!("both/test[0] {key} firing: PodDown"),
        &format!("quiet/test[0] {key} firing: PodDown"),
    ]);
}

#[tokio::test(start_paused = true)]
async fn a_panic_is_a_failure_and_stays_where_it_is() {
    let mut world = World::new(TWO);
    world.answers_of("both", "other", Answer::Panics);
    world.fire("PodDown");
    world.pass("31s").await;
    let key = "{}/{pod!=\"x\"}:{alertname=\"PodDown\"}";
    world.told(&[&format!("both/test[0] {key} firing: PodDown"), &format!("quiet/test[0] {key} firing: PodDown")]);
    let failed = world.dispatcher().notifications().into_iter().find(|shown| shown.outcome == Outcome::Failed);
    assert_eq!(failed.expect("shown").integration.name(), "other[0]");
    world.answers(Answer::Arrived);
    world.pass("5m").await;
    world.told(&[&format!("both/other[0] {key} firing: PodDown")]);
}

#[tokio::test(start_paused = true)]
async fn many_groups_of_one_that_hangs_are_bounded_and_go_on_later() {
    let mut world = World::new(&TWO.replace("[alertname]", "['...']"));
    world.answers_of("both", "test", Answer::Hangs);
    for n in 0..100 {
        world.fire(&format!("PodDown{{pod={n}}}"));
    }
    // Sixteen at once, a fifth of a second each.
    world.pass("33s").await;
    assert_eq!(world.take_told().len(), 200);
    assert_eq!(world.attempts(), 200 + crate::limits::SENDS_PER_INTEGRATION);
    world.answers(Answer::Arrived);
    world.pass("10m").await;
    assert_eq!(world.take_told().len(), 100);
}

#[tokio::test(start_paused = true)]
async fn messages_that_wait_for_a_place_hold_up_no_stop() {
    let mut world =
        World::new("{route: {receiver: oncall, group_by: ['...'], group_wait: 1s}, receivers: [{name: oncall}]}");
    world.answers(Answer::Arrived);
    for n in 0..200 {
        world.fire(&format!("PodDown{{n={n}}}"));
    }
    // After the hold of a start.
    world.pass("2100ms").await;
    let begun = tokio::time::Instant::now();
    world.restart().await;
    // Those that were under way have arrived; the others are not begun any more.
    assert!(begun.elapsed() < super::super::STOP_GRACE, "{:?}", begun.elapsed());
    assert_eq!(world.told_count(), crate::limits::SENDS_PER_INTEGRATION);
    world.pass("10s").await;
    assert_eq!(world.told_count(), 200, "each is told once");
}
