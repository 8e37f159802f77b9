//! Rules and alerts as Prometheus shows them.

use crate::testing::Fixture;
use alerter::config::rules::Language;

const RULES: &str = r#"
groups:
- name: one
  interval: 30s
  limit: 7
  rules:
  - alert: Down
    expr: up == 0
    keep_firing_for: 5m
    labels: {severity: critical}
    annotations: {summary: "{{ $labels.job }} is down"}
  - record: job:up:sum
    expr: sum by (job) (up)
- name: two
  rules:
  - {alert: Broken, expr: "up * on (x) up", for: 1m}
  - {alert: Slow, expr: "up < 1", for: 1m}
- name: three
  rules: []
"#;

const DOWN: &str = r#"{"state":"firing","name":"Down","query":"up == 0","duration":0,"keepFiringFor":300,"labels":{"severity":"critical"},"annotations":{"summary":"{{ $labels.job }} is down"},"alerts":ALERTS,"health":"ok","evaluationTime":0,"lastEvaluation":"2023-11-14T22:13:20Z","type":"alerting"}"#;

const DOWN_ALERTS: &str = r#"[{"labels":{"alertname":"Down","job":"db","severity":"critical"},"annotations":{"summary":"db is down"},"state":"firing","activeAt":"2023-11-14T22:13:20Z","value":"0e+00"}]"#;

const RECORDED: &str = r#"{"name":"job:up:sum","query":"sum by (job) (up)","labels":{},"health":"ok","evaluationTime":0,"lastEvaluation":"2023-11-14T22:13:20Z","type":"recording"}"#;

const SLOW: &str = r#"{"state":"pending","name":"Slow","query":"up < 1","duration":60,"keepFiringFor":0,"labels":{},"annotations":{},"alerts":[{"labels":{"alertname":"Slow","job":"db"},"annotations":{},"state":"pending","activeAt":"2023-11-14T22:13:20Z","value":"0e+00"}],"health":"ok","evaluationTime":0,"lastEvaluation":"2023-11-14T22:13:20Z","type":"alerting"}"#;

