//! The server on real sockets: the stop, the limits of a connection.

use super::Server;
use crate::config::{Config, Database};
use crate::testing::Kept;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// A blog that serves on a free port.
struct Running {
    address: SocketAddr,
    lines: Arc<Kept>,
    stop: CancellationToken,
    served: JoinHandle<()>,
    _folder: TempDir,
}

impl Running {
    async fn start(stop_grace: Duration) -> Self {
        let folder = TempDir::new().unwrap();
        let config = Config {
            listen: "127.0.0.1:0".parse().unwrap(),
            database: Database::Sqlite(folder.path().join("posts.db")),
            stop_grace,
            ..Config::default()
        };
        let lines = Arc::new(Kept::default());
        let server = Server::new(config, Arc::clone(&lines) as _).await.unwrap();
        let listener = server.bind().await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let served = TaskTracker::new().spawn(server.serve(listener, stop.clone()));
        Self { address, lines, stop, served, _folder: folder }
    }

    async fn connect(&self, bytes: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(bytes.as_bytes()).await.unwrap();
        stream
    }

    fn has_logged(&self, text: &str) -> bool {
        self.lines.lines().iter().any(|line| line.contains(text))
    }

    /// Waits until a line holds `text`.
    async fn logged(&self, text: &str) {
        let waiting = async {
            while !self.has_logged(text) {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), waiting).await.unwrap_or_else(|_| panic!("no line has `{text}`"));
    }
}

async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A connection that is cut may end by a reset.
    let _ = stream.read_to_end(&mut bytes).await;
    String::from_utf8(bytes).unwrap()
}

const HEAD: &str = "POST /api/posts HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 13\r\nExpect: 100-continue\r\n\r\n";

/// A connection whose request is being answered: the server asked for its body.
async fn in_flight(running: &Running) -> TcpStream {
    let mut stream = running.connect(HEAD).await;
    let mut asked = [0; 25];
    stream.read_exact(&mut asked).await.unwrap();
    assert_eq!(&asked, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream
}

#[tokio::test]
async fn stop_finishes_what_is_in_flight() {
    let running = Running::start(Duration::from_secs(30)).await;
    let mut idle = running.connect("GET /actuator/health/liveness HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let mut asked = in_flight(&running).await;
    running.logged("/actuator/health/liveness 200").await;
    running.stop.cancel();
    running.logged("stopping").await;
    assert!(TcpStream::connect(running.address).await.is_err(), "accepts after the stop");
    assert!(rest(&mut idle).await.contains("{\"status\":\"UP\"}"));

    asked.write_all(br#"{"title":"a"}"#).await.unwrap();
    let told = rest(&mut asked).await;
    assert!(told.starts_with("HTTP/1.1 201 Created\r\n") && told.contains(r#""title":"a""#), "{told}");
    tokio::time::timeout(Duration::from_secs(10), running.served).await.unwrap().unwrap();
    let lines = running.lines.lines();
    assert!(lines.last().unwrap().ends_with(r#""msg":"stopped"}"#), "{lines:#?}");
}

#[tokio::test]
async fn stop_cuts_what_does_not_end() {
    let running = Running::start(Duration::from_millis(50)).await;
    let mut asked = in_flight(&running).await;
    running.stop.cancel();
    assert_eq!(rest(&mut asked).await, "");
    running.logged("cutting 1 connections").await;
    running.logged("POST /api/posts 499").await;
    tokio::time::timeout(Duration::from_secs(10), running.served).await.unwrap().unwrap();
}

#[tokio::test]
async fn heads_are_bounded() {
    let running = Running::start(Duration::from_secs(30)).await;
    let check = async |head: String, expected: &str| {
        let mut stream = running.connect(&head).await;
        let told = rest(&mut stream).await;
        assert!(told.starts_with(expected), "{told}");
    };
    let get = "GET /api/posts HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
    check(format!("{get}\r\n"), "HTTP/1.1 200 OK\r\n").await;
    check(format!("{get}X: {}\r\n\r\n", "a".repeat(20_000)), "HTTP/1.1 431 ").await;
    check(format!("{get}{}\r\n", "X: a\r\n".repeat(100)), "HTTP/1.1 431 ").await;
    check("GET \r\n\r\n".to_owned(), "HTTP/1.1 400 ").await;
}

#[tokio::test]
async fn taken_addresses_are_named() {
    let running = Running::start(Duration::from_secs(1)).await;
    let folder = TempDir::new().unwrap();
    let database = Database::Sqlite(folder.path().join("posts.db"));
    let config = Config { listen: running.address, database, ..Config::default() };
    let server = Server::new(config, Arc::new(Kept::default())).await.unwrap();
    let error = server.bind().await.unwrap_err();
    assert!(error.is_listen());
    assert!(error.to_string().starts_with(&format!("listening on {}: ", running.address)), "{error}");
}
