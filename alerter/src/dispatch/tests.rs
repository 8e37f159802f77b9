//! The dispatcher over hours, with paused time: rules that post, receivers that hang or refuse, restarts and kills.

mod world;

use world::{Answer, World};

const ONE: &str = "
route: {receiver: oncall, group_by: [alertname], group_wait: 30s, group_interval: 5m, repeat_interval: 4h}
receivers: [{name: oncall}]";

#[tokio::test(start_paused = true)]
async fn one_alert_is_told_and_its_end_is() {
    let mut world = World::new(ONE);
    world.fire("PodDown");
    world.pass("29s").await;
    world.told(&[]);
    world.pass("2s").await;
    world.told(&["oncall/test[0] {}:{alertname=\"PodDown\"} firing: PodDown"]);
    world.pass("10m").await;
    world.told(&[]);
    world.resolve("PodDown");
    world.pass("5m").await;
    world.told(&["oncall/test[0] {}:{alertname=\"PodDown\"} resolved: PodDown"]);
    world.pass("10h").await;
    world.told(&[]);
    assert_eq!(world.dispatcher().groups(&super::AlertFilter::default()), []);
}

#[tokio::test(start_paused = true)]
async fn what_refuses_for_ever_is_tried_once_a_turn() {
    let mut world = World::new(ONE);
    world.answers(Answer::Never);
    world.fire("PodDown");
    world.pass("4m").await;
    assert_eq!(world.attempts(), 1);
    world.pass("5m").await;
    assert_eq!(world.attempts(), 2);
    world.answers(Answer::Arrived);
    world.pass("5m").await;
    world.told(&["oncall/test[0] {}:{alertname=\"PodDown\"} firing: PodDown"]);
}
