//! Labels, values, series and metadata as whole answers.

use crate::testing::{Fixture, NOW};
use model::metadata::{Metadata, MetricKind};

fn fixture() -> Fixture {
    let fixture = Fixture::new();
    fixture.append(r#"up{job="a",instance="1"}"#, &[(30, 1.0), (15, 1.0)]);
    fixture.append(r#"up{job="b",instance="2"}"#, &[(30, 0.0)]);
    fixture.append(r#"{__name__="http.requests",code="200"}"#, &[(10, 5.0)]);
    fixture.append(r#"old{job="c"}"#, &[(1_000, 5.0)]);
    fixture
}

#[tokio::test]
async fn label_names() {
    let fixture = fixture();
    let check = async |request: &str, data: &str| fixture.check_data(request, data).await;
    check("GET /api/v1/labels", r#"["__name__","code","instance","job"]"#).await;
    check("POST /api/v1/labels limit=40000", r#"["__name__","code","instance","job"]"#).await;
    check("POST /api/v1/labels match[]=up", r#"["__name__","instance","job"]"#).await;
    check("POST /api/v1/labels?match[]=old match[]={__name__=\"http.requests\"}", r#"["__name__","code","job"]"#).await;
}

#[tokio::test]
async fn url_parameters_count_on_a_post_with_an_empty_form() {
    let fixture = fixture();
    fixture.check_data("POST /api/v1/labels?match[]=old ", r#"["__name__","job"]"#).await;
    fixture.check_data("POST /api/v1/label/job/values?match[]=up ", r#"["a","b"]"#).await;
}

#[tokio::test]
async fn label_values() {
    let fixture = fixture();
    let check = async |request: &str, data: &str| fixture.check_data(request, data).await;
    check("GET /api/v1/label/job/values", r#"["a","b","c"]"#).await;
    check("GET /api/v1/label/__name__/values?match[]={job=~\"a|c\"}", r#"["old","up"]"#).await;
    check("GET /api/v1/label/nothing/values", "[]").await;
    check("GET /api/v1/label/U__co__de/values", "[]").await;
    check("GET /api/v1/label/U___63_ode/values", r#"["200"]"#).await;
    check("GET /api/v1/label/job/values?limit=0", r#"["a","b","c"]"#).await;
    fixture
        .check(
            "GET /api/v1/label/job/values?limit=2",
            200,
            r#"{"status":"success","data":["a","b"],"warnings":["results truncated due to limit"]}"#,
        )
        .await;
    let start = NOW - 60;
    check(&format!("GET /api/v1/label/job/values?start={start}&match[]=up"), r#"["a","b"]"#).await;
}

#[tokio::test]
async fn series() {
    let fixture = fixture();
    let check = async |request: &str, data: &str| fixture.check_data(request, data).await;
    check(
        "POST /api/v1/series match[]=up&match[]=up{job=\"a\"}&match[]=old",
        concat!(
            r#"[{"__name__":"old","job":"c"},{"__name__":"up","instance":"1","job":"a"},"#,
            r#"{"__name__":"up","instance":"2","job":"b"}]"#
        ),
    )
    .await;
    check("GET /api/v1/series?match[]=nothing", "[]").await;
    check(&format!("GET /api/v1/series?match[]=old&start={}", NOW - 60), "[]").await;
    check("POST /api/v1/series match[]={__name__=\"http.requests\"}", r#"[{"__name__":"http.requests","code":"200"}]"#)
        .await;
    fixture
        .check(
            "GET /api/v1/series?match[]={__name__!=\"\"}&limit=1",
            200,
            concat!(
                r#"{"status":"success","data":[{"__name__":"http.requests","code":"200"}],"#,
                r#""warnings":["results truncated due to limit"]}"#
            ),
        )
        .await;
}

#[tokio::test]
async fn selectors_are_checked() {
    let fixture = fixture();
    let check = async |request: &str, text: &str| fixture.check_error(request, 400, "bad_data", text).await;
    check("GET /api/v1/series", "no match[] parameter provided").await;
    let every = r#"invalid parameter "match[]": match[] must contain at least one non-empty matcher"#;
    check("GET /api/v1/series?match[]={x=\"\"}", every).await;
    check("GET /api/v1/labels?match[]={x=~\".*\"}", every).await;
    check(
        "GET /api/v1/labels?start=x",
        r#"invalid parameter "start": invalid time value for 'start': cannot parse "x" to a valid timestamp"#,
    )
    .await;
    check("GET /api/v1/labels?limit=-1", r#"invalid parameter "limit": limit must be non-negative"#).await;
}

#[tokio::test]
async fn exemplars() {
    let fixture = fixture();
    let (start, end) = (NOW - 1, NOW + 1);
    fixture.append_exemplar(r#"latency_bucket{le="1"}"#, "t1");
    fixture
        .check_data(
            &format!("POST /api/v1/query_exemplars query=rate(latency_bucket[5m])&start={start}&end={end}"),
            &format!(
                r#"[{{"seriesLabels":{{"__name__":"latency_bucket","le":"1"}},"exemplars":[{{"labels":{{"trace_id":"t1"}},"value":"0.25","timestamp":{}.500}}]}}]"#,
                NOW - 1
            ),
        )
        .await;
    // Grafana's probe sends milliseconds where seconds are due.
    fixture.check_data("POST /api/v1/query_exemplars query=test&start=1700000000000&end=1700001800000", "[]").await;
    fixture.check_data("GET /api/v1/query_exemplars?query=1", "[]").await;
    fixture
        .check_error(
            "GET /api/v1/query_exemplars?query=up&start=2&end=1",
            400,
            "bad_data",
            "end timestamp must not be before start timestamp",
        )
        .await;
}

#[tokio::test]
async fn metadata_is_listed_by_family() {
    let fixture = Fixture::new();
    let told = |family: &str, kind: MetricKind, help: &str, unit: &str| Metadata {
        family: family.to_owned(),
        kind,
        help: help.to_owned(),
        unit: unit.to_owned(),
    };
    fixture.append_told("gc_requests_total", &told("gc_requests", MetricKind::Counter, "Requests \"served\".", ""));
    fixture.append_told(r#"gc_seconds_bucket{le="1"}"#, &told("gc_seconds", MetricKind::Histogram, "Time.", "seconds"));
    fixture.append_told("up", &Metadata { kind: MetricKind::Gauge, ..Metadata::default() });
    let check = async |query: &str, data: &str| fixture.check_data(&format!("GET /api/v1/metadata{query}"), data).await;
    let requests = r#""gc_requests":[{"type":"counter","help":"Requests \"served\".","unit":""}]"#;
    let seconds = r#""gc_seconds":[{"type":"histogram","help":"Time.","unit":"seconds"}]"#;
    let up = r#""up":[{"type":"gauge","help":"","unit":""}]"#;
    let all = format!("{{{requests},{seconds},{up}}}");
    check("?limit=40000", &all).await;
    check("?limit=-1", &all).await;
    check("?limit=2", &format!("{{{requests},{seconds}}}")).await;
    check("?limit=0", "{}").await;
    check("?metric=gc_seconds", &format!("{{{seconds}}}")).await;
    check("?metric=nothing", "{}").await;
    check("?metric=up&limit_per_metric=0", r#"{"up":[]}"#).await;
    for name in ["limit", "limit_per_metric"] {
        let request = format!("GET /api/v1/metadata?{name}=x");
        fixture.check_error(&request, 400, "bad_data", &format!("{name} must be a number")).await;
    }
}
