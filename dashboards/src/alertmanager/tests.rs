//! Alertmanager's API as Grafana and `amtool` read it.

use crate::testing::{Answer, Fixture, NOW};
use alerter::config::alerting::{self, Alerting};
use alerter::posted::PostedAlert;
use axum::body::Body;
use axum::http::Request;
use model::labels::Labels;
use model::time::Millis;
use settings::Source;
use settings::report::{Key, Report};

const CONFIG: &str = "
route: {receiver: oncall, group_by: [alertname], routes: [{receiver: pager, matchers: [severity=page]}]}
receivers: [{name: oncall}, {name: pager}]
inhibit_rules: [{source_matchers: [severity=page], target_matchers: [severity=warning], equal: [pod]}]";

fn config(yaml: &str) -> Alerting {
    let mut report = Report::new(String::new());
    let raw = serde_saphyr::from_str(yaml).expect("reads");
    let read = alerting::read(Some(raw), &Key::root("alerting"), &Source::default(), &mut report);
    report.finish(read).expect("right")
}

fn posted(labels: &[(&str, &str)]) -> PostedAlert {
    PostedAlert {
        labels: Labels::from_pairs(labels.iter().copied()),
        annotations: Labels::from_pairs([("summary", "so")]),
        starts_at: Millis((NOW - 60) * 1_000),
        ends_at: Millis((NOW + 240) * 1_000),
        generator_url: "http://x/graph".to_owned(),
        value: String::new(),
    }
}

fn fixture() -> Fixture {
    let fixture = Fixture::alerting(&config(CONFIG));
    fixture.backends.dispatch.post(vec![
        posted(&[("alertname", "A"), ("severity", "page"), ("pod", "a")]),
        posted(&[("alertname", "A"), ("severity", "warning"), ("pod", "a")]),
        posted(&[("alertname", "B"), ("severity", "warning"), ("pod", "b")]),
    ]);
    fixture
}

async fn send(fixture: &Fixture, method: &str, path: &str, body: &str) -> Answer {
    let request = Request::builder().method(method).uri(path).header("content-type", "application/json");
    fixture.send(request.body(Body::from(body.to_owned())).expect("a request")).await
}

async fn check(fixture: &Fixture, request: (&str, &str, &str), status: u16, expected: &str) {
    let answer = send(fixture, request.0, request.1, request.2).await;
    assert_eq!((answer.status.as_u16(), answer.text().trim_end()), (status, expected), "{request:?}");
    assert_eq!(answer.header("cache-control"), "no-store", "{request:?}");
    if !expected.is_empty() {
        assert_eq!(answer.header("content-type"), "application/json", "{request:?}");
        serde_json::from_slice::<serde_json::Value>(&answer.body).expect("JSON");
    }
}

fn json(answer: &Answer) -> serde_json::Value {
    serde_json::from_slice(&answer.body).expect("JSON")
}

#[tokio::test]
async fn alerts_stand_in_alertmanagers_shape() {
    let fixture = Fixture::alerting(&config(CONFIG));
    check(&fixture, ("GET", "/api/v2/alerts", ""), 200, "[]").await;
    check(&fixture, ("GET", "/api/v2/alerts/groups", ""), 200, "[]").await;
    fixture.backends.dispatch.post(vec![posted(&[("alertname", "B"), ("pod", "b\"")])]);
    let alert = "{\"annotations\":{\"summary\":\"so\"},\"endsAt\":\"2023-11-14T22:17:20.000Z\",\
        \"fingerprint\":\"FINGERPRINT\",\"receivers\":[{\"name\":\"oncall\"}],\
        \"startsAt\":\"2023-11-14T22:12:20.000Z\",\"status\":{\"inhibitedBy\":[],\"mutedBy\":[],\"silencedBy\":[],\
        \"state\":\"active\"},\"updatedAt\":\"2023-11-14T22:13:20.000Z\",\"generatorURL\":\"http://x/graph\",\
        \"labels\":{\"alertname\":\"B\",\"pod\":\"b\\\"\"}}";
    let fingerprint = posted(&[("alertname", "B"), ("pod", "b\"")]).fingerprint();
    let alert = alert.replace("FINGERPRINT", &fingerprint);
    check(&fixture, ("GET", "/api/v2/alerts", ""), 200, &format!("[{alert}]")).await;
    let group =
        format!("[{{\"alerts\":[{alert}],\"labels\":{{\"alertname\":\"B\"}},\"receiver\":{{\"name\":\"oncall\"}}}}]");
    check(&fixture, ("GET", "/api/v2/alerts/groups", ""), 200, &group).await;
    fixture.clock.advance(240_001);
    check(&fixture, ("GET", "/api/v2/alerts", ""), 200, "[]").await;
    check(&fixture, ("GET", "/api/v2/alerts/groups", ""), 200, "[]").await;
}

