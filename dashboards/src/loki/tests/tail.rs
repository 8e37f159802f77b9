//! Live tails over real sockets.

use crate::limits::TAILS_MAX;
use crate::testing::{Fixture, NOW, Running};
use futures_util::{SinkExt, StreamExt};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

const PATIENCE: Duration = Duration::from_secs(10);

type Client = WebSocketStream<TcpStream>;

/// Opens a tail; the status of the answer where it is refused.
async fn open(running: &Running, path: &str, headers: &[(&'static str, &str)]) -> Result<Client, (u16, String)> {
    let path = path.replace('"', "%22").replace('{', "%7B").replace('}', "%7D").replace('|', "%7C").replace(' ', "%20");
    let mut request = format!("ws://localhost{path}").into_client_request().expect("a request");
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().expect("a value"));
    }
    match tokio_tungstenite::client_async(request, running.connect().await).await {
        Ok((client, _)) => Ok(client),
        Err(tokio_tungstenite::tungstenite::Error::Http(response)) => {
            let body = String::from_utf8(response.body().clone().unwrap_or_default()).expect("text");
            Err((response.status().as_u16(), body))
        }
        Err(other) => panic!("{other}"),
    }
}

async fn tail(running: &Running, query: &str) -> Client {
    open(running, &format!("/loki/api/v1/tail?query={query}"), &[]).await.expect("switches")
}

/// The next text; pings pass. `Err` is the end.
async fn next(client: &mut Client) -> Result<String, Option<CloseFrame>> {
    loop {
        match timeout(PATIENCE, client.next()).await.expect("in time") {
            Some(Ok(Message::Text(text))) => return Ok(text.as_str().to_owned()),
            Some(Ok(Message::Close(frame))) => return Err(frame),
            Some(Ok(_)) => {}
            Some(Err(_)) | None => return Err(None),
        }
    }
}

/// Waits until the gauge says that so many tails run.
async fn until_running(running: &Running, count: usize) {
    let expected = format!("belfry_log_tails {count}.0\n");
    let shown = async {
        while !running.fixture.instruments.encode().contains(&expected) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, shown).await.expect("tails begin and end");
}

fn at(after: i64) -> i64 {
    NOW * 1_000_000_000 + after
}

