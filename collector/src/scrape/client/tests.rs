//! TLS and redirects against a server on loopback. The keys beside this file are for these tests alone.

use super::*;
use crate::config::{Global, Scheme};
use crate::scrape::target::{Outcome, resolve};
use model::labels::Labels;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use settings::Secret;
use settings::tls::{Material, Tls, TlsVersion};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;

const CA: &str = include_str!("fixtures/ca.pem");
const SERVER_CERT: &str = include_str!("fixtures/server.pem");
const SERVER_KEY: &str = include_str!("fixtures/server.key");
const CLIENT_CERT: &str = include_str!("fixtures/client.pem");
const CLIENT_KEY: &str = include_str!("fixtures/client.key");

/// Serves one page over TLS on a thread of its own, to clients with a certificate of our authority or to all.
fn serve(wants_certificate: bool) -> u16 {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let chain = vec![CertificateDer::from_pem_slice(SERVER_CERT.as_bytes()).expect("a certificate")];
    let key = PrivateKeyDer::from_pem_slice(SERVER_KEY.as_bytes()).expect("a key");
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(CA.as_bytes()).expect("a certificate")).expect("a root");
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .expect("versions");
    let builder = if wants_certificate {
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
        builder.with_client_cert_verifier(verifier.expect("a verifier"))
    } else {
        builder.with_no_client_auth()
    };
    let config = Arc::new(builder.with_single_cert(chain, key).expect("a server"));
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A handshake that fails is the client's to tell.
            let _ = answer(stream, &config);
        }
    });
    port
}

fn answer(stream: TcpStream, config: &Arc<ServerConfig>) -> std::io::Result<()> {
    let connection = ServerConnection::new(Arc::clone(config)).map_err(std::io::Error::other)?;
    let mut stream = BufReader::new(StreamOwned::new(connection, stream));
    let mut line = String::new();
    while stream.read_line(&mut line)? > 2 {
        line.clear();
    }
    let answer = "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 4\r\nconnection: close\r\n\r\nm 1\n";
    stream.get_mut().write_all(answer.as_bytes())?;
    stream.get_mut().flush()
}

fn inline(pem: &str) -> Option<Material> {
    Some(Material::Inline(Secret::new(pem)))
}

async fn fetch(address: &str, tls: Tls) -> Result<String, String> {
    let mut job = Job { scheme: Scheme::Https, ..Job::named("x", &Global::default()) };
    job.http.tls_config = tls;
    let Outcome::Active(target) = resolve(&job, &Labels::empty(), address) else { panic!("no target") };
    let client = Client::new(&job)?;
    let fetched = client
        .fetch(&target, &Room::default())
        .await
        .map_err(|failure| format!("{}: {failure}", failure.class.as_str()))?;
    let body = fetched.inflate(100).map_err(|failure| failure.text)?;
    Ok(String::from_utf8(body).expect("text"))
}

async fn check(address: &str, tls: Tls, expected: Result<&str, &str>) {
    match (fetch(address, tls.clone()).await, expected) {
        (Ok(body), Ok(expected)) => assert_eq!(body, expected, "{tls:?}"),
        (Err(error), Err(expected)) => assert!(error.contains(expected), "{tls:?}: got {error}, expected {expected}"),
        (got, _) => panic!("{tls:?}: got {got:?}, expected {expected:?}"),
    }
}

#[tokio::test]
async fn a_server_is_trusted_by_its_authority_and_name() {
    let port = serve(false);
    let (by_name, by_address) = (format!("localhost:{port}"), format!("127.0.0.1:{port}"));
    let page = Ok("m 1\n");
    let trusting = Tls { ca: inline(CA), ..Tls::default() };
    check(&by_name, trusting.clone(), page).await;
    check(&by_name, Tls::default(), Err("tls: failed to verify certificate")).await;
    check(&by_address, trusting.clone(), Err("tls: failed to verify certificate")).await;
    check(&by_address, Tls { server_name: "belfry.test".to_owned(), ..trusting.clone() }, page).await;
    check(&by_name, Tls { server_name: "other.test".to_owned(), ..trusting.clone() }, {
        Err("tls: failed to verify certificate")
    })
    .await;
    check(&by_address, Tls { server_name: "belfry.test".to_owned(), ..Tls::default() }, Err("failed to verify")).await;
    check(&by_address, Tls { insecure_skip_verify: true, ..Tls::default() }, page).await;
    let new = Tls { min_version: Some(TlsVersion::Tls13), ..trusting.clone() };
    check(&by_name, new, page).await;
    let old = Tls { max_version: Some(TlsVersion::Tls12), ..trusting };
    check(&by_name, old, page).await;
}