#[tokio::test]
async fn alerts_are_filtered() {
    let fixture = fixture();
    let find = async |query: &str| {
        let answer = send(&fixture, "GET", &format!("/api/v2/alerts?{query}"), "").await;
        assert_eq!(answer.status.as_u16(), 200, "{query}: {}", answer.text());
        let json = json(&answer);
        let name = |alert: &serde_json::Value| {
            format!(
                "{}/{}",
                alert["labels"]["alertname"].as_str().expect("text"),
                alert["labels"]["severity"].as_str().expect("text")
            )
        };
        let mut names: Vec<_> = json.as_array().expect("a list").iter().map(name).collect();
        names.sort();
        names.join(" ")
    };
    assert_eq!(find("").await, "A/page A/warning B/warning");
    assert_eq!(find("filter=severity%3Dwarning&filter=pod%3D~%22a%7Cx%22").await, "A/warning");
    assert_eq!(find("filter=severity!%3D%22page%22").await, "A/warning B/warning");
    assert_eq!(find("receiver=pa.*").await, "A/page");
    assert_eq!(find("receiver=pa").await, "");
    assert_eq!(find("receiver_matchers=name%3Dpager").await, "A/page");
    assert_eq!(find("inhibited=false").await, "A/page B/warning");
    assert_eq!(find("active=false").await, "A/warning");
    assert_eq!(find("active=true&silenced=true&unprocessed=false").await, "A/page A/warning B/warning");
    let inhibited = json(&send(&fixture, "GET", "/api/v2/alerts?active=false", "").await);
    assert_eq!(inhibited[0]["status"]["state"], "suppressed");
    let by = posted(&[("alertname", "A"), ("severity", "page"), ("pod", "a")]).fingerprint();
    assert_eq!(inhibited[0]["status"]["inhibitedBy"][0], by);
    check(&fixture, ("GET", "/api/v2/alerts?filter=x", ""), 400, "\"bad matcher format: x\"").await;
    let wrong = "\"failed to parse receiver param: error parsing regexp: missing closing ): `^(?:()$`\"";
    check(&fixture, ("GET", "/api/v2/alerts?receiver=(", ""), 400, wrong).await;
    check(&fixture, ("GET", "/api/v2/alerts/groups?receiver=(", ""), 400, wrong).await;
    let groups = json(&send(&fixture, "GET", "/api/v2/alerts/groups?receiver=oncall", "").await);
    assert_eq!(groups.as_array().expect("a list").len(), 2);
}

#[tokio::test]
async fn alerts_of_others_are_taken() {
    let fixture = Fixture::alerting(&config(CONFIG));
    let body = "[{\"labels\":{\"alertname\":\"X\",\"empty\":\"\"},\"annotations\":{\"a\":\"b\"},\"generatorURL\":\"\"},\
        {\"labels\":{\"alertname\":\"Y\"},\"startsAt\":\"2023-11-14T20:00:00+01:00\",\"endsAt\":\"0001-01-01T00:00:00Z\"}]";
    check(&fixture, ("POST", "/api/v2/alerts", body), 200, "").await;
    let alerts = json(&send(&fixture, "GET", "/api/v2/alerts?filter=alertname=X", "").await);
    assert_eq!(alerts[0]["labels"], serde_json::json!({"alertname": "X"}));
    assert_eq!(
        (&alerts[0]["startsAt"], &alerts[0]["endsAt"]),
        (&"2023-11-14T22:13:20.000Z".into(), &"2023-11-14T22:18:20.000Z".into())
    );
    assert_eq!(alerts[0].get("generatorURL"), None);
    let alerts = json(&send(&fixture, "GET", "/api/v2/alerts?filter=alertname=Y", "").await);
    assert_eq!(
        (&alerts[0]["startsAt"], &alerts[0]["endsAt"]),
        (&"2023-11-14T19:00:00.000Z".into(), &"2023-11-14T22:18:20.000Z".into())
    );
    // What is right is held, whatever is wrong with the rest.
    let body = "[{\"labels\":{\"alertname\":\"Z\"}},{\"labels\":{}},{\"labels\":{\"a\":\"b\"},\
        \"startsAt\":\"2023-11-14T22:00:00Z\",\"endsAt\":\"2023-11-14T21:00:00Z\"},{\"labels\":{\"\":\"x\"}}]";
    let wrong = "\"at least one label pair required\\nstart time must be before end time\\ninvalid label set: invalid name \\\"\\\"\"";
    check(&fixture, ("POST", "/api/v2/alerts", body), 400, wrong).await;
    assert_eq!(
        json(&send(&fixture, "GET", "/api/v2/alerts?filter=alertname=Z", "").await).as_array().expect("a list").len(),
        1
    );
    let url = "[{\"labels\":{\"a\":\"b\"},\"generatorURL\":\"not a url\"}]";
    let wrong = "{\"code\":601,\"message\":\"0.generatorURL in body must be of type uri: \\\"not a url\\\"\"}";
    check(&fixture, ("POST", "/api/v2/alerts", url), 422, wrong).await;
    let required = "{\"code\":602,\"message\":\"0.labels in body is required\"}";
    check(&fixture, ("POST", "/api/v2/alerts", "[{}]"), 422, required).await;
    for body in ["{", "{}", "[{\"labels\":{\"a\":1}}]", "[{\"labels\":{\"a\":\"b\"},\"endsAt\":\"soon\"}]"] {
        let answer = send(&fixture, "POST", "/api/v2/alerts", body).await;
        assert_eq!(answer.status.as_u16(), 400, "{body}");
        let expected = "parsing alerts body from \"\" failed, because ";
        assert!(json(&answer)["message"].as_str().expect("text").starts_with(expected), "{}", answer.text());
    }
    assert!(fixture.instruments.encode().contains("belfry_alerts_refused_total{reason=\"invalid\"} 3\n"));
}

