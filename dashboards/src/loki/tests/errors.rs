//! What is refused, in Loki's words and with its statuses.

use crate::testing::Fixture;

const NOTHING_CHOSEN: &str = concat!(
    "parse error : queries require at least one regexp or equality matcher that does not have an empty-compatible value. ",
    r#"For instance, app=~".*" does not meet this requirement, but app=~".+" will"#
);

#[tokio::test]
async fn wrong_parameters_are_told_in_plain_text() {
    let fixture = Fixture::new();
    let check = async |request: &str, text: &str| fixture.check_plain(request, 400, text).await;
    let ok = "query={a=\"b\"}";
    for path in ["query_range", "labels", "series", "index/stats", "index/volume", "index/volume_range"] {
        let request = format!("GET /loki/api/v1/{path}?{ok}&start=2&end=1");
        check(&request, "end timestamp must not be before or equal to start time").await;
    }
    check(&format!("GET /loki/api/v1/query_range?{ok}&limit=0"), "limit must be a positive value").await;
    check(&format!("GET /loki/api/v1/query?{ok}&time=x"), r#"strconv.ParseInt: parsing "x": invalid syntax"#).await;
    check(&format!("POST /loki/api/v1/query_range {ok}&direction=up"), "invalid direction 'up'").await;
    check(&format!("GET /loki/api/v1/query_range?{ok}&interval=-1"), "interval must be >= 0").await;
    let large = "max entries limit per query exceeded, limit > max_entries_limit_per_query (5001 > 5000)";
    check(&format!("GET /loki/api/v1/query_range?{ok}&limit=5001"), large).await;
    check(&format!("GET /loki/api/v1/index/volume?{ok}&aggregateBy=x"), "invalid aggregation option").await;
    check(&format!("GET /loki/api/v1/index/volume?{ok}&limit=-1"), "limit must be a positive value").await;
    check("GET /loki/api/v1/series?match[]={a=\"b\"}&match[]={}", NOTHING_CHOSEN).await;
    check("GET /loki/api/v1/series?match[]={a=~\".*\"}", NOTHING_CHOSEN).await;
    let targets = (0..129).map(|number| format!("l{number}")).collect::<Vec<_>>().join(",");
    check(&format!("GET /loki/api/v1/index/volume?{ok}&targetLabels={targets}"), "more than 128 targetLabels").await;
    let many = "a&".repeat(crate::limits::PARAMETERS_MAX + 1);
    check(&format!("POST /loki/api/v1/labels {many}"), "more than 4096 parameters").await;
}

#[tokio::test]
async fn selectors_are_bounded() {
    let fixture = Fixture::new();
    let check = async |request: &str, text: &str| fixture.check_plain(request, 400, text).await;
    let regexes = (0..257).map(|number| format!("a{number}=~\"b.+c\"")).collect::<Vec<_>>().join(",");
    let what = "more than 256 regular expressions in all selectors together";
    check(&format!("POST /loki/api/v1/series match[]={{{regexes}}}"), what).await;
    check(&format!("POST /loki/api/v1/labels query={{{regexes}}}"), what).await;
    let long = format!("match[]={{a=\"{}\"}}&match[]={{b=\"{}\"}}", "x".repeat(40_000), "x".repeat(40_000));
    check(&format!("POST /loki/api/v1/series {long}"), "more than 65536 bytes of selectors").await;
    let only = "parse error : only label matchers are supported";
    check("GET /loki/api/v1/labels?query={a=\"b\"}|=%22c%22", only).await;
}
