//! Health and metrics as a probe and a scraper see them.

use super::{check, filled};
use crate::access::Access;
use crate::testing::Scene;
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn healthy_blog_is_up() {
    let scene = Scene::with_access(Access::Tokens(vec!["0123456789abcdef".parse().unwrap()])).await;
    let up = json!({ "status": "UP" });
    check(&scene.get("/actuator/health/liveness").await, 200, &up);
    check(&scene.get("/actuator/health/readiness").await, 200, &up);
    let groups = json!(["liveness", "readiness"]);
    check(&scene.get("/actuator/health").await, 200, &json!({ "status": "UP", "groups": groups }));

    let headers = [("authorization", "Bearer 0123456789abcdef")];
    let components = json!({ "db": up, "livenessState": up, "readinessState": up });
    let expected = json!({ "status": "UP", "components": components, "groups": groups });
    check(&scene.send("GET /actuator/health", &headers, "").await, 200, &expected);
}

#[tokio::test]
async fn stopping_blog_is_out_of_service_but_alive() {
    let scene = Scene::new().await;
    scene.stop.cancel();
    check(&scene.get("/actuator/health/readiness").await, 503, &json!({ "status": "OUT_OF_SERVICE" }));
    check(&scene.get("/actuator/health/liveness").await, 200, &json!({ "status": "UP" }));
}

#[tokio::test]
async fn page_counts_requests_by_template() {
    let scene = filled(&["a"]).await;
    for target in ["/api/posts/1", "/api/posts/1", "/api/posts/7", "/api/posts/abc", "/wp-login.php", "/.env"] {
        scene.get(target).await;
    }
    scene.send("BREW /api/posts", &[], "").await;
    scene.clock.advance(Duration::from_secs(5));
    let told = scene.get("/actuator/prometheus").await;
    assert_eq!((told.status, told.header("content-type")), (200, "text/plain;version=0.0.4;charset=utf-8"));
    let check = |line: &str| assert!(told.body.lines().any(|found| found == line), "{line}\n{}", told.body);
    let count = |error: &str, method: &str, outcome: &str, status: u16, uri: &str, count: u32| {
        check(&format!(
            "http_server_requests_seconds_count{{error=\"{error}\",exception=\"{error}\",method=\"{method}\",outcome=\"{outcome}\",status=\"{status}\",uri=\"{uri}\"}} {count}"
        ));
    };
    count("none", "POST", "SUCCESS", 201, "/api/posts", 1);
    count("none", "GET", "SUCCESS", 200, "/api/posts/{id}", 2);
    count("PostNotFound", "GET", "CLIENT_ERROR", 404, "/api/posts/{id}", 1);
    count("InvalidParameter", "GET", "CLIENT_ERROR", 400, "/api/posts/{id}", 1);
    count("PathNotFound", "GET", "CLIENT_ERROR", 404, "/**", 2);
    count("MethodNotAllowed", "OTHER", "CLIENT_ERROR", 405, "/api/posts", 1);
    check("# TYPE http_server_requests_seconds histogram");
    check("# TYPE http_server_requests_seconds_max gauge");
    check("process_uptime_seconds 6");
    check("process_start_time_seconds 1768912496.789");
    check("log_events_total{level=\"info\"} 4");
    check("log_events_total{level=\"warn\"} 5");
    check("blog_requests_in_flight 0");
    assert!(!told.body.contains("wp-login"));
    assert!(told.body.contains("process_resident_memory_bytes "), "{}", told.body);
}

#[tokio::test]
async fn strangers_do_not_add_series() {
    let scene = Scene::new().await;
    let series = async || scene.get("/actuator/prometheus").await.body.lines().count();
    scene.get("/first").await;
    scene.send("AAA /first", &[], "").await;
    series().await;
    let before = series().await;
    for number in 0..200 {
        scene.get(&format!("/path/{number}")).await;
        scene.send(&format!("X{number} /path/{number}"), &[], "").await;
    }
    assert_eq!(series().await, before);
}
