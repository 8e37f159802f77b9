//! The section in its forms, and everything that can be wrong with it.

use super::*;
use std::time::Duration;

fn load(yaml: &str, source: &Source) -> Result<Alerting, Vec<String>> {
    let raw = serde_saphyr::from_str(yaml).map_err(|error| vec![error.to_string()])?;
    let mut report = Report::new("belfry.yml".to_owned());
    let alerting = read(Some(raw), &Key::root("alerting"), source, &mut report);
    report.finish(alerting).map_err(|findings| findings.iter().map(ToString::to_string).collect())
}

fn right(yaml: &str) -> Alerting {
    load(yaml, &Source::default()).expect(yaml)
}

fn check(yaml: &str, expected: &[&str]) {
    assert_eq!(load(yaml, &Source::default()).expect_err(yaml), expected, "{yaml}");
}

const WHOLE: &str = "\
global:
  resolve_timeout: 7m
route:
  receiver: oncall
  group_by: [alertname, namespace]
  group_wait: 10s
  routes:
  - matchers: ['severity=critical', 'team=~\"a|b\"']
    receiver: pager
    continue: true
    group_by: ['...']
    mute_time_intervals: [nights]
    active_time_intervals: [weekdays]
  - match: {severity: warning}
    match_re: {service: 'x.*'}
inhibit_rules:
- source_matchers: ['severity=critical']
  target_match: {severity: warning}
  equal: [namespace, pod]
receivers:
- name: oncall
- name: pager
time_intervals:
- name: weekdays
  time_intervals:
  - {weekdays: ['monday:friday'], times: [{start_time: '09:00', end_time: '24:00'}], location: Asia/Seoul}
mute_time_intervals:
- name: nights
  time_intervals:
  - {times: [{start_time: '00:00', end_time: '06:00'}], months: [january, '7:8'], days_of_month: ['1:5', '-3:-1'], years: ['2026']}
";

