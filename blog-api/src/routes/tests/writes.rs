//! Creating, changing and deleting: validation, escapes, bodies, access.

use super::{BAD_REQUEST, NOW, check, check_error, filled, post};
use crate::access::Access;
use crate::testing::Scene;
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn posts_are_created() {
    let scene = Scene::new().await;
    let told =
        scene.write("POST /api/posts", r#"{"title":"제목","content":"내용","author":"지민","id":9,"x":[]}"#).await;
    let expected =
        json!({ "id": 1, "title": "제목", "content": "내용", "author": "지민", "viewCount": 0, "createdAt": NOW });
    check(&told, 201, &expected);
    assert_eq!(told.header("location"), "/api/posts/1");
    for blank in [r#"{"title":"b"}"#, r#"{"title":"b","author":null}"#, r#"{"title":"b","author":"  "}"#] {
        assert_eq!(scene.write("POST /api/posts", blank).await.json()["author"], "익명", "{blank}");
    }
}

#[tokio::test]
async fn posts_are_changed_in_part() {
    let scene = filled(&["a"]).await;
    scene.get("/api/posts/1").await;
    let check_change = async |body: &str, expected: (&str, Option<&str>, &str)| {
        let told = scene.write("PUT /api/posts/1", body).await;
        let (title, content, author) = expected;
        // The time and the views are those of the post and not of the change.
        let expected = json!({
            "id": 1, "title": title, "content": content, "author": author, "viewCount": 1, "createdAt": NOW
        });
        check(&told, 200, &expected);
    };
    check_change(r#"{"title":"b"}"#, ("b", None, "익명")).await;
    check_change(r#"{"content":"c"}"#, ("b", Some("c"), "익명")).await;
    check_change(r#"{"title":null,"content":null,"author":"d"}"#, ("b", Some("c"), "d")).await;
    check_change(r#"{"content":""}"#, ("b", Some(""), "d")).await;
    check_change(r#"{"author":""}"#, ("b", Some(""), "익명")).await;
    check_change("{}", ("b", Some(""), "익명")).await;
}

#[tokio::test]
async fn deleted_posts_are_gone_and_their_ids_too() {
    let scene = filled(&["a", "b"]).await;
    let told = scene.send("DELETE /api/posts/2", &[], "").await;
    assert_eq!((told.status, told.body.as_str()), (204, ""));
    assert_eq!(scene.send("DELETE /api/posts/2", &[], "").await.status, 404);
    assert_eq!(scene.get("/api/posts/2").await.status, 404);
    assert_eq!(scene.write("POST /api/posts", r#"{"title":"c"}"#).await.json()["id"], 3);
}

#[tokio::test]
async fn invalid_posts_are_400_with_every_finding() {
    let scene = Scene::new().await;
    let check = async |line: &str, body: &str, findings: &str| {
        let told = scene.write(line, body).await;
        let path = line.split_once(' ').unwrap().1;
        check_error(&told, BAD_REQUEST, &format!("입력값 검증 실패: {findings}"), path);
    };
    let blank = "title: 제목은 필수입니다";
    let long = json!({ "title": "가".repeat(201), "author": "a".repeat(51) }).to_string();
    let both = "title: 제목은 200자 이하여야 합니다, author: 작성자는 50자 이하여야 합니다";
    check("POST /api/posts", "{}", blank).await;
    check("POST /api/posts", r#"{"title":null}"#, blank).await;
    check("POST /api/posts", r#"{"title":" \t"}"#, blank).await;
    check("POST /api/posts", &long, both).await;
    check("PUT /api/posts/1", r#"{"title":"  "}"#, blank).await;
    check("PUT /api/posts/1", r#"{"title":""}"#, blank).await;
    check("PUT /api/posts/1", &long, both).await;
    check("POST /api/posts", r#"{"title":"a\u0000"}"#, "title: 사용할 수 없는 문자가 있습니다").await;
}

#[tokio::test]
async fn titles_of_200_brackets_fit() {
    let scene = Scene::new().await;
    let told = scene.write("POST /api/posts", &json!({ "title": "<".repeat(200) }).to_string()).await;
    assert_eq!((told.status, told.json()["title"].as_str()), (201, Some("&lt;".repeat(200).as_str())));
}

#[tokio::test]
async fn what_was_read_can_be_sent_back() {
    let scene = Scene::new().await;
    let created = scene.write("POST /api/posts", r#"{"title":"<b> & 'c' &amp;lt;","content":"\"&\""}"#).await.json();
    assert_eq!(created["title"], "&lt;b&gt; &amp; &#39;c&#39; &amp;lt;");
    let mut body = created.clone();
    for _ in 0..3 {
        body = scene.write("PUT /api/posts/1", &body.to_string()).await.json();
        assert_eq!(body, created);
    }
}

#[tokio::test]
async fn unreadable_bodies_are_400() {
    let scene = filled(&["a"]).await;
    let check = async |body: &str, what: &str| {
        for line in ["POST /api/posts", "PUT /api/posts/1"] {
            let told = scene.write(line, body).await;
            assert_eq!(told.status, 400, "{body}");
            assert_eq!(told.json()["message"], format!("요청 본문을 읽을 수 없습니다: {what}"), "{body}");
        }
    };
    let json = |line: u32, column: u32| format!("{line}행 {column}열의 JSON이 올바르지 않습니다");
    check("", "JSON 객체가 아닙니다").await;
    check("null", "JSON 객체가 아닙니다").await;
    check(r#"["a","b","c"]"#, "JSON 객체가 아닙니다").await;
    check(r#"{"title":"a""#, &json(1, 12)).await;
    check("{\n\"title\": 5}", &json(2, 10)).await;
    check(r#"{"title":"a","title":"b"}"#, &json(1, 20)).await;
    check(r#"{"title":"\ud800"}"#, &json(1, 17)).await;
    check(r#"{"title":"a"} {}"#, &json(1, 15)).await;

    let invalid =
        scene.send("POST /api/posts", &[("content-type", "application/json")], b"{\"title\":\"\xff\"}".to_vec());
    assert_eq!(invalid.await.status, 400);
    let deep = format!("{{\"title\":\"a\",\"x\":{}", "[".repeat(100_000));
    assert_eq!(scene.write("POST /api/posts", &deep).await.status, 400);
}

#[tokio::test]
async fn other_types_are_415() {
    let scene = Scene::new().await;
    let check = async |kind: &str, status: u16| {
        let headers = [("content-type", kind)];
        let headers = if kind.is_empty() { &[][..] } else { &headers[..] };
        let told = scene.send("POST /api/posts", headers, r#"{"title":"a"}"#).await;
        assert_eq!(told.status, status, "{kind}: {}", told.body);
    };
    check("application/json; charset=utf-8", 201).await;
    check("Application/JSON", 201).await;
    check("application/merge-patch+json", 201).await;
    check("", 415).await;
    check("text/plain", 415).await;
    check("application/x-www-form-urlencoded", 415).await;
    check("text/json+json", 415).await;
}

#[tokio::test]
async fn writes_need_access_and_reads_do_not() {
    const WRITES: [&str; 4] = ["POST /api/posts", "PUT /api/posts/1", "PUT /api/posts/abc", "DELETE /api/posts/1"];
    let scene = Scene::with_access(Access::Tokens(vec!["0123456789abcdef".parse().unwrap()])).await;
    for line in WRITES {
        let path = line.split_once(' ').unwrap().1;
        let told = scene.write(line, "no json").await;
        check_error(&told, (403, "Forbidden"), "쓰기 권한이 없습니다: 유효한 토큰이 필요합니다.", path);
        assert_eq!(told.header("www-authenticate"), "Bearer");
    }
    let headers = [("authorization", "Bearer 0123456789abcdef"), ("content-type", "application/json")];
    let told = scene.send("POST /api/posts", &headers, r#"{"title":"a"}"#).await;
    check(&told, 201, &post(1, "a", 0));
    assert_eq!(scene.get("/api/posts/1").await.status, 200);

    let closed = Scene::with_access(Access::Nobody).await;
    for line in WRITES {
        assert_eq!(closed.send(line, &headers, r#"{"title":"a"}"#).await.status, 403, "{line}");
    }
    assert_eq!(closed.get("/api/posts").await.status, 200);
}

#[tokio::test]
async fn other_sites_cannot_write_through_a_browser() {
    let scene = Scene::new().await;
    let check = async |host: &str, status: u16| {
        let headers = [("host", host), ("content-type", "application/json")];
        let told = scene.send("POST /api/posts", &headers, r#"{"title":"a"}"#).await;
        assert_eq!(told.status, status, "{host}");
        assert_eq!(told.header("access-control-allow-origin"), "", "{host}");
    };
    check("127.0.0.1:8080", 201).await;
    check("localhost:8080", 201).await;
    check("rebound.example:8080", 403).await;
}

#[tokio::test]
async fn time_of_a_post_is_when_it_was_written() {
    let scene = Scene::new().await;
    scene.clock.advance(Duration::from_millis(211));
    let told = scene.write("POST /api/posts", r#"{"title":"a"}"#).await;
    assert_eq!(told.json()["createdAt"], "2026-01-20T12:34:57.000");
}
