//! Discord, Telegram and ntfy against a server on loopback: what is posted, and what stays secret.

use crate::notify::for_tests::{Server, context, golden, notification, notifier, pod_down, pod_up, read, reply};
use crate::notify::{Notification, Retry};

fn pretty(body: &str) -> String {
    let json: serde_json::Value = serde_json::from_str(body).expect("json");
    serde_json::to_string_pretty(&json).expect("json") + "\n"
}

/// Sends by the only integration of a receiver's keys; `PORT` is the server's.
async fn sent(keys: &str, notifications: &[Notification]) -> Vec<(String, String, String)> {
    let server = Server::start(|_| reply("200 OK", "", "{}"));
    let keys = keys.replace("PORT", &server.port.to_string());
    let notifier = notifier(&format!("receivers: [{{name: on.call, {keys}}}]"), &context());
    assert!(notifier.sends_resolved());
    for notification in notifications {
        notifier.send(notification).await.expect("sent");
    }
    let received = server.received().into_iter();
    received.map(|request| (request.line, request.head, pretty(&request.body))).collect()
}

fn both() -> [Notification; 2] {
    [notification(vec![pod_down("was-0")]), notification(vec![pod_up("was-0")])]
}

#[tokio::test]
async fn discord_takes_an_embed() {
    let received = sent("discord_configs: [{webhook_url: 'http://127.0.0.1:PORT/api/webhooks/1/x'}]", &both()).await;
    assert_eq!(received[0].0, "POST /api/webhooks/1/x HTTP/1.1");
    golden("discord-firing.json", &received[0].2);
    golden("discord-resolved.json", &received[1].2);
    let failing = "discord_configs: [{webhook_url: 'http://127.0.0.1:PORT/', title: '{{ .Nonsense }}', username: u}]";
    let received = sent(failing, &both()).await;
    golden("discord-failing.json", &received[0].2);
}

#[tokio::test]
async fn telegram_takes_html() {
    let keys = "telegram_configs: [{api_url: 'http://127.0.0.1:PORT/', bot_token: '1:s3cret', chat_id: -100}]";
    let many = notification((0..9).map(|pod| pod_down(&format!("<was>-{pod}"))).collect());
    let [firing, resolved] = both();
    let received = sent(keys, &[firing, resolved, many]).await;
    assert_eq!(received[0].0, "POST /bot1:s3cret/sendMessage HTTP/1.1");
    golden("telegram-firing.json", &received[0].2);
    golden("telegram-resolved.json", &received[1].2);
    golden("telegram-many.json", &received[2].2);
    let mut long = pod_down("was-0");
    long.annotations =
        model::labels::Labels::from_pairs([("summary", "s".to_owned()), ("description", "x".repeat(5000))]);
    let received = sent(keys, &[notification(vec![long])]).await;
    assert!(received[0].2.contains("it gives more than 4096 characters"), "{}", received[0].2);
    assert!(!received[0].2.contains("parse_mode"), "{}", received[0].2);
}

#[tokio::test]
async fn ntfy_takes_buttons() {
    let keys = "ntfy_configs: [{url: 'http://127.0.0.1:PORT', topic: s3cret, token: tk_1}]";
    let received = sent(keys, &both()).await;
    assert_eq!(received[0].0, "POST / HTTP/1.1");
    assert!(received[0].1.contains("authorization: bearer tk_1\r\n"), "{}", received[0].1);
    golden("ntfy-firing.json", &received[0].2);
    golden("ntfy-resolved.json", &received[1].2);
    let own = "ntfy_configs: [{url: 'http://127.0.0.1:PORT', topic: t, priority: high, tags: 'a, {{ .Status }}', actions: [{label: L, url: 'http://x'}]}]";
    golden("ntfy-own.json", &sent(own, &both()).await[0].2);
}

#[tokio::test]
async fn secrets_stay_secret() {
    let server = Server::start(|_| reply("404 Not Found", "", "Not Found"));
    let port = server.port;
    for keys in [
        format!("discord_configs: [{{webhook_url: 'http://127.0.0.1:{port}/s3cret'}}]"),
        format!("telegram_configs: [{{api_url: 'http://127.0.0.1:{port}', bot_token: s3cret, chat_id: 1}}]"),
        format!("ntfy_configs: [{{url: 'http://127.0.0.1:{port}', topic: s3cret, token: s3cret}}]"),
    ] {
        let yaml = format!("receivers: [{{name: a, {keys}}}]");
        let error = notifier(&yaml, &context()).send(&both()[0]).await.expect_err("refused");
        assert_eq!(error.what, format!("127.0.0.1:{port}: unexpected status code 404: Not Found"));
        assert_eq!(error.retry, Retry::Never);
        let (_, receivers) = read(&yaml).expect("valid");
        let shown = format!("{receivers:?} {}", serde_json::to_string(&receivers).expect("json"));
        assert!(!shown.contains("s3cret") && shown.contains("<secret>"), "{shown}");
    }
}

#[test]
fn what_is_missing_is_told() {
    let check = |keys: &str, expected: &str| {
        let findings = read(&format!("receivers: [{{name: a, {keys}}}]")).expect_err(keys);
        assert_eq!(findings[0].what, expected, "{keys}");
    };
    check("discord_configs: [{}]", "one of webhook_url or webhook_url_file must be configured");
    check("telegram_configs: [{bot_token: t}]", "missing chat_id or chat_id_file on telegram_config");
    check("telegram_configs: [{chat_id: 1}]", "missing bot_token or bot_token_file on telegram_config");
    check("telegram_configs: [{bot_token: t, chat_id: 1, parse_mode: html}]", {
        "must be Markdown, MarkdownV2, HTML or empty string, got html"
    });
    check("ntfy_configs: [{}]", "one of topic or topic_file must be configured");
    check("ntfy_configs: [{topic: t, url: ntfy.home}]", "not a valid URL: relative URL without a base, got ntfy.home");
    check("ntfy_configs: [{topic: t, actions: [{label: a}]}]", "missing url in ntfy action");
}
