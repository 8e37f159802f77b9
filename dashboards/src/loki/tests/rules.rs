//! Rules and alerts over logs as Loki's ruler shows them.

use crate::testing::Fixture;
use alerter::config::rules::Language;

const RULES: &str = r#"
groups:
- name: errors
  interval: 1m
  rules:
  - alert: Errors
    expr: 'sum by (app) (count_over_time({app="web"} |= "ERROR" [5m])) > 0'
    for: 1m
    labels: {severity: high}
    annotations: {summary: "{{ $value }} errors"}
  - record: web:lines
    expr: 'sum(count_over_time({app="web"}[5m]))'
"#;

async fn fixture() -> Fixture {
    let fill = |fixture: &Fixture| fixture.append_lines(r#"{app="web"}"#, &[(-5_000_000_000, "ERROR x", "{}")]);
    Fixture::ruled(RULES, Language::LogQl, fill).await
}

#[tokio::test]
async fn groups_rules_and_alerts_have_lokis_shape() {
    let fixture = fixture().await;
    let alerts = r#"[{"labels":{"alertname":"Errors","app":"web","severity":"high"},"annotations":{"summary":"1 errors"},"state":"pending","activeAt":"2023-11-14T22:13:20Z","value":"1e+00"}]"#;
    let expected = format!(
        r#"{{"status":"success","data":{{"groups":[{{"name":"errors","file":"/etc/rules.yml","rules":[{{"state":"pending","name":"Errors","query":"(sum by (app)(count_over_time({{app=\"web\"}} |= \"ERROR\"[5m])) > 0)","duration":60,"labels":{{"severity":"high"}},"annotations":{{"summary":"{{{{ $value }}}} errors"}},"alerts":{alerts},"health":"ok","lastError":"","type":"alerting","lastEvaluation":"2023-11-14T22:13:20Z","evaluationTime":0}},{{"name":"web:lines","query":"sum(count_over_time({{app=\"web\"}}[5m]))","labels":{{}},"health":"ok","lastError":"","type":"recording","lastEvaluation":"2023-11-14T22:13:20Z","evaluationTime":0}}],"interval":60,"limit":0,"lastEvaluation":"2023-11-14T22:13:20Z","evaluationTime":0}}]}},"errorType":"","error":""}}"#
    );
    assert_eq!(fixture.ask_untimed("GET /prometheus/api/v1/rules").await, expected);
    let expected = format!(r#"{{"status":"success","data":{{"alerts":{alerts}}},"errorType":"","error":""}}"#);
    fixture.check("GET /prometheus/api/v1/alerts", 200, &expected).await;
    // Each rule is listed once.
    fixture.check_data("GET /api/v1/rules", r#"{"groups":[]}"#).await;
    fixture.check_data("GET /api/v1/alerts", r#"{"alerts":[]}"#).await;
}

#[tokio::test]
async fn filters_have_both_spellings() {
    let fixture = fixture().await;
    let check = async |parameters: &str, rules: usize| {
        let answer = fixture.ask(&format!("GET /prometheus/api/v1/rules?{parameters}")).await;
        let answer: serde_json::Value = serde_json::from_slice(&answer.body).expect("JSON");
        let groups = answer["data"]["groups"].as_array().cloned().unwrap_or_default();
        let found: usize = groups.iter().map(|group| group["rules"].as_array().map_or(0, Vec::len)).sum();
        assert_eq!(found, rules, "{parameters}");
    };
    check("type=alert", 1).await;
    check("type=record", 1).await;
    check("rule_name=Errors", 1).await;
    check("rule_name[]=Errors", 1).await;
    check("rule_group=none", 0).await;
    check("file=/etc/rules.yml&rule_group[]=errors", 2).await;
    let wrong = fixture.ask("GET /prometheus/api/v1/rules?type=x").await;
    assert_eq!(wrong.status, 400);
    assert_eq!(
        wrong.text(),
        r#"{"status":"error","data":null,"errorType":"bad_data","error":"not supported value \"x\""}"#
    );
}

#[tokio::test]
async fn the_groups_are_shown_as_yaml() {
    let answer = fixture().await.ask("GET /loki/api/v1/rules").await;
    assert_eq!(answer.header("content-type"), "application/yaml");
    let dialect = alerter::config::rules::Dialect { language: Language::LogQl, features: query::Features::default() };
    let (file, groups) = answer.text().split_once(":\n").expect("a file");
    assert_eq!(file.trim_matches('"'), "/etc/rules.yml");
    let read = alerter::config::rules::read_text("r.yml", &format!("groups:\n{groups}"), dialect).expect(groups);
    assert_eq!((read[0].name.as_str(), read[0].rules.len()), ("errors", 2), "{groups}");
}
