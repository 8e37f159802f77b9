//! Sources, targets and alerts that are both.

use super::*;
use crate::dispatch::End;
use crate::posted::PostedAlert;
use std::time::Duration;

const NOW: Millis = Millis(1_000_000);

fn labels(text: &str) -> Labels {
    Labels::from_pairs(text.split_whitespace().filter_map(|pair| pair.split_once('=')))
}

fn rules(yaml: &str) -> Vec<InhibitRule> {
    let text = format!("inhibit_rules: [{yaml}]");
    let raw = serde_saphyr::from_str(&text).expect("reads");
    let mut report = settings::report::Report::new(String::new());
    let key = settings::report::Key::root("alerting");
    let read = crate::config::alerting::read(Some(raw), &key, &settings::Source::default(), &mut report);
    report.finish(read).expect("right").inhibit_rules
}

fn posted(text: &str, ends_at: Millis) -> PostedAlert {
    let (labels, starts_at) = (labels(text), NOW.minus(Duration::from_secs(60)));
    PostedAlert {
        labels,
        annotations: Labels::empty(),
        starts_at,
        ends_at,
        generator_url: String::new(),
        value: String::new(),
    }
}

/// Whether the target is kept quiet by one of the sources, all of which go on.
fn check(rule: &str, sources: &[&str], target: &str, expected: Option<&str>) {
    let mut alerts = Alerts::default();
    for source in sources {
        alerts.put(posted(source, NOW + 1), End::Given, NOW).expect("held");
    }
    let inhibitor = Inhibitor::new(&rules(rule), &alerts);
    let by = inhibitor.inhibitor_of(&labels(target), &alerts, NOW);
    assert_eq!(by, expected.map(labels), "{rule} {sources:?} {target}");
}

const EQUAL: &str = "{source_matchers: [s=1], target_matchers: [t=1], equal: [ns]}";

#[test]
fn a_source_keeps_its_targets_quiet() {
    check(EQUAL, &["s=1 ns=a"], "t=1 ns=a", Some("s=1 ns=a"));
    check(EQUAL, &["s=1 ns=b"], "t=1 ns=a", None);
    check(EQUAL, &["s=2 ns=a"], "t=1 ns=a", None);
    check(EQUAL, &["s=1 ns=a"], "t=2 ns=a", None);
    check(EQUAL, &["s=1"], "t=1", Some("s=1"));
    check(EQUAL, &["s=1"], "t=1 ns=a", None);
    check("{source_matchers: [s=1], target_matchers: [t=1]}", &["s=1 ns=b"], "t=1 ns=a", Some("s=1 ns=b"));
}

#[test]
fn what_passes_both_sides_is_kept_quiet_by_others_only() {
    check(EQUAL, &["s=1 t=1 ns=a"], "s=1 t=1 ns=a", None);
    check(EQUAL, &["s=1 t=1 ns=a x=1"], "s=1 t=1 ns=a x=2", None);
    check(EQUAL, &["s=1 ns=a"], "s=1 t=1 ns=a", Some("s=1 ns=a"));
    check(EQUAL, &["s=1 t=1 ns=a x=1", "s=1 ns=a x=2"], "s=1 t=1 ns=a", Some("s=1 ns=a x=2"));
    check(EQUAL, &["s=1 t=1 ns=a"], "t=1 ns=a", Some("s=1 t=1 ns=a"));
}

#[test]
fn a_source_counts_while_it_goes_on_and_is_held() {
    let mut alerts = Alerts::default();
    let mut inhibitor = Inhibitor::new(&rules(EQUAL), &alerts);
    let target = labels("t=1 ns=a");
    let held = alerts.put(posted("s=1 ns=a", NOW + 10), End::Given, NOW).expect("held");
    inhibitor.insert(&held);
    assert!(inhibitor.inhibitor_of(&target, &alerts, NOW + 9).is_some());
    assert!(inhibitor.inhibitor_of(&target, &alerts, NOW + 10).is_none());
    for ended in alerts.forget_ended(NOW + 10) {
        inhibitor.remove(&ended);
    }
    assert!(inhibitor.rules[0].sources.is_empty());
}
