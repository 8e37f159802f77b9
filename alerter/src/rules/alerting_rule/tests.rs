//! The life of alerts, evaluation by evaluation.

use super::*;

const MINUTE: i64 = 60_000;

fn labels(pod: &str) -> Labels {
    Labels::from_pairs([("alertname", "PodDown"), ("pod", pod)])
}

fn found(pods: &[&str]) -> Vec<Found> {
    let found = |pod: &&str| Found { labels: labels(pod), annotations: Labels::empty(), value: 1.0 };
    pods.iter().map(found).collect()
}

/// Evaluates once a minute what each word lists (`-` for nothing) and writes what changed.
fn check(timing: Timing, evaluations: &str, expected: &str) {
    let mut alerts = ActiveAlerts::default();
    let mut told = Vec::new();
    for (minute, pods) in (0..).zip(evaluations.split(' ')) {
        let pods: Vec<&str> = pods.split(',').filter(|pod| *pod != "-").collect();
        let changes =
            alerts.evaluate(timing, found(&pods), Absence::Ends, Millis(minute * MINUTE)).expect("labels differ");
        for (labels, change) in changes {
            told.push(format!("{minute}:{} {change:?}", labels.get("pod").expect("a pod")));
        }
    }
    assert_eq!(told.join(", "), expected, "{timing:?} {evaluations}");
}

fn minutes(hold: u64, keep_firing: u64) -> Timing {
    Timing { hold: Duration::from_secs(hold * 60), keep_firing: Duration::from_secs(keep_firing * 60) }
}

#[test]
fn a_condition_fires_once_it_held_for_long_enough() {
    check(minutes(0, 0), "- a a -", "1:a Began, 1:a Fired, 3:a Resolved");
    check(minutes(2, 0), "a a a a -", "0:a Began, 2:a Fired, 4:a Resolved");
    check(minutes(2, 0), "a a - a a a", "0:a Began, 2:a Gone, 3:a Began, 5:a Fired");
    check(minutes(1, 0), "a,b b a,b b", "0:a Began, 0:b Began, 1:a Gone, 1:b Fired, 2:a Began, 3:a Gone");
    check(minutes(0, 0), "a - a", "0:a Began, 0:a Fired, 1:a Resolved, 2:a Began, 2:a Fired");
}

#[test]
fn keep_firing_for_bridges_gaps() {
    check(minutes(0, 2), "a - a - - - -", "0:a Began, 0:a Fired, 5:a Resolved");
    check(minutes(0, 2), "a - - -", "0:a Began, 0:a Fired, 3:a Resolved");
    check(minutes(2, 9), "a a - a", "0:a Began, 2:a Gone, 3:a Began");
}

#[test]
fn the_end_stays_known_until_everybody_can_have_heard_of_it() {
    let mut alerts = ActiveAlerts::default();
    let timing = minutes(0, 0);
    let at = |alerts: &mut ActiveAlerts, minute: i64, pods: &[&str]| {
        alerts.evaluate(timing, found(pods), Absence::Ends, Millis(minute * MINUTE)).map(drop).expect("labels differ");
        alerts.iter().map(|alert| (alert.state, alert.resolved_at.map(|at| at.0 / MINUTE))).collect::<Vec<_>>()
    };
    assert_eq!(at(&mut alerts, 0, &["a"]), [(State::Firing, None)]);
    assert_eq!(at(&mut alerts, 1, &[]), [(State::Resolved, Some(1))]);
    assert_eq!(at(&mut alerts, 16, &[]), [(State::Resolved, Some(1))]);
    assert_eq!(at(&mut alerts, 17, &[]), []);
    assert_eq!(alerts.condition(), Condition::Inactive);
}

#[test]
fn the_worst_alert_decides() {
    let mut alerts = ActiveAlerts::default();
    let timing = minutes(1, 0);
    alerts.evaluate(timing, found(&["a"]), Absence::Ends, Millis(0)).expect("labels differ");
    assert_eq!(alerts.condition(), Condition::Pending);
    alerts.evaluate(timing, found(&["a", "b"]), Absence::Ends, Millis(MINUTE)).expect("labels differ");
    assert_eq!(alerts.condition(), Condition::Firing);
}

#[test]
fn two_series_that_become_one_alert_are_an_error_and_change_nothing() {
    let mut alerts = ActiveAlerts::default();
    alerts.evaluate(Timing::default(), found(&["a"]), Absence::Ends, Millis(0)).expect("labels differ");
    let before = alerts.clone();
    let error = alerts
        .evaluate(Timing::default(), found(&["b", "b"]), Absence::Ends, Millis(MINUTE))
        .expect_err("the same twice");
    assert!(error.to_string().starts_with("vector contains metrics with the same labelset"), "{error}");
    assert_eq!(alerts, before);
}

#[test]
fn a_state_that_was_kept_goes_on() {
    let mut alerts = ActiveAlerts::default();
    alerts.evaluate(minutes(5, 0), found(&["a"]), Absence::Ends, Millis(0)).expect("labels differ");
    let mut restored = ActiveAlerts::restored(alerts.iter().cloned());
    let changes =
        restored.evaluate(minutes(5, 0), found(&["a"]), Absence::Ends, Millis(5 * MINUTE)).expect("labels differ");
    assert_eq!(changes, [(labels("a"), Transition::Fired)]);
}

#[test]
fn a_clock_that_steps_back_delays_nothing_by_as_much() {
    let mut alerts = ActiveAlerts::default();
    let mut told = Vec::new();
    let hour = 60;
    for (minute, pods) in [(hour, &["a"][..]), (0, &["a"]), (2, &["a"]), (2 + hour, &[]), (3, &[]), (5, &[])] {
        let at = Millis(minute * MINUTE);
        let changes = alerts.evaluate(minutes(2, 2), found(pods), Absence::Ends, at).expect("labels differ");
        told.extend(changes.into_iter().map(|(_, change)| format!("{minute} {change:?}")));
    }
    assert_eq!(told.join(", "), "60 Began, 2 Fired, 5 Resolved");
}
