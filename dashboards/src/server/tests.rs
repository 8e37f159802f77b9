//! The server over real sockets.

use crate::testing::{Fixture, Running};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

async fn read_to_end(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    timeout(Duration::from_secs(10), stream.read_to_end(&mut answer)).await.expect("ends").expect("reads");
    String::from_utf8(answer).expect("text")
}

#[tokio::test]
async fn connections_are_kept_and_closed_at_the_stop() {
    let running = Running::start(Fixture::new()).await;
    let mut stream = running.connect().await;
    for _ in 0..2 {
        stream.write_all(b"GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n").await.expect("writes");
        let mut start = [0; 15];
        stream.read_exact(&mut start).await.expect("reads");
        assert_eq!(&start, b"HTTP/1.1 200 OK");
        let mut rest = vec![0; 4096];
        let read = stream.read(&mut rest).await.expect("reads");
        assert!(String::from_utf8_lossy(&rest[..read]).contains("Belfry is healthy."));
    }
    assert!(running.fixture.instruments.encode().contains("belfry_http_connections 1.0\n"));
    let took = running.stop().await;
    assert!(took < Duration::from_secs(2), "an idle connection held the stop for {took:?}");
    assert_eq!(read_to_end(&mut stream).await, "");
}

#[tokio::test]
async fn a_large_body_is_refused_before_it_is_sent() {
    let running = Running::start(Fixture::new()).await;
    let mut stream = running.connect().await;
    stream
        .write_all(b"POST /api/v1/write HTTP/1.1\r\nHost: x\r\nContent-Length: 104857600\r\n\r\nstart")
        .await
        .expect("writes");
    let answer = read_to_end(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(answer.contains("larger than 16777216 bytes"), "{answer}");
}

#[tokio::test]
async fn heads_are_bounded() {
    let running = Running::start(Fixture::new()).await;
    let mut stream = running.connect().await;
    let head = format!("GET / HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n", "x".repeat(200 << 10));
    // The server may hang up while the rest is still being written.
    let _ = stream.write_all(head.as_bytes()).await;
    let mut start = [0; 12];
    let read = stream.read_exact(&mut start).await;
    assert!(read.is_err() || &start == b"HTTP/1.1 431", "{start:?}");
}

#[tokio::test]
async fn the_stop_cancels_what_takes_too_long() {
    let running = Running::start(Fixture::new()).await;
    // Every series joins with every other at each of many steps: it runs for minutes unless it is canceled.
    (0..3_000).for_each(|number| running.fixture.append(&format!("m{{n=\"{number}\"}}"), &[(600, 1.0), (0, 1.0)]));
    let query = "count(sum_over_time(m[1d:1s]) > -1)";
    let form = format!("query={query}&start=1699900000&end=1700000000&step=10");
    let mut stream = running.connect().await;
    let request = format!(
        "POST /api/v1/query_range HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n\r\n{form}",
        form.len()
    );
    stream.write_all(request.as_bytes()).await.expect("writes");
    tokio::time::timeout(Duration::from_millis(300), stream.readable()).await.expect_err("the query runs");
    let took = running.stop().await;
    assert!(took < Duration::from_secs(5), "{took:?}");
    let answer = read_to_end(&mut stream).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 503 "), "{answer}");
}

#[tokio::test]
async fn tls_is_spoken_when_configured() {
    let folder = tempfile::tempdir().expect("a folder");
    let (cert_file, key_file) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    std::fs::write(&cert_file, include_str!("tests/cert.pem")).expect("writes");
    std::fs::write(&key_file, include_str!("tests/key.pem")).expect("writes");
    let tls = Some(crate::config::TlsFiles { cert_file, key_file });
    let web = crate::config::Web { tls, ..crate::config::Web::default() };
    let running = Running::start(Fixture::with(&web)).await;
    let mut roots = rustls::RootCertStore::empty();
    let certificate = <rustls::pki_types::CertificateDer<'_> as rustls::pki_types::pem::PemObject>::from_pem_slice(
        include_bytes!("tests/cert.pem"),
    );
    roots.add(certificate.expect("a certificate")).expect("a root");
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let client = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = tokio_rustls::TlsConnector::from(std::sync::Arc::new(client));
    let name = rustls::pki_types::ServerName::try_from("localhost").expect("a name");
    let mut stream = connector.connect(name, running.connect().await).await.expect("a handshake");
    stream.write_all(b"GET /-/ready HTTP/1.0\r\n\r\n").await.expect("writes");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("reads");
    assert!(answer.starts_with("HTTP/1.0 200 OK"), "{answer}");
    // Plain HTTP on the same port is no crash, just no answer.
    let mut plain = running.connect().await;
    plain.write_all(b"GET / HTTP/1.1\r\n\r\n").await.expect("writes");
    assert!(!read_to_end(&mut plain).await.contains("200"));
}

#[tokio::test]
async fn selectors_may_stand_unescaped_in_a_url() {
    let running = Running::start(Fixture::new()).await;
    running.fixture.append("up{job=\"x\"}", &[(0, 1.0)]);
    let mut stream = running.connect().await;
    let get = "GET /api/v1/series?match[]=up{job=\"x\"} HTTP/1.1\r\nHost: x\r\n";
    let form = "query=\"{}\"";
    let post = "POST /api/v1/query?x={} HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n";
    let pipelined =
        format!("{get}\r\n{post}Content-Length: {}\r\n\r\n{form}{get}Connection: close\r\n\r\n", form.len());
    stream.write_all(pipelined.as_bytes()).await.expect("writes");
    let answers = read_to_end(&mut stream).await;
    assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 3, "{answers}");
    assert_eq!(answers.matches(r#""data":[{"__name__":"up","job":"x"}]"#).count(), 2, "{answers}");
    assert_eq!(answers.matches(r#""result":[1700000000,"{}"]"#).count(), 1, "{answers}");
}
