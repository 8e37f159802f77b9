//! How much there is.

use crate::testing::{Fixture, NOW};

fn fixture() -> Fixture {
    let fixture = Fixture::new();
    fixture.append_lines(r#"{app="x",pod="1"}"#, &[(-2_000, "aaaa", "{}"), (-1_000, "bbbb", "{}")]);
    fixture.append_lines(r#"{app="x",pod="2"}"#, &[(-1_000, "ccc", "{}")]);
    fixture.append_lines(r#"{app="y"}"#, &[(-1_000, "dddddddddddd", "{}")]);
    fixture
}

#[tokio::test]
async fn stats_stand_without_a_frame() {
    let fixture = fixture();
    let check = async |query: &str, expected: &str| {
        fixture.check(&format!("GET /loki/api/v1/index/stats?query={query}"), 200, expected).await;
    };
    check("{app=\"x\"}", r#"{"streams":2,"chunks":2,"bytes":11,"entries":3}"#).await;
    check("{pod=\"2\"}", r#"{"streams":1,"chunks":1,"bytes":3,"entries":1}"#).await;
    let nothing = r#"{"streams":0,"chunks":0,"bytes":0,"entries":0}"#;
    check("{app=\"nothing\"}", nothing).await;
    check("{app=\"x\"}&start=1&end=2", nothing).await;
}

#[tokio::test]
async fn volumes_are_summed_by_the_labels_that_are_asked_for() {
    let fixture = fixture();
    let check = async |parameters: &str, volumes: &[(&str, u64)]| {
        let volumes = volumes
            .iter()
            .map(|(metric, bytes)| format!(r#"{{"metric":{metric},"value":[{NOW},"{bytes}"]}}"#))
            .collect::<Vec<_>>()
            .join(",");
        let data = format!(r#"{{"resultType":"vector","result":[{volumes}]}}"#);
        fixture.check_data(&format!("GET /loki/api/v1/index/volume?query={parameters}"), &data).await;
    };
    check("{app=~`.%2B`}", &[(r#"{"app":"y"}"#, 12), (r#"{"app":"x"}"#, 11)]).await;
    check("{app=~`.%2B`}&limit=1", &[(r#"{"app":"y"}"#, 12)]).await;
    check("{app=\"x\"}&targetLabels=pod", &[(r#"{"pod":"1"}"#, 8), (r#"{"pod":"2"}"#, 3)]).await;
    check("{app=\"x\"}&aggregateBy=labels", &[(r#"{"app":""}"#, 11)]).await;
    check("{app=~`.%2B`}&aggregateBy=labels&targetLabels=app,pod", &[(r#"{"app":""}"#, 11), (r#"{"pod":""}"#, 11)])
        .await;
    let every = [(r#"{"app":"y"}"#, 12), (r#"{"app":"x","pod":"1"}"#, 8), (r#"{"app":"x","pod":"2"}"#, 3)];
    check("{}", &every).await;
    check("", &every).await;
    check("{app=\"nothing\"}", &[]).await;
}

#[tokio::test]
async fn volumes_over_time_are_a_matrix() {
    let fixture = fixture();
    let check = async |parameters: &str, result: &str| {
        let data = format!(r#"{{"resultType":"matrix","result":[{result}]}}"#);
        fixture.check_data(&format!("GET /loki/api/v1/index/volume_range?query={parameters}"), &data).await;
    };
    let half_an_hour_ago = NOW - 1_800;
    let expected = format!(r#"{{"metric":{{"app":"x"}},"values":[[{half_an_hour_ago},"11"]]}}"#);
    check("{app=\"x\"}&step=30m", &expected).await;
    check("{app=\"nothing\"}", "").await;
    let many =
        "exceeded maximum resolution of 11,000 points per time series. Try increasing the value of the step parameter";
    fixture.check_plain("GET /loki/api/v1/index/volume_range?query={}&step=0.1", 400, many).await;
}
