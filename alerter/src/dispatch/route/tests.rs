//! Which routes alerts take, and with which settings.

use super::*;
use crate::dispatch::tests::world::config;

fn routes(yaml: &str) -> Routes {
    Routes::new(config(yaml).route.as_ref())
}

fn labels(text: &str) -> Labels {
    Labels::from_pairs(text.split_whitespace().filter_map(|pair| pair.split_once('=')))
}

const TREE: &str = "
receivers: [{name: root}, {name: a}, {name: a1}, {name: b}, {name: c}]
route:
  receiver: root
  group_by: [alertname]
  group_wait: 1s
  routes:
  - matchers: [team=a]
    receiver: a
    group_interval: 2m
    routes:
    - {matchers: ['severity=~\"critical|page\"', env=x], receiver: a1, group_by: ['...'], repeat_interval: 9h}
    - {matchers: [severity=warning], group_by: []}
  - {matchers: [team=b], receiver: b, continue: true}
  - {match: {also: c}, receiver: c}
time_intervals: []
";

#[test]
fn alerts_take_the_deepest_routes_that_match() {
    let routes = routes(TREE);
    let check = |alert: &str, expected: &[&str]| {
        let taken = routes.taken_by(&labels(alert));
        let ids: Vec<_> = taken.iter().filter_map(|index| routes.get(*index)).map(|route| route.id.as_str()).collect();
        assert_eq!(ids, expected, "{alert}");
    };
    check("x=y", &["{}"]);
    check("team=a", &["{}/{team=\"a\"}/0"]);
    check("team=a severity=critical env=x", &["{}/{team=\"a\"}/0/{env=\"x\",severity=~\"critical|page\"}/0"]);
    check("team=a severity=critical", &["{}/{team=\"a\"}/0"]);
    check("team=a also=c", &["{}/{team=\"a\"}/0"]);
    check("team=b", &["{}/{team=\"b\"}/1"]);
    check("team=b also=c", &["{}/{team=\"b\"}/1", "{}/{also=\"c\"}/2"]);
    check("also=c", &["{}/{also=\"c\"}/2"]);
}

#[test]
fn settings_come_from_above() {
    let routes = routes(TREE);
    let at = |alert: &str| {
        let taken = routes.taken_by(&labels(alert));
        routes.get(taken[0]).expect("a route").clone()
    };
    let hours = |hours: u64| Duration::from_secs(hours * 3_600);
    let root = at("x=y");
    assert_eq!(
        (root.group_wait, root.group_interval, root.repeat_interval),
        (Duration::from_secs(1), Duration::from_secs(300), hours(4))
    );
    let deep = at("team=a severity=page env=x");
    assert_eq!((deep.receiver.as_str(), &deep.group_by), ("a1", &GroupBy::All));
    assert_eq!(
        (deep.group_wait, deep.group_interval, deep.repeat_interval),
        (Duration::from_secs(1), Duration::from_secs(120), hours(9))
    );
    let silent = at("team=a severity=warning");
    assert_eq!((silent.receiver.as_str(), &silent.group_by), ("a", &GroupBy::Labels(BTreeSet::new())));
    assert_eq!(at("team=b").group_by.labels_of(&labels("alertname=X team=b")), labels("alertname=X"));
    assert_eq!(deep.key, "{}/{team=\"a\"}/{env=\"x\",severity=~\"critical|page\"}");
    assert_eq!(Routes::new(None).taken_by(&labels("a=b")), [0; 0]);
}
