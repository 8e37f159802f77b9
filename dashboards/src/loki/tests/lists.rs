//! Listings of labels and streams, and what stands beside the queries.

use crate::testing::{Fixture, NOW};

fn fixture() -> Fixture {
    let fixture = Fixture::new();
    fixture.append_lines(r#"{app="x",pod="1"}"#, &[(-2_000, "a", r#"{trace="1"}"#), (-1_000, "b", "{}")]);
    fixture.append_lines(r#"{app="x",pod="2"}"#, &[(-1_000, "c", "{}")]);
    fixture.append_lines(r#"{app="y"}"#, &[(-7_200_000_000_000, "two hours ago", "{}")]);
    fixture
}

#[tokio::test]
async fn names_and_values_of_labels() {
    let fixture = fixture();
    let check = async |request: &str, data: &str| fixture.check_data(request, data).await;
    let range = format!("start={}&end={}", (NOW - 86_400) * 1_000_000_000, NOW * 1_000_000_000);
    check("GET /loki/api/v1/labels", r#"["app","pod"]"#).await;
    check("GET /loki/api/v1/label", r#"["app","pod"]"#).await;
    check("POST /loki/api/v1/labels since=1h", r#"["app","pod"]"#).await;
    check("GET /loki/api/v1/labels?query={app=\"y\"}", "[]").await;
    check(&format!("GET /loki/api/v1/labels?query={{app=\"y\"}}&{range}"), r#"["app"]"#).await;
    check("GET /loki/api/v1/label/app/values", r#"["x"]"#).await;
    check(&format!("GET /loki/api/v1/label/app/values?{range}"), r#"["x","y"]"#).await;
    check("GET /loki/api/v1/label/pod/values?query={app=\"x\",pod=~\"[2-9]\"}", r#"["2"]"#).await;
    check("GET /loki/api/v1/label/pod/values?query={}", r#"["1","2"]"#).await;
    check("GET /loki/api/v1/label/__stream_shard__/values?query={app=\"x\"}", "[]").await;
    check("GET /loki/api/v1/label/trace/values", "[]").await;
    check("GET /loki/api/v1/labels?start=2023-11-14T22:00:00.000Z&end=2023-11-14T22:13:20.000Z", r#"["app","pod"]"#)
        .await;
}

#[tokio::test]
async fn streams_are_listed_by_their_labels() {
    let fixture = fixture();
    let check = async |request: &str, data: &str| fixture.check_data(request, data).await;
    let (first, second) = (r#"{"app":"x","pod":"1"}"#, r#"{"app":"x","pod":"2"}"#);
    check("GET /loki/api/v1/series?match[]={app=\"x\"}", &format!("[{first},{second}]")).await;
    check("GET /loki/api/v1/series?match={pod=\"2\"}", &format!("[{second}]")).await;
    check("GET /loki/api/v1/series?match[]={pod=\"2\"}&match[]={pod=\"1\"}", &format!("[{first},{second}]")).await;
    check("POST /loki/api/v1/series match[]={pod=\"1\"}", &format!("[{first}]")).await;
    check("GET /loki/api/v1/series?match[]={app=\"y\"}", "[]").await;
    for all in ["", "?match[]={}", "?match={ }"] {
        let request = format!("GET /loki/api/v1/series{}", all.replace(' ', "%20"));
        check(&request, &format!("[{first},{second}]")).await;
    }
}

#[tokio::test]
async fn old_paths_answer_in_the_old_form() {
    let fixture = fixture();
    let check = async |request: &str, expected: &str| fixture.check(request, 200, expected).await;
    check("GET /api/prom/label", r#"{"values":["app","pod"]}"#).await;
    check("GET /api/prom/label/pod/values?query={pod=\"1\"}", r#"{"values":["1"]}"#).await;
    check("GET /api/prom/label/nothing/values", r#"{"values":[]}"#).await;
    check("GET /api/prom/series?match[]={pod=\"2\"}", r#"{"status":"success","data":[{"app":"x","pod":"2"}]}"#).await;
}

#[tokio::test]
async fn labels_are_told_with_how_many_values_they_have() {
    let fixture = fixture();
    fixture.append_lines(r#"{app="x",user="17"}"#, &[(-1, "d", "{}")]);
    let check = async |request: &str, expected: &str| fixture.check(request, 200, expected).await;
    let all = r#"{"detectedLabels":[{"label":"app","cardinality":1},{"label":"pod","cardinality":2}]}"#;
    check("GET /loki/api/v1/detected_labels", all).await;
    check("GET /loki/api/v1/detected_labels?query=", all).await;
    let one = r#"{"detectedLabels":[{"label":"app","cardinality":1},{"label":"pod","cardinality":1}]}"#;
    check("GET /loki/api/v1/detected_labels?query={pod=\"1\"}", one).await;
    check("GET /loki/api/v1/detected_labels?query={app=\"nothing\"}", "{}").await;
    let limits = concat!(
        r#"{"limits":{"discover_log_levels":true,"volume_enabled":true,"max_query_series":500,"#,
        r#""max_entries_limit_per_query":5000},"pattern_ingester_enabled":false,"version":"3.4.6"}"#
    );
    check("GET /loki/api/v1/drilldown-limits", limits).await;
    check("GET /api/belfry/v1/log_targets", r#"{"status":"success","data":{"targets":[],"problems":[]}}"#).await;
}

#[tokio::test]
async fn there_are_no_rules() {
    let fixture = Fixture::new();
    let check = async |request: &str, data: &str| {
        let expected = format!("{{\"status\":\"success\",\"data\":{data},\"errorType\":\"\",\"error\":\"\"}}");
        fixture.check(request, 200, &expected).await;
    };
    check("GET /prometheus/api/v1/rules", r#"{"groups":[]}"#).await;
    check("GET /prometheus/api/v1/rules?exclude_alerts=true&group_limit=40", r#"{"groups":[]}"#).await;
    check("GET /prometheus/api/v1/alerts", r#"{"alerts":[]}"#).await;
    let groups = fixture.ask("GET /loki/api/v1/rules").await;
    assert_eq!((groups.status.as_u16(), groups.text()), (200, "{}\n"));
    assert_eq!(groups.header("content-type"), "application/yaml");
    let probe = fixture.ask("GET /api/prom/rules/test/test").await;
    assert_eq!((probe.status.as_u16(), probe.text()), (404, "404 page not found\n"));
}

#[tokio::test]
async fn what_runs_is_told_without_a_frame() {
    let fixture = Fixture::new();
    let expected = r#"{"version":"3.4.6","revision":"abc","branch":"","buildUser":"","buildDate":"","goVersion":"","application":"Belfry 0.1.0"}"#;
    fixture.check("GET /loki/api/v1/status/buildinfo", 200, expected).await;
}

#[tokio::test]
async fn queries_are_laid_out() {
    let fixture = Fixture::new();
    fixture.check_data("GET /loki/api/v1/format_query?query={app=\"x\"}|=%22a%22", r#""{app=\"x\"} |= \"a\"""#).await;
    let wrong = r#"{"status":"invalid-query","error":"parse error at line 1, col 2: syntax error: unexpected $end, expecting IDENTIFIER or }"}"#;
    fixture.check("POST /loki/api/v1/format_query query={", 400, wrong).await;
}
