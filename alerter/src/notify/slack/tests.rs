//! Slack's incoming webhook and its API on loopback: what is posted, and what each answer means.

use super::*;
use crate::notify::Retry;
use crate::notify::for_tests::{Reply, Server, context, golden, notification, notifier, pod_down, pod_up, reply};
use std::time::Duration;

fn slack(port: u16, more: &str) -> Arc<dyn Notifier> {
    let url = format!("http://127.0.0.1:{port}/services/T0/B0/s3cret");
    notifier(&format!("receivers: [{{name: on.call, slack_configs: [{{api_url: '{url}'{more}}}]}}]"), &context())
}

fn pretty(body: &str) -> String {
    let json: serde_json::Value = serde_json::from_str(body).expect("json");
    serde_json::to_string_pretty(&json).expect("json") + "\n"
}

#[tokio::test]
async fn the_default_message_is_readable() {
    let server = Server::start(|_| reply("200 OK", "content-type: text/html\r\n", "ok"));
    let slack = slack(server.port, "");
    assert_eq!((slack.kind(), slack.sends_resolved()), ("slack", false));
    slack.send(&notification(vec![pod_down("was-0")])).await.expect("sent");
    slack.send(&notification(vec![pod_up("was-0")])).await.expect("sent");
    slack.send(&notification((0..12).map(|pod| pod_down(&format!("was-{pod}"))).collect())).await.expect("sent");
    let received = server.received();
    assert_eq!(received[0].line, "POST /services/T0/B0/s3cret HTTP/1.1");
    golden("slack-firing.json", &pretty(&received[0].body));
    golden("slack-resolved.json", &pretty(&received[1].body));
    golden("slack-many.json", &pretty(&received[2].body));
}

#[tokio::test]
async fn every_key_of_alertmanager_reaches_slack() {
    let server = Server::start(|_| reply("200 OK", "", "ok"));
    let all = r##", send_resolved: true, channel: '#{{ .CommonLabels.namespace }}', username: u, color: '#123456', title: t,
      title_link: 'http://l', pretext: p, text: x, message_text: m, footer: f, fallback: b, callback_id: c,
      icon_emoji: ':e:', icon_url: 'http://i', image_url: 'http://g', thumb_url: 'http://h', link_names: true,
      mrkdwn_in: [text], short_fields: true, timeout: 5s,
      fields: [{title: a, value: '{{ .Status }}'}, {title: b, value: c, short: false}],
      actions: [{type: button, text: open, url: 'http://o/{{ .Receiver }}', name: dropped},
                {type: button, text: ack, name: n, value: v, style: danger, confirm: {text: sure, title: T, ok_text: y, dismiss_text: n}}]"##;
    let slack = slack(server.port, all);
    assert!(slack.sends_resolved());
    slack.send(&notification(vec![pod_down("was-0")])).await.expect("sent");
    golden("slack-all-keys.json", &pretty(&server.received()[0].body));
}

