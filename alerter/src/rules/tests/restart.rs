//! What survives a kill, and in which order things happen around it.

use super::world::{World, at, files};
use crate::config::rules::{Language, RuleFiles};
use model::time::Millis;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use store::state::StateName;
use tokio_util::sync::CancellationToken;

const DOWN: &str = "groups: [{name: g, interval: 15s, rules: [{alert: Down, expr: up == 0, for: 2m}, \
                    {alert: Now, expr: up == 0}]}]";

fn down() -> [RuleFiles; 1] {
    [files(DOWN, Language::PromQl)]
}

/// Runs the rules as the daemon does until they told what was kept, and stops them.
async fn begin(world: &World) {
    let stop = CancellationToken::new();
    let rules = Arc::clone(&world.rules);
    let running = rules.run(stop.clone());
    tokio::pin!(running);
    assert!(tokio::time::timeout(Duration::from_millis(1), running.as_mut()).await.is_err());
    stop.cancel();
    running.await.expect("ends");
}

#[tokio::test]
async fn pending_timers_go_on_and_firing_stays_firing() {
    let mut world = World::new(DOWN);
    for second in [0, 60] {
        world.append(r#"up{pod="a"}"#, second, 0.0);
        world.evaluate(second).await;
    }
    assert_eq!((world.alerts("Down").as_str(), world.alerts("Now").as_str()), ("a:pending", "a:firing"));
    world.clock.set(at(90));
    world.restart(&down());
    assert_eq!((world.alerts("Down").as_str(), world.alerts("Now").as_str()), ("a:pending", "a:firing"));
    assert_eq!(world.rule("Down").alerts[0].alert.active_at, at(0));
    begin(&world).await;
    assert_eq!(world.told(), "+a", "what fires is told at once");
    world.append(r#"up{pod="a"}"#, 120, 0.0);
    world.evaluate(120).await;
    assert_eq!((world.alerts("Down").as_str(), world.told().as_str()), ("a:firing", "+a"));
    assert_eq!(world.rule("Now").alerts[0].alert.fired_at, Some(at(0)));
    assert_eq!(world.samples(r#"ALERTS{alertname="Down",alertstate="pending"}"#), "0:1 60:1 120:x");
}

#[tokio::test]
async fn after_a_long_downtime_a_pending_alert_goes_on_where_it_was() {
    let mut world = World::new(DOWN);
    for second in [0, 60] {
        world.append(r#"up{pod="a"}"#, second, 0.0);
        world.evaluate(second).await;
    }
    world.clock.set(at(3_660));
    world.restart(&down());
    assert_eq!(world.rule("Down").alerts[0].alert.active_at, at(3_600));
    // Nothing was scraped yet: two evaluations say nothing.
    world.evaluate(3_660).await;
    world.evaluate(3_675).await;
    assert_eq!((world.alerts("Down").as_str(), world.alerts("Now").as_str()), ("a:pending", "a:firing"));
    world.append(r#"up{pod="a"}"#, 3_700, 0.0);
    world.evaluate(3_705).await;
    assert_eq!(world.alerts("Down"), "a:pending");
    world.evaluate(3_720).await;
    assert_eq!(world.alerts("Down"), "a:firing");
}

#[tokio::test]
async fn what_ended_while_belfry_was_down_is_told_as_ended() {
    let mut world = World::new(DOWN);
    world.append(r#"up{pod="a"}"#, 0, 0.0);
    world.evaluate(0).await;
    world.clock.set(at(3_600));
    world.restart(&down());
    for second in [3_600, 3_615, 3_630] {
        world.append(r#"up{pod="a"}"#, second, 1.0);
        world.evaluate(second).await;
    }
    assert_eq!(world.told(), "+a -a");
}

#[tokio::test]
async fn an_end_that_nobody_heard_of_is_told_however_long_ago() {
    let mut world = World::new(DOWN);
    world.append(r#"up{pod="a"}"#, 0, 0.0);
    world.evaluate(0).await;
    world.append(r#"up{pod="a"}"#, 60, 1.0);
    // Killed between the snapshot and the post: the snapshot that was saved then is the last one.
    world.evaluate(60).await;
    assert_eq!(world.told(), "+a -a");
    world.clock.set(at(90_000));
    world.restart(&down());
    begin(&world).await;
    assert_eq!(world.told(), "-a");
    // The stop saved that it was told: a day later nobody needs to hear of it again.
    world.clock.set(at(180_000));
    world.restart(&down());
    begin(&world).await;
    assert_eq!(world.told(), "");
    world.evaluate(180_000).await;
    assert_eq!(world.told(), "");
}

#[tokio::test]
async fn alerts_of_rules_that_are_gone_end_at_the_start() {
    let mut world = World::new(DOWN);
    world.append(r#"up{pod="a"}"#, 0, 0.0);
    world.evaluate(0).await;
    world.clock.set(at(30));
    world.restart(&[files("groups: []", Language::PromQl)]);
    begin(&world).await;
    assert_eq!(world.told(), "-a");
}

#[tokio::test]
async fn the_state_is_on_the_disk_before_anybody_is_told() {
    let mut world = World::new(DOWN);
    let seen: Arc<Mutex<Vec<bool>>> = Arc::default();
    let (states, noted) = (world.states.clone(), Arc::clone(&seen));
    world.rules = {
        let parts = crate::rules::RulesParts {
            metrics: Arc::clone(&world.metrics),
            logs: Arc::clone(&world.logs),
            states: world.states.clone(),
            clock: Arc::clone(&world.clock) as Arc<dyn model::clock::Clock>,
            instruments: Arc::clone(&world.instruments),
            post: Arc::new(move |alerts| {
                let kept = states.load(StateName::Rules).expect("readable").unwrap_or_default();
                let kept = String::from_utf8(kept).expect("text");
                let state = |posted: &crate::posted::PostedAlert, now: Millis| {
                    if posted.is_resolved(now) { "\"state\":\"resolved\"" } else { "\"state\":\"firing\"" }
                };
                let now = alerts.iter().map(|alert| alert.ends_at).min().map_or(at(0), |end| end.min(at(60)));
                noted.lock().expect("whole").push(alerts.iter().all(|alert| kept.contains(state(alert, now))));
            }),
        };
        Arc::new(crate::rules::Rules::new(world.prepared(&down()), parts).expect("readable"))
    };
    world.append(r#"up{pod="a"}"#, 0, 0.0);
    world.evaluate(0).await;
    world.append(r#"up{pod="a"}"#, 60, 1.0);
    world.evaluate(60).await;
    assert_eq!(*seen.lock().expect("whole"), [true, true]);
}

#[tokio::test]
async fn a_state_that_makes_no_sense_is_set_aside() {
    for text in ["", "{}", r#"{"version":9,"saved_at":0,"rules":[]}"#, r#"{"version":1,"saved_at":"x","rules":[]}"#] {
        let mut world = World::new(DOWN);
        world.states.save(StateName::Rules, text.as_bytes()).expect("saved");
        world.restart(&down());
        assert_eq!(world.alerts("Down"), "");
        assert_eq!(world.states.load(StateName::Rules).expect("readable"), None, "{text}");
    }
}

#[tokio::test]
async fn a_snapshot_of_the_first_release_is_read() {
    let mut world = World::new(DOWN);
    let text = r#"{"version":1,"saved_at":1700006400000,"rules":[{"language":"promql","file":"rules.yml","group":"g",
        "name":"Down","labels":{},"alerts":[{"labels":{"alertname":"Down","pod":"a"},"annotations":{"summary":"x"},
        "value":"NaN","state":"firing","active_at":1700006300000,"fired_at":1700006390000,"keep_firing_since":null,
        "resolved_at":null,"end_posted":false}]}]}"#;
    world.states.save(StateName::Rules, text.as_bytes()).expect("saved");
    world.restart(&down());
    let view = world.rule("Down");
    assert_eq!(world.alerts("Down"), "a:firing");
    assert!(view.alerts[0].alert.value.is_nan());
    assert_eq!((view.alerts[0].alert.active_at, view.alerts[0].alert.fired_at), (at(-100), Some(at(-10))));
}

#[tokio::test]
async fn who_cannot_save_or_store_tells_people_all_the_same() {
    let world = World::new(DOWN);
    world.append(r#"up{pod="a"}"#, 0, 0.0);
    // A folder in the place of the snapshot: nothing can be renamed onto it.
    std::fs::create_dir_all(world.folder.path().join("state/rules/in-the-way")).expect("made");
    world.evaluate(0).await;
    assert_eq!((world.told().as_str(), world.rule("Now").last_error.as_str()), ("+a", ""));
    world.append(r#"up{pod="a"}"#, 60, 1.0);
    world.metrics.close().expect("closes");
    world.evaluate(60).await;
    assert_eq!(world.told(), "-a");
    let view = world.rule("Now");
    assert_eq!(view.health, crate::rules::Health::Err);
    assert!(view.last_error.contains("closed"), "{}", view.last_error);
}

#[tokio::test]
async fn keep_firing_for_goes_on_over_a_restart() {
    let rules = "groups: [{name: g, rules: [{alert: Kept, expr: up == 0, keep_firing_for: 5m}]}]";
    let mut world = World::new(rules);
    for (second, value) in [(0, 0.0), (60, 1.0)] {
        world.append(r#"up{pod="a"}"#, second, value);
        world.evaluate(second).await;
    }
    assert_eq!(world.rule("Kept").alerts[0].alert.keep_firing_since, Some(at(60)));
    world.restart(&[files(rules, Language::PromQl)]);
    for minute in 2..6 {
        world.append(r#"up{pod="a"}"#, minute * 60, 1.0);
        world.evaluate(minute * 60).await;
        assert_eq!(world.alerts("Kept"), "a:firing", "{minute}");
    }
    world.append(r#"up{pod="a"}"#, 360, 1.0);
    world.evaluate(360).await;
    assert_eq!(world.alerts("Kept"), "");
}
