//! The dispatcher over hours, with paused time: rules that post, receivers that hang or refuse, restarts and kills.

mod forgotten;
mod receivers;
mod restarts;
mod suppression;
pub(crate) mod world;

use super::{AlertFilter, Outcome};
use crate::limits::GROUPS_MAX;
use world::{Answer, World};

pub(crate) const ONE: &str = "
route: {receiver: oncall, group_by: [alertname], group_wait: 30s, group_interval: 5m, repeat_interval: 4h}
receivers: [{name: oncall}]";

pub(crate) const FIRING: &str = "oncall/test[0] {}:{alertname=\"PodDown\"} firing: PodDown";
pub(crate) const RESOLVED: &str = "oncall/test[0] {}:{alertname=\"PodDown\"} resolved: PodDown";

#[tokio::test(start_paused = true)]
async fn one_alert_is_told_and_its_end_is() {
    let mut world = World::new(ONE);
    world.fire("PodDown");
    world.pass("29s").await;
    world.told(&[]);
    world.pass("2s").await;
    world.told(&[FIRING]);
    world.pass("10m").await;
    world.told(&[]);
    world.resolve("PodDown");
    world.pass("5m").await;
    world.told(&[RESOLVED]);
    world.pass("10h").await;
    world.told(&[]);
    assert_eq!(world.dispatcher().groups(&AlertFilter::default()), []);
    assert_eq!(world.dispatcher().alerts(&AlertFilter::default()), []);
}

#[tokio::test(start_paused = true)]
async fn alerts_of_a_group_are_told_together() {
    let mut world = World::new(ONE);
    world.fire("PodDown{pod=a}");
    world.pass("10s").await;
    world.fire("PodDown{pod=b}");
    world.fire("Other{pod=b}");
    world.pass("21s").await;
    let both = "oncall/test[0] {}:{alertname=\"PodDown\"} firing: PodDown{pod=a} PodDown{pod=b}";
    world.told(&[both]);
    world.pass("10s").await;
    world.told(&["oncall/test[0] {}:{alertname=\"Other\"} firing: Other{pod=b}"]);
    world.resolve("PodDown{pod=a}");
    world.fire("PodDown{pod=c}");
    world.pass("5m").await;
    world.told(&[
        "oncall/test[0] {}:{alertname=\"PodDown\"} firing: PodDown{pod=b} PodDown{pod=c} resolved: PodDown{pod=a}",
    ]);
}

#[tokio::test(start_paused = true)]
async fn an_end_that_rules_post_again_and_again_is_told_once() {
    // Turns come oftener than rules post: between two posts other news is told without that end.
    let mut world = World::new(&ONE.replace("group_interval: 5m", "group_interval: 10s"));
    world.fire("PodDown{pod=a}");
    world.fire("PodDown{pod=b}");
    world.pass("65s").await;
    assert_eq!(world.take_told().len(), 1);
    world.resolve("PodDown{pod=a}");
    world.pass("15s").await;
    assert_eq!(world.take_told().len(), 1);
    world.fire("PodDown{pod=c}");
    world.pass("15s").await;
    let news = "oncall/test[0] {}:{alertname=\"PodDown\"} firing: PodDown{pod=b} PodDown{pod=c}";
    world.told(&[news]);
    world.pass("10m").await;
    world.kill().await;
    world.pass("30m").await;
    world.told(&[]);
}

#[tokio::test(start_paused = true)]
async fn what_came_and_went_unheard_is_not_told() {
    let mut world = World::new(ONE);
    world.fire("PodDown");
    world.pass("10s").await;
    world.resolve("PodDown");
    world.pass("1h").await;
    world.told(&[]);
    world.fire("PodDown");
    world.pass("31s").await;
    world.told(&[FIRING]);
    // It ends and begins again between two turns: nobody hears of it.
    world.resolve("PodDown");
    world.pass("1m").await;
    world.fire("PodDown");
    world.pass("1h").await;
    world.told(&[]);
}

#[tokio::test(start_paused = true)]
async fn an_unchanged_group_is_told_of_again_after_the_interval() {
    let mut world = World::new(ONE);
    world.fire("PodDown");
    world.pass("31s").await;
    world.told(&[FIRING]);
    // The turn at four hours finds that they are not quite over since the message arrived, as in Alertmanager.
    world.pass("4h4m").await;
    world.told(&[]);
    world.pass("1m").await;
    world.told(&[FIRING]);
    world.pass("4h5m").await;
    world.told(&[FIRING]);
}