#[tokio::test]
async fn answers_decide_about_trying_again() {
    let check = |answer: Reply, expected: Option<Retry>, what: &'static str| async move {
        let server = Server::start(move |_| answer.clone());
        let sent = slack(server.port, ", channel: '#ops', timeout: 1s").send(&notification(vec![pod_down("a")])).await;
        let error = sent.err();
        assert_eq!(error.as_ref().map(|error| error.retry), expected, "{error:?}");
        let host = format!("127.0.0.1:{}", server.port);
        assert_eq!(error.map(|error| error.what).unwrap_or_default(), what.replace("HOST", &host));
    };
    let json = "content-type: application/json; charset=utf-8\r\n";
    check(reply("200 OK", json, r#"{"ok":true,"ts":"1.2"}"#), None, "").await;
    check(reply("200 OK", "", "ok"), None, "").await;
    check(reply("200 OK", "", "no_text"), Some(Retry::Never), {
        r##"channel "#ops": HOST: error response from Slack: no_text"##
    })
    .await;
    check(reply("200 OK", json, r#"{"ok":false,"error":"channel_not_found"}"#), Some(Retry::Never), {
        r##"channel "#ops": HOST: error response from Slack: channel_not_found"##
    })
    .await;
    check(reply("200 OK", json, r#"{"ok":false,"error":"ratelimited"}"#), Some(Retry::Soon), {
        r##"channel "#ops": HOST: error response from Slack: ratelimited"##
    })
    .await;
    check(
        reply("200 OK", json, "<html>"),
        Some(Retry::Soon),
        r##"channel "#ops": HOST: not the JSON of Slack: <html>"##,
    )
    .await;
    check(reply("429 Too Many", "retry-after: 30\r\n", "rate_limited"), Some(Retry::After(Duration::from_secs(30))), {
        r##"channel "#ops": HOST: unexpected status code 429: rate_limited"##
    })
    .await;
    check(reply("500 Oops", "", "x"), Some(Retry::Soon), r##"channel "#ops": HOST: unexpected status code 500: x"##)
        .await;
    check(reply("403 No", "", "invalid_token"), Some(Retry::Never), {
        r##"channel "#ops": HOST: unexpected status code 403: invalid_token"##
    })
    .await;
    check(reply("404 No", "", "no_team"), Some(Retry::Never), {
        r##"channel "#ops": HOST: unexpected status code 404: no_team"##
    })
    .await;
    check(Reply::Hang, Some(Retry::Soon), r##"channel "#ops": HOST: no answer in time"##).await;
}

#[tokio::test]
async fn a_template_that_fails_still_tells_the_alert() {
    let server = Server::start(|_| reply("200 OK", "", "ok"));
    let slack = slack(server.port, ", title: '{{ .Nonsense }}', fields: [{title: a, value: '{{ .Nonsense }}'}]");
    slack.send(&notification(vec![pod_down("<!channel>")])).await.expect("sent");
    golden("slack-failing.json", &pretty(&server.received()[0].body));
}

#[tokio::test]
async fn labels_cannot_call_everybody_and_texts_are_cut() {
    let server = Server::start(|_| reply("200 OK", "", "ok"));
    let mut alert = pod_down("<!channel>");
    let long = "한".repeat(50_000);
    alert.annotations = model::labels::Labels::from_pairs([("summary", "<!here> & co"), ("description", &long)]);
    slack(server.port, "").send(&notification(vec![alert])).await.expect("sent");
    let body: serde_json::Value = serde_json::from_str(&server.received()[0].body).expect("json");
    let text = body["attachments"][0]["text"].as_str().expect("text");
    assert!(text.starts_with("*&lt;!here&gt; &amp; co*"), "{text}");
    assert_eq!(text.chars().count(), SLACK_TEXT_MAX);
    assert!(text.ends_with("한…"));
}

#[tokio::test]
async fn a_token_goes_to_the_api() {
    let server = Server::start(|_| reply("200 OK", "content-type: application/json\r\n", r#"{"ok":true}"#));
    let yaml = format!(
        "global: {{slack_app_token: xoxb-1, slack_app_url: 'http://127.0.0.1:{}/api/chat.postMessage'}}\n\
         receivers: [{{name: a, slack_configs: [{{channel: '#ops'}}]}}]",
        server.port
    );
    notifier(&yaml, &context()).send(&notification(vec![pod_down("a")])).await.expect("sent");
    let received = &server.received()[0];
    assert_eq!(received.line, "POST /api/chat.postMessage HTTP/1.1");
    assert!(received.head.contains("authorization: bearer xoxb-1\r\n"), "{}", received.head);
}

#[test]
fn templates_that_do_not_exist_are_told_when_it_is_built() {
    let (_, receivers) = crate::notify::for_tests::read(
        "receivers: [{name: a, slack_configs: [{api_url: 'http://h', title: '{{ template \"mine\" . }}'}]}]",
    )
    .expect("valid");
    let error = receivers[0].notifiers(&context()).expect_err("not defined");
    assert_eq!(error, r#"slack_configs[0]: title: template "mine" not defined"#);
}
