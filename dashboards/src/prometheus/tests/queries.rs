//! Instant and range queries as whole answers.

use crate::testing::{Fixture, NOW};

fn fixture() -> Fixture {
    let fixture = Fixture::new();
    fixture.append(r#"up{job="a",instance="1"}"#, &[(45, 1.0), (30, 1.0), (15, 1.0), (0, 1.0)]);
    fixture.append(r#"up{job="b",instance="2"}"#, &[(45, 0.0), (30, 0.0), (15, 0.0), (0, 0.5)]);
    fixture
}

#[tokio::test]
async fn saving_and_testing_a_data_source() {
    let fixture = fixture();
    let expected = r#"{"resultType":"scalar","result":[4,"2"]}"#;
    fixture.check_data("POST /api/v1/query query=1%2B1&time=4", expected).await;
    fixture.check_data("GET /api/v1/query?query=1%2B1&time=4", expected).await;
    fixture.check_data("POST /api/v1/query?query=1%2B1&time=4 ", expected).await;
}

#[tokio::test]
async fn instant_answers() {
    let fixture = fixture();
    let check = async |query: &str, data: &str| {
        fixture.check_data(&format!("POST /api/v1/query query={query}&time={NOW}"), data).await;
    };
    check("\"text\"", &format!(r#"{{"resultType":"string","result":[{NOW},"text"]}}"#)).await;
    check("up{job=\"b\"}", &format!(
        r#"{{"resultType":"vector","result":[{{"metric":{{"__name__":"up","instance":"2","job":"b"}},"value":[{NOW},"0.5"]}}]}}"#
    ))
    .await;
    check("nothing", r#"{"resultType":"vector","result":[]}"#).await;
    check("sum(up)", &format!(r#"{{"resultType":"vector","result":[{{"metric":{{}},"value":[{NOW},"1.5"]}}]}}"#)).await;
    check("up{job=\"a\"}[20s]", &format!(
        r#"{{"resultType":"matrix","result":[{{"metric":{{"__name__":"up","instance":"1","job":"a"}},"values":[[{},"1"],[{NOW},"1"]]}}]}}"#,
        NOW - 15
    ))
    .await;
}

#[tokio::test]
async fn special_numbers_are_texts() {
    let fixture = fixture();
    let check = async |query: &str, value: &str| {
        let data = format!(r#"{{"resultType":"vector","result":[{{"metric":{{}},"value":[{NOW},"{value}"]}}]}}"#);
        fixture.check_data(&format!("POST /api/v1/query query={query}&time={NOW}"), &data).await;
    };
    check("vector(NaN)", "NaN").await;
    check("vector(Inf)", "+Inf").await;
    check("vector(-Inf)", "-Inf").await;
    check("vector(1e21)", "1e+21").await;
    check("vector(0.1)", "0.1").await;
}

#[tokio::test]
async fn the_time_is_now_when_none_is_given() {
    let fixture = fixture();
    fixture
        .check_data("GET /api/v1/query?query=time()", &format!(r#"{{"resultType":"scalar","result":[{NOW},"{NOW}"]}}"#))
        .await;
    fixture
        .check_data(
            "GET /api/v1/query?query=1&time=1970-01-01T00:00:01.5Z",
            r#"{"resultType":"scalar","result":[1.500,"1"]}"#,
        )
        .await;
}

#[tokio::test]
async fn range_answers() {
    let fixture = fixture();
    let (start, middle, end) = (NOW - 30, NOW - 15, NOW);
    let expected = format!(
        r#"{{"resultType":"matrix","result":[{{"metric":{{"__name__":"up","instance":"2","job":"b"}},"values":[[{start},"0"],[{middle},"0"],[{end},"0.5"]]}}]}}"#
    );
    for step in ["15", "15s", "0m15s", "15.0"] {
        let request = format!("POST /api/v1/query_range query=up{{job=\"b\"}}&start={start}&end={end}&step={step}");
        fixture.check_data(&request, &expected).await;
    }
    let request = format!("GET /api/v1/query_range?query=nothing&start={start}&end={end}&step=15");
    fixture.check_data(&request, r#"{"resultType":"matrix","result":[]}"#).await;
    let request = format!("GET /api/v1/query_range?query=1&start={start}&end={end}.9&step=30");
    let expected =
        format!(r#"{{"resultType":"matrix","result":[{{"metric":{{}},"values":[[{start},"1"],[{end},"1"]]}}]}}"#);
    fixture.check_data(&request, &expected).await;
}

#[tokio::test]
async fn limits_and_notes_are_told() {
    let fixture = fixture();
    let answer = fixture.ask(&format!("GET /api/v1/query?query=up&limit=1&time={NOW}")).await;
    assert!(answer.text().ends_with(r#""warnings":["results truncated due to limit"]}"#), "{}", answer.text());
    let answer = fixture.ask(&format!("GET /api/v1/query?query=rate(up[1m])&time={NOW}")).await;
    assert!(answer.text().contains(r#","infos":["PromQL info: metric might not be a counter"#), "{}", answer.text());
}

#[tokio::test]
async fn stats_are_told_when_asked_for() {
    let fixture = fixture();
    let answer = fixture.ask(&format!("GET /api/v1/query?query=up&stats=all&time={NOW}")).await;
    let json: serde_json::Value = serde_json::from_slice(&answer.body).expect("JSON");
    assert_eq!(json.pointer("/data/stats/samples/totalQueryableSamples"), Some(&2.into()), "{json}");
    assert!(json.pointer("/data/stats/timings/evalTotalTime").is_some_and(serde_json::Value::is_number), "{json}");
}