#[tokio::test]
async fn lines_arrive_as_they_are_appended() {
    let running = Running::start(Fixture::new()).await;
    let mut client = tail(&running, "{app=\"x\"} |= \"keep\" | logfmt | level=\"info\"&limit=0").await;
    until_running(&running, 1).await;
    running.fixture.append_lines(
        r#"{app="x"}"#,
        &[(1, "keep level=info", r#"{trace="1"}"#), (2, "level=info", "{}"), (3, "keep level=warn", "{}")],
    );
    running.fixture.append_lines(r#"{app="y"}"#, &[(4, "keep level=info", "{}")]);
    let expected = format!(
        r#"{{"streams":[{{"stream":{{"app":"x","level":"info","trace":"1"}},"values":[["{}","keep level=info"]]}}]}}"#,
        at(1)
    );
    assert_eq!(next(&mut client).await, Ok(expected));
    let legacy = "/api/prom/tail?query={app=\"x\"}&limit=0";
    let mut legacy = open(&running, legacy, &[]).await.expect("switches");
    let flags = [("x-loki-response-encoding-flags", "categorize-labels")];
    let flagged = "/loki/api/v1/tail?query={app=\"x\"}&limit=0";
    let mut flagged = open(&running, flagged, &flags).await.expect("switches");
    let named = "/loki/api/v1/tail?query={app=\"x\"}&limit=0&encodingFlags=categorize-labels";
    let mut named = open(&running, named, &[]).await.expect("switches");
    until_running(&running, 4).await;
    running.fixture.append_lines(r#"{app="x"}"#, &[(5, "keep level=info", r#"{trace="1"}"#)]);
    let expected = r#"{"streams":[{"labels":"{app=\"x\", trace=\"1\"}","entries":[{"ts":"2023-11-14T22:13:20.000000005Z","line":"keep level=info"}]}],"droppedEntries":[]}"#;
    assert_eq!(next(&mut legacy).await.as_deref(), Ok(expected));
    let expected = format!(
        r#"{{"encodingFlags":["categorize-labels"],"streams":[{{"stream":{{"app":"x"}},"values":[["{}","keep level=info",{{"structuredMetadata":{{"trace":"1"}}}}]]}}]}}"#,
        at(5)
    );
    assert_eq!(next(&mut flagged).await.as_ref(), Ok(&expected));
    assert_eq!(next(&mut named).await, Ok(expected));
}

/// The texts of the lines of a message, in its order.
fn texts(message: &str) -> Vec<String> {
    let message: serde_json::Value = serde_json::from_str(message).expect("JSON");
    let streams = message["streams"].as_array().expect("streams");
    let lines = streams.iter().flat_map(|stream| stream["values"].as_array().expect("lines"));
    lines.map(|line| line[1].as_str().expect("text").to_owned()).collect()
}

#[tokio::test]
async fn the_first_message_is_the_past() {
    let running = Running::start(Fixture::new()).await;
    let past: Vec<String> = (0..60).map(|number| format!("line {number:02} a=b")).collect();
    let lines: Vec<_> = past.iter().zip(-60..).map(|(text, after)| (after * 1_000_000, text.as_str(), "{}")).collect();
    running.fixture.append_lines(r#"{app="x"}"#, &lines);
    let mut client = tail(&running, "{app=\"x\"}").await;
    assert_eq!(texts(&next(&mut client).await.expect("the past")), past);
    running.fixture.append_lines(r#"{app="x"}"#, &[(5, "later", "{}")]);
    assert_eq!(texts(&next(&mut client).await.expect("a line")), ["later"]);
    let mut few = tail(&running, "{app=\"x\"} | logfmt | a=\"b\"&limit=2").await;
    assert_eq!(texts(&next(&mut few).await.expect("the past")), past[58..]);
    let start = at(-2_500_000);
    let mut late = tail(&running, &format!("{{app=\"x\"}}&start={start}")).await;
    let expected: Vec<_> = past[58..].iter().map(String::as_str).chain(["later"]).collect();
    assert_eq!(texts(&next(&mut late).await.expect("the past")), expected);
}

#[tokio::test]
async fn lines_are_held_back_and_ordered_when_asked() {
    let running = Running::start(Fixture::new()).await;
    let mut client = tail(&running, "{app=\"x\"}&limit=0&delay_for=1").await;
    until_running(&running, 1).await;
    let asked = tokio::time::Instant::now();
    running.fixture.append_lines(r#"{app="x"}"#, &[(2, "second", "{}")]);
    running.fixture.append_lines(r#"{app="x"}"#, &[(1, "first", "{}")]);
    assert_eq!(texts(&next(&mut client).await.expect("lines")), ["first", "second"]);
    assert!(asked.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn no_line_falls_between_the_past_and_what_comes() {
    let running = Running::start(Fixture::new()).await;
    let stop = tokio_util::sync::CancellationToken::new();
    let writing = async {
        let mut written = 0;
        while !stop.is_cancelled() {
            running.fixture.append_lines(r#"{app="x"}"#, &[(written, &format!("line {written:06}"), "{}")]);
            written += 1;
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
    };
    let reading = async {
        for _ in 0..5 {
            let mut client = tail(&running, "{app=\"x\"}&limit=5000").await;
            let mut seen = Vec::new();
            while seen.len() < 300 {
                seen.extend(texts(&next(&mut client).await.expect("lines")));
            }
            let first: usize = seen[0].strip_prefix("line ").and_then(|number| number.parse().ok()).expect("a number");
            let expected: Vec<String> = (first..).take(seen.len()).map(|number| format!("line {number:06}")).collect();
            assert_eq!(seen, expected);
        }
        stop.cancel();
    };
    tokio::join!(writing, reading);
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_before_the_switch() {
    let running = Running::start(Fixture::new()).await;
    let check = async |parameters: &str, text: &str| {
        for path in ["/loki/api/v1/tail", "/api/prom/tail"] {
            let refused = open(&running, &format!("{path}?{parameters}"), &[]).await.map(|_| ());
            assert_eq!(refused, Err((400, format!("{text}\n"))), "{path}?{parameters}");
        }
    };
    let wrong = "parse error at line 1, col 2: syntax error: unexpected $end, expecting IDENTIFIER or }";
    check("query={", wrong).await;
    check("query=rate({app=\"x\"}[1m])", "only log selector is supported").await;
    check("query={app=\"x\"}&delay_for=6", "delay_for can't be greater than 5").await;
    check(
        "query={app=\"x\"}&start=x",
        "could not parse 'start' parameter: strconv.ParseInt: parsing \"x\": invalid syntax",
    )
    .await;
    let large = "max entries limit per query exceeded, limit > max_entries_limit_per_query (5001 > 5000)";
    check("query={app=\"x\"}&limit=5001", large).await;
    let plain = running.fixture.ask("GET /loki/api/v1/tail?query={app=\"x\"}").await;
    assert_eq!(plain.status, 400);
    assert!(plain.text().contains("Connection"), "{}", plain.text());
}

#[tokio::test]
async fn pages_of_other_sites_are_refused() {
    let running = Running::start(Fixture::new()).await;
    let ask = async |agent: &str, origin: &str| {
        let headers = [("user-agent", agent), ("origin", origin)];
        open(&running, "/loki/api/v1/tail?query={app=\"x\"}&limit=0", &headers).await.map(|_| ())
    };
    let (status, text) = ask("Mozilla/5.0", "http://evil.example").await.expect_err("refused");
    assert_eq!(status, 403);
    assert!(text.contains("web.external_url"), "{text}");
    assert_eq!(ask("Mozilla/5.0", "http://localhost").await, Ok(()));
    assert_eq!(ask("Grafana/13.1.0", "http://grafana:3000").await, Ok(()));
    let page = running.fixture.instruments.encode();
    assert!(page.contains("belfry_http_refused_total{reason=\"origin\"} 1\n"), "{page}");
}

#[tokio::test]
async fn tails_are_bounded_and_their_places_given_back() {
    let running = Running::start(Fixture::new()).await;
    let mut clients = Vec::new();
    for _ in 0..TAILS_MAX {
        clients.push(tail(&running, "{app=\"x\"}&limit=0").await);
    }
    let (status, text) = open(&running, "/loki/api/v1/tail?query={app=\"x\"}", &[]).await.expect_err("refused");
    assert_eq!(
        (status, text.as_str()),
        (429, "max concurrent tail requests limit exceeded, count > limit (33 > 32)\n")
    );
    until_running(&running, TAILS_MAX).await;
    // One says goodbye, the others vanish.
    let mut polite = clients.pop().expect("one");
    polite.close(None).await.expect("closes");
    drop(clients);
    until_running(&running, 0).await;
    tail(&running, "{app=\"x\"}&limit=0").await;
}

#[tokio::test]
async fn the_stop_says_goodbye() {
    let running = Running::start(Fixture::new()).await;
    let mut client = tail(&running, "{app=\"x\"}&limit=0").await;
    until_running(&running, 1).await;
    let ending = tokio::join!(running.stop(), next(&mut client));
    assert!(ending.0 < Duration::from_secs(2), "{:?}", ending.0);
    let frame = ending.1.expect_err("the end").expect("a frame");
    assert_eq!((u16::from(frame.code), frame.reason.as_str()), (1001, "Belfry is stopping"));
}

#[tokio::test]
async fn clients_are_asked_whether_they_are_there() {
    let running = Running::start(Fixture::new()).await;
    let mut client = tail(&running, "{app=\"x\"}&limit=0").await;
    let ping = timeout(PATIENCE, client.next()).await.expect("in time").expect("a message").expect("no error");
    assert_eq!(ping, Message::Ping(Vec::new().into()));
}

#[tokio::test]
async fn who_says_too_much_is_left() {
    let running = Running::start(Fixture::new()).await;
    let mut client = tail(&running, "{app=\"x\"}&limit=0").await;
    client.send(Message::Text("hello".into())).await.expect("sends");
    until_running(&running, 1).await;
    let _ = client.send(Message::Text("x".repeat(1 << 20).into())).await;
    until_running(&running, 0).await;
}

#[tokio::test]
async fn who_reads_too_slowly_loses_lines_and_is_told() {
    let running = Running::start(Fixture::new()).await;
    let mut client = tail(&running, "{app=\"x\"}&limit=0").await;
    until_running(&running, 1).await;
    let long = "x".repeat(1_000);
    let lines: Vec<(i64, &str, &str)> = (0..1_000).map(|number| (number, long.as_str(), "{}")).collect();
    let mut appended = 0;
    // Appending never waits for the reader; what its socket and the queue cannot hold is lost to it.
    while appended < 60_000 {
        running.fixture.append_lines(r#"{app="x"}"#, &lines);
        appended += lines.len();
    }
    let (mut received, mut dropped) = (0, 0);
    while received + dropped < appended {
        let text = next(&mut client).await.expect("a message");
        let message: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let streams = message["streams"].as_array().expect("streams");
        received += streams.iter().map(|stream| stream["values"].as_array().map_or(0, Vec::len)).sum::<usize>();
        let told = message.pointer("/dropped_entries/0/count").and_then(serde_json::Value::as_u64).unwrap_or(0);
        dropped += usize::try_from(told).expect("a number");
        if dropped == 0 || received < 20_000 {
            continue;
        }
        // The last ones are told with the next line that comes.
        running.fixture.append_lines(r#"{app="x"}"#, &[(1, "last", "{}")]);
        appended += 1;
    }
    assert!(dropped > 0);
    let page = running.fixture.instruments.encode();
    assert!(page.contains(&format!("belfry_log_tail_lines_dropped_total {dropped}\n")), "{page}");
}

#[tokio::test]
async fn bytes_behind_the_switch_are_frames_and_no_requests() {
    let running = Running::start(Fixture::new()).await;
    let mut stream = running.connect().await;
    // A frame in one piece with the request, full of what would be escaped in a request line.
    let request = "GET /loki/api/v1/tail?query=%7Bapp=%22x%22%7D&limit=0 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n\
                   Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    let ping = [0x89, 0x84, b' ', b'{', b'"', b'|', b' ' ^ b'p', b'{' ^ b'i', b'"' ^ b'n', b'|' ^ b'g'];
    stream.write_all(&[request.as_bytes(), &ping].concat()).await.expect("writes");
    let mut answer = Vec::new();
    let pong = [0x8a, 0x04, b'p', b'i', b'n', b'g'];
    while !answer.windows(pong.len()).any(|window| window == pong) {
        let mut piece = [0; 1024];
        let length = timeout(PATIENCE, stream.read(&mut piece)).await.expect("in time").expect("reads");
        assert!(length > 0, "{}", String::from_utf8_lossy(&answer));
        answer.extend_from_slice(&piece[..length]);
    }
    let text = String::from_utf8_lossy(&answer);
    assert!(text.starts_with("HTTP/1.1 101 Switching Protocols\r\n"), "{text}");
    assert!(text.to_ascii_lowercase().contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo="), "{text}");
}