#[tokio::test(start_paused = true)]
async fn an_alert_that_is_not_posted_again_counts_as_ended() {
    let mut world = World::new(ONE);
    world.post_external("PodDown");
    world.pass("31s").await;
    world.told(&[FIRING]);
    world.pass("4m").await;
    assert_eq!(world.dispatcher().alerts(&AlertFilter::default()).len(), 1);
    world.pass("6m").await;
    world.told(&[RESOLVED]);
}

#[tokio::test(start_paused = true)]
async fn without_a_route_alerts_are_held_and_nobody_is_told() {
    let mut world = World::new("{}");
    world.fire("PodDown");
    world.pass("1h").await;
    let shown = world.dispatcher().alerts(&AlertFilter::default());
    assert_eq!(shown.len(), 1);
    assert_eq!(shown[0].receivers, [""; 0]);
    assert_eq!(world.dispatcher().notifications(), []);
}

#[tokio::test(start_paused = true)]
async fn beyond_the_limit_of_groups_alerts_are_held_and_counted() {
    let mut world = World::new(&ONE.replace("[alertname]", "['...']"));
    world.answers(Answer::Never);
    let alerts = (0..=GROUPS_MAX).map(|n| world.external(&format!("X{{n={n}}}"))).collect();
    world.dispatcher().post_external(alerts).expect("held");
    assert_eq!(world.dispatcher().alerts(&AlertFilter::default()).len(), GROUPS_MAX + 1);
    assert_eq!(world.dispatcher().groups(&AlertFilter::default()).len(), GROUPS_MAX);
    let page = world.instruments.encode();
    assert!(page.contains("belfry_alerts_refused_total{reason=\"no_group\"} 1\n"), "{page}");
    // The groups go with their alerts.
    world.pass("10m").await;
    assert_eq!(world.dispatcher().groups(&AlertFilter::default()), []);
}

#[tokio::test(start_paused = true)]
async fn a_reload_keeps_turns_and_what_was_told() {
    let mut world = World::new(ONE);
    world.fire("PodDown");
    world.pass("20s").await;
    world.reload(ONE);
    world.pass("11s").await;
    world.told(&[FIRING]);
    world.resolve("PodDown");
    world.pass("1m").await;
    // Another wait, the same route: the end comes at its turn.
    world.reload(&ONE.replace("group_wait: 30s", "group_wait: 10s"));
    world.told(&[]);
    world.pass("4m").await;
    world.told(&[RESOLVED]);
    world.fire("PodDown");
    world.pass("11s").await;
    world.told(&[FIRING]);
    // Other groups: the group's name changes, so it is told anew.
    world.reload(&ONE.replace("[alertname]", "[]"));
    world.pass("31s").await;
    world.told(&["oncall/test[0] {}:{} firing: PodDown"]);
    // A reload while a message is under way neither loses nor repeats it.
    world.reload(ONE);
    world.fire("Other");
    world.pass("30s").await;
    world.reload(ONE);
    world.pass("1h").await;
    let other = "oncall/test[0] {}:{alertname=\"Other\"} firing: Other";
    world.told(&[other]);
}

#[tokio::test(start_paused = true)]
async fn history_and_counts_are_kept_for_the_page() {
    let mut world = World::new(ONE);
    world.answers(Answer::Soon);
    world.fire("PodDown");
    world.pass("32s").await;
    let shown = world.dispatcher().notifications();
    assert_eq!(shown.len(), 1);
    assert_eq!((shown[0].outcome, shown[0].error.as_str()), (Outcome::Retrying, "Soon"));
    world.answers(Answer::Arrived);
    world.pass("1m").await;
    world.told(&[FIRING]);
    let shown = world.dispatcher().notifications();
    assert_eq!(shown.len(), 1);
    assert_eq!((shown[0].outcome, shown[0].error.as_str()), (Outcome::Sent, ""));
    assert!(shown[0].attempts > 1);
    let (integration, tally) = &world.dispatcher().receivers()[0].integrations[0];
    assert_eq!((integration.name().as_str(), tally.sent, tally.failed), ("test[0]", 1, 0));
    assert!(tally.last_failure < tally.last_success, "{tally:?}");
    world.pass("20s").await;
    let page = world.instruments.encode();
    for line in [
        "belfry_notifications_sent_total{integration=\"test\"} 1\n",
        "belfry_alerts{state=\"active\"} 1.0\n",
        "belfry_alert_groups 1.0\n",
        "belfry_silences{state=\"active\"} 0.0\n",
        "belfry_notification_seconds_count{integration=\"test\"} 1\n",
    ] {
        assert!(page.contains(line), "{line} in {page}");
    }
}
