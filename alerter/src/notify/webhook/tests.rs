//! Webhooks against a server on loopback: what is posted, and what each answer means.

use super::*;
use crate::notify::Retry;
use crate::notify::for_tests::{Reply, Server, context, golden, notification, notifier, pod_down, pod_up, read, reply};
use std::time::Duration;

fn webhook(port: u16, more: &str) -> Arc<dyn Notifier> {
    let yaml = format!(
        "receivers: [{{name: on.call, webhook_configs: [{{url: 'http://127.0.0.1:{port}/hook/s3cret?k=t0ken'{more}}}]}}]"
    );
    notifier(&yaml, &context())
}

#[tokio::test]
async fn the_json_is_alertmanagers() {
    let server = Server::start(|_| reply("200 OK", "", ""));
    let hook = webhook(server.port, "");
    assert_eq!((hook.kind(), hook.sends_resolved()), ("webhook", true));
    hook.send(&notification(vec![pod_down("was-0"), pod_up("was-1")])).await.expect("sent");
    let received = server.received();
    assert_eq!(received[0].line, "POST /hook/s3cret?k=t0ken HTTP/1.1");
    assert!(received[0].head.contains("content-type: application/json\r\n"), "{}", received[0].head);
    assert!(received[0].head.contains("user-agent: belfry/"), "{}", received[0].head);
    golden("webhook.json", &received[0].body);
}

#[tokio::test]
async fn alerts_are_truncated_and_counted() {
    let server = Server::start(|_| reply("200 OK", "", ""));
    let hook = webhook(server.port, ", max_alerts: 2, send_resolved: false");
    assert!(!hook.sends_resolved());
    let pods = ["a", "b", "c", "d", "e"].map(pod_down);
    hook.send(&notification(pods.to_vec())).await.expect("sent");
    let body: serde_json::Value = serde_json::from_str(&server.received()[0].body).expect("json");
    assert_eq!((body["truncatedAlerts"].as_u64(), body["alerts"].as_array().map(Vec::len)), (Some(3), Some(2)));
}

#[test]
fn a_body_is_bounded() {
    let mut alert = pod_down("a");
    alert.annotations = Labels::from_pairs([("text", "x".repeat(WEBHOOK_BYTES_MAX / 10))]);
    let group = notification(vec![alert; 20]);
    let body = body(&group, 0, &Links::new("http://b"));
    assert!(body.len() <= WEBHOOK_BYTES_MAX);
    let body: serde_json::Value = serde_json::from_slice(&body).expect("json");
    assert_eq!((body["truncatedAlerts"].as_u64(), body["alerts"].as_array().map(Vec::len)), (Some(15), Some(5)));
}

#[tokio::test]
async fn answers_decide_about_trying_again() {
    let check = |answer: Reply, expected: Retry, what: &'static str| async move {
        let server = Server::start(move |_| answer.clone());
        let hook = webhook(server.port, "");
        let error = hook.send(&notification(vec![pod_down("was-0")])).await.expect_err(what);
        assert_eq!(error.retry, expected, "{error}");
        assert_eq!(error.what, what.replace("HOST", &format!("127.0.0.1:{}", server.port)));
    };
    let after = |seconds| Retry::After(Duration::from_secs(seconds));
    check(
        reply("429 Too Many", "retry-after: 7\r\n", "slow down"),
        after(7),
        "HOST: unexpected status code 429: slow down",
    )
    .await;
    check(
        reply("429 Too Many", "retry-after: Sat, 28 Nov 2026 10:13:03 GMT\r\n", ""),
        after(60),
        "HOST: unexpected status code 429",
    )
    .await;
    check(reply("503 Busy", "retry-after: 999999999\r\n", ""), after(3600), "HOST: unexpected status code 503").await;
    check(reply("429 Too Many", "", ""), Retry::Soon, "HOST: unexpected status code 429").await;
    check(reply("500 Oops", "", "line 1\n\n line\t2"), Retry::Soon, "HOST: unexpected status code 500: line 1 line 2")
        .await;
    check(reply("404 Not Found", "", "no such hook"), Retry::Never, "HOST: unexpected status code 404: no such hook")
        .await;
    let leaks = "no hook at /hook/s3cret";
    check(reply("404 Not Found", "", leaks), Retry::Never, "HOST: unexpected status code 404").await;
    let huge = "x".repeat(10_000_000);
    let shown = format!("HOST: unexpected status code 400: {}…", "x".repeat(200));
    let server = Server::start(move |_| reply("400 Bad", "", &huge));
    let error = webhook(server.port, "").send(&notification(vec![pod_down("was-0")])).await.expect_err("refused");
    assert_eq!(error.what, shown.replace("HOST", &format!("127.0.0.1:{}", server.port)));
}