async fn fixture() -> Fixture {
    let fill = |fixture: &Fixture| {
        fixture.append(r#"up{job="db"}"#, &[(0, 0.0)]);
        fixture.append(r#"up{job="web"}"#, &[(0, 1.0)]);
    };
    Fixture::ruled(RULES, Language::PromQl, fill).await
}

fn group(name: &str, rules: &[&str], interval: u32, limit: u32) -> String {
    let rules = rules.join(",");
    format!(
        "{{\"name\":\"{name}\",\"file\":\"/etc/rules.yml\",\"rules\":[{rules}],\"interval\":{interval},\"limit\":{limit},\
         \"evaluationTime\":0,\"lastEvaluation\":\"2023-11-14T22:13:20Z\"}}"
    )
}

fn answer(groups: &[String]) -> String {
    format!("{{\"status\":\"success\",\"data\":{{\"groups\":[{}]}}}}", groups.join(","))
}

#[tokio::test]
async fn groups_rules_and_alerts_have_prometheus_shape() {
    let fixture = fixture().await;
    let down = DOWN.replace("ALERTS", DOWN_ALERTS);
    let all = fixture.ask_untimed("GET /api/v1/rules").await;
    serde_json::from_str::<serde_json::Value>(&all).expect("JSON");
    let one = group("one", &[&down, RECORDED], 30, 7);
    assert!(all.starts_with(&format!("{{\"status\":\"success\",\"data\":{{\"groups\":[{one},")), "{all}");
    assert!(all.contains(SLOW), "{all}");
    let broken = r#","alerts":[],"health":"err","lastError":"found duplicate series for the match group"#;
    assert!(all.contains(broken), "{all}");
    assert!(!all.contains("\"three\""), "a group without rules is left out: {all}");
    let alerts = format!("{{\"alerts\":{DOWN_ALERTS}}}").replace(
        "}]}",
        r#"},{"labels":{"alertname":"Slow","job":"db"},"annotations":{},"state":"pending","activeAt":"2023-11-14T22:13:20Z","value":"0e+00"}]}"#,
    );
    fixture.check_data("GET /api/v1/alerts", &alerts).await;
    fixture.check_data("GET /prometheus/api/v1/alerts", r#"{"alerts":[]},"errorType":"","error":"""#).await;
}

#[tokio::test]
async fn filters_leave_out_rules_and_groups_without_rules() {
    let fixture = fixture().await;
    let (down, quiet) = (DOWN.replace("ALERTS", DOWN_ALERTS), DOWN.replace("ALERTS", "null"));
    let check = async |parameters: &str, groups: &[String]| {
        let text = fixture.ask_untimed(&format!("GET /api/v1/rules?{parameters}")).await;
        assert_eq!(text, answer(groups), "{parameters}");
    };
    let one = |rules: &[&str]| group("one", rules, 30, 7);
    check("type=record", &[one(&[RECORDED])]).await;
    check("type=ALERT&rule_group[]=one", &[one(&[&down])]).await;
    check("rule_name[]=Down&rule_name[]=x", &[one(&[&down])]).await;
    check("rule_name[]=Down&exclude_alerts=true", &[one(&[&quiet])]).await;
    check("file[]=/etc/rules.yml&rule_name[]=Down&exclude_alerts=F", &[one(&[&down])]).await;
    check("file[]=other.yml", &[]).await;
    check("match[]={severity=\"critical\"}", &[one(&[&down])]).await;
    check("match[]={severity=\"critical\"}&match[]={x=\"y\"}", &[one(&[&down])]).await;
    // The plain names are Loki's, and Prometheus takes no notice of them.
    check("file=other.yml&type=record", &[one(&[RECORDED])]).await;
}

#[tokio::test]
async fn groups_come_in_pages() {
    let fixture = fixture().await;
    let first = fixture.ask("GET /api/v1/rules?group_limit=1").await;
    let first: serde_json::Value = serde_json::from_slice(&first.body).expect("JSON");
    assert_eq!(first["data"]["groups"].as_array().map(Vec::len), Some(1));
    assert_eq!(first["data"]["groups"][0]["name"], "one");
    let token = first["data"]["groupNextToken"].as_str().expect("there is more");
    let second = fixture.ask(&format!("GET /api/v1/rules?group_limit=1&group_next_token={token}")).await;
    let second: serde_json::Value = serde_json::from_slice(&second.body).expect("JSON");
    assert_eq!(second["data"]["groups"][0]["name"], "two");
    assert_eq!(second["data"].get("groupNextToken"), None);
    let check = async |parameters: &str, text: &str| {
        fixture.check_error(&format!("GET /api/v1/rules?{parameters}"), 400, "bad_data", text).await;
    };
    check(
        "group_next_token=x",
        "invalid parameter \"group_next_token\": group_limit needs to be present in order to paginate over the groups",
    )
    .await;
    check(
        "group_limit=1&group_next_token=x",
        "invalid parameter \"group_next_token\": invalid group_next_token 'x'. were rule groups changed?",
    )
    .await;
    check("group_limit=0", "invalid parameter \"group_limit\": group_limit needs to be greater than 0").await;
    check(
        "group_limit=x",
        "invalid parameter \"group_limit\": group_limit needs to be a valid number: strconv.ParseInt: parsing \"x\": \
         invalid syntax",
    )
    .await;
    check(
        "exclude_alerts=maybe",
        "invalid parameter \"exclude_alerts\": error converting exclude_alerts: strconv.ParseBool: parsing \"maybe\": \
         invalid syntax",
    )
    .await;
    check("type=x", "invalid parameter \"type\": not supported value \"x\"").await;
}

#[tokio::test]
async fn a_rule_that_was_not_evaluated_is_unknown() {
    let dialect = alerter::config::rules::Dialect { language: Language::PromQl, features: query::Features::default() };
    let groups =
        alerter::config::rules::read_text("r.yml", "groups: [{name: g, rules: [{alert: A, expr: up}]}]", dialect);
    let files = alerter::config::rules::RuleFiles { globs: Vec::new(), groups: groups.expect("right") };
    let fixture = Fixture::ruling(&[files]);
    fixture
        .check_data(
            "GET /api/v1/rules",
            r#"{"groups":[{"name":"g","file":"r.yml","rules":[{"state":"inactive","name":"A","query":"up","duration":0,"keepFiringFor":0,"labels":{},"annotations":{},"alerts":[],"health":"unknown","evaluationTime":0,"lastEvaluation":"0001-01-01T00:00:00Z","type":"alerting"}],"interval":60,"limit":0,"evaluationTime":0,"lastEvaluation":"0001-01-01T00:00:00Z"}]}"#,
        )
        .await;
}
