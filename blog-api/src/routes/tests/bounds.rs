//! What is too much, too slow or broken, and what the log and the metrics say about it.

use super::{check_error, filled};
use crate::limits::{BODY_BYTES_MAX, REQUESTS_MAX, TARGET_BYTES_MAX};
use crate::page::{PageRequest, Slice};
use crate::post::{Change, NewPost, Post};
use crate::store::{Answer, Connections, Error, Posts};
use crate::testing::Scene;
use axum::body::Body;
use bytes::Bytes;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

/// A database that does one thing whatever it is asked.
#[derive(Clone, Debug)]
enum Broken {
    Fails(Error),
    Panics,
    Hangs,
}

impl Broken {
    fn answer<T: Send + 'static>(&self) -> Answer<'_, Result<T, Error>> {
        let this = self.clone();
        Box::pin(async move {
            match this {
                Self::Fails(error) => Err(error),
                Self::Panics => panic!("at the disco"),
                Self::Hangs => std::future::pending().await,
            }
        })
    }
}

impl Posts for Broken {
    fn list(&self, _: PageRequest) -> Answer<'_, Result<Slice, Error>> {
        self.answer()
    }
    fn view(&self, _: i64) -> Answer<'_, Result<Option<Post>, Error>> {
        self.answer()
    }
    fn search<'a>(&'a self, _: &'a str) -> Answer<'a, Result<Vec<Post>, Error>> {
        self.answer()
    }
    fn create(&self, _: NewPost) -> Answer<'_, Result<Post, Error>> {
        self.answer()
    }
    fn update(&self, _: i64, _: Change) -> Answer<'_, Result<Option<Post>, Error>> {
        self.answer()
    }
    fn delete(&self, _: i64) -> Answer<'_, Result<bool, Error>> {
        self.answer()
    }
    fn ping(&self) -> Answer<'_, Result<(), Error>> {
        self.answer()
    }
    fn connections(&self) -> Connections {
        Connections { open: 0, idle: 0 }
    }
    fn close(&self) -> Answer<'_, ()> {
        Box::pin(std::future::ready(()))
    }
}

fn over(broken: Broken) -> Scene {
    Scene::over(Arc::new(broken), |app| app.request_max = Duration::from_millis(20))
}

fn last_line(scene: &Scene) -> Value {
    serde_json::from_str(scene.lines.lines().last().unwrap()).unwrap()
}

#[tokio::test]
async fn failures_of_ours_keep_their_detail_in_the_log() {
    let check = async |broken: Broken, status: (u16, &str), message: &str, detail: &str| {
        let scene = over(broken);
        let told = scene.get("/api/posts").await;
        check_error(&told, status, message, "/api/posts");
        let line = last_line(&scene);
        assert_eq!((&line["level"], &line["error"]), (&json!("ERROR"), &json!(detail)));
        assert_eq!(
            (&line["status"], told.header("x-trace-id")),
            (&json!(status.0), line["trace_id"].as_str().unwrap())
        );
        assert_eq!(told.header("retry-after") == "1", status.0 == 503, "{detail}");
    };
    let secret = "no such column: secret in /var/lib/posts.db".to_owned();
    let (internal, busy) = ((500, "Internal Server Error"), (503, "Service Unavailable"));
    let ours = "서버 내부 오류가 발생했습니다.";
    check(Broken::Fails(Error::Failed(secret.clone())), internal, ours, &secret).await;
    check(Broken::Panics, internal, ours, "panic: at the disco").await;
    let many = "요청이 많아 처리할 수 없습니다. 잠시 후 다시 시도해 주세요.";
    check(Broken::Fails(Error::Busy(secret.clone())), busy, many, &secret).await;
    let late = "제때 처리하지 못했습니다. 잠시 후 다시 시도해 주세요.";
    check(Broken::Hangs, busy, late, late).await;
}

#[tokio::test]
async fn more_requests_than_slots_are_503_but_probes_are_answered() {
    let scene = Scene::new().await;
    let slots = scene.app.slots.try_acquire_many(u32::try_from(REQUESTS_MAX).unwrap()).unwrap();
    tokio::time::pause();
    let told = scene.get("/api/posts").await;
    tokio::time::resume();
    assert_eq!((told.status, told.header("retry-after")), (503, "1"));
    assert_eq!(scene.get("/actuator/health").await.status, 200);
    assert!(scene.get("/actuator/prometheus").await.body.contains("\nblog_requests_in_flight 16\n"));
    let (told, ()) = tokio::join!(scene.get("/api/posts"), async { drop(slots) });
    assert_eq!(told.status, 200, "a burst waits for a slot: {}", told.body);
}

#[tokio::test]
async fn long_bodies_are_413() {
    let scene = Scene::new().await;
    let message = "요청 본문은 524288바이트 이하여야 합니다.";
    let kind = ("content-type", "application/json");
    let long = " ".repeat(BODY_BYTES_MAX + 1);
    let told = scene.send("POST /api/posts", &[kind], long.clone()).await;
    check_error(&told, (413, "Payload Too Large"), message, "/api/posts");

    // Of unknown length: what was read counts.
    let chunks = long.into_bytes().chunks(1 << 16).map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect::<Vec<_>>();
    let body = Body::from_stream(futures_util::stream::iter::<Vec<Result<Bytes, Infallible>>>(chunks));
    let told = scene.send("POST /api/posts", &[kind], body).await;
    check_error(&told, (413, "Payload Too Large"), message, "/api/posts");

    let full = json!({ "title": "a", "content": "\"".repeat(65_535) }).to_string();
    assert_eq!(scene.write("POST /api/posts", &full).await.status, 201);
}

