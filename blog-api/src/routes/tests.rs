//! The routes as their clients see them: shapes, statuses, and what the board before this one got wrong.

mod actuator;
mod bounds;
mod writes;

use crate::testing::{Scene, Told};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// When the tests' clock stands still.
const NOW: &str = "2026-01-20T12:34:56.789";

/// Checks an answer in JSON as a whole.
#[track_caller]
fn check(told: &Told, status: u16, expected: &Value) {
    assert_eq!((told.status, &told.json()), (status, expected), "{}", told.body);
    assert_eq!(told.header("content-type"), "application/json");
}

/// Checks that an answer is the error body, with nothing in it but what is expected.
#[track_caller]
fn check_error(told: &Told, (status, error): (u16, &str), message: &str, path: &str) {
    let expected = json!({ "timestamp": NOW, "status": status, "error": error, "message": message, "path": path });
    check(told, status, &expected);
}

const BAD_REQUEST: (u16, &str) = (400, "Bad Request");

/// A post of the tests' clock's start as an answer shows it.
fn post(id: i64, title: &str, views: i64) -> Value {
    json!({ "id": id, "title": title, "content": null, "author": "익명", "viewCount": views, "createdAt": NOW })
}

/// Writes posts with these titles, one second after another.
async fn filled(titles: &[&str]) -> Scene {
    let scene = Scene::new().await;
    for title in titles {
        let told = scene.write("POST /api/posts", &json!({ "title": title }).to_string()).await;
        assert_eq!(told.status, 201, "{}", told.body);
        scene.clock.advance(Duration::from_secs(1));
    }
    scene
}

