//! The rules as the page gets them.

use crate::testing::Fixture;
use alerter::config::rules::Language;

#[tokio::test]
async fn the_page_is_told_what_each_rule_sees() {
    let text = r#"
groups:
- name: g
  interval: 15s
  rules:
  - {alert: Errors, expr: "requests{status=\"5xx\"} > 0", for: 2m, labels: {severity: low}}
  - {record: "r:rate", expr: "requests / 0"}
  - {alert: Infinite, expr: "requests / 0", annotations: {summary: "{{ $value }}"}}
"#;
    let fill = |fixture: &Fixture| fixture.append(r#"requests{job="web"}"#, &[(0, 1.0)]);
    let fixture = Fixture::ruled(text, Language::PromQl, fill).await;
    let expected = concat!(
        r#"{"groups":[{"name":"g","file":"/etc/rules.yml","interval_seconds":15,"language":"promql","rules":["#,
        r#"{"name":"Errors","kind":"alerting","query":"requests{status=\"5xx\"} > 0","state":"inactive","health":"ok","last_error":"","last_evaluation":"2023-11-14T22:13:20Z","evaluation_seconds":0,"for_seconds":120,"keep_firing_for_seconds":0,"labels":{"severity":"low"},"annotations":{},"blind":true,"selectors":[{"selector":"requests{status=\"5xx\"}","series":0,"missing":{"part":"label","name":"status","value":"","text":"no series of requests has the label status; it has job"}}],"alerts":[]},"#,
        r#"{"name":"r:rate","kind":"recording","query":"requests / 0","state":"inactive","health":"ok","last_error":"","last_evaluation":"2023-11-14T22:13:20Z","evaluation_seconds":0,"for_seconds":0,"keep_firing_for_seconds":0,"labels":{},"annotations":{},"blind":false,"selectors":[{"selector":"requests","series":1,"missing":null}],"alerts":[]},"#,
        r#"{"name":"Infinite","kind":"alerting","query":"requests / 0","state":"firing","health":"ok","last_error":"","last_evaluation":"2023-11-14T22:13:20Z","evaluation_seconds":0,"for_seconds":0,"keep_firing_for_seconds":0,"labels":{},"annotations":{"summary":"{{ $value }}"},"blind":false,"selectors":[{"selector":"requests","series":1,"missing":null}],"alerts":[{"fingerprint":"FINGERPRINT","labels":{"alertname":"Infinite","job":"web"},"annotations":{"summary":"+Inf"},"state":"firing","value":"+Inf","active_at":"2023-11-14T22:13:20Z"}]}]}]}"#
    );
    let labels = model::labels::Labels::from_pairs([("alertname", "Infinite"), ("job", "web")]);
    let expected = expected.replace("FINGERPRINT", &alerter::posted::fingerprint(&labels));
    assert_eq!(fixture.ask_untimed("GET /api/belfry/v1/rules").await, expected);
}
