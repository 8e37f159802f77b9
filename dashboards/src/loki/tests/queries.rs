//! Queries as whole answers, as Grafana asks them.

use crate::testing::{Answer, Fixture, NOW};
use axum::body::Body;
use axum::http::Request;

const SECOND: i64 = 1_000_000_000;

fn fixture() -> Fixture {
    let fixture = Fixture::new();
    fixture.append_lines(
        r#"{app="x",pod="1"}"#,
        &[
            (-30 * SECOND, "first status=200", r#"{detected_level="info",trace="1"}"#),
            (-20 * SECOND, "second \"q\" status=500", r#"{detected_level="error"}"#),
            (-10 * SECOND, "third", "{}"),
        ],
    );
    fixture.append_lines(r#"{app="x",pod="2"}"#, &[(-15 * SECOND, "other", "{}")]);
    fixture
}

/// Asks as Grafana does, with the header for categories; the data before the stats.
async fn ask(fixture: &Fixture, path: &str, flags: &[&str]) -> (Answer, String) {
    let path = path.replace('"', "%22").replace('{', "%7B").replace('}', "%7D").replace('|', "%7C").replace(' ', "%20");
    let mut request = Request::builder().uri(path);
    for flag in flags {
        request = request.header("X-Loki-Response-Encoding-Flags", *flag);
    }
    let answer = fixture.send(request.body(Body::empty()).expect("a request")).await;
    let json: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_else(|_| panic!("{}", answer.text()));
    assert!(json.pointer("/data/stats/summary/totalLinesProcessed").is_some(), "{}", answer.text());
    let data = answer.text().split(",\"stats\":").next().expect("data").to_owned();
    (answer, data)
}

async fn check(fixture: &Fixture, path: &str, flags: &[&str], expected: &str) {
    let (answer, data) = ask(fixture, path, flags).await;
    assert_eq!(data, format!("{{\"status\":\"success\",\"data\":{expected}"), "{path}");
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "application/json"));
}

fn at(seconds: i64) -> i64 {
    (NOW + seconds) * SECOND
}

fn range(start: i64, end: i64) -> String {
    format!("start={}&end={}", at(start), at(end))
}

const FLAGS: [&str; 1] = ["categorize-labels"];

#[tokio::test]
async fn saving_and_testing_a_data_source() {
    let expected = r#"{"resultType":"vector","encodingFlags":["categorize-labels"],"result":[{"metric":{},"value":[4000000000,"2"]}]"#;
    let path = "/loki/api/v1/query?query=vector(1)%2Bvector(1)&direction=backward&time=4000000000";
    check(&Fixture::new(), path, &FLAGS, expected).await;
}

#[tokio::test]
async fn lines_with_categories() {
    let fixture = fixture();
    let path = format!(
        "/loki/api/v1/query_range?query={{app=\"x\"}} | logfmt&direction=backward&limit=1000&step=15000ms&{}",
        range(-60, 0)
    );
    let expected = format!(
        concat!(
            r#"{{"resultType":"streams","encodingFlags":["categorize-labels"],"result":["#,
            r#"{{"stream":{{"app":"x","pod":"1"}},"values":[["{}","third",{{}}],"#,
            r#"["{}","second \"q\" status=500",{{"structuredMetadata":{{"detected_level":"error"}},"parsed":{{"status":"500"}}}}],"#,
            r#"["{}","first status=200",{{"structuredMetadata":{{"detected_level":"info","trace":"1"}},"parsed":{{"status":"200"}}}}]]}},"#,
            r#"{{"stream":{{"app":"x","pod":"2"}},"values":[["{}","other",{{}}]]}}]"#
        ),
        at(-10),
        at(-20),
        at(-30),
        at(-15)
    );
    check(&fixture, &path, &FLAGS, &expected).await;
    check(&fixture, &path, &["x, categorize-labels"], &expected).await;
}

#[tokio::test]
async fn lines_without_categories() {
    let fixture = fixture();
    let path = format!("/loki/api/v1/query_range?query={{pod=\"1\"}}&direction=forward&limit=2&{}", range(-60, 0));
    let expected = format!(
        concat!(
            r#"{{"resultType":"streams","result":["#,
            r#"{{"stream":{{"app":"x","detected_level":"error","pod":"1"}},"values":[["{}","second \"q\" status=500"]]}},"#,
            r#"{{"stream":{{"app":"x","detected_level":"info","pod":"1","trace":"1"}},"values":[["{}","first status=200"]]}}]"#
        ),
        at(-20),
        at(-30)
    );
    check(&fixture, &path, &[], &expected).await;
    check(&fixture, &path, &["something-else"], &expected).await;
}

#[tokio::test]
async fn limits_count_over_all_streams_from_the_end_that_is_asked_for() {
    let fixture = fixture();
    let texts = async |parameters: &str| {
        let path = format!("/loki/api/v1/query_range?query={{app=\"x\"}}&{parameters}");
        let (answer, _) = ask(&fixture, &path, &[]).await;
        let json: serde_json::Value = serde_json::from_slice(&answer.body).expect("JSON");
        let streams = json.pointer("/data/result").and_then(|result| result.as_array()).expect("streams").clone();
        let lines = streams.iter().flat_map(|stream| stream["values"].as_array().expect("lines"));
        let mut lines: Vec<String> = lines.map(|line| line[1].as_str().expect("text").to_owned()).collect();
        lines.sort();
        lines.join(",")
    };
    assert_eq!(texts(&format!("limit=2&{}", range(-60, 0))).await, "other,third");
    assert_eq!(texts(&format!("limit=1&direction=forward&{}", range(-60, 0))).await, "first status=200");
    // A line at the start is inside, one at the end is not.
    assert_eq!(texts(&range(-15, -10)).await, "other");
    assert_eq!(texts(&range(-10, 7_200)).await, "third");
    assert_eq!(texts("since=12s").await, "third");
    assert_eq!(texts("start=2023-11-14T22:12:50.000Z&end=2023-11-14T22:12:51.000Z").await, "first status=200");
}

#[tokio::test]
async fn nothing_found_is_an_empty_list_with_stats() {
    let fixture = fixture();
    let lines = r#"{"resultType":"streams","encodingFlags":["categorize-labels"],"result":[]"#;
    check(&fixture, "/loki/api/v1/query_range?query={app=\"nothing\"}", &FLAGS, lines).await;
    let matrix = r#"{"resultType":"matrix","result":[]"#;
    check(&fixture, "/loki/api/v1/query_range?query=rate({app=\"nothing\"}[1m])", &[], matrix).await;
    let vector = r#"{"resultType":"vector","result":[]"#;
    check(&fixture, "/loki/api/v1/query?query=rate({app=\"nothing\"}[1m])", &[], vector).await;
}

#[tokio::test]
async fn volumes_of_levels_are_a_matrix() {
    let fixture = fixture();
    let query = "sum by (level, detected_level) (count_over_time({app=\"x\"} | drop __error__[15s]))";
    let path = format!("/loki/api/v1/query_range?query={query}&limit=1000&step=15000ms&{}", range(-30, 0));
    let (_, data) = ask(&fixture, &path, &[]).await;
    let json: serde_json::Value = serde_json::from_str(&format!("{data}}}}}")).expect("JSON");
    let sorted = |value: &serde_json::Value| {
        let mut series: Vec<String> = value.as_array().expect("series").iter().map(ToString::to_string).collect();
        series.sort();
        series
    };
    let shown = sorted(json.pointer("/data/result").expect("a result"));
    let (before, first) = (NOW - 15, NOW - 30);
    assert_eq!(
        shown,
        [
            format!(r#"{{"metric":{{"detected_level":"error"}},"values":[[{before},"1"]]}}"#),
            format!(r#"{{"metric":{{"detected_level":"info"}},"values":[[{first},"1"]]}}"#),
            format!(r#"{{"metric":{{}},"values":[[{before},"1"],[{NOW},"1"]]}}"#),
        ]
    );
}

#[tokio::test]
async fn instant_answers() {
    let fixture = fixture();
    let time = format!("time={}", at(0));
    let path = format!("/loki/api/v1/query?query=sum(count_over_time({{app=\"x\"}}[1m]))&{time}");
    let expected = format!(r#"{{"resultType":"vector","result":[{{"metric":{{}},"value":[{NOW},"4"]}}]"#);
    check(&fixture, &path, &[], &expected).await;
    check(&fixture, "/loki/api/v1/query?query=sum(count_over_time({app=\"x\"}[1m]))", &[], &expected).await;
    let expected = format!(r#"{{"resultType":"scalar","result":[{NOW},"3"]"#);
    check(&fixture, "/loki/api/v1/query?query=1%2B2", &[], &expected).await;
}

#[tokio::test]
async fn what_a_query_gets_wrong_is_told_in_plain_text() {
    let fixture = fixture();
    let check = async |request: &str, text: &str| fixture.check_plain(request, 400, text).await;
    let instant =
        "log queries are not supported as an instant query type, please change your query to a range query type";
    check("GET /loki/api/v1/query?query={app=\"x\"}", instant).await;
    let answer = fixture.ask("GET /loki/api/v1/query_range?query={app=\"x\"x}").await;
    assert_eq!(answer.status, 400);
    assert!(answer.text().starts_with("parse error at line 1, col 9: syntax error: "), "{}", answer.text());
    check(
        "POST /loki/api/v1/query query=rate(",
        "parse error at line 1, col 6: syntax error: unexpected $end, expecting NUMBER or { or (",
    )
    .await;
    let answer = fixture.ask("GET /loki/api/v1/query_range?query=").await;
    assert_eq!(answer.status, 400);
    assert!(answer.text().starts_with("parse error"), "{}", answer.text());
}

#[tokio::test]
async fn the_first_lokis_path_answers_in_its_form() {
    let fixture = fixture();
    let (answer, data) = {
        let path = format!("GET /api/prom/query?query={{app=\"x\"}}&regexp=%5Eo&{}", range(-60, 0));
        let answer = fixture.ask(&path).await;
        let data = answer.text().split(",\"stats\":").next().expect("data").to_owned();
        (answer, data)
    };
    let expected =
        r#"{"streams":[{"labels":"{app=\"x\", pod=\"2\"}","entries":[{"ts":"2023-11-14T22:13:05Z","line":"other"}]}]"#;
    assert_eq!(data, expected);
    serde_json::from_slice::<serde_json::Value>(&answer.body).expect("JSON");
    let matrix = "legacy endpoints only support streams result type, current type is matrix";
    fixture.check_plain("GET /api/prom/query?query=rate({app=\"x\"}[1m])", 400, matrix).await;
}
