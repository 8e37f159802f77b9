//! Groups that run by themselves: their times, and what one rule may do to the others.

use super::world::{World, at};
use crate::config::rules::Language;
use model::clock::Clock;
use runtime::task_set::{Class, TaskSet};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

#[tokio::test(start_paused = true)]
async fn groups_are_evaluated_at_their_own_times() {
    let world = World::new("groups: [{name: g, interval: 10s, rules: [{record: r, expr: vector(1)}]}]");
    let tasks = TaskSet::new(Arc::clone(&world.instruments), CancellationToken::new());
    let rules = Arc::clone(&world.rules);
    tasks.spawn("rules", Class::Critical, move |stop| {
        let rules = Arc::clone(&rules);
        async move { rules.run(stop).await }
    });
    let clock = Arc::clone(&world.clock);
    let mut seen = Vec::new();
    while seen.len() < 3 {
        tokio::time::sleep(Duration::from_millis(500)).await;
        clock.advance(500);
        let evaluated = world.rules.groups(Language::PromQl)[0].evaluated_at;
        if let Some(evaluated) = evaluated.filter(|at| seen.last() != Some(at)) {
            seen.push(evaluated);
        }
    }
    let samples = world.samples("r");
    let times: Vec<i64> = samples.split(' ').filter_map(|s| s.split(':').next()?.parse().ok()).collect();
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] == 10), "{samples}");
    assert!(times[0] <= 10, "{samples}");
    assert!(world.clock.now() < at(45));
    tasks.stop_and_wait(Duration::from_secs(1)).await.expect("ends");
}

#[tokio::test]
async fn a_receiver_that_panics_is_the_failure_of_its_rule_alone() {
    let mut world = World::new("groups: []");
    let text = "groups: [{name: g, rules: [{alert: A, expr: vector(1)}, {record: r, expr: vector(2)}]}]";
    let parts = crate::rules::RulesParts {
        metrics: Arc::clone(&world.metrics),
        logs: Arc::clone(&world.logs),
        states: world.states.clone(),
        clock: Arc::clone(&world.clock) as Arc<dyn Clock>,
        instruments: Arc::clone(&world.instruments),
        post: Arc::new(|_| panic!("nobody listens")),
    };
    let files = [super::world::files(text, Language::PromQl)];
    world.rules = Arc::new(crate::rules::Rules::new(world.prepared(&files), parts).expect("readable"));
    world.evaluate(0).await;
    assert_eq!(world.rule("A").last_error, "the work panicked (BUG, see the log)");
    assert_eq!(world.rule("r").last_error, "");
    assert_eq!(world.samples("r"), "0:2");
    world.evaluate(60).await;
    assert_eq!(world.alerts("A"), "-:firing");
}
