//! From an expression to alerts, series and posts.

use super::world::{World, at, files};
use crate::config::rules::Language;
use crate::rules::{Condition, Health};

const DOWN: &str = r#"
groups:
- name: g
  labels: {team: blog, severity: low}
  rules:
  - alert: Down
    expr: up == 0
    for: 1m
    labels: {severity: "{{ if eq $labels.job \"db\" }}high{{ else }}low{{ end }}"}
    annotations:
      summary: "{{ $labels.pod }} is {{ $value }} in {{ $externalLabels.cluster }} at {{ $externalURL }}"
      others: "{{ range query \"up == 1\" }}{{ .Labels.pod }}{{ end }}"
      broken: "{{ index .Nowhere 1 }}"
"#;

#[tokio::test]
async fn a_series_that_stays_down_becomes_an_alert_that_is_told_and_stored() {
    let world = World::new(DOWN);
    assert_eq!(world.rule("Down").health, Health::Unknown);
    for second in [0, 60, 120] {
        world.append(r#"up{job="db",pod="a"}"#, second, 0.0);
        world.append(r#"up{job="db",pod="b"}"#, second, 1.0);
    }
    world.evaluate(0).await;
    assert_eq!((world.alerts("Down").as_str(), world.told().as_str()), ("a:pending", ""));
    world.evaluate(60).await;
    assert_eq!((world.alerts("Down").as_str(), world.told().as_str()), ("a:firing", "+a"));
    let view = world.rule("Down");
    assert_eq!((view.health, view.condition, view.evaluated_at), (Health::Ok, Condition::Firing, Some(at(60))));
    let alert = &view.alerts[0].alert;
    assert_eq!(alert.labels.to_string(), r#"{alertname="Down", job="db", pod="a", severity="high", team="blog"}"#);
    assert_eq!(alert.annotations.get("summary"), Some("a is 0 in home at http://belfry:9090"));
    assert_eq!(alert.annotations.get("others"), Some("b"));
    assert_eq!(
        alert.annotations.get("broken"),
        Some(
            "<error expanding template: error executing template __alert_Down: template: __alert_Down:1:121: executing \
             \"__alert_Down\" at <.Nowhere>: can't evaluate field Nowhere in type struct { Labels map[string]string; \
             ExternalLabels map[string]string; ExternalURL string; Value interface {} }>"
        )
    );
    assert_eq!(world.samples(r#"ALERTS{alertstate="pending"}"#), "0:1 60:x");
    assert_eq!(world.samples(r#"ALERTS{alertstate="firing"}"#), "60:1");
    let since = at(0).0 / 1_000;
    assert_eq!(world.samples("ALERTS_FOR_STATE"), format!("0:{since} 60:{since}"));
}

#[tokio::test]
async fn what_is_posted_carries_times_a_link_and_external_labels() {
    let world = World::new(DOWN);
    for second in [0, 60, 120] {
        world.append(r#"up{job="db",pod="a"}"#, second, 0.0);
        world.evaluate(second).await;
    }
    let told = world.told.lock().expect("whole").clone();
    assert_eq!(told.len(), 2);
    let first = &told[0];
    assert_eq!(first.labels.get("cluster"), Some("home"));
    assert_eq!((first.starts_at, first.ends_at), (at(60), at(60 + 240)));
    assert_eq!(first.generator_url, "http://belfry:9090/graph?g0.expr=up%20%3D%3D%200&g0.tab=1");
    assert_eq!((told[1].starts_at, told[1].ends_at), (at(60), at(120 + 240)));
    assert_eq!(world.rule("Down").alerts[0].fingerprint, first.fingerprint());
}

#[tokio::test]
async fn an_end_is_told_again_until_everybody_can_have_heard() {
    let world = World::new("groups: [{name: g, rules: [{alert: Down, expr: up == 0}]}]");
    world.append(r#"up{pod="a"}"#, 0, 0.0);
    world.evaluate(0).await;
    assert_eq!(world.told(), "+a");
    world.evaluate(15).await;
    assert_eq!(world.told(), "", "nothing changed, and it was told less than a minute ago");
    world.append(r#"up{pod="a"}"#, 30, 1.0);
    world.evaluate(30).await;
    assert_eq!(world.told(), "-a");
    assert_eq!((world.alerts("Down").as_str(), world.rule("Down").condition), ("", Condition::Inactive));
    world.evaluate(60).await;
    assert_eq!(world.told(), "");
    let mut told = 0;
    for minute in 2..20 {
        world.append(r#"up{pod="a"}"#, minute * 60, 1.0);
        world.evaluate(minute * 60).await;
        told += usize::from(world.told() == "-a");
    }
    assert_eq!(told, 14, "every minute until a quarter of an hour is over");
    assert_eq!(world.samples("ALERTS"), "0:1 15:1 30:x");
}

#[tokio::test]
async fn recording_rules_store_what_they_find_and_mark_what_is_gone() {
    let world = World::new(
        "groups: [{name: g, rules: [{record: 'job:up:sum', expr: sum by (job) (up), labels: {job: '', kind: sum}}, \
         {alert: Low, expr: 'job:up:sum < 2'}]}]",
    );
    world.append(r#"up{job="db"}"#, 0, 1.0);
    world.evaluate(0).await;
    // The second rule sees what the first one wrote.
    assert_eq!(world.rule("Low").condition, Condition::Firing);
    world.append(r#"up{job="db"}"#, 60, f64::from_bits(model::sample::STALE_NAN_BITS));
    world.evaluate(60).await;
    world.evaluate(120).await;
    assert_eq!(world.samples(r#"{__name__="job:up:sum",kind="sum"}"#), "0:1 60:x");
    assert_eq!(world.rule("Low").condition, Condition::Inactive);
}

#[tokio::test]
async fn rules_that_fail_say_why_and_leave_the_others_alone() {
    let world = World::new(
        r#"
groups:
- name: g
  limit: 1
  rules:
  - {alert: Ambiguous, expr: "a / on (x) b"}
  - {alert: Limited, expr: up == 0}
  - {record: "limited:record", expr: up}
  - {record: "same", expr: "sum by (pod) (up)", labels: {pod: one}}
  - {alert: Same, expr: up == 0, labels: {pod: one}}
  - {alert: Fine, expr: vector(1)}
"#,
    );
    for pod in ["1", "2"] {
        world.append(&format!("up{{pod=\"{pod}\"}}"), 0, 0.0);
        world.append(&format!("a{{pod=\"{pod}\"}}"), 0, 0.0);
        world.append(&format!("b{{pod=\"{pod}\"}}"), 0, 0.0);
    }
    world.evaluate(0).await;
    let check = |name: &str, error: &str| {
        let view = world.rule(name);
        assert!(view.last_error.contains(error), "{name}: {}", view.last_error);
        assert_eq!(view.health, if error.is_empty() { Health::Ok } else { Health::Err }, "{name}");
    };
    check("Ambiguous", "found duplicate series for the match group {} on the right hand-side of the operation");
    check("Limited", "exceeded limit of 1 with 2 alerts");
    check("limited:record", "exceeded limit of 1 with 2 series");
    check("same", "vector contains metrics with the same labelset after applying rule labels");
    check("Same", "vector contains metrics with the same labelset after applying alert labels");
    check("Fine", "");
    assert_eq!(world.alerts("Limited"), "");
    assert_eq!(world.told(), "+?");
    let page = world.instruments.encode();
    assert!(page.contains("belfry_rule_evaluations_total{rule_group=\"rules.yml;g\"} 6"), "{page}");
    assert!(page.contains("belfry_rule_evaluation_failures_total{rule_group=\"rules.yml;g\"} 5"), "{page}");
}

#[tokio::test]
async fn rules_over_logs_stand_beside_those_over_metrics() {
    let text = r#"
groups:
- name: logs
  query_offset: 10s
  rules:
  - alert: Errors
    expr: 'sum by (pod) (count_over_time({app="web"} |= "ERROR" [1m])) > 1'
    annotations: {summary: "{{ $value }} errors in {{ $labels.pod }}"}
  - {record: "web:lines", expr: 'sum(count_over_time({app="web"}[1m]))'}
"#;
    let world = World::with(&[files(text, Language::LogQl)]);
    for second in [1, 2, 3] {
        world.append_line(&[("app", "web"), ("pod", "a")], second, "ERROR refused");
    }
    world.append_line(&[("app", "web"), ("pod", "b")], 3, "fine");
    world.evaluate(60).await;
    assert_eq!((world.alerts("Errors").as_str(), world.told().as_str()), ("a:firing", "+a"));
    assert_eq!(world.rule("Errors").alerts[0].alert.annotations.get("summary"), Some("3 errors in a"));
    // What is asked and written lies as far in the past as the offset says.
    assert_eq!(world.samples("web:lines"), "50:4");
    assert_eq!(world.samples("ALERTS"), "50:1");
    assert!(world.rules.groups(Language::PromQl).is_empty());
}
