//! Against a server on loopback.

use super::*;
use axum::Router;
use axum::extract::State;
use axum::routing::post;
use model::time::Millis;
use settings::http::HttpClient;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::mpsc::{Receiver, Sender, channel};

async fn peer() -> (Alertmanager, Receiver<String>) {
    let (sender, receiver) = channel(10);
    let keep = |State(sender): State<Sender<String>>, body: String| async move {
        sender.send(body).await.expect("the test listens");
    };
    let app = Router::new().route("/am/api/v2/alerts", post(keep)).with_state(sender);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let target = listener.local_addr().expect("an address").to_string();
    #[expect(clippy::disallowed_methods, reason = "a server of the test")]
    tokio::spawn(async move { axum::serve(listener, app).await });
    let config = Alertmanager {
        scheme: "http".to_owned(),
        path_prefix: "/am".to_owned(),
        timeout: Duration::from_secs(5),
        targets: vec![target],
        http: HttpClient::default(),
    };
    (config, receiver)
}

fn alert(name: &str) -> PostedAlert {
    PostedAlert {
        labels: Labels::from_pairs([("alertname", name)]),
        annotations: Labels::from_pairs([("summary", "s")]),
        starts_at: Millis(1_700_000_000_250),
        ends_at: Millis(1_700_000_240_000),
        generator_url: "http://b/graph".to_owned(),
        value: String::new(),
    }
}

#[tokio::test]
async fn alerts_reach_everybody_who_listens() {
    let (config, mut received) = peer().await;
    let deaf = Alertmanager { targets: vec!["127.0.0.1:1".to_owned()], ..config.clone() };
    let instruments = Arc::new(Instruments::new());
    let prepared = Prepared::new(&[deaf, config]).expect("clients");
    let forwarder = Forwarder::new(prepared, Arc::clone(&instruments));
    forwarder.post(&[alert("A")]);
    let stop = CancellationToken::new();
    let body = tokio::select! {
        body = received.recv() => body.expect("a body"),
        _ = forwarder.run(stop.clone()) => panic!("it ended"),
    };
    assert_eq!(
        body,
        r#"[{"labels":{"alertname":"A"},"annotations":{"summary":"s"},"startsAt":"2023-11-14T22:13:20.25Z","endsAt":"2023-11-14T22:17:20Z","generatorURL":"http://b/graph"}]"#
    );
    stop.cancel();
    forwarder.run(stop).await.expect("no error");
}

#[tokio::test]
async fn the_oldest_give_way_and_nobody_costs_nothing() {
    let instruments = Arc::new(Instruments::new());
    let nobody = Forwarder::new(Prepared::default(), Arc::clone(&instruments));
    nobody.post(&[alert("A")]);
    assert_eq!(nobody.queue().len(), 0);
    let (config, _received) = peer().await;
    nobody.commit(Prepared::new(&[config]).expect("a client"));
    let many: Vec<_> = (0..FORWARD_QUEUE_MAX + 2).map(|number| alert(&number.to_string())).collect();
    nobody.post(&many);
    assert_eq!(nobody.queue().len(), FORWARD_QUEUE_MAX);
    assert_eq!(
        nobody.queue().front().and_then(|alert| alert.labels.get("alertname").map(str::to_owned)).as_deref(),
        Some("2")
    );
    assert!(instruments.encode().contains("belfry_alerts_forward_dropped_total 2"), "{}", instruments.encode());
}
