//! Ends that nobody posts any more when they could be told.

use super::world::{Answer, World};
use super::{FIRING, ONE, RESOLVED};

#[tokio::test(start_paused = true)]
async fn the_end_of_an_alert_whose_rule_is_gone_is_told_after_a_start() {
    for downtime in ["1s", "10m", "23h", "6d"] {
        let mut world = World::new(ONE);
        world.fire("PodDown");
        world.pass("1m").await;
        world.told(&[FIRING]);
        world.forget("PodDown");
        world.be_down(downtime).await;
        world.pass("4m").await;
        world.told(&[]);
        world.pass("7m").await;
        world.told(&[RESOLVED]);
        world.kill().await;
        world.pass("1h").await;
        world.told(&[]);
    }
}

#[tokio::test(start_paused = true)]
async fn two_starts_in_quick_succession_forget_no_end() {
    let mut world = World::new(ONE);
    world.fire("PodDown");
    world.pass("1m").await;
    world.told(&[FIRING]);
    world.forget("PodDown");
    for _ in 0..3 {
        world.kill().await;
        world.pass("1m").await;
    }
    world.told(&[]);
    world.pass("10m").await;
    world.told(&[RESOLVED]);
}

#[tokio::test(start_paused = true)]
async fn an_end_that_its_rule_has_forgotten_is_told_after_a_start() {
    let mut world = World::new(&ONE.replace("group_interval: 5m", "group_interval: 30m"));
    world.fire("PodDown");
    world.pass("31s").await;
    world.told(&[FIRING]);
    world.resolve("PodDown");
    world.pass("20m").await;
    world.told(&[]);
    world.kill().await;
    world.pass("10s").await;
    world.told(&[RESOLVED]);
}

#[tokio::test(start_paused = true)]
async fn an_end_that_no_receiver_took_is_told_after_a_start() {
    let mut world = World::new(ONE);
    world.fire("PodDown");
    world.pass("31s").await;
    world.told(&[FIRING]);
    world.answers(Answer::Never);
    world.resolve("PodDown");
    world.pass("20m").await;
    world.answers(Answer::Arrived);
    world.kill().await;
    world.pass("10s").await;
    world.told(&[RESOLVED]);
    world.pass("5h").await;
    world.told(&[]);
}

#[tokio::test(start_paused = true)]
async fn what_others_post_goes_on_after_a_start() {
    let mut world = World::new(ONE);
    world.post_external("PodDown");
    world.pass("31s").await;
    world.told(&[FIRING]);
    world.kill().await;
    world.pass("1m").await;
    world.post_external("PodDown");
    world.pass("4m30s").await;
    world.told(&[]);
    world.pass("10m").await;
    world.told(&[RESOLVED]);
}

#[tokio::test(start_paused = true)]
async fn an_end_during_a_downtime_longer_than_the_repeat_interval_is_told() {
    let mut world = World::new(&ONE.replace("repeat_interval: 4h", "repeat_interval: 5m"));
    world.fire("PodDown");
    world.pass("31s").await;
    world.told(&[FIRING]);
    world.resolve("PodDown");
    world.be_down("14m").await;
    world.pass("10s").await;
    world.told(&[RESOLVED]);
}

#[tokio::test(start_paused = true)]
async fn a_message_under_way_is_not_sent_again_when_its_route_moves() {
    let two = |routes: &str| {
        format!("{{route: {{receiver: oncall, group_wait: 30s, routes: [{routes}]}}, receivers: [{{name: oncall}}]}}")
    };
    let podown = "{matchers: ['alertname=PodDown'], group_by: [alertname]}";
    let mut world = World::new(&two(podown));
    world.fire("PodDown");
    world.pass("30s").await;
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    assert_eq!((world.attempts(), world.told_count()), (1, 0), "it is under way");
    world.reload(&two(&format!("{{matchers: ['a=b']}}, {podown}")));
    world.pass("1h").await;
    world.told(&["oncall/test[0] {}/{alertname=\"PodDown\"}:{alertname=\"PodDown\"} firing: PodDown"]);
}

#[tokio::test(start_paused = true)]
async fn ends_that_no_receiver_takes_are_bounded() {
    use super::super::End;
    use crate::limits::{ALERTS_BYTES_MAX, UNTOLD_ENDS_MAX};
    use model::labels::Labels;
    let mut world = World::new(ONE);
    world.answers(Answer::Never);
    // While something goes on that cannot be told, no end leaves the group.
    world.fire("PodDown");
    let post = |world: &World, wave: usize| {
        let ends_at = world.now().plus(std::time::Duration::from_secs(10));
        let alert = |n: usize| {
            let mut alert = world.external("PodDown").0;
            alert.labels = Labels::from_pairs([("alertname", "PodDown"), ("n", &format!("{wave}/{n}"))]);
            alert.annotations = Labels::from_pairs([("summary", "x".repeat(10_000))]);
            alert.ends_at = ends_at;
            (alert, End::Given)
        };
        world.dispatcher().post_external((0..5_000).map(alert).collect()).expect("room");
    };
    for number in 0..4 {
        post(&world, number);
        world.pass("6m").await;
    }
    let core = world.dispatcher().core();
    let held: Vec<_> = core.groups().flat_map(|(_, group)| group.alerts()).collect();
    let bytes: usize = held.iter().map(|held| held.alert.bytes()).sum();
    assert!(held.len() > 5_000, "{}", held.len());
    assert!(held.len() <= UNTOLD_ENDS_MAX && bytes <= ALERTS_BYTES_MAX, "{} of {bytes}", held.len());
    assert!(held.iter().any(|held| held.alert.labels.get("n").is_some_and(|n| n.starts_with("3/"))), "the newest stay");
}