fn titles(posts: &Value) -> Vec<&str> {
    posts.as_array().unwrap().iter().map(|post| post["title"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn empty_blog_has_an_empty_page() {
    let scene = Scene::new().await;
    let sort = json!({ "empty": false, "sorted": true, "unsorted": false });
    let pageable =
        json!({ "pageNumber": 0, "pageSize": 10, "sort": sort, "offset": 0, "paged": true, "unpaged": false });
    let expected = json!({
        "content": [], "pageable": pageable, "totalElements": 0, "totalPages": 0, "last": true, "first": true,
        "size": 10, "number": 0, "sort": sort, "numberOfElements": 0, "empty": true,
    });
    check(&scene.get("/api/posts").await, 200, &expected);
}

#[tokio::test]
async fn pages_are_newest_first() {
    let scene = filled(&["a", "b", "c", "d", "e"]).await;
    let check = async |query: &str, expected: &[&str], last: bool| {
        let told = scene.get(&format!("/api/posts{query}")).await;
        let page = told.json();
        assert_eq!((told.status, titles(&page["content"]).as_slice()), (200, expected), "{query}");
        assert_eq!((&page["last"], &page["totalElements"]), (&json!(last), &json!(5)), "{query}");
        assert_eq!(page["numberOfElements"], json!(expected.len()), "{query}");
    };
    check("", &["e", "d", "c", "b", "a"], true).await;
    check("?size=2", &["e", "d"], false).await;
    check("?page=1&size=2", &["c", "b"], false).await;
    check("?page=2&size=2", &["a"], true).await;
    check("?page=3&size=2", &[], true).await;
    check("?page=2147483647&size=100", &[], true).await;
    check("?sort=title,asc", &["e", "d", "c", "b", "a"], true).await;
}

#[tokio::test]
async fn posts_of_one_moment_are_ordered_by_id() {
    let scene = Scene::new().await;
    for title in ["a", "b", "c"] {
        scene.write("POST /api/posts", &json!({ "title": title }).to_string()).await;
    }
    let page = scene.get("/api/posts").await.json();
    assert_eq!(titles(&page["content"]), ["c", "b", "a"]);
}

#[tokio::test]
async fn reading_counts_a_view() {
    let scene = filled(&["a"]).await;
    check(&scene.get("/api/posts/1").await, 200, &post(1, "a", 1));
    check(&scene.get("/api/posts/1").await, 200, &post(1, "a", 2));
    let page = scene.get("/api/posts").await.json();
    assert_eq!(page["content"], json!([post(1, "a", 2)]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn views_at_once_are_all_counted() {
    const READERS: usize = 16;
    const VIEWS: usize = 25;
    let scene = Arc::new(filled(&["a"]).await);
    let mut readers = tokio::task::JoinSet::new();
    for _ in 0..READERS {
        let scene = Arc::clone(&scene);
        readers.spawn(async move {
            let mut seen = Vec::new();
            for _ in 0..VIEWS {
                let told = scene.get("/api/posts/1").await;
                assert_eq!(told.status, 200, "{}", told.body);
                seen.push(told.json()["viewCount"].as_u64().unwrap());
            }
            seen
        });
    }
    let mut seen = readers.join_all().await.concat();
    seen.sort_unstable();
    let expected: Vec<u64> = (1..=u64::try_from(READERS * VIEWS).unwrap()).collect();
    assert_eq!(seen, expected, "every reader sees a number of its own");
}

#[tokio::test]
async fn search_finds_titles() {
    let scene = filled(&["Rust 시작", "100% rust", "a_b", "aXb", "<태그>", "back\\slash"]).await;
    let check = async |keyword: &str, expected: &[&str]| {
        let target: String = form_urlencoded::Serializer::new(String::new()).append_pair("keyword", keyword).finish();
        let told = scene.get(&format!("/api/posts/search?{target}")).await;
        assert_eq!((told.status, titles(&told.json()).as_slice()), (200, expected), "{keyword}");
    };
    check("rust", &["100% rust", "Rust 시작"]).await;
    check("시작", &["Rust 시작"]).await;
    check("%", &["100% rust"]).await;
    check("a_b", &["a_b"]).await;
    check("<", &["&lt;태그&gt;"]).await;
    check("lt", &[]).await;
    check("\\", &["back\\slash"]).await;
    check("' OR 1=1 --", &[]).await;
}

#[tokio::test]
async fn absent_posts_are_404() {
    let scene = Scene::new().await;
    for id in [0, -1, 2, i64::MAX] {
        let path = format!("/api/posts/{id}");
        let message = format!("게시글을 찾을 수 없습니다. ID: {id}");
        for method in ["GET", "PUT", "DELETE"] {
            let told = scene.write(&format!("{method} {path}"), r#"{"title":"b"}"#).await;
            check_error(&told, (404, "Not Found"), &message, &path);
        }
    }
}

#[tokio::test]
async fn wrong_parameters_are_400() {
    let scene = Scene::new().await;
    let check = async |target: &str, message: &str| {
        let path = target.split('?').next().unwrap();
        check_error(&scene.get(target).await, BAD_REQUEST, message, path);
    };
    let page = "잘못된 요청 값: page: 0에서 2147483647 사이의 정수여야 합니다";
    let size = "잘못된 요청 값: size: 1에서 100 사이의 정수여야 합니다";
    check("/api/posts/abc", "잘못된 요청 값: id: 정수여야 합니다").await;
    check("/api/posts/9223372036854775808", "잘못된 요청 값: id: 정수여야 합니다").await;
    check("/api/posts/%ff", "잘못된 요청 값: id: 정수여야 합니다").await;
    check("/api/posts/search", "잘못된 요청 값: keyword: 검색어는 필수입니다").await;
    check("/api/posts/search?keyword=", "잘못된 요청 값: keyword: 검색어는 필수입니다").await;
    check("/api/posts?page=-1", page).await;
    check("/api/posts?page=x", page).await;
    check("/api/posts?page=99999999999", page).await;
    check("/api/posts?size=0", size).await;
    check("/api/posts?size=101", size).await;
    check("/api/posts?size=1000000", size).await;
}

#[tokio::test]
async fn unknown_paths_are_404_and_wrong_methods_405() {
    let scene = Scene::new().await;
    for path in ["/", "/api", "/api/posts/", "/api/posts/1/comments", "/actuator", "/api/auth/login", "/%ff"] {
        check_error(&scene.get(path).await, (404, "Not Found"), "요청한 경로를 찾을 수 없습니다.", path);
    }
    let check = async |line: &str, allow: &str| {
        let (method, path) = line.split_once(' ').unwrap();
        let told = scene.send(line, &[], "").await;
        let message = format!("지원하지 않는 메서드입니다: {method}");
        check_error(&told, (405, "Method Not Allowed"), &message, path);
        assert_eq!(told.header("allow"), allow, "{line}");
    };
    check("DELETE /api/posts", "GET,HEAD,POST").await;
    check("PATCH /api/posts/1", "GET,HEAD,PUT,DELETE").await;
    check("OPTIONS /api/posts", "GET,HEAD,POST").await;
    check("POST /api/posts/search", "GET,HEAD").await;
    check("POST /actuator/prometheus", "GET,HEAD").await;
    check("BREW /api/posts", "GET,HEAD,POST").await;
}
