//! Restarts and kills at every point: each alert is told once when it begins and once when it ends, but for a message
//! that was under way at the kill.

use super::world::{Answer, World};
use super::{FIRING, ONE, RESOLVED};

/// How the daemon ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Stopped,
    Killed,
}

impl World {
    async fn end(&mut self, how: End) {
        match how {
            End::Stopped => self.restart().await,
            End::Killed => self.kill().await,
        }
    }
}

#[tokio::test(start_paused = true)]
async fn after_a_start_nothing_is_told_twice() {
    for how in [End::Stopped, End::Killed] {
        let mut world = World::new(ONE);
        world.fire("PodDown");
        world.pass("31s").await;
        world.told(&[FIRING]);
        world.end(how).await;
        world.pass("1h").await;
        world.told(&[]);
        world.resolve("PodDown");
        world.end(how).await;
        world.pass("5m").await;
        world.told(&[RESOLVED]);
        world.end(how).await;
        world.pass("5h").await;
        world.told(&[]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_start_neither_shortens_nor_begins_the_repeat_interval_anew() {
    let mut world = World::new(ONE);
    world.fire("PodDown");
    world.pass("31s").await;
    world.told(&[FIRING]);
    world.pass("2h").await;
    world.kill().await;
    world.pass("1h59m").await;
    world.told(&[]);
    world.pass("7m").await;
    world.told(&[FIRING]);
}

#[tokio::test(start_paused = true)]
async fn a_group_is_whole_before_it_is_compared_with_what_was_told() {
    let mut world = World::new(ONE);
    world.fire("PodDown{pod=a}");
    world.fire("PodDown{pod=b}");
    world.pass("31s").await;
    assert_eq!(world.take_told().len(), 1);
    world.resolve("PodDown{pod=b}");
    world.kill().await;
    world.pass("10s").await;
    world.told(&["oncall/test[0] {}:{alertname=\"PodDown\"} firing: PodDown{pod=a} resolved: PodDown{pod=b}"]);
    world.pass("1h").await;
    world.told(&[]);
}

#[tokio::test(start_paused = true)]
async fn what_was_being_retried_is_sent_after_the_start() {
    for how in [End::Stopped, End::Killed] {
        let mut world = World::new(ONE);
        world.answers(Answer::Soon);
        world.fire("PodDown");
        world.pass("2m").await;
        world.end(how).await;
        world.answers(Answer::Arrived);
        world.pass("10s").await;
        world.told(&[FIRING]);
        world.pass("1h").await;
        world.told(&[]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_lets_what_is_under_way_arrive() {
    let mut world = World::new(ONE);
    world.fire("PodDown");
    world.pass("30s").await;
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    assert_eq!((world.attempts(), world.take_told().len()), (1, 0), "it is under way");
    world.restart().await;
    world.told(&[FIRING]);
    world.pass("1h").await;
    world.told(&[]);
}

/// The story of two alerts of one group; the daemon ends after each of many times, once.
#[tokio::test(start_paused = true)]
async fn at_whatever_point_it_ends_each_is_told_once() {
    for how in [End::Stopped, End::Killed] {
        // Tenths of seconds: fine steps around the turns, where messages are under way.
        let around = |tenth: u64| (tenth - 5..tenth + 10).collect::<Vec<_>>();
        let coarse = (0..20_000).step_by(997);
        let points = coarse.chain(around(300)).chain(around(3_300)).chain(around(6_300)).chain(around(9_300));
        for point in points {
            check_story(how, point).await;
        }
    }
}

/// Two alerts begin and end at different turns of their group; at this tenth of a second the daemon ends.
async fn check_story(how: End, point: u64) {
    let mut world = World::new(ONE);
    let steps: [(u64, &str, bool); 4] = [
        (0, "PodDown{pod=a}", true),
        (1_000, "PodDown{pod=b}", true),
        (4_000, "PodDown{pod=a}", false),
        (8_000, "PodDown{pod=b}", false),
    ];
    let mut now = 0;
    let mut ended = false;
    let mut under_way = false;
    for (at, step) in steps.iter().map(|step| (step.0, Some(step))).chain([(40_000, None)]) {
        if !ended && point <= at {
            world.pass(&format!("{}ms", (point - now) * 100)).await;
            let before = world.attempts();
            let arrived = world.told_count();
            under_way = before > arrived;
            world.end(how).await;
            (now, ended) = (point, true);
        }
        world.pass(&format!("{}ms", at.saturating_sub(now) * 100)).await;
        now = now.max(at);
        if let Some((_, name, fires)) = step {
            if *fires { world.fire(name) } else { world.resolve(name) }
        }
    }
    let told = world.take_told();
    let allowed = usize::from(under_way && how == End::Killed);
    for pod in ["a", "b"] {
        let name = format!("PodDown{{pod={pod}}}");
        let mut known = false;
        let mut changes = Vec::new();
        for message in &told {
            let fires = message.split(" resolved:").next().is_some_and(|firing| firing.contains(&name));
            let resolves = message.split(" resolved:").nth(1).is_some_and(|resolved| resolved.contains(&name));
            if fires != known && (fires || resolves) {
                known = fires;
                changes.push(fires);
            }
        }
        assert_eq!(changes, [true, false], "{how:?} at {point}: {name} in {told:#?}");
    }
    assert!(told.len() <= 4 + allowed, "{how:?} at {point}: {told:#?}");
}
