//! What `status/*` tells, and what Grafana makes of it.

use crate::testing::{Fixture, NOW};

#[tokio::test]
async fn build_info_makes_grafana_see_a_prometheus() {
    let fixture = Fixture::new();
    let expected = concat!(
        r#"{"version":"3.5.0","revision":"abc","branch":"","buildUser":"","buildDate":"","goVersion":"","#,
        r#""application":"Belfry 0.1.0"}"#
    );
    fixture.check_data("GET /api/v1/status/buildinfo", expected).await;
}

#[tokio::test]
async fn what_is_configured_and_running() {
    let fixture = Fixture::new();
    fixture.check_data("GET /api/v1/status/config", r#"{"yaml":"global: {}\n"}"#).await;
    fixture.check_data("GET /api/v1/status/flags", r#"{"config":"belfry.yml"}"#).await;
    fixture.check_data("GET /api/v1/status/walreplay", r#"{"min":0,"max":0,"current":0}"#).await;
    let info = fixture.ask("GET /api/v1/status/runtimeinfo").await;
    let expected = concat!(
        r#"{"status":"success","data":{"startTime":"2023-11-14T21:13:20Z","CWD":"/srv","hostname":"host","#,
        r#""serverTime":"2023-11-14T22:13:20Z","reloadConfigSuccess":true,"lastConfigTime":"2023-11-14T22:12:20Z","#,
        r#""corruptionCount":0,"goroutineCount":"#
    );
    assert!(info.text().starts_with(expected), "{}", info.text());
    assert!(info.text().ends_with(r#","storageRetention":"90d"}}"#), "{}", info.text());
}

#[tokio::test]
async fn what_the_store_holds() {
    let fixture = Fixture::new();
    fixture.append(r#"up{job="a"}"#, &[(30, 1.0), (15, 1.0)]);
    let answer = fixture.ask("GET /api/v1/status/tsdb?limit=1").await;
    let json: serde_json::Value = serde_json::from_slice(&answer.body).expect("JSON");
    let data = json.get("data").expect("data");
    assert_eq!(data.pointer("/headStats/numSeries"), Some(&1.into()));
    assert_eq!(data.pointer("/headStats/minTime"), Some(&((NOW - 30) * 1_000).into()));
    assert_eq!(data.pointer("/headStats/maxTime"), Some(&((NOW - 15) * 1_000).into()));
    assert_eq!(data.pointer("/seriesCountByMetricName/0"), Some(&serde_json::json!({"name": "up", "value": 1})));
    assert_eq!(data.get("seriesCountByLabelValuePair").and_then(|list| list.as_array()).map(Vec::len), Some(1));
    for limit in ["0", "-1", "x"] {
        let request = format!("GET /api/v1/status/tsdb?limit={limit}");
        fixture.check_error(&request, 400, "bad_data", "limit must be a positive number").await;
    }
}

#[tokio::test]
async fn rules_are_empty_lists() {
    let fixture = Fixture::new();
    fixture.check_data("GET /api/v1/rules", r#"{"groups":[]}"#).await;
    fixture.check_data("GET /api/v1/rules?type=alert&exclude_alerts=true&group_limit=40", r#"{"groups":[]}"#).await;
    fixture.check_data("GET /api/v1/alerts", r#"{"alerts":[]}"#).await;
    let none = r#"{"activeAlertmanagers":[],"droppedAlertmanagers":[]}"#;
    fixture.check_data("GET /api/v1/alertmanagers", none).await;
    fixture.check_data("GET /api/v1/notifications", "[]").await;
    let check = async |request: &str, text: &str| fixture.check_error(request, 400, "bad_data", text).await;
    check("GET /api/v1/rules?type=foo", r#"invalid parameter "type": not supported value "foo""#).await;
    for wrong in ["group_next_token=x", "group_next_token=x&group_limit=1", "group_limit=0"] {
        let answer = fixture.ask(&format!("GET /api/v1/rules?{wrong}")).await;
        assert_eq!(answer.status, 400, "{wrong}");
    }
}

#[tokio::test]
async fn queries_are_laid_out() {
    let fixture = Fixture::new();
    fixture.check_data("GET /api/v1/format_query?query=sum+by(job)(up)", r#""sum by (job) (up)""#).await;
    let answer = fixture.ask("GET /api/v1/format_query?query=sum(").await;
    assert_eq!(answer.status, 400);
    assert!(answer.text().contains(r#"invalid parameter \"query\": 1:5: parse error: "#), "{}", answer.text());
}

#[tokio::test]
async fn queries_are_taken_apart() {
    let fixture = Fixture::new();
    let check = async |query: &str, tree: &str| {
        fixture.check_data(&format!("POST /api/v1/parse_query query={query}"), tree).await;
    };
    let selector = concat!(
        r#"{"matchers":[{"name":"__name__","type":"=","value":"up"},{"name":"a","type":"=~","value":"b.*"}],"#,
        r#""name":"up","offset":60000,"#
    );
    check(
        "up{a=~\"b.*\"} offset 1m",
        &format!(r#"{selector}"startOrEnd":null,"timestamp":null,"type":"vectorSelector"}}"#),
    )
    .await;
    let matrix = format!(r#"{selector}"range":300000,"startOrEnd":null,"timestamp":1500,"type":"matrixSelector"}}"#);
    check(
        "rate(up{a=~\"b.*\"}[5m] offset 1m @ 1.5)",
        &format!(
            r#"{{"args":[{matrix}],"func":{{"argTypes":["matrix"],"name":"rate","returnType":"vector","variadic":0}},"type":"call"}}"#
        ),
    )
    .await;
    let number = |value: &str| format!(r#"{{"type":"numberLiteral","val":"{value}"}}"#);
    check(
        "1 %2B -(2)",
        &format!(
            r#"{{"bool":false,"lhs":{},"matching":null,"op":"+","rhs":{{"expr":{{"expr":{},"type":"parenExpr"}},"op":"-","type":"unaryExpr"}},"type":"binaryExpr"}}"#,
            number("1"),
            number("2")
        ),
    )
    .await;
    let name = |name: &str| {
        format!(
            r#"{{"matchers":[{{"name":"__name__","type":"=","value":"{name}"}}],"name":"{name}","offset":0,"startOrEnd":null,"timestamp":null,"type":"vectorSelector"}}"#
        )
    };
    check(
        "topk without (x) (3, a * on (y) group_left (z) b)",
        &format!(
            r#"{{"expr":{{"bool":false,"lhs":{},"matching":{{"card":"many-to-one","include":["z"],"labels":["y"],"on":true}},"op":"*","rhs":{},"type":"binaryExpr"}},"grouping":["x"],"op":"topk","param":{},"type":"aggregation","without":true}}"#,
            name("a"),
            name("b"),
            number("3")
        ),
    )
    .await;
}
