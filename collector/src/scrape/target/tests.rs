//! From an address to a target, as Prometheus would.

use super::*;
use crate::config::{Global, NameScheme};
use crate::relabel::{Draft, Rule};

fn job() -> Job {
    Job::named("x", &Global::default())
}

fn rule(source: &[&str], target: &str, replacement: &str) -> Rule {
    let draft = Draft {
        source_labels: source.iter().map(|name| (*name).to_owned()).collect(),
        target_label: Some(target.to_owned()),
        replacement: Some(replacement.to_owned()),
        ..Draft::default()
    };
    Rule::new(draft, NameScheme::Utf8).expect("a rule")
}

fn active(job: &Job, group: &[(&str, &str)], address: &str) -> Target {
    match resolve(job, &Labels::from_pairs(group.iter().copied()), address) {
        Outcome::Active(target) => *target,
        other => panic!("{other:?}"),
    }
}

fn invalid(job: &Job, group: &[(&str, &str)], address: &str) -> String {
    match resolve(job, &Labels::from_pairs(group.iter().copied()), address) {
        Outcome::Invalid(_, error) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn labels_and_url_have_prometheus_defaults() {
    let target = active(&job(), &[("env", "prod"), ("__meta_x", "y")], "host:8080");
    assert_eq!(target.labels.to_string(), "{env=\"prod\", instance=\"host:8080\", job=\"x\"}");
    assert_eq!(target.url.as_str(), "http://host:8080/metrics");
    assert_eq!((target.interval, target.timeout), (Duration::from_secs(60), Duration::from_secs(10)));
    assert_eq!(target.discovered.get("__meta_x"), Some("y"));
    assert_eq!(target.discovered.get("__scrape_interval__"), Some("1m"));
    assert_eq!(target.discovered.get("instance"), None);
}

#[test]
fn hidden_labels_steer_the_scrape() {
    let mut job = job();
    job.params.insert("module".to_owned(), vec!["http".to_owned(), "second".to_owned()]);
    job.relabel_configs = vec![
        rule(&["__address__"], "__param_target", "$1"),
        rule(&["__param_target"], "instance", "$1"),
        rule(&[], "__address__", "probe:9115"),
        rule(&[], "__metrics_path__", "probe"),
        rule(&[], "__scheme__", "https"),
        rule(&[], "__scrape_interval__", "5s"),
        rule(&[], "__scrape_timeout__", "1s"),
        rule(&[], "__param_module", "tcp"),
    ];
    let target = active(&job, &[], "a b:1");
    assert_eq!(target.url.as_str(), "https://probe:9115/probe?module=tcp&module=second&target=a+b%3A1");
    assert_eq!(target.labels.get("instance"), Some("a b:1"));
    assert_eq!((target.interval, target.timeout), (Duration::from_secs(5), Duration::from_secs(1)));
}

#[test]
fn what_makes_no_target_says_why() {
    let check = |target: &str, replacement: &str, expected: &str| {
        let mut job = job();
        job.relabel_configs = vec![rule(&[], target, replacement)];
        assert_eq!(invalid(&job, &[], "a:1"), expected);
    };
    check("__address__", "", "no address");
    check("__address__", "http://a", "\"http://a\" is not a valid hostname");
    check("__scheme__", "ftp", "expected http or https, got \"ftp\"");
    check("__scrape_interval__", "x", "error parsing scrape interval: not a valid duration string: \"x\"");
    check("__scrape_timeout__", "0s", "scrape timeout cannot be 0");
    check("__scrape_timeout__", "2m", "scrape timeout cannot be greater than scrape interval (\"2m\" > \"1m\")");
    check("__address__", "a:99999", "\"http://a:99999/metrics\" is not a valid URL: invalid port number");
}

#[test]
fn a_dropped_target_keeps_what_was_discovered() {
    let mut job = job();
    let draft = Draft {
        source_labels: vec!["env".to_owned()],
        regex: Some("test".to_owned()),
        action: Some(crate::relabel::Action::Drop),
        ..Draft::default()
    };
    job.relabel_configs = vec![Rule::new(draft, NameScheme::Utf8).expect("a rule")];
    let Outcome::Dropped(discovered) = resolve(&job, &Labels::from_pairs([("env", "test")]), "a:1") else {
        panic!("not dropped")
    };
    assert_eq!(discovered.get("__address__"), Some("a:1"));
}

#[test]
fn a_local_target_is_told_with_the_machines_name() {
    let check = |address: &str, machine: &str, expected: &str| {
        assert_eq!(active(&job(), &[], address).global_url(machine).as_str(), expected);
    };
    check("localhost:1", "box", "http://box:1/metrics");
    check("127.0.0.1:1", "box", "http://box:1/metrics");
    check("[::1]:1", "box", "http://box:1/metrics");
    check("other:1", "box", "http://other:1/metrics");
    check("localhost:1", "no host", "http://localhost:1/metrics");
}
