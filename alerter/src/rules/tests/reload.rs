//! What a reload keeps and what it ends.

use super::world::{World, at, files};
use crate::config::rules::{Language, RuleFiles};
use crate::rules::Rules;
use runtime::task_set::{Class, TaskSet};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

fn one(rules: &str) -> [RuleFiles; 1] {
    [files(&format!("groups: [{{name: g, interval: 15s, rules: [{rules}]}}]"), Language::PromQl)]
}

/// Runs the rules; their own times are not waited for.
fn run(world: &World) -> TaskSet {
    let tasks = TaskSet::new(Arc::clone(&world.instruments), CancellationToken::new());
    let rules = Arc::clone(&world.rules);
    tasks.spawn("rules", Class::Critical, move |stop| {
        let rules = Arc::clone(&rules);
        async move { rules.run(stop).await }
    });
    tasks
}

/// Puts rules in force and waits until they are.
async fn reload(world: &World, files: &[RuleFiles]) {
    world.rules.commit(world.prepared(files));
    let wanted: Vec<String> = files.iter().flat_map(|files| &files.groups).map(|g| format!("{g:?}")).collect();
    let shown = |rules: &Rules| -> Vec<String> {
        rules.groups(Language::PromQl).iter().map(|view| format!("{:?}", view.group)).collect()
    };
    while shown(&world.rules) != wanted {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn alerts_of_rules_with_the_same_name_and_labels_go_on() {
    let world = World::with(&one("{alert: Down, expr: up == 0, for: 1m}, {alert: Gone, expr: up == 0}"));
    world.append(r#"up{pod="a"}"#, 0, 0.0);
    world.evaluate(0).await;
    let tasks = run(&world);
    reload(&world, &one("{alert: New, expr: up == 0, for: 5m}, {alert: Down, expr: up < 1, for: 30s}")).await;
    assert_eq!(world.alerts("Down"), "a:pending");
    assert_eq!(world.rule("Down").alerts[0].alert.active_at, at(0));
    world.evaluate(30).await;
    assert_eq!((world.alerts("Down").as_str(), world.alerts("New").as_str()), ("a:firing", "a:pending"));
    // The series of the rule that is gone end with the next evaluation of its group.
    assert_eq!(world.samples(r#"ALERTS{alertname="Gone"}"#), "0:1 30:x");
    assert_eq!(world.samples(r#"ALERTS_FOR_STATE{alertname="Gone"}"#).split(' ').count(), 2);
    // Other labels make another rule.
    reload(&world, &one("{alert: Down, expr: up < 1, for: 30s, labels: {a: b}}")).await;
    assert_eq!(world.alerts("Down"), "");
    tasks.stop_and_wait(Duration::from_secs(1)).await.expect("ends");
}

#[tokio::test(start_paused = true)]
async fn the_series_of_a_group_that_is_gone_end_two_intervals_later() {
    let world = World::with(&one("{alert: Down, expr: up == 0}"));
    world.append(r#"up{pod="a"}"#, 0, 0.0);
    world.evaluate(0).await;
    let tasks = run(&world);
    world.clock.set(at(10));
    reload(&world, &[]).await;
    tokio::time::sleep(Duration::from_secs(29)).await;
    assert_eq!(world.samples("ALERTS"), "0:1");
    while world.samples("ALERTS") != "0:1 10:x" {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    tasks.stop_and_wait(Duration::from_secs(1)).await.expect("ends");
}

#[tokio::test(start_paused = true)]
async fn a_group_that_did_not_change_keeps_its_task_and_what_it_knows() {
    let unchanged = one("{alert: Down, expr: up == 0, for: 1m}");
    let world = World::with(&unchanged);
    world.append(r#"up{pod="a"}"#, 0, 0.0);
    world.evaluate(0).await;
    let tasks = run(&world);
    reload(&world, &unchanged).await;
    let other = files("groups: [{name: h, rules: []}]", Language::PromQl);
    reload(&world, &[unchanged[0].clone(), other]).await;
    assert_eq!(world.alerts("Down"), "a:pending");
    assert_eq!(world.rules.groups(Language::PromQl)[0].evaluated_at, Some(at(0)));
    tasks.stop_and_wait(Duration::from_secs(1)).await.expect("ends");
}