fn silence(id: &str, matchers: &str, from: i64, until: i64) -> String {
    let time = |seconds: i64| model::rfc3339::format_millis(Millis((NOW + seconds) * 1_000));
    format!(
        "{{\"id\":\"{id}\",\"matchers\":[{matchers}],\"startsAt\":\"{}\",\"endsAt\":\"{}\",\"createdBy\":\"me\",\"comment\":\"why\"}}",
        time(from),
        time(until)
    )
}

const MATCHER: &str = "{\"name\":\"alertname\",\"value\":\"B\",\"isRegex\":false}";

async fn set(fixture: &Fixture, body: &str) -> String {
    let answer = send(fixture, "POST", "/api/v2/silences", body).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
    json(&answer)["silenceID"].as_str().expect("text").to_owned()
}

#[tokio::test]
async fn silences_are_made_changed_and_ended() {
    let fixture = fixture();
    check(&fixture, ("GET", "/api/v2/silences", ""), 200, "[]").await;
    let id = set(&fixture, &silence("", MATCHER, -100, 3_600)).await;
    let shown = format!(
        "{{\"id\":\"{id}\",\"status\":{{\"state\":\"active\"}},\"updatedAt\":\"2023-11-14T22:13:20.000Z\",\"comment\":\"why\",\
         \"createdBy\":\"me\",\"endsAt\":\"2023-11-14T23:13:20.000Z\",\"matchers\":[{{\"isEqual\":true,\"isRegex\":false,\
         \"name\":\"alertname\",\"value\":\"B\"}}],\"startsAt\":\"2023-11-14T22:13:20.000Z\"}}"
    );
    check(&fixture, ("GET", &format!("/api/v2/silence/{id}"), ""), 200, &shown).await;
    check(&fixture, ("GET", "/api/v2/silences?ruleMetadata=true&accesscontrol=true", ""), 200, &format!("[{shown}]"))
        .await;
    let silenced = json(&send(&fixture, "GET", "/api/v2/alerts?active=false&inhibited=false", "").await);
    assert_eq!(silenced[0]["status"]["silencedBy"], serde_json::json!([id]));
    // The same matchers and start: the same silence. Another start or other matchers: a new one.
    assert_eq!(set(&fixture, &silence(&id, MATCHER, 0, 7_200)).await, id);
    let regex = "{\"name\":\"alertname\",\"value\":\"B|C\",\"isRegex\":true,\"isEqual\":false}";
    let second = set(&fixture, &silence(&id, regex, 0, 7_200)).await;
    assert_ne!(second, id);
    let listed = json(&send(&fixture, "GET", "/api/v2/silences", "").await);
    let listed: Vec<_> = listed
        .as_array()
        .expect("a list")
        .iter()
        .map(|s| (s["id"].as_str().expect("text"), s["status"]["state"].as_str().expect("text")))
        .collect();
    assert_eq!(listed, [(second.as_str(), "active"), (id.as_str(), "expired")]);
    let filtered =
        json(&send(&fixture, "GET", "/api/v2/silences?filter=alertname!~%22B%7CC%22&expired=false", "").await);
    assert_eq!(filtered.as_array().expect("a list").len(), 1);
    check(&fixture, ("DELETE", &format!("/api/v2/silence/{second}"), ""), 200, "").await;
    let ended = json(&send(&fixture, "GET", &format!("/api/v2/silence/{second}"), "").await);
    assert_eq!(ended["status"]["state"], "expired");
    check(&fixture, ("DELETE", &format!("/api/v2/silence/{second}"), ""), 200, "").await;
}