#[tokio::test]
async fn a_huge_answer_of_success_is_success() {
    let huge = "x".repeat(10_000_000);
    let server = Server::start(move |_| reply("200 OK", "", &huge));
    webhook(server.port, "").send(&notification(vec![pod_down("was-0")])).await.expect("sent");
}

#[tokio::test]
async fn silence_and_broken_connections_may_pass() {
    let server = Server::start(|_| Reply::Hang);
    let error = webhook(server.port, ", timeout: 50ms").send(&notification(vec![pod_down("a")])).await;
    let error = error.expect_err("no answer");
    assert_eq!(error.retry, Retry::Soon);
    assert_eq!(error.what, format!("127.0.0.1:{}: no answer in time", server.port));
    let server = Server::start(|_| Reply::Raw(Vec::new()));
    let error = webhook(server.port, "").send(&notification(vec![pod_down("a")])).await.expect_err("no answer");
    assert_eq!(error.retry, Retry::Soon);
    assert!(!error.what.contains("s3cret") && !error.what.contains("t0ken"), "{error}");
    let error = webhook(1, "").send(&notification(vec![pod_down("a")])).await.expect_err("nobody listens");
    assert_eq!(error.retry, Retry::Soon);
    assert_eq!(error.what, "127.0.0.1:1: dial tcp 127.0.0.1:1: connect: connection refused");
}

#[tokio::test]
async fn redirects_are_followed_unless_forbidden() {
    let answer = |request: &crate::notify::for_tests::Received| {
        let moved = request.line.contains("/hook/");
        if moved { reply("307 Moved", "location: /elsewhere\r\n", "") } else { reply("200 OK", "", "") }
    };
    let server = Server::start(answer);
    webhook(server.port, "").send(&notification(vec![pod_down("a")])).await.expect("sent");
    assert_eq!(server.received()[1].line, "POST /elsewhere HTTP/1.1");
    assert_eq!(server.received()[0].body, server.received()[1].body);
    let strict = webhook(server.port, ", http_config: {follow_redirects: false}");
    let error = strict.send(&notification(vec![pod_down("a")])).await.expect_err("not followed");
    assert_eq!((error.retry, server.received().len()), (Retry::Never, 3));
    let server = Server::start(|_| reply("307 Moved", "location: /again\r\n", ""));
    let error = webhook(server.port, "").send(&notification(vec![pod_down("a")])).await.expect_err("no end");
    assert!(!error.what.contains("s3cret"), "{error}");
}

#[tokio::test]
async fn urls_come_from_files_and_may_be_templates() {
    let server = Server::start(|_| reply("200 OK", "", ""));
    let folder = tempfile::tempdir().expect("temp dir");
    let file = folder.path().join("url");
    let yaml = format!("receivers: [{{name: a, webhook_configs: [{{url_file: '{}'}}]}}]", file.display());
    let hook = notifier(&yaml, &context());
    let error = hook.send(&notification(vec![pod_down("a")])).await.expect_err("no file yet");
    assert_eq!((error.retry, error.what.starts_with("reading /")), (Retry::Soon, true), "{error}");
    let text = format!("http://127.0.0.1:{}/{{{{ .CommonLabels.namespace }}}}\n", server.port);
    std::fs::write(&file, text).expect("written");
    hook.send(&notification(vec![pod_down("a")])).await.expect("sent");
    assert_eq!(server.received()[0].line, "POST /blog-system HTTP/1.1");
    std::fs::write(&file, "http://secret/{{ .Nonsense }}").expect("written");
    let error = hook.send(&notification(vec![pod_down("a")])).await.expect_err("no such field");
    assert_eq!((error.retry, error.what.as_str()), (Retry::Never, "url: its template failed"));
}

#[test]
fn secrets_are_not_shown() {
    let (_, receivers) =
        read("receivers: [{name: a, webhook_configs: [{url: 'http://h/s3cret', http_config: {bearer_token: t0ken}}]}]")
            .expect("valid");
    let shown = format!("{receivers:?} {}", serde_json::to_string(&receivers).expect("json"));
    assert!(!shown.contains("s3cret") && !shown.contains("t0ken"), "{shown}");
    assert!(shown.contains(r#""url":"<secret>""#), "{shown}");
}
