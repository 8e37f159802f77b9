//! Heartbeats against a server on loopback; the time is paused where it matters.

use super::*;
use crate::notify::for_tests::{NOW, Server, read, reply};
use model::clock::ManualClock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

fn heartbeat(port: u16, more: &str) -> Heartbeat {
    let url = format!("http://127.0.0.1:{port}/ping/s3cret");
    let (_, receivers) =
        read(&format!("receivers: [{{name: a, heartbeat_configs: [{{url: '{url}'{more}}}]}}]")).expect("valid");
    receivers[0].heartbeats().expect("built").remove(0)
}

#[tokio::test]
async fn it_beats_while_rules_are_evaluated() {
    let server = Server::start(|_| reply("200 OK", "", "OK"));
    let mut heartbeat = heartbeat(server.port, ", interval: 1s");
    assert_eq!(heartbeat.name(), "heartbeat a/heartbeat[0]");
    heartbeat.config.interval = Duration::from_millis(5);
    let stop = CancellationToken::new();
    let asked = AtomicUsize::new(0);
    // Rules are evaluated for two beats, then stand still; later everything stops.
    let ender = stop.clone();
    let alive: Alive = Arc::new(move || {
        let asked = asked.fetch_add(1, Ordering::SeqCst);
        if asked == 6 {
            ender.cancel();
        }
        asked < 2
    });
    heartbeat.run(alive, Arc::new(ManualClock::new(NOW)), stop).await.expect("no error");
    let received = server.received();
    assert_eq!(received.len(), 2, "none while rules stood still");
    assert_eq!(received[0].line, "GET /ping/s3cret HTTP/1.1");
}

#[tokio::test]
async fn failures_are_told_without_the_secret() {
    let server = Server::start(|_| reply("404 Not Found", "", "not found: /ping/s3cret"));
    let error = heartbeat(server.port, "").beat(&ManualClock::new(NOW)).await.expect_err("refused");
    assert_eq!(error.what, format!("127.0.0.1:{}: unexpected status code 404", server.port));
}