#[test]
fn a_whole_file_is_read_and_written_back() {
    let alerting = right(WHOLE);
    let route = alerting.route.as_ref().expect("a route");
    assert_eq!(route.routes[0].matchers.to_string(), r#"{severity="critical",team=~"a|b"}"#);
    assert_eq!(route.routes[1].matchers.to_string(), r#"{severity="warning",service=~"x.*"}"#);
    assert!(route.routes[0].groups_by_all() && route.routes[0].goes_on);
    assert_eq!(alerting.global.resolve_timeout, Duration::from_secs(420));
    let names: Vec<_> = alerting.time_intervals.iter().map(|interval| interval.name.as_str()).collect();
    assert_eq!(names, ["nights", "weekdays"]);
    let written = alerting.to_yaml();
    assert_eq!(right(&written), alerting, "{written}");
    assert_eq!(right(&written).to_yaml(), written);
}

#[test]
fn without_a_route_the_file_that_is_shown_still_has_one() {
    for yaml in ["{}", "{templates: []}"] {
        let shown = right(yaml).to_yaml();
        let read = right(&shown);
        assert_eq!(read.route.expect("a route").receiver.as_deref(), Some("nobody"), "{shown}");
        assert_eq!(read.receivers[0].name, "nobody");
    }
    let none = super::read(None, &Key::root("alerting"), &Source::default(), &mut Report::new(String::new()));
    assert_eq!(none, Alerting::default());
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    check(
        "\
route:
  group_by: [a, a, '']
  matchers: [x=y]
  mute_time_intervals: [never]
  group_interval: 0s
  routes:
  - {receiver: nobody, group_by: ['...', b], repeat_interval: 5x, matchers: ['a', 'b=~(']}
  - {match: {'a-b': c}, match_re: {d: '['}, repeat_interval: 0s}
receivers:
- name: oncall
- name: oncall
inhibit_rules:
- {source_matchers: ['=x'], equal: ['']}
time_intervals:
- {name: x, time_intervals: [{weekdays: [someday], months: ['march:january'], days_of_month: ['0', '5:1'], years: [x], location: Mars/Base, times: [{start_time: '9:00', end_time: '10:00'}, {start_time: '10:00'}, {start_time: '11:00', end_time: '10:00'}]}]}
- {time_intervals: []}
mute_time_intervals:
- name: x
",
        &[
            "belfry.yml:2:3: alerting.route: root route must specify a default receiver",
            "belfry.yml:2:3: alerting.route.matchers: root route must not have any matchers",
            "belfry.yml:2:3: alerting.route.mute_time_intervals: root route must not have any mute time intervals",
            "belfry.yml:2:17: alerting.route.group_by[1]: duplicated label \"a\" in group_by",
            "belfry.yml:2:20: alerting.route.group_by[2]: invalid label name \"\" in group_by list",
            "belfry.yml:4:25: alerting.route.mute_time_intervals[0]: undefined time interval \"never\" used in route",
            "belfry.yml:5:19: alerting.route.group_interval: cannot be zero, got 0s",
            "belfry.yml:7:5: alerting.route.routes[0].group_by: cannot have wildcard group_by (`...`) and other labels at the same time",
            "belfry.yml:7:16: alerting.route.routes[0].receiver: undefined receiver \"nobody\" used in route",
            "belfry.yml:7:63: alerting.route.routes[0].repeat_interval: unknown unit \"x\" in duration \"5x\"",
            "belfry.yml:7:78: alerting.route.routes[0].matchers[0]: bad matcher format: a, got \"a\"",
            "belfry.yml:7:83: alerting.route.routes[0].matchers[1]: error parsing regexp: missing closing ): `(`, got \"b=~(\"",
            "belfry.yml:8:21: alerting.route.routes[1].match: invalid label name \"a-b\"",
            "belfry.yml:8:39: alerting.route.routes[1].match_re.d: error parsing regexp: missing closing ]: `[`",
            "belfry.yml:8:62: alerting.route.routes[1].repeat_interval: cannot be zero, got 0s",
            "belfry.yml:11:3: alerting.receivers[1].name: notification config name \"oncall\" is not unique",
            "belfry.yml:13:22: alerting.inhibit_rules[0].source_matchers[0]: bad matcher format: =x, got \"=x\"",
            "belfry.yml:13:37: alerting.inhibit_rules[0].equal[0]: invalid label name \"\" in equal list",
            "belfry.yml:15:10: alerting.time_intervals[0].name: time interval \"x\" is not unique",
            "belfry.yml:15:42: alerting.time_intervals[0].time_intervals[0].weekdays[0]: someday is not a valid weekday",
            "belfry.yml:15:61: alerting.time_intervals[0].time_intervals[0].months[0]: end month is before start month, got march:january",
            "belfry.yml:15:95: alerting.time_intervals[0].time_intervals[0].days_of_month[0]: 0 is not a valid day of the month: out of range",
            "belfry.yml:15:100: alerting.time_intervals[0].time_intervals[0].days_of_month[1]: end day 1 is always before start day 5",
            "belfry.yml:15:116: alerting.time_intervals[0].time_intervals[0].years[0]: not a number, got \"x\"",
            "belfry.yml:15:130: alerting.time_intervals[0].time_intervals[0].location: unknown time zone, got \"Mars/Base\"",
            "belfry.yml:15:162: alerting.time_intervals[0].time_intervals[0].times[0].start_time: couldn't parse timestamp 9:00, invalid format",
            "belfry.yml:15:190: alerting.time_intervals[0].time_intervals[0].times[1]: both start and end times must be provided",
            "belfry.yml:15:213: alerting.time_intervals[0].time_intervals[0].times[2]: start time cannot be equal or greater than end time",
            "belfry.yml:16:3: alerting.time_intervals[1].name: missing name in time interval",
        ],
    );
    check(
        "receivers: [{name: a}]",
        &["belfry.yml:1:1: alerting.route: no routes provided, though there are receivers"],
    );
    assert!(load("route: {reciever: x}", &Source::default()).is_err(), "unknown keys are errors");
}

#[test]
fn what_prometheus_holds_there_is_read_or_told_as_a_notice() {
    let alerting = right("alertmanagers: [{static_configs: [{targets: [a]}]}]\nalert_relabel_configs: []");
    let urls: Vec<_> = alerting.alertmanagers.iter().flat_map(|one| one.urls()).collect();
    assert_eq!(urls, ["http://a/api/v2/alerts"]);
    let notice = "belfry.yml: alerting.alert_relabel_configs: is accepted and takes no effect yet";
    assert_eq!(alerting.notices, [notice]);
}

#[test]
fn a_file_of_its_own_is_read_with_its_own_places() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("alertmanager.yml");
    let source = Source { file: "belfry.yml".to_owned(), folder: folder.path().to_owned() };
    std::fs::write(folder.path().join("one.tmpl"), "{{ define \"x\" }}{{ end }}").expect("written");
    std::fs::write(&file, format!("{WHOLE}templates: ['*.tmpl']\n")).expect("written");
    let alerting = load("config_file: alertmanager.yml\nroute: {receiver: x}", &source).expect("right");
    assert_eq!(alerting.receivers.len(), 2);
    assert_eq!(alerting.templates, ["*.tmpl"]);
    assert_eq!(alerting.template_files[0].1, "{{ define \"x\" }}{{ end }}");
    assert_eq!(
        alerting.notices,
        ["belfry.yml: alerting: route are ignored, for config_file names the file that holds them"]
    );
    std::fs::write(&file, "route:\n  receiver: x\n").expect("written");
    let wrong = load("config_file: alertmanager.yml", &source).expect_err("no such receiver");
    assert_eq!(wrong, [format!("{}:2:13: route.receiver: undefined receiver \"x\" used in route", file.display())]);
    std::fs::write(&file, "receivers: []\n").expect("written");
    let wrong = load("config_file: alertmanager.yml", &source).expect_err("no route");
    assert_eq!(wrong, [format!("{}: route: no routes provided", file.display())]);
    let wrong = load("config_file: nowhere.yml", &source).expect_err("no file");
    assert!(wrong[0].starts_with("belfry.yml:1:14: alerting.config_file: reading "), "{wrong:?}");
}

#[test]
fn an_alertmanagers_file_is_told_from_ours() {
    let check = |text: &str, expected: bool| assert_eq!(is_alertmanager_file(text), expected, "{text}");
    check("global: {}\nroute: {receiver: a}", true);
    check("\u{feff}receivers:\n- name: a", true);
    check("{\"receivers\": []}", true);
    check("alerting:\n  route: {receiver: a}\n  receivers: []", false);
    check("global: {}", false);
}