#[tokio::test]
async fn wrong_silences_are_refused_as_alertmanager_does() {
    let fixture = fixture();
    let nowhere = "00000000-0000-4000-8000-000000000000";
    check(&fixture, ("GET", &format!("/api/v2/silence/{nowhere}"), ""), 404, "").await;
    check(&fixture, ("DELETE", &format!("/api/v2/silence/{nowhere}"), ""), 404, "").await;
    let no_id = "{\"code\":601,\"message\":\"silenceID in path must be of type uuid: \\\"abc\\\"\"}";
    check(&fixture, ("GET", "/api/v2/silence/abc", ""), 422, no_id).await;
    check(&fixture, ("DELETE", "/api/v2/silence/abc", ""), 422, no_id).await;
    let refused = async |body: String, status: u16, expected: &str| {
        check(&fixture, ("POST", "/api/v2/silences", &body), status, expected).await;
    };
    refused(silence(nowhere, MATCHER, 0, 60), 404, "\"silence not found\"").await;
    refused(silence("", MATCHER, 60, 60), 400, "\"Failed to create silence: start time must be before end time\"")
        .await;
    refused(silence("", MATCHER, -60, -30), 400, "\"Failed to create silence: end time can't be in the past\"").await;
    let none = "{\"code\":612,\"message\":\"matchers in body should have at least 1 items\"}";
    refused(silence("", "", 0, 60), 422, none).await;
    refused("{}".to_owned(), 422, "{\"code\":602,\"message\":\"comment in body is required\"}").await;
    refused(String::new(), 422, "{\"code\":602,\"message\":\"silence in body is required\"}").await;
    let nameless = "{\"value\":\"B\",\"isRegex\":false}";
    refused(silence("", nameless, 0, 60), 422, "{\"code\":602,\"message\":\"matchers.0.name in body is required\"}")
        .await;
    let empty = "{\"name\":\"a\",\"value\":\"\",\"isRegex\":false}";
    let what = "\"invalid silence: matcher set 0: at least one matcher must not match the empty string\"";
    refused(silence("", empty, 0, 60), 400, what).await;
    check(&fixture, ("GET", "/api/v2/silences", ""), 200, "[]").await;
}

#[tokio::test]
async fn bodies_must_say_that_they_are_json() {
    let fixture = fixture();
    for (path, media, shown) in [
        ("/api/v2/alerts", "text/plain; charset=utf-8", "text/plain"),
        ("/api/v2/silences", "", "application/octet-stream"),
    ] {
        let request = Request::builder().method("POST").uri(path).header("content-type", media);
        let answer = fixture.send(request.body(Body::from("[]")).expect("a request")).await;
        let message = format!("unsupported media type \"{shown}\", only [application/json] are allowed");
        assert_eq!(answer.status.as_u16(), 415);
        assert_eq!(json(&answer), serde_json::json!({"code": 415, "message": message}));
    }
}

#[tokio::test]
async fn status_holds_a_whole_config() {
    for (yaml, receiver) in [(CONFIG, "oncall"), ("{}", "nobody")] {
        let fixture = Fixture::alerting(&config(yaml));
        let status = json(&send(&fixture, "GET", "/api/v2/status", "").await);
        assert_eq!(status["cluster"], serde_json::json!({"peers": [], "status": "disabled"}));
        assert_eq!(status["versionInfo"]["version"], "0.33.1");
        let read = config(status["config"]["original"].as_str().expect("text"));
        assert_eq!(read.route.expect("a route").receiver.as_deref(), Some(receiver));
        assert_eq!(read.receivers[0].name, receiver);
    }
    let fixture = fixture();
    let receivers =
        "[{\"labels\":{\"name\":\"oncall\"},\"name\":\"oncall\"},{\"labels\":{\"name\":\"pager\"},\"name\":\"pager\"}]";
    check(&fixture, ("GET", "/api/v2/receivers", ""), 200, receivers).await;
    let pager = "[{\"labels\":{\"name\":\"pager\"},\"name\":\"pager\"}]";
    check(&fixture, ("GET", "/api/v2/receivers?receiver_matchers=name%3D~%22p.*%22", ""), 200, pager).await;
    let wrong = "\"failed to parse receiver_matchers param: bad matcher format: x\"";
    check(&fixture, ("GET", "/api/v2/receivers?receiver_matchers=x", ""), 400, wrong).await;
    let answer = fixture.ask("GET /alertmanager/api/v2/status").await;
    assert_eq!((answer.status.as_u16(), answer.text()), (404, "404 page not found\n"));
    let page = fixture.ask("GET /api/belfry/v1/notifications").await;
    assert_eq!(
        page.text(),
        "{\"receivers\":[{\"name\":\"oncall\",\"integrations\":[]},{\"name\":\"pager\",\"integrations\":[]}],\"notifications\":[]}"
    );
}