#[tokio::test(start_paused = true)]
async fn slow_bodies_are_408() {
    let scene = Scene::over(Arc::new(Broken::Hangs), |_| {});
    let body = Body::from_stream(futures_util::stream::pending::<Result<Bytes, Infallible>>());
    let told = scene.send("POST /api/posts", &[("content-type", "application/json")], body).await;
    check_error(&told, (408, "Request Timeout"), "요청 본문을 제때 받지 못했습니다.", "/api/posts");
}

#[tokio::test]
async fn long_targets_are_414() {
    let scene = Scene::new().await;
    let target = |length: usize| format!("/api/posts?x={}", "a".repeat(length - "/api/posts?x=".len()));
    assert_eq!(scene.get(&target(TARGET_BYTES_MAX)).await.status, 200);
    let told = scene.get(&target(TARGET_BYTES_MAX + 1)).await;
    check_error(&told, (414, "URI Too Long"), "주소는 2048바이트 이하여야 합니다.", "/api/posts");
}

#[tokio::test]
async fn requests_that_nobody_waits_for_are_logged() {
    let scene = Scene::over(Arc::new(Broken::Hangs), |_| {});
    let asked = tokio::time::timeout(Duration::from_millis(20), scene.get("/api/posts/1")).await;
    assert!(asked.is_err());
    assert_eq!(scene.lines.lines().len(), 1);
    assert_eq!(last_line(&scene)["msg"], "GET /api/posts/{id} 499");
    assert_eq!(scene.app.in_flight(), 0);
}

#[tokio::test]
async fn every_request_is_one_line() {
    let scene = filled(&["a"]).await;
    let parent = ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    let told = scene.send("GET /api/posts/1?x=secret", &[parent], "").await;
    assert_eq!(told.header("x-trace-id"), "0af7651916cd43dd8448eb211c80319c");
    let mut line = last_line(&scene);
    let span = line.as_object_mut().unwrap().remove("span_id").unwrap();
    assert_eq!(span.as_str().unwrap().len(), 16);
    let expected = json!({
        "ts": "2026-01-20T12:34:57.789Z", "level": "INFO", "msg": "GET /api/posts/{id} 200", "method": "GET",
        "uri": "/api/posts/{id}", "path": "/api/posts/1", "status": 200, "duration_ms": 0.0,
        "trace_id": "0af7651916cd43dd8448eb211c80319c",
    });
    assert_eq!(line, expected);

    let check = async |line: &str, level: &str, msg: &str| {
        let before = scene.lines.lines().len();
        scene.send(line, &[], "").await;
        assert_eq!(scene.lines.lines().len(), before + 1, "{line}");
        let last = last_line(&scene);
        assert_eq!((last["level"].as_str(), last["msg"].as_str()), (Some(level), Some(msg)));
    };
    check("GET /a/b/c", "WARN", "GET /** 404").await;
    check("GET /api/posts/abc", "WARN", "GET /api/posts/{id} 400").await;
    check("BREW /api/posts", "WARN", "OTHER /api/posts 405").await;
    check("GET /actuator/prometheus", "INFO", "GET /actuator/prometheus 200").await;

    let messages: Vec<Value> = scene.lines.lines().iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let created = messages.iter().find(|line| line["msg"] == "post created").unwrap();
    let request = messages.iter().find(|line| line["msg"] == "POST /api/posts 201").unwrap();
    assert_eq!((&created["post_id"], &created["trace_id"]), (&json!(1), &request["trace_id"]));
}

#[tokio::test]
async fn answers_carry_the_security_headers() {
    let scene = Scene::new().await;
    for target in ["/api/posts", "/nowhere", "/actuator/prometheus", "/api/posts/abc"] {
        let told = scene.get(target).await;
        let check = |name: &str, value: &str| assert_eq!(told.header(name), value, "{target}: {name}");
        check("x-content-type-options", "nosniff");
        check("x-frame-options", "DENY");
        check("content-security-policy", "default-src 'none'; frame-ancestors 'none'");
        check("referrer-policy", "no-referrer");
        check("permissions-policy", "camera=(), geolocation=(), microphone=()");
        check("cross-origin-resource-policy", "same-origin");
        check("cache-control", "no-store");
        check("access-control-allow-origin", "");
    }
}

#[tokio::test]
async fn databases_that_hang_or_fail_are_not_ready() {
    tokio::time::pause();
    for broken in [Broken::Hangs, Broken::Fails(Error::Failed("gone".to_owned()))] {
        let scene = Scene::over(Arc::new(broken), |_| {});
        let check = async |path: &str, status: u16, word: &str| {
            let told = scene.get(path).await;
            assert_eq!((told.status, told.json()["status"].as_str()), (status, Some(word)), "{path}");
            assert!(!told.body.contains("gone"), "{path}: {}", told.body);
        };
        check("/actuator/health/liveness", 200, "UP").await;
        check("/actuator/health/readiness", 503, "DOWN").await;
        check("/actuator/health", 503, "DOWN").await;
    }
}
