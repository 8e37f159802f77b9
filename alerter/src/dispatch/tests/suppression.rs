//! Inhibition, silences and times: what is kept quiet, and what follows when that ends.

use super::super::AlertFilter;
use super::world::World;
use super::{FIRING, ONE};
use crate::silence::{Phase, Wanted};
use model::matcher::MatchOp;
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn inhibition_begins_and_ends_with_its_source() {
    let yaml = format!(
        "{ONE}\ninhibit_rules: [{{source_matchers: [alertname=NodeDown], target_matchers: [alertname=PodDown]}}]"
    );
    let mut world = World::new(&yaml);
    world.fire("NodeDown");
    world.fire("PodDown");
    world.pass("31s").await;
    let node = "oncall/test[0] {}:{alertname=\"NodeDown\"} firing: NodeDown";
    world.told(&[node]);
    let shown = world.dispatcher().alerts(&AlertFilter::default());
    let pod = shown.iter().find(|view| view.labels.get("alertname") == Some("PodDown")).expect("shown");
    let by = shown.iter().find(|view| view.labels.get("alertname") == Some("NodeDown")).expect("shown");
    assert_eq!(pod.inhibited_by, [by.fingerprint.as_str()]);
    assert!(by.inhibited_by.is_empty());
    world.pass("1h").await;
    world.told(&[]);
    world.resolve("NodeDown");
    world.pass("5m").await;
    world.told(&[FIRING, &node.replace("firing", "resolved")]);
    // One that was told already is not told again when it is kept quiet for a while.
    world.fire("NodeDown");
    world.pass("20m").await;
    world.told(&[node]);
    world.resolve("NodeDown");
    world.pass("20m").await;
    world.told(&[&node.replace("firing", "resolved")]);
}

async fn silence(world: &World, name: &str, from: u64, until: u64) -> String {
    let after = |seconds| world.now().plus(Duration::from_secs(seconds));
    let matchers = vec![("alertname".to_owned(), MatchOp::Equal, name.to_owned())];
    let wanted = Wanted { matchers, starts_at: after(from), ends_at: after(until), ..Wanted::default() };
    world.dispatcher().set_silence(wanted).await.expect("set")
}

#[tokio::test(start_paused = true)]
async fn a_silence_holds_until_it_ends() {
    let mut world = World::new(ONE);
    silence(&world, "PodDown", 0, 3_600).await;
    world.fire("PodDown");
    world.pass("59m").await;
    world.told(&[]);
    let shown = world.dispatcher().alerts(&AlertFilter::default());
    assert_eq!(shown[0].silenced_by.len(), 1);
    let unsilenced = AlertFilter { silenced: false, ..AlertFilter::default() };
    assert_eq!(world.dispatcher().alerts(&unsilenced), []);
    world.pass("6m").await;
    world.told(&[FIRING]);
}

#[tokio::test(start_paused = true)]
async fn a_silence_that_is_expired_lets_alerts_through_at_their_turn() {
    let mut world = World::new(ONE);
    let id = silence(&world, "PodDown", 0, 36_000).await;
    let pending = silence(&world, "PodDown", 7_200, 36_000).await;
    world.fire("PodDown");
    world.pass("10m").await;
    world.told(&[]);
    world.dispatcher().expire_silence(&id).await.expect("expired");
    assert_eq!(world.dispatcher().silence(&id).expect("kept").phase(world.now()), Phase::Expired);
    world.pass("5m").await;
    world.told(&[FIRING]);
    // The other begins later, when all is told.
    world.pass("3h").await;
    world.told(&[]);
    assert_eq!(world.dispatcher().silence(&pending).expect("kept").phase(world.now()), Phase::Active);
    // Silences survive a kill.
    world.kill().await;
    assert_eq!(world.dispatcher().silences().len(), 2);
    world.pass("120h").await;
    assert_eq!(world.dispatcher().silences().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_end_during_a_silence_is_not_told() {
    let mut world = World::new(ONE);
    world.fire("PodDown");
    world.pass("31s").await;
    world.told(&[FIRING]);
    silence(&world, "PodDown", 0, 3_600).await;
    world.resolve("PodDown");
    world.pass("5h").await;
    world.told(&[]);
}

/// The tests begin on 2027-01-15 at 08:00 UTC, a Friday.
const TIMES: &str = "
route:
  receiver: oncall
  routes:
  - {receiver: oncall, matchers: [kind=office], active_time_intervals: [office], group_by: [alertname]}
  - {receiver: oncall, matchers: [kind=night], mute_time_intervals: [lunch], group_by: [alertname]}
receivers: [{name: oncall}]
time_intervals:
- name: office
  time_intervals: [{weekdays: ['monday:friday'], times: [{start_time: '10:00', end_time: '11:00'}], location: Europe/Berlin}]
- name: lunch
  time_intervals: [{times: [{start_time: '08:00', end_time: '09:00'}]}]";

#[tokio::test(start_paused = true)]
async fn times_hold_back_and_let_through() {
    let mut world = World::new(TIMES);
    world.fire("A{kind=office}");
    world.fire("B{kind=night}");
    world.pass("50m").await;
    world.told(&[]);
    let muted = world.dispatcher().groups(&AlertFilter::default());
    let muted: Vec<_> = muted.iter().map(|group| group.alerts[0].muted_by.clone()).collect();
    assert_eq!(muted, [["office"], ["lunch"]]);
    assert_eq!(world.dispatcher().groups(&AlertFilter { muted: false, ..AlertFilter::default() }), []);
    world.pass("15m").await;
    let a = "oncall/test[0] {}/{kind=\"office\"}:{alertname=\"A\"} firing: A{kind=office}";
    world.told(&[a, "oncall/test[0] {}/{kind=\"night\"}:{alertname=\"B\"} firing: B{kind=night}"]);
    // In Berlin it is ten to eleven. What ends out of office hours is not told.
    world.pass("1h").await;
    world.told(&[]);
    world.resolve("A{kind=office}");
    world.pass("20m").await;
    world.told(&[]);
    let page = world.instruments.encode();
    assert!(page.contains("belfry_notifications_suppressed_total{reason=\"mute_time_interval\"}"), "{page}");
    assert!(page.contains("belfry_notifications_suppressed_total{reason=\"active_time_interval\"}"), "{page}");
}
