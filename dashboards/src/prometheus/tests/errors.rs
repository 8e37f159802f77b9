//! What is wrong with a request, in Prometheus's words.

use crate::testing::Fixture;

#[tokio::test]
async fn parameters_are_checked() {
    let fixture = Fixture::new();
    let check = async |request: &str, text: &str| fixture.check_error(request, 400, "bad_data", text).await;
    let range = "GET /api/v1/query_range?query=up";
    check(
        &format!("{range}&start=abc&end=1&step=1"),
        r#"invalid parameter "start": cannot parse "abc" to a valid timestamp"#,
    )
    .await;
    check(&format!("{range}&end=1&step=1"), r#"invalid parameter "start": cannot parse "" to a valid timestamp"#).await;
    check(
        &format!("{range}&start=2&end=1&step=1"),
        r#"invalid parameter "end": end timestamp must not be before start time"#,
    )
    .await;
    check(&format!("{range}&start=1&end=2"), r#"invalid parameter "step": cannot parse "" to a valid duration"#).await;
    let zero = "zero or negative query resolution step widths are not accepted. Try a positive integer";
    for step in ["0", "-1", "0s"] {
        check(&format!("{range}&start=1&end=2&step={step}"), &format!("invalid parameter \"step\": {zero}")).await;
    }
    check(
        &format!("{range}&start=0&end=11001&step=1"),
        "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)",
    )
    .await;
    check(
        "GET /api/v1/query?query=up&timeout=x",
        r#"invalid parameter "timeout": cannot parse "x" to a valid duration"#,
    )
    .await;
    check(
        "GET /api/v1/query?query=up&limit=x",
        r#"invalid parameter "limit": strconv.Atoi: parsing "x": invalid syntax"#,
    )
    .await;
}

#[tokio::test]
async fn eleven_thousand_points_are_allowed() {
    let fixture = Fixture::new();
    let request = "GET /api/v1/query_range?query=nothing&start=0&end=11000&step=1";
    fixture.check_data(request, r#"{"resultType":"matrix","result":[]}"#).await;
}

#[tokio::test]
async fn queries_that_do_not_parse() {
    let fixture = Fixture::new();
    for path in ["/api/v1/query", "/api/v1/query_range?start=1&end=2&step=1", "/api/v1/query_exemplars"] {
        let answer = fixture.ask(&format!("POST {path} query=sum(")).await;
        assert_eq!(answer.status, 400, "{path}");
        let expected =
            r#"{"status":"error","errorType":"bad_data","error":"invalid parameter \"query\": 1:5: parse error: "#;
        assert!(answer.text().starts_with(expected), "{path}: {}", answer.text());
    }
    assert_eq!(fixture.ask("POST /api/v1/query ").await.status, 400);
}

#[tokio::test]
async fn undefined_evaluations_are_422() {
    let fixture = Fixture::new();
    let clash = "vector(1)+%2B+on()+(label_replace(vector(1),\"a\",\"1\",\"\",\"\")+or+vector(2))";
    let answer = fixture.ask(&format!("POST /api/v1/query query={clash}")).await;
    assert_eq!(answer.status, 422, "{}", answer.text());
    assert!(answer.text().starts_with(r#"{"status":"error","errorType":"execution","error":""#), "{}", answer.text());
}

#[tokio::test]
async fn a_query_whose_time_is_up_is_503() {
    let fixture = Fixture::new();
    let answer = fixture.ask("GET /api/v1/query?query=1&timeout=0").await;
    assert_eq!(answer.status, 503);
    let expected = r#"{"status":"error","errorType":"timeout","error":"query timed out in expression evaluation"}"#;
    assert_eq!(answer.text(), expected);
}

#[tokio::test]
async fn hostile_queries_are_refused() {
    let fixture = Fixture::new();
    let check = async |query: &str| {
        let answer = fixture.ask(&format!("POST /api/v1/query query={query}")).await;
        assert!(matches!(answer.status.as_u16(), 400 | 422), "{}: {}", answer.status, answer.text());
    };
    check(&"(".repeat(30_000)).await;
    check(&format!("{}1{}", "(".repeat(5_000), ")".repeat(5_000))).await;
    check(&format!("1{}", "%2B1".repeat(10_000))).await;
    check(&"x".repeat(70_000)).await;
    check(&format!("{}up{}", "max_over_time(".repeat(3), "[1d:1ms])".repeat(3))).await;
}