#[tokio::test]
async fn a_client_shows_its_certificate() {
    let address = format!("localhost:{}", serve(true));
    let trusting = Tls { ca: inline(CA), ..Tls::default() };
    let showing = Tls { cert: inline(CLIENT_CERT), key: inline(CLIENT_KEY), ..trusting.clone() };
    check(&address, showing.clone(), Ok("m 1\n")).await;
    check(&address, Tls { server_name: "belfry.test".to_owned(), ..showing }, Ok("m 1\n")).await;
    check(&address, trusting, Err("CertificateRequired")).await;
}

#[test]
fn what_is_no_certificate_is_told_when_the_client_is_made() {
    let check = |tls: Tls, expected: &str| {
        let mut job = Job::named("x", &Global::default());
        job.http.tls_config = tls;
        let error = Client::new(&job).map(drop).expect_err("refused");
        assert!(error.contains(expected), "got {error}, expected {expected}");
    };
    let nowhere = || Some(Material::File(PathBuf::from("/nowhere/x.pem")));
    check(Tls { ca: nowhere(), ..Tls::default() }, "reading /nowhere/x.pem: No such file");
    check(Tls { ca: inline("nothing"), ..Tls::default() }, "tls_config.ca: holds no certificate");
    check(Tls { cert: nowhere(), key: nowhere(), ..Tls::default() }, "reading /nowhere/x.pem: No such file");
    check(Tls { cert: inline(CLIENT_CERT), key: inline("nothing"), ..Tls::default() }, "tls_config.cert: ");
    let server_name = "belfry.test".to_owned();
    check(Tls { ca: inline("nothing"), server_name, ..Tls::default() }, "tls_config.ca: holds no certificate");
}

#[test]
fn a_rotated_certificate_makes_another_client() {
    let folder = tempfile::tempdir().expect("temp dir");
    let path = folder.path().join("ca.pem");
    let mut job = Job::named("x", &Global::default());
    job.http.tls_config.ca = Some(Material::File(path.clone()));
    let client = |pem: &str| {
        std::fs::write(&path, pem).expect("written");
        Client::new(&job).expect("a client")
    };
    let (first, same, rotated) = (client(CA), client(CA), client(SERVER_CERT));
    assert!(first.same_material(&same) && !first.same_material(&rotated));
}

#[test]
fn bodies_are_inflated_up_to_their_limit() {
    let gzip = |text: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text).expect("compresses");
        encoder.finish().expect("compresses")
    };
    let check = |body: Vec<u8>, encoding: Option<&str>, expected: Result<&str, FailureClass>| {
        let fetched =
            Fetched { body, share: Share::default(), encoding: encoding.map(str::to_owned), content_type: None };
        let got = fetched.inflate(10).map_err(|failure| failure.class);
        assert_eq!(got, expected.map(|text| text.as_bytes().to_vec()), "{encoding:?}");
    };
    check(b"plain".to_vec(), None, Ok("plain"));
    check(b"plain".to_vec(), Some("identity"), Ok("plain"));
    check(gzip(b"ten bytes!"), Some("gzip"), Ok("ten bytes!"));
    check(gzip(b"ten bytes!"), Some("GZIP "), Ok("ten bytes!"));
    check(gzip(b"eleven bytes"), Some("gzip"), Err(FailureClass::BodyTooLarge));
    check(gzip(&[0; 100_000]), Some("gzip"), Err(FailureClass::BodyTooLarge));
    check(b"plain".to_vec(), Some("gzip"), Err(FailureClass::Encoding));
    check(b"plain".to_vec(), Some("zstd"), Err(FailureClass::Encoding));
}

#[tokio::test]
async fn a_name_without_an_address_is_told_as_such() {
    let (job, name) = (Job::named("x", &Global::default()), "x".repeat(70));
    let Outcome::Active(target) = resolve(&job, &Labels::empty(), &name) else { panic!("no target") };
    let failure = Client::new(&job).expect("a client").fetch(&target, &Room::default()).await.expect_err("no address");
    assert_eq!(failure.class, FailureClass::Dns, "{failure}");
}
